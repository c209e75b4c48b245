import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Reply, send, stage, type Stage } from './harness.ts'

const open = (set: Stage, flavour: 'facebook-login' | 'instagram-login' = 'facebook-login') => {
  const account = set.meta.addAccount({ flavour, username: 'acme' })
  const maria = account.customer({ name: 'Maria' })
  maria.says('hi')
  return { account, maria }
}

/** The reply, or what the caller sees if the connection is cut. */
const tryToSend = (set: Stage, token: string, to: string, text: string): Promise<Reply | 'cut'> =>
  send(set, token, to, text).catch(() => 'cut' as const)

describe('faults on the way to the app', () => {
  it('delivers every event twice at duplicate 1, and the ledger counts both', async () => {
    await using set = await stage({ faults: { duplicate: 1 } })
    const { account } = open(set)
    for (let n = 0; n < 9; n++) account.customer({}).says(`${n}`)
    await set.meta.idle()
    expect(set.app.events()).toHaveLength(20)
    expect(set.meta.ledger.deliveredEvents()).toEqual({ accepted: 20, refused: 0, unanswered: 0 })
    expect(set.meta.ledger.events().every(({ answered200 }) => answered200 === 2)).toBe(true)
  })

  it('delivers about the asked share twice', async () => {
    await using set = await stage({ faults: { duplicate: 0.3 } })
    const { account } = open(set)
    for (let n = 0; n < 299; n++) account.customer({}).says(`${n}`)
    await set.meta.idle()
    const twice = set.meta.ledger.events().filter(({ answered200 }) => answered200 === 2).length
    expect(twice).toBeGreaterThan(60)
    expect(twice).toBeLessThan(120)
  })

  it('lets later events overtake at reorder, and loses none', async () => {
    await using set = await stage({ faults: { reorder: 0.5 } })
    const { maria } = open(set)
    const said = Array.from({ length: 20 }, (_, n) => `${n}`)
    for (const text of said) maria.says(text)
    await set.meta.idle()
    const arrived = set.app.events().map((event) => event['message'].text)
    expect(arrived).not.toEqual(['hi', ...said])
    expect(new Set(arrived)).toEqual(new Set(['hi', ...said]))
    expect(arrived).toHaveLength(21)
  })
})

describe('faults of the Send API', () => {
  it('accepts and loses the answer: the phone has it, the caller does not know, the echo comes', async () => {
    await using set = await stage({ faults: { loseAnswer: 1 } })
    const { account, maria } = open(set)
    const replies: (Reply | 'cut')[] = []
    for (let n = 0; n < 20; n++) replies.push(await tryToSend(set, account.token, maria.customerId, `${n}`))
    const kinds = new Set(replies.map((reply) => (reply === 'cut' ? 'cut' : reply.status)))
    expect(kinds).toEqual(new Set(['cut', 500, 502]))
    expect(maria.phone().messages).toHaveLength(21)
    expect(set.meta.ledger.sends.map(({ answer }) => answer)).toEqual(Array.from({ length: 20 }, () => 'lost'))
    await set.meta.idle()
    expect(set.meta.ledger.sends.every(({ mid }) => set.meta.ledger.echoOf(mid) === 'delivered')).toBe(true)
  })

  it('never sends the echo at dropEcho', async () => {
    await using set = await stage({ faults: { dropEcho: 1 } })
    const { account, maria } = open(set)
    const { body } = await send(set, account.token, maria.customerId, 'hello')
    await set.meta.idle()
    expect(set.meta.ledger.echoOf(body.message_id)).toBe('dropped')
    expect(set.app.events()).toHaveLength(1)
  })

  it('delivers the echo before it answers at echoFirst, and after it otherwise', async () => {
    for (const echoFirst of [1, 0]) {
      await using set = await stage({ faults: { echoFirst }, delivery: { echoDelayMs: 50 } })
      const { account, maria } = open(set)
      await set.meta.idle()
      await send(set, account.token, maria.customerId, 'hello')
      expect(set.app.events()).toHaveLength(1 + echoFirst)
      await set.meta.idle()
      expect(set.app.events()).toHaveLength(2)
    }
  })

  it('throttles without sending, and says for how long', async () => {
    await using set = await stage({ faults: { throttle: 1 } })
    const { account, maria } = open(set, 'instagram-login')
    const codes = new Set<number>()
    for (let n = 0; n < 20; n++) {
      const { body, headers } = await send(set, account.token, maria.customerId, `${n}`)
      codes.add(body.error.code)
      expect(headers.get('x-business-use-case-usage')).toContain('"estimated_time_to_regain_access":1')
    }
    expect(codes).toEqual(new Set([613, 80002, 4]))
    expect(maria.phone().messages).toHaveLength(1)
    expect(set.meta.ledger.calls.every(({ outcome }) => outcome === 'refused')).toBe(true)
  })

  it('fails with a 5xx without sending', async () => {
    await using set = await stage({ faults: { serverError: 1 } })
    const { account, maria } = open(set)
    for (let n = 0; n < 10; n++) {
      expect((await send(set, account.token, maria.customerId, `${n}`)).status).toBeGreaterThanOrEqual(500)
    }
    expect(maria.phone().messages).toHaveLength(1)
    expect(set.meta.ledger.calls.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 10 }, () => 'failed'))
  })

  it('is out: HTML 502, or no connection at all, and then works again', async () => {
    await using set = await stage()
    const { account, maria } = open(set)
    const attempt = () => tryToSend(set, account.token, maria.customerId, 'hello')
    set.meta.outage('errors')
    expect(await attempt()).toMatchObject({ status: 502 })
    set.meta.outage('refuse')
    expect(await attempt()).toBe('cut')
    set.meta.outage(false)
    expect(await attempt()).toMatchObject({ status: 200 })
    expect(maria.phone().messages).toHaveLength(2)
  })

  it('fails as planned, as often as planned, for the account it was planned for', async () => {
    await using set = await stage()
    const one = open(set)
    const two = open(set)
    set.meta.failNext('rate-limit', { accountId: one.account.accountId, times: 2 })
    one.account.failNext('no-answer')
    const from = ({ account, maria }: typeof one) => tryToSend(set, account.token, maria.customerId, 'hello')
    expect(await from(two)).toMatchObject({ status: 200 })
    expect(await from(one)).toMatchObject({ status: 400 })
    expect(await from(one)).toMatchObject({ status: 400 })
    expect(await from(one)).toBe('cut')
    expect(await from(one)).toMatchObject({ status: 200 })
  })

  it('can be turned while it runs, within 0 and 1', async () => {
    await using set = await stage()
    set.meta.faults.set({ throttle: 1 })
    set.meta.faults.set({ duplicate: 0.5 })
    expect(set.meta.faults.current()).toMatchObject({ throttle: 1, duplicate: 0.5, reorder: 0 })
    set.meta.faults.clear()
    expect(set.meta.faults.current()).toMatchObject({ throttle: 0, duplicate: 0 })
    expect(() => set.meta.faults.set({ reorder: 1.1 })).toThrow(RangeError)
    expect(() => set.meta.faults.set({ reorder: Number.NaN })).toThrow(RangeError)
  })
})

describe('choices follow from the seed', () => {
  const run = async (seed: number, pauseMs: number) => {
    await using set = await stage({ seed, faults: { duplicate: 0.3, loseAnswer: 0.3, dropEcho: 0.3, throttle: 0.2 } })
    const { account, maria } = open(set)
    for (let n = 0; n < 25; n++) {
      maria.says(`${n}`)
      await tryToSend(set, account.token, maria.customerId, `${n}`)
      await sleep(pauseMs)
    }
    await set.meta.idle()
    return {
      mids: maria
        .phone()
        .messages.map(({ mid }) => mid)
        .toSorted(),
      lost: set.meta.ledger.sends.map(({ mid, answer }) => [mid, answer]),
      events: set.meta.ledger
        .events()
        .map(({ eventId, state, answered200 }) => [eventId, state, answered200] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
      refused: set.meta.ledger.calls.filter(({ outcome }) => outcome === 'refused').map(({ code }) => code),
    }
  }

  it('and not from timing: the same seed makes the same ids, losses and repetitions', async () => {
    const [first, second, other] = await Promise.all([run(7, 0), run(7, 3), run(8, 0)])
    expect(second).toEqual(first)
    expect(other.lost).not.toEqual(first.lost)
    expect(other.mids).not.toEqual(first.mids)
  })
})
