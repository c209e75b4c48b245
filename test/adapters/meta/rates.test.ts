import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'

import { bucket } from '../../../src/adapters/meta/send/rates.ts'
import { gate } from '../../../src/adapters/meta/send/gate.ts'
import { metaMessenger } from '../../../src/adapters/meta/index.ts'
import type { ConnectedAccount } from '../../../src/domain/channel/events.ts'
import { type GraphServer, graphServer } from './graph-server.ts'
import { sample } from './samples.ts'

const account: ConnectedAccount = { accountId: '17841499000000001', flavour: 'instagram-login' }
const other: ConnectedAccount = { accountId: '17841499000000002', flavour: 'instagram-login' }

describe('A bucket', () => {
  it.each([300, 100, 75, 10, 2.5, 2])('of %d a second never gives more turns than that in any second', (rate) => {
    let now = 0
    const turns: number[] = []
    const it = bucket(
      () => rate,
      () => now,
    )
    for (; now < 5_000; now += 3) {
      const wait = it.take(2)
      if (wait !== undefined) turns.push(now + wait)
    }
    for (const start of turns)
      expect(turns.filter((at) => at >= start && at < start + 1_000).length).toBeLessThanOrEqual(rate)
    expect(turns.length).toBeGreaterThan(rate * 2)
  })

  it('of less than one a second still gives turns', () => {
    let now = 0
    const it = bucket(
      () => 0.5,
      () => now,
    )
    expect(it.take(0)).toBe(0)
    expect(it.take(0)).toBeUndefined()
    now = 4_000
    expect(it.take(0)).toBe(0)
  })

  it('does not take a turn that would be too late', () => {
    const it = bucket(
      () => 2,
      () => 0,
    )
    expect([it.take(0), it.take(500), it.take(1_000), it.take(500)]).toEqual([0, undefined, 1_000, undefined])
  })
})

describe('The gate', () => {
  const open = (more: object = {}) => {
    const time = { now: 0 }
    return {
      time,
      ...gate({ share: 1, maxWaitMs: 0, runtime: { ...systemRuntime, monotonic: () => time.now }, ...more }),
    }
  }
  const through = async (
    it: ReturnType<typeof open>,
    lane: 'message' | 'audio-video' | 'conversations',
    who = account,
  ) => {
    let count = 0
    while ((await it.enter(who, lane)) === undefined) count++
    return count
  }

  it('lets a burst of a tenth of the rate through at once, by flavour, lane and share', async () => {
    const facebook = { ...other, flavour: 'facebook-login' } as const
    expect(await through(open(), 'message')).toBe(10)
    expect(await through(open(), 'message', facebook)).toBe(30)
    expect(await through(open({ share: 0.5 }), 'message')).toBe(5)
    expect(await through(open(), 'audio-video')).toBe(1)
    expect(await through(open(), 'conversations')).toBe(1)
  })

  it('counts each account by itself', async () => {
    const it = open()
    expect(await through(it, 'message')).toBe(10)
    expect(await through(it, 'message', other)).toBe(10)
  })

  it('says when a wait would be too long, and ends a wait that is aborted: nothing was sent', async () => {
    const it = open()
    await through(it, 'conversations')
    expect(await it.enter(account, 'conversations')).toMatchObject({ kind: 'throttled', code: 'own-rate' })
    const patient = open({ maxWaitMs: 10_000 })
    await patient.enter(account, 'conversations')
    const controller = new AbortController()
    const waiting = patient.enter(account, 'conversations', controller.signal)
    controller.abort()
    expect(await waiting).toEqual({ kind: 'no-connection' })
  })

  it('holds one account until it regains access, and every account after a limit of the app', async () => {
    const it = open()
    it.hold(account.accountId, { kind: 'throttled', code: '613', scope: 'account', retryAfter: 60_000 }, 0)
    it.time.now = 59_999
    expect(await it.enter(account, 'other')).toEqual({
      kind: 'throttled',
      code: 'held',
      retryAfter: 1,
      scope: 'account',
    })
    expect(await it.enter(other, 'other')).toBeUndefined()
    it.time.now = 60_000
    expect(await it.enter(account, 'other')).toBeUndefined()
    it.hold(account.accountId, { kind: 'throttled', code: '4', scope: 'app', retryAfter: 1_000 }, it.time.now)
    expect(await it.enter(other, 'other')).toMatchObject({ scope: 'app' })
  })

  it('holds longer each time that Meta does not say how long, until a call goes through', () => {
    const it = open()
    const limited = { kind: 'throttled', code: '613', scope: 'account' } as const
    const heldFor = async () => {
      const failure = await it.enter(account, 'other')
      const ms = failure?.kind === 'throttled' ? (failure.retryAfter ?? 0) : 0
      it.time.now += ms
      return ms
    }
    return (async () => {
      const holds: number[] = []
      for (let times = 0; times < 10; times++) {
        it.hold(account.accountId, limited, it.time.now)
        holds.push(await heldFor())
      }
      expect(holds).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300].map((seconds) => seconds * 1_000))
      it.relax(account.accountId)
      it.hold(account.accountId, limited, it.time.now)
      expect(await heldFor()).toBe(1_000)
    })()
  })

  it.each([
    ['had left before the limit, when the hold is over', { leftAt: 0, answeredAt: 5_000 }],
    ['was let in before the limit and left after it', { leftAt: 400, answeredAt: 500 }],
  ])('waits no longer for calls of which each %s', async (_, { leftAt, answeredAt }) => {
    const it = open()
    const limited = { kind: 'throttled', code: '613', scope: 'account' } as const
    it.hold(account.accountId, limited, 0)
    it.time.now = answeredAt
    for (let n = 0; n < 9; n += 1) it.hold(account.accountId, limited, leftAt)
    expect(await it.enter(account, 'other')).toMatchObject({ code: 'held', retryAfter: 1_000 })
    it.time.now = answeredAt + 1_000
    it.hold(account.accountId, limited, it.time.now)
    expect(await it.enter(account, 'other')).toMatchObject({ code: 'held', retryAfter: 2_000 })
  })

  it('is not relaxed by a call that was on its way when the limit came', async () => {
    const it = open()
    it.hold(account.accountId, { kind: 'throttled', code: '613', scope: 'account' }, 0)
    it.relax(account.accountId)
    expect(await it.enter(account, 'other')).toMatchObject({ code: 'held' })
  })
})

describe('The messenger', () => {
  let server: GraphServer
  beforeEach(async () => {
    server = await graphServer()
  })
  afterEach(() => server[Symbol.asyncDispose]())
  const sender = { account, token: 'token' }
  const message = { customerId: '1', text: 'hi', tag: 'none' } as const

  it('does not call again while Meta has limited the account', async () => {
    const messenger = metaMessenger({ hosts: { instagram: server.url } })
    const { httpStatus: status, body } = sample<{ httpStatus: number; body: unknown }>('error-613-2534040-rate.json')
    server.answer = () => ({ status, body, headers: { 'retry-after': '60' } })
    expect(await messenger.send(sender, message)).toMatchObject({
      kind: 'throttled',
      code: '613/2534040',
      retryAfter: 60_000,
    })
    expect(await messenger.send(sender, message)).toMatchObject({ kind: 'throttled', code: 'held' })
    expect(server.received).toHaveLength(1)
    await messenger.send({ ...sender, account: other }, message)
    expect(server.received).toHaveLength(2)
  })

  it('takes the answers to calls that were on their way together for one limit', async () => {
    const messenger = metaMessenger({ hosts: { instagram: server.url } })
    const { httpStatus: status, body } = sample<{ httpStatus: number; body: unknown }>('error-613-2534040-rate.json')
    server.answer = () => ({ status, body })
    const answers = await Promise.all(Array.from({ length: 9 }, () => messenger.send(sender, message)))
    expect(answers.map((answer) => 'code' in answer && answer.code)).toEqual(Array(9).fill('613/2534040'))
    const held = await messenger.send(sender, message)
    expect(held).toMatchObject({ kind: 'throttled', code: 'held' })
    expect(held.kind === 'throttled' && held.retryAfter).toBeLessThanOrEqual(1_000)
  })

  it('ends a look that it has begun, however small its part of the rate is', async () => {
    const messenger = metaMessenger({ hosts: { instagram: server.url }, maxWaitMs: 100 })
    // Half a call a second: the second call of a look comes two seconds after the first.
    messenger.use?.(0.5)
    server.answer = ({ path }) => ({ body: path.endsWith('/conversations') ? { data: [{ id: 'thread' }] } : {} })
    expect(await messenger.history(sender, '1')).toEqual({ kind: 'found', messages: [] })
    const [first, second] = server.received.map(({ at }) => at)
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(1_000)
    expect(await messenger.history(sender, '1')).toMatchObject({ kind: 'throttled', code: 'own-rate' })
  })

  it('spreads its sends within the rate of the account', async () => {
    const messenger = metaMessenger({ hosts: { instagram: server.url }, share: 0.5 })
    const results = await Promise.all(Array.from({ length: 25 }, () => messenger.send(sender, message)))
    expect(results.every(({ kind }) => kind === 'sent')).toBe(true)
    const times = server.received.map(({ at }) => at)
    // 5 at once, then 45 a second: 400 ms or more, of which a busy machine may be late to see the beginning.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(200)
  })
})
