import type { EventStore } from '../../application/ports/event-store.ts'
import {
  eventsIn,
  idsOf,
  isCaughtUp,
  sampleEvent,
  sampleEvents,
  sampleId,
  takeUntil,
  wholeLog,
} from './sample-events.ts'
import { rejectionOf, type Suite } from './suite.ts'
import { eventsWritten } from './writer-process.ts'

const PROCESSES = 4
const APPENDS_EACH = 60
const SHARED_STREAMS = ['shared-1', 'shared-2', 'shared-3']

const inOrder = (positions: readonly string[]): boolean =>
  positions.every((position, at) => at === 0 || position > (positions[at - 1] ?? ''))

/** Reads the log on and on, each time from where it was, until so many events were seen. */
const follow = async (events: EventStore, count: number): Promise<readonly string[]> => {
  const seen: string[] = []
  let after: string | undefined
  while (seen.length < count) {
    const page = await events.readAll({ limit: 7, ...(after !== undefined && { after }) })
    seen.push(...page.events.map(({ position }) => position))
    after = page.lookedTo ?? after
    if (page.atEnd) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return seen
}

/** How often the loop is looked at: in all for less than the five seconds that a store may wait for a lock. */
const LOOKS = 15

/** Whether timers of a millisecond fire through 150 of them, none much later than it should. */
const loopGoesOn = async (): Promise<boolean> => {
  const start = performance.now()
  let turns = 0
  let longest = 0
  for (let at = start; at - start < 150; turns += 1) {
    const before = at
    await new Promise((resolve) => setTimeout(resolve, 1))
    at = performance.now()
    longest = Math.max(longest, at - before)
  }
  return turns > 10 && longest < 75
}

/** Cases 22 to 31: streams and the whole log. */
export const readRules = ({ rule, notApplicable, expect, engine }: Suite): void => {
  const { isShared = false } = engine
  rule('22', 'finds a missing stream empty', async ({ store: { events } }) => {
    expect(await events.read('missing')).toStrictEqual([])
    expect(await events.read('missing', { backwards: true })).toStrictEqual([])
    expect(await events.head('missing')).toBe(undefined)
    expect(await events.readAll()).toStrictEqual({ events: [], atEnd: true })
    expect(await events.readAll({ backwards: true })).toStrictEqual({ events: [], atEnd: true })
  })

  rule('23', 'reads a part of a stream, both ways', async ({ store: { events } }) => {
    await events.append('other', 'none', sampleEvents(50, 52))
    await events.append('s', 'none', sampleEvents(0, 9))
    const revisions = async (options: Parameters<EventStore['read']>[1]): Promise<readonly number[]> =>
      (await events.read('s', options)).map(({ revision }) => revision)
    expect(await revisions({ from: 3, limit: 2 })).toStrictEqual([3, 4])
    expect(await revisions({ from: 9 })).toStrictEqual([9])
    expect(await revisions({ from: 10 })).toStrictEqual([])
    expect(await revisions({ limit: 1 })).toStrictEqual([0])
    expect(await revisions({ backwards: true, limit: 2 })).toStrictEqual([9, 8])
    expect(await revisions({ backwards: true, from: 1 })).toStrictEqual([1, 0])
    expect(await revisions({ backwards: true, from: 100, limit: 1 })).toStrictEqual([9])
    expect(await revisions({ backwards: true, from: 0 })).toStrictEqual([0])
  })

  rule('23b', 'gives 1,000 events where no limit is named', async ({ store: { events } }) => {
    await events.append('s', 'none', sampleEvents(1, 600))
    await events.append('s', 599, sampleEvents(601, 1_100))
    expect((await events.read('s')).length).toBe(1_000)
    expect((await events.read('s', { limit: 1_100 })).length).toBe(1_100)
    expect((await wholeLog(events)).length).toBe(1_100)
  })

  rule('24', 'keeps the order of revisions under concurrent writes', async ({ store: { events } }) => {
    const writing = Promise.all(
      Array.from({ length: 200 }, (_, n) => events.append(n % 2 === 0 ? 's' : 't', 'any', [sampleEvent(n)])),
    )
    let read = await events.read('s')
    while (read.length < 100) {
      expect(read.map(({ revision }) => revision)).toStrictEqual(read.map((_, at) => at))
      await new Promise((resolve) => setTimeout(resolve, 1))
      read = await events.read('s')
    }
    await writing
    expect(read.map(({ revision }) => revision)).toStrictEqual(Array.from({ length: 100 }, (_, at) => at))
  })

  rule('25', 'lets go of everything when a subscription is left early', async ({ store }) => {
    await store.events.append('s', 'none', sampleEvents(1, 10))
    for (let n = 0; n < 50; n += 1) await takeUntil(store.events.subscribe({}), () => true)
    const waiting = store.events.subscribe({})[Symbol.asyncIterator]()
    await waiting.next()
    await waiting.next()
    const pending = waiting.next()
    await waiting.return?.()
    expect((await pending).done).toBe(true)
    await store.close()
  })

  rule('26', 'ends what an abort signal tells it to', async ({ store: { events } }) => {
    const gone = AbortSignal.abort(new RangeError('enough'))
    expect((await rejectionOf(events.append('s', 'none', [sampleEvent(1)], { signal: gone }))).message).toBe('enough')
    expect((await rejectionOf(events.read('s', { signal: gone }))).message).toBe('enough')
    expect((await rejectionOf(events.readAll({ signal: gone }))).message).toBe('enough')
    expect(await takeUntil(events.subscribe({ signal: gone }), () => false)).toStrictEqual([])
    expect(await events.head('s')).toBe(undefined)
    const later = new AbortController()
    const live = takeUntil(events.subscribe({ signal: later.signal }), (taken) => {
      if (isCaughtUp(taken)) setTimeout(() => later.abort(), 5)
      return false
    })
    const kinds = (await live).map(({ kind }) => kind)
    expect(isShared ? kinds.filter((kind) => kind !== 'progress') : kinds).toStrictEqual(['caught-up'])
  })

  rule('27', 'orders the whole log like each of its streams', async ({ store: { events } }) => {
    for (let n = 0; n < 30; n += 1) await events.append(`s-${n % 3}`, 'any', sampleEvents(n * 2, n * 2 + 1))
    const log = await wholeLog(events, { limit: 7 })
    expect(inOrder(log.map(({ position }) => position))).toBe(true)
    expect(new Set(log.map(({ position }) => position.length)).size).toBe(1)
    for (const stream of ['s-0', 's-1', 's-2'])
      expect(log.filter((event) => event.stream === stream)).toStrictEqual(await events.read(stream))
    const backwards = await wholeLog(events, { limit: 7, backwards: true })
    expect(backwards).toStrictEqual(log.toReversed())
  })

  const write = engine.write
  if (write)
    rule(
      '28',
      'shows nothing below a place already seen while 4 processes write',
      async ({ place, store, another }) => {
        const total = PROCESSES * eventsWritten(APPENDS_EACH)
        const { events: others } = await another()
        const followed = follow(store.events, total)
        const subscribed = takeUntil(others.subscribe({}), (taken) => eventsIn(taken).length >= total)
        await Promise.all(
          Array.from({ length: PROCESSES }, (_, writer) =>
            write(place, { writer, appends: APPENDS_EACH, streams: SHARED_STREAMS }),
          ),
        )
        const log = await wholeLog(store.events)
        const positions = log.map(({ position }) => position)
        expect(await followed).toStrictEqual(positions)
        expect(eventsIn(await subscribed).map(({ position }) => position)).toStrictEqual(positions)
        expect(inOrder(positions)).toBe(true)
        expect(new Set(idsOf(log)).size).toBe(total)
        for (const stream of SHARED_STREAMS) {
          const own = log.filter((event) => event.stream === stream)
          expect(own.map(({ revision }) => revision)).toStrictEqual(own.map((_, at) => at))
        }
      },
    )
  else
    notApplicable(
      '28',
      'shows nothing below a place already seen while 4 processes write',
      'no other process can reach the data',
    )

  const hold = engine.hold
  if (hold)
    rule(
      '29',
      'is neither stalled nor reordered by the open transaction of another client',
      async ({ place, store }) => {
        await store.events.append('s', 'none', [sampleEvent(1)])
        const release = await hold(place)
        const append = store.events.append('s', 0, [sampleEvent(2)])
        // The loop of this process goes on, and so do its readers; on a busy machine not at every time that one looks.
        let isFree = false
        for (let look = 0; look < LOOKS && !isFree; look += 1) isFree = await loopGoesOn()
        expect(isFree).toBe(true)
        expect(idsOf(await wholeLog(store.events)).includes(sampleId(1))).toBe(true)
        await release()
        expect((await append).revision).toBe(1)
        expect(idsOf(await store.events.read('s'))).toStrictEqual([sampleId(1), sampleId(2)])
      },
    )
  else
    notApplicable(
      '29',
      'is neither stalled nor reordered by the open transaction of another client',
      'no other clients',
    )

  rule('30', 'filters the log by beginnings of stream names and by types', async ({ store: { events } }) => {
    await events.append('conversation-1', 'none', [sampleEvent(1), sampleEvent(2, { type: 'ReplyQueued' })])
    await events.append('ticket-1', 'none', [sampleEvent(3, { type: 'TicketOpened' })])
    await events.append('conversation%2', 'none', [sampleEvent(4, { type: 'ReplyQueued' })])
    await events.append('Conversation-3', 'none', [sampleEvent(5)])
    const numbers = async (options: Parameters<EventStore['readAll']>[0]): Promise<readonly unknown[]> =>
      (await wholeLog(events, options)).map(({ data }) => data['n'])
    expect(await numbers({ streamPrefixes: ['conversation'] })).toStrictEqual([1, 2, 4])
    expect(await numbers({ streamPrefixes: ['conversation-', 'ticket-'] })).toStrictEqual([1, 2, 3])
    expect(await numbers({ streamPrefixes: ['conversation%'] })).toStrictEqual([4])
    expect(await numbers({ streamPrefixes: ['conversation_'] })).toStrictEqual([])
    expect(await numbers({ types: ['ReplyQueued', 'TicketOpened'] })).toStrictEqual([2, 3, 4])
    expect(await numbers({ streamPrefixes: ['conversation'], types: ['ReplyQueued'], limit: 1 })).toStrictEqual([2, 4])
    expect(await numbers({ streamPrefixes: ['conversation'], backwards: true, limit: 1 })).toStrictEqual([4, 2, 1])
  })

  rule('30b', 'tells how far a page has looked, also past what it left out', async ({ store: { events } }) => {
    await events.append('s', 'none', sampleEvents(1, 3))
    const { position } = await events.append('t', 'none', sampleEvents(4, 6))
    expect(await events.readAll({ streamPrefixes: ['x'] })).toStrictEqual({
      events: [],
      lookedTo: position,
      atEnd: true,
    })
    const first = await events.readAll({ limit: 2 })
    expect([first.lookedTo, first.atEnd]).toStrictEqual([first.events[1]?.position, false])
    const rest = await events.readAll({ after: first.lookedTo as string })
    expect([rest.events.length, rest.lookedTo, rest.atEnd]).toStrictEqual([4, position, true])
    expect(await events.readAll({ after: position })).toStrictEqual({ events: [], atEnd: true })
    expect((await rejectionOf(events.readAll({ after: 'nowhere' }))).name).toBe('TypeError')
  })

  if (engine.persistent)
    rule('31', 'keeps its positions when it is reopened', async ({ store, reopen }) => {
      const before = await store.events.append('s', 'none', sampleEvents(1, 3))
      const log = await wholeLog(store.events)
      const { events } = await reopen()
      expect(await wholeLog(events)).toStrictEqual(log)
      const next = await events.append('t', 'none', [sampleEvent(4)])
      expect(next.position > before.position).toBe(true)
      expect(idsOf((await events.readAll({ after: before.position })).events)).toStrictEqual([sampleId(4)])
    })
  else notApplicable('31', 'keeps its positions when it is reopened', 'nothing outlives the store')
}
