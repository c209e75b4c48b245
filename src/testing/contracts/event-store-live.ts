import type { Delivery } from '../../application/ports/event-store.ts'
import type { StoreUnavailable } from '../../application/ports/store-errors.ts'
import { faultyStore } from '../faulty-store.ts'
import {
  eventsIn,
  idsOf,
  isCaughtUp,
  OLDER_EVENTS,
  OLDER_STREAM,
  sampleEvent,
  sampleEvents,
  sampleId,
  takeUntil,
  wholeLog,
} from './sample-events.ts'
import { rejectionOf, type Suite } from './suite.ts'

const LARGEST_PAGE = 1_000

/** Cases 32 to 39: subscriptions. */
export const subscriptionRules = ({ rule, notApplicable, expect, engine }: Suite): void => {
  const { isShared = false } = engine
  /**
   * The next delivery. In a shared log progress past what others wrote may come before it, and where the desk is caught up is
   * then theirs.
   */
  const nextOf = async (
    deliveries: AsyncIterator<Delivery>,
    isWanted: (delivery: Delivery) => boolean = ({ kind }) => kind !== 'progress',
  ): Promise<Delivery> => {
    for (;;) {
      const delivery = (await deliveries.next()).value as Delivery
      if (!isShared || isWanted(delivery)) return delivery
      expect(delivery.kind).toBe('progress')
    }
  }
  const caughtUpAt = (position: string | undefined, { kind, ...at }: Delivery): void => {
    expect(kind).toBe('caught-up')
    if (!isShared) expect(at).toStrictEqual({ position })
  }

  rule('32', 'goes from old to live events without loss or repetition', async ({ store: { events } }) => {
    await events.append('old', 'none', sampleEvents(1, 1_200))
    const subscribed = takeUntil(events.subscribe({}), (taken) => eventsIn(taken).length >= 1_500)
    for (let n = 0; n < 30; n += 1) {
      await Promise.all(
        Array.from({ length: 10 }, (_, at) => events.append(`new-${at}`, 'any', [sampleEvent(2_000 + n * 10 + at)])),
      )
    }
    const seen = eventsIn(await subscribed)
    expect(seen).toStrictEqual(await wholeLog(events))
  })

  rule('33', 'says once that it has caught up, and again only after it fell behind', async ({ store: { events } }) => {
    const deliveries = events.subscribe({})[Symbol.asyncIterator]()
    caughtUpAt(undefined, await nextOf(deliveries))
    for (let n = 1; n <= 3; n += 1) {
      const { position } = await events.append('s', 'any', [sampleEvent(n)])
      const delivery = await nextOf(deliveries)
      expect(delivery.kind).toBe('events')
      expect(eventsIn([delivery]).map((event) => event.position)).toStrictEqual([position])
    }
    await events.append('s', 2, sampleEvents(10, 2_600))
    const kinds: string[] = []
    while (kinds.at(-1) !== 'caught-up') kinds.push((await nextOf(deliveries)).kind)
    expect(kinds.filter((kind) => kind === 'caught-up').length).toBe(1)
    await deliveries.return?.()
    const { position } = (await events.head('s')) ?? { position: '' }
    const again = events.subscribe({ after: position })[Symbol.asyncIterator]()
    const last = await nextOf(again)
    await again.return?.()
    caughtUpAt(position, last)
  })

  rule('34', 'goes on after a position', async ({ store: { events } }) => {
    await events.append('s', 'none', sampleEvents(1, 5))
    const [, second] = await events.read('s')
    const taken = await takeUntil(events.subscribe({ after: second?.position ?? '' }), isCaughtUp)
    expect(idsOf(eventsIn(taken))).toStrictEqual(idsOf(sampleEvents(3, 5)))
  })

  rule('35', 'holds a bounded number of events for a slow consumer and loses none', async ({ store: { events } }) => {
    await events.append('s', 'none', sampleEvents(1, 2_500))
    let sizes: readonly number[] = []
    let seen: readonly string[] = []
    for await (const delivery of events.subscribe({})) {
      if (delivery.kind !== 'events') continue
      sizes = [...sizes, delivery.events.length]
      seen = [...seen, ...idsOf(delivery.events)]
      if (seen.length >= 3_000) break
      if (sizes.length === 1) await events.append('s', 2_499, sampleEvents(2_501, 3_000))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(Math.max(...sizes) <= LARGEST_PAGE).toBe(true)
    expect(seen).toStrictEqual(idsOf(sampleEvents(1, 3_000)))
  })

  const faults = engine.faults
  const cut = 'goes on after the last delivered event when the connection was cut'
  const frozen = 'reports a frozen server as unknown within the deadline, and a retry doubles nothing'
  if (faults) {
    rule('36', cut, async ({ place, store: { events } }) => {
      await events.append('s', 'none', sampleEvents(1, 3))
      let delivered = 0
      const deliveries = takeUntil(events.subscribe({}), (taken) => {
        delivered = eventsIn(taken).length
        return delivered >= 6
      })
      while (delivered < 3) await new Promise((resolve) => setTimeout(resolve, 1))
      await faults.cut(place)
      for (let n = 4; n <= 6; n += 1) {
        const append = async (): Promise<unknown> => events.append('s', n - 2, [sampleEvent(n)])
        await append().catch(append)
      }
      expect(idsOf(eventsIn(await deliveries))).toStrictEqual(idsOf(sampleEvents(1, 6)))
    })
    rule('37', frozen, async ({ place, store: { events } }) => {
      await events.append('s', 'none', [sampleEvent(1)])
      const thaw = await faults.freeze(place)
      const error = (await rejectionOf(events.append('s', 0, [sampleEvent(2)]))) as StoreUnavailable
      expect([error.name, error.outcome]).toStrictEqual(['StoreUnavailable', 'unknown'])
      await thaw()
      expect((await events.append('s', 0, [sampleEvent(2)])).revision).toBe(1)
      expect((await events.head('s'))?.revision).toBe(1)
    })
  } else {
    notApplicable('36', cut, 'the engine has no server')
    notApplicable('37', frozen, 'the engine has no server')
  }

  rule('38', 'answers the retry of an append whose reply was lost', async ({ store }) => {
    const faulty = faultyStore(store)
    faulty.onWrite((write) => (write.n === 1 ? { kind: 'lose-reply' } : undefined))
    const batch = sampleEvents(1, 2)
    const error = (await rejectionOf(faulty.events.append('s', 'none', batch))) as StoreUnavailable
    expect([error.name, error.outcome]).toStrictEqual(['StoreUnavailable', 'unknown'])
    await store.events.append('s', 1, [sampleEvent(3)])
    const retried = await faulty.events.append('s', 'none', batch)
    expect([retried.revision, retried.replayed]).toStrictEqual([1, true])
    expect(idsOf(await store.events.read('s'))).toStrictEqual(idsOf(sampleEvents(1, 3)))
  })

  rule('39', 'tells its progress when nothing passes the filter', async ({ store: { events } }) => {
    const first = await events.append('s', 'none', sampleEvents(1, 5))
    const deliveries = events.subscribe({ types: ['Nothing'], streamPrefixes: ['s'] })[Symbol.asyncIterator]()
    const progressTo = (position: string) => (delivery: Delivery) =>
      delivery.kind !== 'progress' || delivery.position === position
    expect(await nextOf(deliveries, progressTo(first.position))).toStrictEqual({
      kind: 'progress',
      position: first.position,
    })
    caughtUpAt(first.position, await nextOf(deliveries))
    const second = await events.append('s', 4, [sampleEvent(6)])
    expect(await nextOf(deliveries, progressTo(second.position))).toStrictEqual({
      kind: 'progress',
      position: second.position,
    })
    await events.append('s', 5, [sampleEvent(7, { type: 'Nothing' })])
    expect(eventsIn([await nextOf(deliveries)]).length).toBe(1)
    await deliveries.return?.()
  })
}

/** Cases 40 to 44: opening and closing. */
export const lifeCycleRules = ({ rule, notApplicable, expect, engine }: Suite): void => {
  rule('40', 'finishes pending appends, ends subscriptions and refuses the rest when it closes', async (it) => {
    const { store } = it
    const pending = Array.from({ length: 20 }, (_, n) => store.events.append(`s-${n}`, 'none', [sampleEvent(n)]))
    const live = takeUntil(store.events.subscribe({}), () => false)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const late = store.events.append('late', 'none', sampleEvents(1, 2))
    const closing = store.close()
    expect((await late).revision).toBe(1)
    await closing
    expect((await Promise.all(pending)).length).toBe(20)
    await live
    const view = { name: 'v', version: 1 }
    const refused = await Promise.all(
      [
        store.events.append('s', 'any', [sampleEvent(1)]),
        store.events.read('s'),
        store.events.head('s'),
        store.events.readAll(),
        takeUntil(store.events.subscribe({}), () => true),
        store.views.get(view, ['k']),
        store.views.checkpoint(view),
        store.snapshots.load('s'),
        store.tokens.get('c'),
        store.tokens.put('c', 't'),
        store.keys.digestKey(),
        store.blobs.get('b'),
      ].map(rejectionOf),
    )
    expect(new Set(refused.map(({ name }) => name))).toStrictEqual(new Set(['StoreClosed']))
    if (engine.persistent) expect((await wholeLog((await it.reopen()).events)).length).toBe(22)
  })

  rule('41', 'can be closed twice', async ({ store }) => {
    await store.events.append('s', 'none', [sampleEvent(1)])
    const together = await Promise.allSettled([store.close(), store.close(), store.events.close()])
    const later = await Promise.allSettled([store.close(), store.views.close()])
    expect([...together, ...later].map(({ status }) => status).join()).toBe(Array(5).fill('fulfilled').join())
  })

  notApplicable('42', 'deletes and recreates streams', 'the port cannot delete: the log is append-only')

  for (const { release, prepare } of engine.older ?? [])
    rule('43', `brings up to date what ${release} wrote, also when two start at once`, async ({ another, ...it }) => {
      await it.store.close()
      await engine.discard?.(it.place)
      await prepare(it.place)
      const [one, two] = await Promise.all([another(), another()])
      const read = await one.events.read(OLDER_STREAM)
      const { position } = (await one.events.head(OLDER_STREAM)) ?? { position: '' }
      const places = [read[0]?.position ?? '', position]
      expect(read).toStrictEqual(
        OLDER_EVENTS.map((event, at) => ({ ...event, stream: OLDER_STREAM, revision: at, position: places[at] })),
      )
      await two.events.append(OLDER_STREAM, 1, [sampleEvent(3)])
      expect(idsOf(await one.events.read(OLDER_STREAM))).toStrictEqual(idsOf(sampleEvents(1, 3)))
      expect(await one.views.builds()).toStrictEqual([])
    })
  if (!engine.older?.length) notApplicable('43', 'brings older data up to date', 'the engine has had one schema only')

  if (engine.persistent) {
    rule('44', 'shares one place between two stores', async ({ store, another }) => {
      const other = await another()
      const live = takeUntil(other.events.subscribe({}), (taken) => eventsIn(taken).length >= 4)
      await store.events.append('s', 'none', [sampleEvent(1)])
      await other.events.append('s', 0, [sampleEvent(2)])
      await store.events.append('s', 1, [sampleEvent(3)])
      expect((await rejectionOf(other.events.append('s', 1, [sampleEvent(9)]))).name).toBe('WrongExpectedRevision')
      expect((await other.events.append('s', 1, [sampleEvent(3)])).replayed).toBe(true)
      await store.events.append('t', 'none', [sampleEvent(4)])
      expect(idsOf(eventsIn(await live))).toStrictEqual([1, 2, 3, 4].map((n) => sampleId(n)))
      expect(await wholeLog(other.events)).toStrictEqual(await wholeLog(store.events))
    })
    rule('44b', 'lets two stores race and one win, each time', async ({ store, another }) => {
      const other = await another()
      for (let n = 0; n < 30; n += 1) {
        const expected = n === 0 ? 'none' : n - 1
        const [one, two] = await Promise.allSettled([
          store.events.append('s', expected, [sampleEvent(n)]),
          other.events.append('s', expected, [sampleEvent(n + 100)]),
        ])
        expect([one.status, two.status].toSorted()).toStrictEqual(['fulfilled', 'rejected'])
      }
    })
  } else {
    notApplicable('44', 'shares one place between two stores', 'nothing outlives the store')
    notApplicable('44b', 'lets two stores race and one win, each time', 'nothing outlives the store')
  }
}
