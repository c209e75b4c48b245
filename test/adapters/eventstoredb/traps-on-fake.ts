import { inspect } from 'node:util'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type EventStoreDbClient,
  type EventStoreDbState,
  eventstoredb,
} from '../../../src/adapters/eventstoredb/index.ts'
import { memory } from '../../../src/adapters/memory/index.ts'
import type { Delivery, EventStore, RecordedEvent, Store } from '../../../src/application/ports/index.ts'
import type {
  EventTooLarge,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../../../src/application/ports/store-errors.ts'
import {
  eventsIn,
  idsOf,
  isCaughtUp,
  sampleEvent,
  sampleEvents,
  sampleId,
  takeUntil,
  wholeLog,
} from '../../../src/testing/contracts/sample-events.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { type RunningServer, startServer } from './fake/running-server.ts'
import type { Counts, Orders } from './fake/server.ts'
import { type Flavour, loadedFlavours, makeClient, type TestClient, urlOf } from './flavour.ts'
import { type Proxy, startProxy } from './proxy.ts'

const DEADLINE = 2_500
/** Where a busy machine must not be taken for a frozen server. */
const LONG_DEADLINE = 20_000
const POLL_INTERVAL = 150
/** Longer than the machine may be busy, shorter than a test may last. */
const PATIENCE = 15_000

type Outcome = readonly [name: string, outcome: string | undefined]

const outcomeOf = async (promise: Promise<unknown>): Promise<Outcome> => {
  const error = (await rejectionOf(promise)) as StoreUnavailable
  return [error.name, error.outcome]
}

const UNKNOWN: Outcome = ['StoreUnavailable', 'unknown']
const NOT_APPLIED: Outcome = ['StoreUnavailable', 'not-applied']

/** Tries until it succeeds. */
const eventually = async <T>(attempt: () => Promise<T>): Promise<T> => {
  const until = performance.now() + PATIENCE
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > until) throw error
      await setTimeout(50)
    }
  }
}

/** Leases and snapshots in the cluster. */
const beside = (): EventStoreDbState => {
  const { views, keys, tokens, blobs, close } = memory()
  return { views, keys, tokens, blobs, close }
}

/** What was asked of a client. */
interface Asked {
  readonly subscriptions: { readonly filter: object; readonly fromPosition: unknown }[]
  /** Of the whole log. */
  reads: number
  streamReads: number
}

const watched = (client: EventStoreDbClient): { readonly client: EventStoreDbClient; readonly asked: Asked } => {
  const asked: Asked = { subscriptions: [], reads: 0, streamReads: 0 }
  return {
    asked,
    client: {
      appendToStream: (stream, events, options) => client.appendToStream(stream, events, options),
      readStream: (stream, options) => {
        asked.streamReads += 1
        return client.readStream(stream, options)
      },
      readAll: (options) => {
        asked.reads += 1
        return client.readAll(options)
      },
      subscribeToAll: (options) => {
        asked.subscriptions.push(options)
        return client.subscribeToAll(options)
      },
      setStreamMetadata: (stream, metadata, options) => client.setStreamMetadata(stream, metadata, options),
    },
  }
}

/** What the clients and their servers do to who trusts them, and that nothing of it comes through. */
export const trapsOnFake = (flavour: Flavour): void => {
  let server: RunningServer
  let proxy: Proxy
  let client: TestClient
  const strays: unknown[] = []
  const stray = (error: unknown): void => void strays.push(error)

  const connectionString = (settings = ''): string => urlOf(flavour, proxy.port, settings)
  /** As a host would: one client that gets over everything, or a function that makes one that does not. */
  const given = (settings = ''): EventStoreDbClient | (() => EventStoreDbClient) =>
    flavour === 'db-client'
      ? settings === ''
        ? client
        : makeClient(flavour, connectionString(settings))
      : () => makeClient(flavour, connectionString(settings))
  const open = (
    with_: EventStoreDbClient | (() => EventStoreDbClient) = given(),
    prefix = 'desk.',
    deadline = DEADLINE,
  ): Store => eventstoredb({ client: with_, state: beside(), prefix, deadline, pollInterval: POLL_INTERVAL })

  /** A store for one test, closed and the server healed afterwards. */
  const using = async (body: (events: EventStore, store: Store) => Promise<void>, store = open()): Promise<void> => {
    try {
      await body(store.events, store)
    } finally {
      await server.orders({})
      await store.close()
    }
  }
  const ordered = (orders: Orders): Promise<void> => server.orders(orders)

  const frozen = async (how: 'block' | 'held' | 'pause'): Promise<() => Promise<void>> => {
    if (how === 'held') {
      await ordered({ held: true })
      return () => ordered({})
    }
    if (how === 'pause') server.pause()
    const unblock = how === 'block' ? proxy.block() : server.resume
    return async () => unblock()
  }

  beforeAll(async () => {
    server = await startServer()
    proxy = await startProxy(server.host, server.port)
    client = makeClient(flavour, connectionString())
    process.on('unhandledRejection', stray)
    process.on('uncaughtExceptionMonitor', stray)
  })
  afterAll(async () => {
    process.off('unhandledRejection', stray)
    process.off('uncaughtExceptionMonitor', stray)
    await client.dispose()
    await proxy.close()
    await server.stop()
  })
  beforeEach(() => server.forget())

  describe(`${flavour}: appends`, () => {
    it('refuses what cannot be written as JSON at once, and leaves no promise behind', () =>
      using(async (events) => {
        const began = performance.now()
        for (const data of [{ n: 1n }, Object.assign([], { a: 1 })] as never[])
          expect((await rejectionOf(events.append('s', 'none', [{ ...sampleEvent(1), data }]))).name).toBe('TypeError')
        expect(performance.now() - began).toBeLessThan(DEADLINE)
        expect(await events.head('s')).toBe(undefined)
      }))

    it.each(['', 'not-a-uuid', '00000000-0000-0000-0000-000000000000', 'ABCDEF00-0000-5000-8000-000000000000'])(
      'refuses the id %j, which the server would not keep as it is',
      (id) =>
        using(async (events) => {
          expect((await rejectionOf(events.append('s', 'none', [sampleEvent(1, { id })]))).name).toBe('TypeError')
        }),
    )

    it('refuses in the same way with a client that was told not to throw', async () => {
      await using(
        async (events) => {
          await events.append('s', 'none', sampleEvents(1, 4))
          const error = (await rejectionOf(events.append('s', 0, [sampleEvent(9)]))) as WrongExpectedRevision
          expect([error.name, error.expected, error.actual]).toEqual(['WrongExpectedRevision', 0, 3])
          expect((await events.append('s', 1, sampleEvents(3, 4))).replayed).toBe(true)
        },
        open(given('&throwOnAppendFailure=false')),
      )
    })

    it.each(['block', 'held', 'pause'] as const)(
      'says of a frozen server (%s) that nothing is known, in time, and doubles nothing afterwards',
      (how) =>
        using(async (events) => {
          await events.append('s', 'none', [sampleEvent(1)])
          const thaw = await frozen(how)
          const began = performance.now()
          expect(await outcomeOf(events.append('s', 0, [sampleEvent(2)]))).toEqual(UNKNOWN)
          const reads = [events.read('s'), events.head('s'), events.readAll()]
          expect(await Promise.all(reads.map(outcomeOf))).toEqual(reads.map(() => NOT_APPLIED))
          expect(performance.now() - began).toBeLessThan(3 * DEADLINE)
          await thaw()
          const again = await eventually(() => events.append('s', 0, [sampleEvent(2)]))
          expect(again.revision).toBe(1)
          expect(idsOf(await events.read('s'))).toEqual(idsOf(sampleEvents(1, 2)))
        }),
    )

    it('does not let those wait one by one who come behind an append that gets no answer', () =>
      using(async (events) => {
        await events.append('s', 'none', [sampleEvent(0)])
        await ordered({ held: true })
        const began = performance.now()
        const outcomes = await Promise.all(
          [1, 2, 3, 4].map((n) => outcomeOf(events.append('s', n - 1, [sampleEvent(n)]))),
        )
        expect(outcomes).toEqual([UNKNOWN, NOT_APPLIED, NOT_APPLIED, NOT_APPLIED])
        expect(performance.now() - began).toBeLessThan(2 * DEADLINE)
        await ordered({})
        for (let n = 1; n <= 4; n += 1) await eventually(() => events.append('s', n - 1, [sampleEvent(n)]))
        expect(idsOf(await events.read('s'))).toEqual([0, 1, 2, 3, 4].map((n) => sampleId(n)))
      }))

    it('knows that nothing was applied when the server was never reached', async () => {
      const heal = proxy.refuse()
      await using(
        async (events) => {
          expect(await outcomeOf(events.append('s', 'none', [sampleEvent(1)]))).toEqual(NOT_APPLIED)
          expect(await outcomeOf(events.read('s'))).toEqual(NOT_APPLIED)
          heal()
          expect((await eventually(() => events.append('s', 'none', [sampleEvent(1)]))).revision).toBe(0)
          expect(idsOf(await events.read('s'))).toEqual([sampleId(1)])
        },
        open(given('&connectionName=fresh')),
      )
    })

    it('does not claim to know it of a server that was reached before', () =>
      using(async (events) => {
        await events.append('s', 'none', [sampleEvent(1)])
        await ordered({ unavailable: true })
        expect(await outcomeOf(events.append('s', 0, [sampleEvent(2)]))).toEqual(UNKNOWN)
        await ordered({})
        expect((await eventually(() => events.append('s', 0, [sampleEvent(2)]))).replayed).toBe(false)
      }))

    it.each(['error', 'silence', 'die'] as const)(
      'recognises a repetition after its reply was lost (%s)',
      (loseReply) =>
        using(async (events) => {
          await events.append('s', 'none', [sampleEvent(1)])
          await ordered({ loseReply })
          expect(await outcomeOf(events.append('s', 0, sampleEvents(2, 3)))).toEqual(UNKNOWN)
          if (loseReply === 'die') await server.restart()
          const again = await eventually(() => events.append('s', 0, sampleEvents(2, 3)))
          expect([again.revision, again.replayed]).toEqual([2, true])
          expect(again.position).toBe((await events.head('s'))?.position)
          expect(idsOf(await events.read('s'))).toEqual(idsOf(sampleEvents(1, 3)))
        }),
    )

    it.each(['there', 'not reached yet'])(
      'does not claim to know anything of a node that ceased to lead, and goes on with the new leader (%s)',
      (leader) =>
        using(async (events) => {
          await events.append('s', 'none', [sampleEvent(1)])
          await ordered({ leaderAt: leader === 'there' ? proxy.port : 1 })
          expect(await outcomeOf(events.append('s', 0, [sampleEvent(2)]))).toEqual(UNKNOWN)
          expect(await outcomeOf(events.head('s'))).toEqual(NOT_APPLIED)
          await setTimeout(100)
          await ordered({})
          expect((await eventually(() => events.append('s', 0, [sampleEvent(2)]))).revision).toBe(1)
          expect(idsOf(await eventually(() => events.read('s')))).toEqual(idsOf(sampleEvents(1, 2)))
        }),
    )

    it('refuses what is larger than the server takes, and says how much it takes', () =>
      using(
        async (events) => {
          const half = (n: number) => sampleEvent(n, { data: { text: 'x'.repeat(600_000) } })
          const error = (await rejectionOf(events.append('s', 'none', [half(1), half(2)]))) as EventTooLarge
          expect([error.name, error.limit]).toEqual(['EventTooLarge', 1_048_576])
          expect(error.actual).toBeGreaterThan(1_200_000)
          expect(await events.head('s')).toBe(undefined)
          expect((await events.append('s', 'none', [half(1)])).revision).toBe(0)
          await ordered({ maxAppendSize: 16 * 1_048_576 })
          // More than the client puts into one message: several messages are one append all the same.
          const many = Array.from({ length: 6 }, (_, n) => half(n + 2))
          expect((await events.append('s', 0, many)).revision).toBe(6)
          expect(idsOf(await wholeLog(events))).toEqual(idsOf([half(1), ...many]))
        },
        open(given(), 'desk.', LONG_DEADLINE),
      ))

    it('refuses an event that is larger than the server takes one to be, whatever it takes of several', () =>
      using(async (events) => {
        await ordered({ maxAppendEventSize: 100_000, maxAppendSize: 4 * 1_048_576 })
        const sized = (n: number, size: number) => sampleEvent(n, { data: { text: 'x'.repeat(size) } })
        const batch = [sized(1, 90_000), sized(2, 110_000)]
        const error = (await rejectionOf(events.append('s', 'none', batch))) as EventTooLarge
        // Only an append with a call of its own is told the limit.
        expect([error.name, error.limit]).toEqual(['EventTooLarge', flavour === 'db-client' ? 100_000 : undefined])
        expect(error.message).toMatch(flavour === 'db-client' ? /the limit is 100000/ : /the server takes less/)
        expect(error.actual).toBeGreaterThan(200_000)
        expect(await events.head('s')).toBe(undefined)
        expect((await events.append('s', 'none', [sized(1, 90_000), sized(2, 90_000)])).revision).toBe(1)
      }))

    it('is not disturbed by the second answer to an append that the server refused', () =>
      using(async (events) => {
        const large = sampleEvent(1, { data: { text: 'x'.repeat(1_060_000) } })
        expect((await rejectionOf(events.append('s', 'none', [large]))).name).toBe('EventTooLarge')
        // The older client appends with a call each, of which there is one answer.
        if (flavour === 'kurrentdb-client')
          await eventually(async () =>
            expect((await server.act<Counts>({ kind: 'count' })).secondAnswers).toBeGreaterThan(0),
          )
        expect((await events.append('s', 'none', [sampleEvent(2)])).revision).toBe(0)
        expect(strays).toEqual([])
      }))

    it('takes the answer for the result, and reads only what could be a repetition', async () => {
      const { client: own, asked } = watched(client)
      await using(async (events) => {
        // The first answer is compared with what is read.
        const first = await events.append('s', 'none', sampleEvents(1, 2))
        expect(asked.streamReads).toBe(1)
        const second = await events.append('s', 1, [sampleEvent(3)])
        const third = await events.append('t', 'none', sampleEvents(4, 6))
        expect(asked.streamReads).toBe(1)
        const positions = (await wholeLog(events)).map(({ position }) => position)
        expect([first, second, third].map(({ position }) => positions.indexOf(position))).toEqual([1, 2, 5])
        expect([first, second, third].map(({ replayed }) => replayed)).toEqual([false, false, false])
        expect(await events.append('s', 1, [sampleEvent(3)])).toEqual({ ...second, replayed: true })
        expect(await events.append('t', 'none', sampleEvents(4, 6))).toEqual({ ...third, replayed: true })
        expect(asked.streamReads).toBeGreaterThan(1)
        expect((await rejectionOf(events.append('t', 'none', [sampleEvent(4), sampleEvent(9)]))).name).toBe(
          'CorruptIdempotency',
        )
      }, open(own))
    })

    it('knows a repetition of what an earlier release wrote, which gave the server the ids of the events', () =>
      using(async (events) => {
        const metadata = { version: 1, recordedAt: sampleEvent(1).recordedAt, meta: {}, call: 'earlier', units: 9 }
        const earlier = [1, 2].map((n) => ({
          id: sampleId(n),
          type: 'MessageReceived',
          contentType: 'application/json' as const,
          data: { data: { n } },
          metadata,
        }))
        await client.appendToStream('desk.s', earlier, { expectedRevision: 'no_stream', streamState: 'no_stream' })
        expect(idsOf(await events.read('s'))).toEqual(idsOf(sampleEvents(1, 2)))
        expect(await events.append('s', 'none', sampleEvents(1, 2))).toMatchObject({ revision: 1, replayed: true })
        expect((await events.append('s', 1, [sampleEvent(3)])).replayed).toBe(false)
        expect((await rejectionOf(events.append('s', 'none', sampleEvents(1, 4)))).name).toBe('CorruptIdempotency')
      }))

    it('does the same on a server without appends in batches', async () => {
      await ordered({ withoutBatchAppend: true })
      await using(
        async (events) => {
          await events.append('s', 'none', sampleEvents(1, 2))
          expect((await events.append('s', 'none', sampleEvents(1, 2))).replayed).toBe(true)
          const stale = (await rejectionOf(events.append('s', 0, [sampleEvent(9)]))) as WrongExpectedRevision
          expect([stale.name, stale.actual]).toEqual(['WrongExpectedRevision', 1])
          expect((await rejectionOf(events.append('s', 'none', sampleEvents(1, 3)))).name).toBe('CorruptIdempotency')
          const large = sampleEvent(3, { data: { text: 'x'.repeat(1_060_000) } })
          expect((await rejectionOf(events.append('s', 1, [large]))).name).toBe('EventTooLarge')
          await ordered({ withoutBatchAppend: true, loseReply: 'error' })
          expect(await outcomeOf(events.append('s', 1, [sampleEvent(3)]))).toEqual(UNKNOWN)
          expect((await eventually(() => events.append('s', 1, [sampleEvent(3)]))).replayed).toBe(true)
        },
        open(given('&connectionName=plain')),
      )
    })

    it('is closed only after its last append has ended, and its client only then', async () => {
      const store = open()
      await store.events.append('s', 'none', [sampleEvent(1)])
      await ordered({ held: true })
      const ends: string[] = []
      const append = store.events.append('s', 0, [sampleEvent(2)]).then(() => ends.push('append'))
      const closing = store.close().then(() => ends.push('close'))
      await setTimeout(100)
      await ordered({})
      await Promise.all([append, closing])
      expect(ends).toEqual(['append', 'close'])
    })

    it('keeps what was acknowledged when the server is killed', () =>
      using(async (events) => {
        await Promise.all(Array.from({ length: 20 }, (_, n) => events.append(`s-${n}`, 'none', [sampleEvent(n)])))
        const before = await wholeLog(events)
        await server.restart()
        expect(await eventually(() => wholeLog(events))).toEqual(before)
      }))
  })

  describe(`${flavour}: subscriptions`, () => {
    /** Appends one after the other and sees each delivered, once and in order, while something is done to the server. */
    const followThrough = (disturb: (n: number) => Promise<unknown>): Promise<void> =>
      using(async (events) => {
        const count = 12
        const followed = takeUntil(events.subscribe({}), (taken) => eventsIn(taken).length >= count)
        for (let n = 0; n < count; n += 1) {
          await disturb(n)
          await eventually(() => events.append('s', n === 0 ? 'none' : n - 1, [sampleEvent(n)]))
        }
        expect(idsOf(eventsIn(await followed))).toEqual(Array.from({ length: count }, (_, n) => sampleId(n)))
      })

    it('survives a server that drops it again and again, and opens no second one beside it', async () => {
      await followThrough(async () => {
        await server.act({ kind: 'drop-subscriptions', why: 'too-slow' })
        await setTimeout(30)
      })
    })

    it('takes the answer to an append although an older connection has ended meanwhile', () =>
      using(async (events) => {
        await events.append('s', 'none', [sampleEvent(1)])
        const live = events.subscribe({})[Symbol.asyncIterator]()
        await live.next()
        await live.next()
        const next = live.next()
        await eventually(async () => expect((await server.act<Counts>({ kind: 'count' })).subscriptions).toBe(1))
        await server.act({ kind: 'drop-subscriptions', why: 'shutting-down' })
        await setTimeout(100)
        await events.append('t', 'none', [sampleEvent(2)])
        await ordered({ held: true })
        const appended = events.append('s', 0, [sampleEvent(3)]).catch(() => undefined)
        await setTimeout(100)
        await server.act({ kind: 'drop-older-appends' })
        await setTimeout(100)
        await ordered({})
        await appended
        expect((await events.append('s', 0, [sampleEvent(3)])).revision).toBe(1)
        await next
        await live.return?.()
      }))

    it('survives connections that are given up one after the other while appends are under way on all of them', () =>
      using(async (events) => {
        const stop = new AbortController()
        const followed = takeUntil(events.subscribe({ signal: stop.signal }), () => false)
        const write = async (stream: string): Promise<void> => {
          for (let n = 0; n < 20; n += 1) {
            const batch = [sampleEvent(n, { id: sampleId(n, stream.charCodeAt(0)) })]
            await eventually(() => events.append(stream, n === 0 ? 'none' : n - 1, batch))
          }
        }
        const writing = Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(write))
        for (let n = 0; n < 8; n += 1) {
          await server.act({ kind: 'drop-subscriptions', why: 'shutting-down' })
          await setTimeout(100)
          if (n === 4) proxy.cut()
        }
        await writing
        await events.append('after', 'none', [sampleEvent(1)])
        const written = (await wholeLog(events)).length
        expect(written).toBe(8 * 20 + 1)
        stop.abort()
        await followed
      }))

    it('survives a connection that is cut again and again', () =>
      followThrough(async (n) => {
        if (n % 3 === 1) proxy.cut()
      }))

    it('survives a server that is killed', () =>
      followThrough(async (n) => {
        if (n === 4 || n === 8) await server.restart()
      }))

    it('is looked after when it goes silent: events come all the same, and it is replaced', () =>
      using(async () => {
        const { client: own, asked } = watched(client)
        await using(async (events) => {
          const live = events.subscribe({})[Symbol.asyncIterator]()
          expect((await live.next()).value).toEqual({ kind: 'caught-up', position: undefined })
          await ordered({ silent: true })
          const other = open()
          for (let n = 0; n < 4; n += 1) {
            const began = performance.now()
            const { position } = await other.events.append('s', n === 0 ? 'none' : n - 1, [sampleEvent(n)])
            const delivery = (await live.next()).value as Delivery
            expect(eventsIn([delivery]).map((event) => event.position)).toEqual([position])
            expect(performance.now() - began).toBeLessThan(20 * POLL_INTERVAL)
          }
          await eventually(async () => expect(asked.subscriptions.length).toBeGreaterThan(1))
          await other.close()
          await live.return?.()
        }, open(own))
        for (const { filter } of asked.subscriptions) {
          expect(filter).toEqual({ filterOn: 'streamName', prefixes: ['desk.'], checkpointInterval: 1 })
        }
      }))

    it('rings: what another process appends comes long before the next look', async () => {
      const store = eventstoredb({ client: given(), state: beside(), prefix: 'desk.', pollInterval: 60_000 })
      const other = open()
      try {
        const live = store.events.subscribe({})[Symbol.asyncIterator]()
        await live.next()
        const next = live.next()
        await setTimeout(300)
        await other.events.append('s', 'none', [sampleEvent(1)])
        const late = setTimeout(PATIENCE, 'late', { ref: false })
        expect(await Promise.race([next.then(({ value }) => (value as Delivery).kind), late])).toBe('events')
      } finally {
        await Promise.all([store.close(), other.close()])
      }
    })

    it('holds one live subscription for all who listen, and none after the store was closed', () =>
      using(async (events, store) => {
        const stop = new AbortController()
        const all = Array.from({ length: 5 }, () => takeUntil(events.subscribe({ signal: stop.signal }), () => false))
        await eventually(async () => expect((await server.act<Counts>({ kind: 'count' })).subscriptions).toBe(1))
        for (let n = 0; n < 3; n += 1) {
          await server.act({ kind: 'drop-subscriptions', why: 'too-slow' })
          await eventually(async () => expect((await server.act<Counts>({ kind: 'count' })).subscriptions).toBe(1))
        }
        stop.abort()
        await Promise.all(all)
        await store.close()
        await eventually(async () => expect((await server.act<Counts>({ kind: 'count' })).subscriptions).toBe(0))
      }))
  })

  describe(`${flavour}: reads`, () => {
    it('leaves no stream of the client behind, however a read ends', () =>
      using(async (events) => {
        await events.append('s', 'none', sampleEvents(1, 300))
        const kept = (): number => (client as unknown as { disposableStreams: Set<unknown> }).disposableStreams.size
        await setTimeout(50)
        const before = kept()
        for (let n = 0; n < 20; n += 1) {
          await events.head('s')
          await events.head('missing')
          await events.readAll({ limit: 3 })
          await events.readAll({ limit: 3, backwards: true })
          await events.read('s', { limit: 5 })
          await takeUntil(events.subscribe({}), isCaughtUp)
          await rejectionOf(events.append('s', 7, [sampleEvent(999)]))
        }
        await ordered({ held: true })
        await Promise.all([rejectionOf(events.read('s')), rejectionOf(events.readAll()), rejectionOf(events.head('s'))])
        await ordered({})
        // The doorbell is one, and the appends are another.
        await eventually(async () => expect(kept()).toBeLessThanOrEqual(before + 2))
        await eventually(async () => expect((await server.act<Counts>({ kind: 'count' })).readsUnderWay).toBe(0))
      }, open(client)))

    it('ends a read that is aborted on its way', () =>
      using(async (events) => {
        await events.append('s', 'none', sampleEvents(1, 900))
        const stop = new AbortController()
        const reads = [events.read('s', { signal: stop.signal }), events.readAll({ signal: stop.signal })]
        stop.abort(new RangeError('enough'))
        const ends = await Promise.all(reads.map(rejectionOf))
        expect(ends.map(({ message }) => message)).toEqual(['enough', 'enough'])
      }))

    it('ends what is under way when the store is closed', () =>
      using(
        async (events, store) => {
          await events.append('s', 'none', [sampleEvent(1)])
          await ordered({ held: true })
          const reads = [events.read('s'), events.head('s'), events.readAll()].map(rejectionOf)
          const late = setTimeout(DEADLINE, [], { ref: false })
          await Promise.race([store.close(), late])
          const ends = await Promise.race([Promise.all(reads), late])
          expect(ends.map(({ name }) => name)).toEqual(['StoreClosed', 'StoreClosed', 'StoreClosed'])
        },
        open(given(), 'desk.', LONG_DEADLINE),
      ))

    it('never delivers what the server or others write, and gets past it', () =>
      using(async (events) => {
        const neighbours = [open(given(), 'desk2.'), open(given(), 'other.')]
        for (const [n, neighbour] of neighbours.entries()) {
          await server.act({ kind: 'foreign', count: 700 })
          await events.append('s', n === 0 ? 'none' : n - 1, [sampleEvent(n)])
          await neighbour.events.append('s', 'none', [sampleEvent(50 + n)])
          await neighbour.leases.write('work', undefined, { n })
        }
        await server.act({ kind: 'foreign', count: 700 })
        const log = await wholeLog(events, { limit: 1 })
        expect(idsOf(log)).toEqual([sampleId(0), sampleId(1)])
        expect(idsOf(await wholeLog(events, { backwards: true }))).toEqual([sampleId(1), sampleId(0)])
        const last = log.at(-1)?.position ?? ''
        expect(await events.readAll({ after: last })).toEqual({ events: [], atEnd: true })
        expect(await events.readAll({ streamPrefixes: ['x'] })).toEqual({ events: [], lookedTo: last, atEnd: true })
        for (const [n, neighbour] of neighbours.entries()) {
          expect(idsOf(await wholeLog(neighbour.events))).toEqual([sampleId(50 + n)])
          await neighbour.close()
        }
      }))

    it('looks only once at what others wrote after the last event of the desk', () =>
      using(async () => {
        const { client: own, asked } = watched(client)
        await using(async (events) => {
          const { position } = await events.append('s', 'none', [sampleEvent(1)])
          await server.act({ kind: 'foreign', count: 2_000 })
          await events.readAll({ after: position })
          asked.reads = 0
          for (let n = 0; n < 5; n += 1) await events.readAll({ after: position })
          expect(asked.reads).toBe(5)
          // Nor does who begins further back.
          for (let n = 0; n < 5; n += 1) expect((await events.readAll()).events.length).toBe(1)
          expect(asked.reads).toBe(15)
          await server.act({ kind: 'foreign', count: 10 })
          const { position: next } = await events.append('s', 0, [sampleEvent(2)])
          const page = await events.readAll({ after: position })
          expect(page.events.map((event: RecordedEvent) => event.position)).toEqual([next])
        }, open(own))
      }))

    it('has what others wrote left out by the server, however much it is, and however the events of the desk lie in it', () =>
      using(async () => {
        const { client: own, asked } = watched(client)
        const writer = open()
        await writer.events.append('s', 'none', [sampleEvent(1)])
        for (let n = 1; n <= 6; n += 1) {
          await server.act({ kind: 'foreign', count: 2_000 })
          await writer.events.append('s', n - 1, [sampleEvent(n + 1)])
        }
        const log = await wholeLog(writer.events)
        await writer.close()
        await using(
          async (events) => {
            const taken = await takeUntil(events.subscribe({}), isCaughtUp)
            expect(eventsIn(taken)).toEqual(log)
            expect(idsOf(log)).toEqual(idsOf(sampleEvents(1, 7)))
            // Of 24,000 events: those before a crowd is noticed. A page ends after 10,000 and is gone on with filtered.
            expect(asked.reads).toBe(1)
            expect(asked.subscriptions.length).toBeGreaterThan(1)
            expect(taken.filter(({ kind }) => kind === 'progress').length).toBe(2)
          },
          open(own, 'desk.', LONG_DEADLINE),
        )
      }))

    it('reads everything where the server never says that a subscription is at the end', () =>
      using(async () => {
        const writer = open()
        await writer.events.append('s', 'none', [sampleEvent(1)])
        await server.act({ kind: 'foreign', count: 1_500 })
        await writer.events.append('s', 0, [sampleEvent(2)])
        await server.act({ kind: 'foreign', count: 700 })
        await ordered({ withoutCaughtUp: true })
        const log = await wholeLog(writer.events)
        await writer.close()
        const { client: own, asked } = watched(client)
        await using(async (events) => {
          expect(eventsIn(await takeUntil(events.subscribe({}), isCaughtUp))).toEqual(log)
          // One subscription was tried, and none after that.
          expect(asked.subscriptions.length).toBe(1)
          expect(await wholeLog(events)).toEqual(log)
          expect(asked.subscriptions.length).toBe(1)
        }, open(own))
      }))

    it.each(['held', 'silent'] as const)(
      'says of a server that falls silent (%s) amid what others wrote that it is unavailable',
      (how) =>
        using(async (events) => {
          await events.append('s', 'none', [sampleEvent(1)])
          await server.act({ kind: 'foreign', count: 5_000 })
          await events.append('s', 0, [sampleEvent(2)])
          await ordered({ scanned: 2_000 })
          const read = events.readAll({ types: ['Nothing'] }).then(
            ({ atEnd }) => atEnd,
            ({ name }: Error) => name,
          )
          await eventually(async () =>
            expect((await server.act<Counts>({ kind: 'count' })).subscriptions).toBeGreaterThan(0),
          )
          await ordered({ [how]: true })
          expect(await read).toBe('StoreUnavailable')
          await ordered({})
          expect(idsOf(await eventually(() => wholeLog(events)))).toEqual(idsOf(sampleEvents(1, 2)))
        }),
    )

    it('gets past more of others than the server looks through within the deadline', () =>
      using(
        async (events) => {
          const { position } = await events.append('s', 'none', [sampleEvent(1)])
          await server.act({ kind: 'foreign', count: 1_500 })
          await events.append('s', 0, [sampleEvent(2)])
          await ordered({ scanned: 1_500 })
          const both = takeUntil(events.subscribe({}), (taken) => eventsIn(taken).length >= 2)
          const late = setTimeout(PATIENCE, [], { ref: false })
          expect(idsOf(eventsIn(await Promise.race([both, late])))).toEqual([sampleId(1), sampleId(2)])
          const far = open(given(), 'desk.', 1_000)
          expect(idsOf((await far.events.readAll({ after: position })).events)).toEqual([sampleId(2)])
          await far.close()
        },
        open(given(), 'desk.', 1_000),
      ))

    it('ends at once when its reader leaves, however much of others it still has to pass', () =>
      using(
        async (events) => {
          await server.act({ kind: 'foreign', count: 5_000 })
          await ordered({ scanned: 500 })
          const isReading = async (): Promise<void> =>
            expect((await server.act<Counts>({ kind: 'count' })).readsUnderWay).toBeGreaterThan(0)
          const stop = new AbortController()
          const followed = takeUntil(events.subscribe({ signal: stop.signal }), () => false)
          const read = rejectionOf(events.readAll({ signal: stop.signal }))
          await eventually(isReading)
          stop.abort(new RangeError('enough'))
          const late = setTimeout(DEADLINE, 'late', { ref: false })
          expect(await Promise.race([followed, late])).toEqual([])
          expect(await Promise.race([read.then(({ message }) => message), late])).toBe('enough')
        },
        open(given(), 'desk.', LONG_DEADLINE),
      ))

    it('gives what it has found before it passes the rest of what others wrote', () =>
      using(
        async (events) => {
          const { position } = await events.append('s', 'none', [sampleEvent(1)])
          await server.act({ kind: 'foreign', count: 5_500 })
          await events.append('s', 0, [sampleEvent(2)])
          const page = await events.readAll()
          expect([idsOf(page.events), page.atEnd]).toEqual([[sampleId(1)], false])
          expect((page.lookedTo ?? '') > position).toBe(true)
          expect(idsOf((await events.readAll({ after: page.lookedTo ?? '' })).events)).toEqual([sampleId(2)])
          const other = open(given(), 'desk.', LONG_DEADLINE)
          const backwards = await other.events.readAll({ backwards: true })
          // The younger client can have them left out.
          const found = flavour === 'db-client' ? [2] : [2, 1]
          expect([idsOf(backwards.events), backwards.atEnd]).toEqual([
            found.map((n) => sampleId(n)),
            flavour !== 'db-client',
          ])
          expect(idsOf(await wholeLog(other.events, { backwards: true }))).toEqual([sampleId(2), sampleId(1)])
          await other.close()
          // Who has read forwards knows what is others' already.
          expect(idsOf((await events.readAll({ backwards: true })).events)).toEqual([sampleId(2), sampleId(1)])
          const kinds = async (store: Store): Promise<readonly string[]> =>
            (await takeUntil(store.events.subscribe({}), isCaughtUp)).map(({ kind }) => kind)
          const third = open(given(), 'desk.', LONG_DEADLINE)
          expect(await kinds(third)).toEqual(['events', 'progress', 'events', 'caught-up'])
          expect(await kinds(third)).toEqual(['events', 'caught-up'])
          await third.close()
          // A page without events and without a filter is the end of the log for who reads it.
          const far = open(given(), 'desk.', LONG_DEADLINE)
          expect(idsOf((await far.events.readAll({ after: position })).events)).toEqual([sampleId(2)])
          await far.close()
        },
        open(given(), 'desk.', LONG_DEADLINE),
      ))

    it('ends a page of large events before it fills the memory', () =>
      using(
        async (events) => {
          for (let n = 0; n < 8; n += 1)
            await events.append('s', n === 0 ? 'none' : n - 1, [
              sampleEvent(n, { data: { text: 'x'.repeat(1_000_000) } }),
            ])
          const page = await events.readAll()
          expect(page.events.length).toBeLessThan(7)
          expect(page.atEnd).toBe(false)
          expect((await wholeLog(events)).length).toBe(8)
        },
        open(given(), 'desk.', LONG_DEADLINE),
      ))

    it('says so when something else wrote to a stream of the desk', () =>
      using(async (events) => {
        const event = { id: sampleId(1), type: 'X', contentType: 'application/json' as const, data: {}, metadata: {} }
        await client.appendToStream('desk.s', [event], { expectedRevision: 'any', streamState: 'any' })
        expect((await rejectionOf(events.read('s'))).message).toMatch(/not written by a desk/)
        expect((await rejectionOf(events.readAll())).message).toMatch(/not written by a desk/)
      }))
  })

  describe(`${flavour}: leases in the cluster`, () => {
    it('keeps one event of each, and does not know a write whose reply was lost', () =>
      using(async (_, { leases }) => {
        for (let n = 0; n < 10; n += 1) await leases.write('work', n === 0 ? undefined : n - 1, { n })
        let kept = 0
        for await (const { event } of client.readStream('~desk.lease-work', {
          direction: 'forwards',
          fromRevision: 'start',
          maxCount: 100,
        }))
          kept += event === undefined ? 0 : 1
        expect(kept).toBe(1)
        await ordered({ loseReply: 'error' })
        expect(await outcomeOf(leases.write('work', 9, { n: 'mine' }))).toEqual(UNKNOWN)
        expect(await eventually(() => leases.read('work'))).toEqual({ revision: 10, value: { n: 'mine' } })
        expect(await leases.write('work', 9, { n: 'mine' })).toBe(false)
      }))

    it.each([
      ['desk.', 'desk-'],
      ['desk:', 'desk.'],
      ['desk-', 'desk:'],
    ])('shares nothing with a desk whose prefix is like its own but for the last sign (%s and %s)', (one, other) =>
      using(
        async (_, store) =>
          using(
            async (events, neighbour) => {
              expect(await store.leases.write('work', undefined, { whose: one })).toBe(true)
              expect(await neighbour.leases.write('work', undefined, { whose: other })).toBe(true)
              expect((await store.leases.read('work'))?.value).toEqual({ whose: one })
              const snapshot = { revision: 1, position: 'p', fold: 'f', state: one }
              await store.snapshots.save('s', snapshot)
              expect(await neighbour.snapshots.load('s')).toBe(undefined)
              expect((await events.readAll()).events).toEqual([])
            },
            open(given(), other),
          ),
        open(given(), one),
      ),
    )

    it('refuses everything after the store was closed', async () => {
      const { leases, snapshots, close } = open()
      await close()
      const calls = [leases.read('w'), leases.write('w', 0, {}), snapshots.load('s')]
      const names = (await Promise.all(calls.map(rejectionOf))).map(({ name }) => name)
      expect(new Set(names)).toEqual(new Set(['StoreClosed']))
    })
  })

  describe(`${flavour}: a cluster that cannot be reached`, () => {
    const atClosedPort = (secret = ''): TestClient =>
      makeClient(flavour, urlOf(flavour, 1, '&maxDiscoverAttempts=2').replace('//', `//${secret}`))
    const errorsOf = ({ events, leases }: Store): Promise<readonly Error[]> =>
      Promise.all(
        [events.append('s', 'none', [sampleEvent(1)]), events.read('s'), events.readAll(), leases.read('work')].map(
          rejectionOf,
        ),
      )

    it('is told with its code and what to do, and without the password', async () => {
      const nobody = atClosedPort('admin:hunter2@')
      await using(
        async (_, store) => {
          for (const error of await errorsOf(store)) {
            expect(error).toMatchObject(
              flavour === 'db-client'
                ? { name: 'StoreUnavailable', code: 'ECONNREFUSED', at: '127.0.0.1:1' }
                : { name: 'StoreUnavailable', code: expect.stringMatching(/^(?:unavailable|ECONNREFUSED)$/) },
            )
            expect(error.message).toMatch(/start (?:it|them), or correct/)
            expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
          }
        },
        open(flavour === 'db-client' ? nobody : () => nobody),
      )
      if (flavour === 'db-client') await nobody.dispose()
    })

    it('is told as frozen when no answer comes', () =>
      using(async (_, store) => {
        await ordered({ held: true })
        for (const error of await errorsOf(store))
          expect(error).toMatchObject({ name: 'StoreUnavailable', code: 'no-answer' })
      }))

    it('is refused by the name of the option when its connection string cannot be read, without the password', async () => {
      const malformed = (): TestClient =>
        makeClient(flavour, urlOf(flavour, 1).replace('//', '//admin:hunter2@').replace(':1?', ':x?'))
      await using(async (_, store) => {
        for (const error of await errorsOf(store)) {
          expect(error).toMatchObject({ name: 'InvalidStoreOption', option: 'client' })
          expect(error.message).toMatch(/cannot be read at position \d+, where port number is expected/)
          expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
        }
      }, open(malformed))
    })

    it('is unfit when it does not accept the credentials', () => {
      const denied = Object.assign(new Error('denied'), { type: 'access-denied', code: 7 })
      const rejecting = (): Promise<never> => Promise.reject(denied)
      const reading = { [Symbol.asyncIterator]: () => ({ next: rejecting }) }
      const refusing: EventStoreDbClient = {
        ...watched(client).client,
        appendToStream: rejecting,
        readStream: () => reading,
        readAll: () => reading,
      }
      return using(async (_, store) => {
        for (const error of await errorsOf(store)) {
          expect(error).toMatchObject({ name: 'StoreUnfit', cause: denied })
          expect(error.message).toContain('user or password')
        }
      }, open(refusing))
    })
  })

  it(`${flavour}: left no promise without an owner`, () => {
    expect(strays).toEqual([])
  })

  it(`${flavour}: is alone in its process`, () => {
    expect(loadedFlavours()).toEqual([flavour === 'db-client' ? '@eventstore/db-client' : '@kurrent/kurrentdb-client'])
  })
}
