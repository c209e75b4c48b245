import { describe, expect, it } from 'vitest'
import { createDesk } from 'madoguchi'
import type { Step } from '../../../src/application/steps.ts'
import {
  administrator,
  afterwards,
  aki,
  anotherDesk,
  ben,
  caughtUp,
  engines,
  HOUR,
  MINUTE,
  settled,
  until,
} from '../desk.ts'
import { happened, opens, openTalk, type Talk } from '../delivery/talk.ts'
import { processOn } from './mortal.ts'

const ticketsOf = async ({ desk, store, channelId }: Pick<Talk, 'desk' | 'store' | 'channelId'>) => {
  await caughtUp({ desk, store })
  return (await desk.tickets.list(aki, { channelId })).items
}
const openedTickets = async ({ store }: Pick<Talk, 'store'>) =>
  (await store.events.readAll({ types: ['TicketOpened'] })).events

describe.each(Object.keys(engines))('on %s', (engine) => {
  it.each(['converted', 'ticket-opened'] as const)(
    'a process that dies at `%s` leaves exactly one ticket to be found, by whoever comes next',
    async (step) => {
      const store = engines[engine]?.() as never
      const process = processOn(store, step)
      const talk = await openTalk({
        store: process.store,
        messenger: process.messenger,
        options: { onStep: process.onStep },
      })
      talk.clock.advance(HOUR)
      await until(async () => process.isDead())
      const next = await anotherDesk({ ...talk.options, store, onStep: () => {} })
      const after = { ...talk, desk: next, store }
      const [ticket] = await until(async () => {
        const tickets = await ticketsOf(after)
        return tickets.length > 0 && tickets
      })
      await settled(talk)
      expect(await openedTickets(after)).toHaveLength(1)
      expect(await happened(after, 'ConversationConverted')).toMatchObject([
        { ticketId: ticket?.ticketId, cause: 'by-time', at: expect.any(Number) },
      ])
    },
  )

  it('two desks whose deadlines fire at once make one ticket', async () => {
    const talk = await openTalk({ store: engines[engine]?.() as never })
    await anotherDesk(talk.options)
    talk.clock.advance(HOUR)
    await until(async () => (await ticketsOf(talk)).length > 0)
    await settled(talk)
    expect(await openedTickets(talk)).toHaveLength(1)
  })

  it('of two conversions by hand at once one wins, and the other is told of its ticket', async () => {
    const talk = await openTalk({ store: engines[engine]?.() as never })
    const other = await anotherDesk(talk.options)
    const { conversationId } = talk
    const results = await Promise.allSettled([
      talk.desk.conversations.convert(aki, { conversationId }),
      other.conversations.convert(ben, { conversationId }),
    ])
    const [won] = results.filter((result) => result.status === 'fulfilled')
    const [lost] = results.filter((result) => result.status === 'rejected')
    const ticketId = won?.status === 'fulfilled' ? won.value.ticketId : undefined
    expect(ticketId).toBeDefined()
    expect(lost).toMatchObject({ reason: { code: 'already-converted', facts: { ticketId } } })
    await until(async () => (await openedTickets(talk)).length === 1)
  })

  it('of two transfers at once one wins, and the other is told who has it now', async () => {
    const talk = await openTalk({ store: engines[engine]?.() as never })
    const other = await anotherDesk(talk.options)
    const { conversationId } = talk
    const results = await Promise.allSettled([
      talk.desk.conversations.transfer(aki, { conversationId, to: 'aki', seen: null }),
      other.conversations.transfer(administrator, { conversationId, to: 'ben', seen: null }),
    ])
    const lost = results.filter((result) => result.status === 'rejected')
    const [assigned, ...others] = await happened(talk, 'ConversationAssigned')
    expect(others).toEqual([])
    expect(lost).toMatchObject([
      { reason: { code: 'assignee-changed', facts: { assignee: assigned?.agentId, seen: null } } },
    ])
  })
})

it('a ticket made by hand shows what a cancelled conversion had left, and that of the next one only its own', async () => {
  const talk = await openTalk()
  const { desk, clock, customer, conversationId } = talk
  const says = (text: string) => customer.says(text).delivered
  const texts = async (ticketId: string | undefined) => {
    const shown: (string | undefined)[] = []
    for (let cursor: string | undefined; ;) {
      const of = { ticketId: ticketId ?? '', limit: 1, ...(cursor === undefined ? {} : { cursor }) }
      const page = await desk.tickets.messages(aki, of)
      shown.push(...page.items.map((item) => ('text' in item ? item.text : item.kind)))
      cursor = page.cursor
      if (cursor === undefined) return shown
    }
  }
  const byHand = async () => {
    const { ticketId } = await desk.conversations.convert(aki, { conversationId })
    await until(async () => (await ticketsOf(talk)).some((ticket) => ticket.ticketId === ticketId))
    return ticketId
  }
  await desk.conversations.dismissConversion(aki, { conversationId })
  await says('Two')
  await says('Three')
  clock.advance(HOUR)
  const [automatic] = await until(async () => {
    const tickets = await ticketsOf(talk)
    return tickets.length > 0 && tickets
  })
  expect(await texts(automatic?.ticketId)).toEqual(['Two', 'Three'])
  await says('Four')
  await desk.conversations.dismissConversion(aki, { conversationId })
  await says('Five')
  const first = await byHand()
  await says('Six')
  expect(await texts(first)).toEqual(['Do you ship to Cordoba?', 'Four', 'Five'])
  expect(await texts(await byHand())).toEqual(['Six'])
  expect(await texts(automatic?.ticketId)).toEqual(['Two', 'Three'])
  await expect(byHand()).rejects.toMatchObject({ code: 'already-converted' })
})

it('a message that comes late brings into its ticket what the business wrote since, also from before its first revision', async () => {
  const talk = await openTalk()
  const { desk, clock, account } = talk
  const other = account.customer({ name: 'Ann', username: 'ann' })
  clock.advance(MINUTE)
  const early = clock.now()
  clock.advance(MINUTE)
  await account.sendsFromApp(other.customerId, 'Hello Ann').delivered
  clock.advance(MINUTE)
  await other.says('Hello').delivered
  clock.advance(HOUR)
  const ticketOfAnn = async () =>
    (await ticketsOf(talk)).find(({ customerId }) => customerId === other.customerId)?.ticketId
  const ticketId = await until(ticketOfAnn)
  await other.says('Is anybody there?', { at: early }).delivered
  const texts = await until(async () => {
    const { items } = await desk.tickets.messages(aki, { ticketId })
    return items.length > 2 && items.map((item) => ('text' in item ? item.text : item.kind))
  })
  expect(texts).toEqual(['Is anybody there?', 'Hello Ann', 'Hello'])
})

it('a conversion by hand and by time at the same instant make one ticket', async () => {
  const talk = await openTalk()
  const { desk, clock, conversationId } = talk
  clock.advance(HOUR)
  const byHand = await desk.conversations.convert(aki, { conversationId }).catch((error: unknown) => error)
  expect(byHand).toMatchObject({ code: 'already-converted' })
  await until(async () => (await openedTickets(talk)).length === 1)
})

describe('a deleted channel', () => {
  const steps: readonly (Step | 'at once')[] = ['at once', 'deletion-settled']
  it.each(steps.flatMap((step) => (['convert', 'discard'] as const).map((how) => [step, how] as const)))(
    'whose process dies %s: what was pending is settled by whoever comes next (%s), and account and slot are free',
    async (step, pendingConversions) => {
      const store = engines['memory']?.() as never
      const process = processOn(store, step === 'at once' ? undefined : step)
      const talk = await openTalk({
        store: process.store,
        messenger: process.messenger,
        options: { onStep: process.onStep },
      })
      const second = await talk.account.customer({ username: 'second' }).says('Me too.').delivered
      expect(second.outcome).toBe('delivered')
      const { channelId, account } = talk
      // The deletion alone: nothing of what follows from it.
      const only = createDesk({ ...talk.options, store, onStep: () => {} })
      if (step === 'at once') process.kill()
      await only.channels.delete(administrator, { channelId, pendingConversions })
      if (step !== 'at once') await until(async () => process.isDead())
      const next = await anotherDesk({ ...talk.options, store, onStep: () => {} })
      await until(async () => {
        await caughtUp({ desk: next, store })
        return (await next.worklists.pendingConversions(aki, { channelId })).items.length === 0
      })
      const expected = pendingConversions === 'convert' ? 2 : 0
      await until(async () => (await openedTickets({ store })).length === expected)
      await settled(talk)
      const after = { ...talk, desk: next, store }
      expect((await ticketsOf(after)).map(({ cause }) => cause)).toEqual(
        Array.from({ length: expected }, () => 'channel-deleted'),
      )
      const state = await next.organizations.get(administrator, { organizationId: 'acme' })
      expect(state).toMatchObject({ taken: {}, confirmed: [] })
      await next.channels.create(administrator, {
        organizationId: 'acme',
        name: 'Anew',
        departmentId: 'sales',
        account: { accountId: account.accountId, flavour: 'instagram-login', username: 'acme.shop' },
        token: account.token,
      })
    },
  )

  it('that dies between its deletion and freeing its account frees it all the same', async () => {
    const store = engines['memory']?.() as never
    const talk = await openTalk({ store })
    const { channelId, desk } = talk
    const process = processOn(store)
    const dying = createDesk({
      ...talk.options,
      store: {
        ...process.store,
        events: {
          ...process.store.events,
          head: (stream) => process.store.events.head(stream),
          read: (stream, options) => process.store.events.read(stream, options),
          append: async (stream, ...rest) => {
            const appended = await process.store.events.append(stream, ...rest)
            process.kill()
            return appended
          },
        },
      },
    })
    afterwards(async () => process.kill())
    await expect(dying.channels.delete(administrator, { channelId })).rejects.toThrow('killed')
    await until(async () => {
      const state = await desk.organizations.get(administrator, { organizationId: 'acme' })
      return state.status === 'known' && state.confirmed.length === 0
    })
    expect(await (store as Talk['store']).tokens.get(channelId)).toBeUndefined()
  })
})

it('one conversation that cannot be converted holds up no other', async () => {
  const store = engines['memory']?.() as Talk['store']
  const process = processOn(store)
  const talk = await openTalk({ store: process.store, messenger: process.messenger })
  const { account, clock, conversationId } = talk
  await opens(talk, account.customer({ username: 'second' }))
  process.kill()
  const append: Talk['store']['events']['append'] = (stream, ...rest) =>
    stream === `conversation-${conversationId}`
      ? Promise.reject(new TypeError('this one never works'))
      : store.events.append(stream, ...rest)
  const events = new Proxy(store.events, {
    get: (target, name) => (name === 'append' ? append : (Reflect.get(target, name) as unknown)),
  })
  clock.advance(HOUR)
  const next = await anotherDesk({ ...talk.options, store: { ...store, events } })
  await until(async () => (await openedTickets({ store })).length === 1)
  expect((await ticketsOf({ ...talk, desk: next, store }))[0]?.conversationId).not.toBe(conversationId)
})
