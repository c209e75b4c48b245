import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'

import { bucket } from '../../../src/adapters/meta/send/rates.ts'
import { gate } from '../../../src/adapters/meta/send/gate.ts'
import { metaMessenger } from '../../../src/adapters/meta/index.ts'
import type { ConnectedAccount } from '../../../src/domain/channel/events.ts'
import { type GraphServer, graphServer } from './graph-server.ts'
import { sample } from './samples.ts'
import { virtualRuntime } from '../../simulation/virtual-process.ts'

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

  it('remembers 10,000 accounts, those used last', async () => {
    const it = open()
    const nth = (number: number) => ({ ...account, accountId: String(number) })
    const lets = async (number: number) => (await it.enter(nth(number), 'conversations')) === undefined
    for (let number = 0; number < 10_000; number++) expect(await lets(number)).toBe(true)
    expect(await lets(0)).toBe(false)
    expect(await lets(10_000)).toBe(true)
    expect([await lets(0), await lets(2), await lets(10_000), await lets(1)]).toEqual([false, false, false, true])
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
})

describe('The messenger, on virtual time,', () => {
  const sender = { account, token: 'token' }
  /** Messengers whose calls are answered at once; and when each call came, in milliseconds. */
  const open = (options: Parameters<typeof metaMessenger>[0], answer: (path: string) => object) => {
    const { time, runtime } = virtualRuntime()
    const times: number[] = []
    const fetch = async (input: unknown): Promise<Response> => {
      times.push(time.now)
      return Response.json(answer(new URL(String(input)).pathname))
    }
    return { time, times, messenger: metaMessenger({ ...options, runtime, fetch }) }
  }

  it('ends a look that it has begun, however small its part of the rate is', async () => {
    const { time, times, messenger } = open({ maxWaitMs: 100 }, (path) =>
      path.endsWith('/conversations') ? { data: [{ id: 'thread' }] } : {},
    )
    // Half a call a second: the second call of a look comes two seconds after the first.
    messenger.use?.(0.5)
    const looked = messenger.history(sender, '1')
    await time.pass(2_000)
    expect(await looked).toEqual({ kind: 'found', messages: [] })
    expect(times).toEqual([0, 2_000])
    expect(await messenger.history(sender, '1')).toMatchObject({ kind: 'throttled', code: 'own-rate' })
  })

  it('spreads its sends within the rate of the account', async () => {
    const { time, times, messenger } = open({ share: 0.5 }, () => ({ message_id: 'mid' }))
    const sent = Promise.all(
      Array.from({ length: 50 }, () => messenger.send(sender, { customerId: '1', text: 'hi', tag: 'none' })),
    )
    await time.pass(1_000)
    expect((await sent).every(({ kind }) => kind === 'sent')).toBe(true)
    // 5 at once, then 45 a second.
    expect(times.filter((at) => at === 0)).toHaveLength(5)
    expect(Math.max(...times)).toBeCloseTo(1_000)
  })

  it('gives a call up after its time-out, and nobody knows what became of it', async () => {
    const { time, runtime } = virtualRuntime()
    const fetch: typeof globalThis.fetch = (_, init) =>
      new Promise((__, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)))
    const messenger = metaMessenger({ runtime, fetch, timeoutMs: 20_000 })
    let isOver = false
    const sent = messenger.send(sender, { customerId: '1', text: 'hi', tag: 'none' })
    void sent.then(() => (isOver = true))
    await time.pass(19_999)
    expect(isOver).toBe(false)
    await time.pass(1)
    expect(await sent).toMatchObject({ kind: 'outcome-unknown' })
  })
})
