import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { type Answer, eventually, type RunningHost } from './driver.ts'

export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000
export const AKI = 'agent:aki'
export const BEN = 'agent:ben'
export const MINA = 'administrator:mina'
export const BOT = 'automation:bot'
/** Associated with nothing. */
export const CHIE = 'agent:chie'

/** The code with which something was refused. */
export const codeOf = ({ body }: Answer): string => body.error?.code ?? `no refusal: ${JSON.stringify(body)}`
export const factsOf = ({ body }: Answer): any => body.error?.facts
export const ok = (answer: Answer): any => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

/** A customer with a telephone, and the conversation that agents see. */
export interface Someone {
  readonly accountId: string
  readonly customerId: string
  /** Sends any kind of message and waits for the desk's answer to the webhook. @returns its mid */
  sends(message: Readonly<Record<string, unknown>>): Promise<string>
  says(text: string): Promise<string>
  does(act: string, body: Readonly<Record<string, unknown>>): Promise<any>
  phone(): Promise<any>
  /** Texts that the business wrote, oldest first. */
  received(): Promise<readonly string[]>
  conversationId(): Promise<string>
}

/** What the rows of the scripted run have in common. */
export const scene = (host: () => RunningHost) => {
  const someone = async (name: string, accountId = host().accountId): Promise<Someone> => {
    const { customerId } = ok(await host().post(`/api/phone/${accountId}/customers`, { name }))
    const base = `/api/phone/${accountId}/${customerId}`
    const sends = async (message: Readonly<Record<string, unknown>>): Promise<string> => {
      const { mid, outcome } = ok(await host().post(`${base}/messages`, { ...message, wait: true }))
      expect(outcome).toBe('delivered')
      return mid
    }
    const phone = async (): Promise<any> => ok(await host().get(base))
    return {
      accountId,
      customerId,
      sends,
      says: (text) => sends({ text }),
      does: async (act, body) => ok(await host().post(`${base}/${act}`, { ...body, wait: true })),
      phone,
      received: async () =>
        (await phone()).messages.filter(({ from }: any) => from === 'business').map(({ text }: any) => text),
      conversationId: () =>
        eventually(async () => {
          const found = await entryOf(customerId)
          expect(found, 'in the inbox').toBeDefined()
          return found.conversationId
        }),
    }
  }

  const inbox = async (view: string, actor = AKI): Promise<readonly any[]> =>
    ok(await host().get(`/api/inbox?view=${view}&limit=200`, actor)).items

  const entryOf = async (customerId: string, actor = AKI): Promise<any> => {
    for (const view of ['all', 'ended', 'blocked']) {
      const found = (await inbox(view, actor)).find((entry) => entry.customerId === customerId)
      if (found !== undefined) return found
    }
    return undefined
  }

  const on = (conversationId: string, act: string, body: unknown = {}, actor = AKI): Promise<Answer> =>
    host().post(`/api/conversations/${conversationId}/${act}`, body, actor)

  const move = async (milliseconds: number): Promise<number> =>
    ok(await host().post('/api/clock/move', { milliseconds })).now

  const conversation = async (conversationId: string, actor = AKI): Promise<any> =>
    ok(await host().get(`/api/conversations/${conversationId}`, actor))

  const transcript = async (conversationId: string, actor = AKI): Promise<readonly any[]> =>
    ok(await host().get(`/api/conversations/${conversationId}/transcript?limit=200&direction=forwards`, actor)).items

  const tickets = async (conversationId: string, actor = AKI): Promise<readonly any[]> => {
    const { channelId } = await conversation(conversationId, actor)
    return ok(await host().get(`/api/tickets?channelId=${channelId}&conversationId=${conversationId}`, actor)).items
  }

  /** Waits until so many tickets of the conversation are there. */
  const ticketsWhen = (conversationId: string, count: number): Promise<readonly any[]> =>
    eventually(async () => {
      const found = await tickets(conversationId)
      expect(found).toHaveLength(count)
      return found
    })

  /** Posts raw bytes to the webhook as Meta would, signed unless said otherwise. */
  const post = async (body: string | Uint8Array<ArrayBuffer>, signature?: string | null): Promise<number> => {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    const signed = `sha256=${createHmac('sha256', host().appSecret).update(bytes).digest('hex')}`
    const header = signature === undefined ? signed : signature
    const response = await fetch(host().webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(header !== null && { 'x-hub-signature-256': header }) },
      body: bytes,
    })
    await response.body?.cancel()
    return response.status
  }

  const balance = async (): Promise<any> => ok(await host().get('/api/balance', MINA))

  /** How the counts changed while something was done, once the views show it. */
  const counted = async (work: () => Promise<unknown>, expected: Readonly<Record<string, number>>): Promise<void> => {
    const before = (await balance()).total
    await work()
    await eventually(async () => {
      const { total, balances } = await balance()
      const changed = Object.fromEntries(
        Object.keys(total)
          .map((name) => [name, total[name] - before[name]] as const)
          .filter(([, by]) => by !== 0),
      )
      expect(changed).toEqual(expected)
      expect(balances).toBe(true)
    })
  }

  return { someone, inbox, entryOf, on, move, conversation, transcript, tickets, ticketsWhen, post, balance, counted }
}

/** A webhook body with these events of one account. */
export const webhookBody = (accountId: string, ...events: readonly object[]): string =>
  JSON.stringify({ object: 'instagram', entry: [{ id: accountId, time: Date.now(), messaging: events }] })

export const messageEvent = (accountId: string, customerId: string, mid: string, text: string, at: number): object => ({
  sender: { id: customerId },
  recipient: { id: accountId },
  timestamp: at,
  message: { mid, text },
})
