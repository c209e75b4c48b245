import type { LogPage, Position, ReadAllOptions, RecordedEvent } from '../../application/ports/event-store.ts'
import { isStoreError } from '../../application/ports/store-errors.ts'
import type { StoreTrouble } from '../../application/ports/store-trouble.ts'
import { CALL, type Calls } from './calls.ts'
import type { ReceivedEvent, StreamFilter } from './client.ts'
import { toRecorded, unitsOf } from './envelope.ts'
import type { Follow } from './following.ts'
import { fromPosition, toPosition } from './position.ts'
import { createSkippedRanges } from './skipped.ts'
import type { StreamNames } from './stream-names.ts'

export const DEFAULT_LIMIT = 1_000
/** Events of the desk that one page looks at, however few of them pass its filter; and about so many of others. */
const LOOKED_AT = 10_000
/** Events that one call of the client asks for, at least and at most. */
const FEWEST = 64
const MOST = 1_000
/** Events of others in one call after which the server is asked to leave them out. */
const CROWD = 64
/** UTF-16 units of JSON after which a page of the log ends, so that large events do not fill the memory. */
const PAGE_UNITS = 4_194_304
/** Events that the server looks at between two signs of life, in its windows of 32: so many that they cost nothing. */
const WINDOWS = 8
const WINDOW = 32
/** Milliseconds for which the server is not asked to filter again after it fell silent. Before 23.10 it never says that it is at the end. */
const UNFILTERED = 3_600_000
/** Ends of pages that are remembered as crowded. */
const REMEMBERED = 32

/** The desk's streams, and how often the server says how far it has looked. */
export const deskFilter = (names: StreamNames): StreamFilter => ({
  filterOn: 'streamName',
  prefixes: [names.prefix],
  checkpointInterval: WINDOWS,
})

/** With `mayBeEmpty` a page ends also where others wrote much and nothing was found: a reader without a filter takes that for the end. */
export type ReadPage = (options: ReadAllOptions, mayBeEmpty: boolean, signal: AbortSignal) => Promise<LogPage>

const isSilence = (error: unknown): boolean =>
  isStoreError(error, 'StoreUnavailable') && (error as StoreTrouble).code === 'no-answer'

/** A page on its way. */
const collector = (options: ReadAllOptions, names: StreamNames) => {
  const { streamPrefixes, types, limit = DEFAULT_LIMIT, backwards = false } = options
  const passes = (event: RecordedEvent): boolean =>
    (!streamPrefixes || streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) &&
    (!types || types.includes(event.type))
  const events: RecordedEvent[] = []
  let looked = 0
  let units = 0
  const page = {
    events,
    /** The last event of the desk that was looked at. */
    own: undefined as Position | undefined,
    /** How far the cluster's log was looked at. */
    at: options.after,
    others: 0,
    wanted: () => limit - events.length,
    /** Whether there is room for the event: then it was taken, or passed over as somebody else's. */
    take: (event: ReceivedEvent): boolean => {
      const position = toPosition(event.position)
      if (page.at !== undefined && (backwards ? position >= page.at : position <= page.at)) return true
      const stream = names.own(event.streamId)
      if (stream === undefined) page.others += 1
      else {
        if (events.length >= limit || units > PAGE_UNITS || looked >= LOOKED_AT) return false
        const recorded = toRecorded(event, stream)
        if (passes(recorded)) {
          events.push(recorded)
          units += unitsOf(event)
        }
        page.own = position
        looked += 1
      }
      page.at = position
      return true
    },
  }
  return page
}

/**
 * Pages of the desk's log, which is scattered over the cluster's.
 *
 * A page begins with a read of everything: that is quickest where the desk is alone, and at the end of the log. Where
 * others wrote much, the server leaves them out from there on: by a subscription forwards, and backwards by a filtered read
 * where the client has one.
 */
export const createLogPages = (parts: {
  readonly calls: Calls
  readonly follow: Follow
  readonly names: StreamNames
  /** Notified how far readers have come. */
  readonly saw: (position: Position) => void
}): ReadPage => {
  const { calls, follow, names, saw } = parts
  const skipped = createSkippedRanges()
  const crowded = new Set<Position>()
  let unfilteredUntil = 0

  const mayFilter = (): boolean => performance.now() >= unfilteredUntil
  const fellSilent = (): void => {
    unfilteredUntil = performance.now() + UNFILTERED
  }

  /** Events of `$all` beyond a position, and the one at it when they are read forwards. */
  const beyond = (
    position: Position | undefined,
    maxCount: number,
    backwards: boolean,
    signal: AbortSignal,
    filter?: StreamFilter,
  ): AsyncIterable<ReceivedEvent> => {
    const from = position === undefined ? (backwards ? 'end' : 'start') : fromPosition(position)
    const direction = backwards ? 'backwards' : 'forwards'
    const options = { ...CALL, fromPosition: from, maxCount, direction, ...(filter && { filter }) } as const
    return calls.read((client) => client.readAll(options), signal)
  }

  return async (options, mayBeEmpty, signal) => {
    const { after, backwards = false } = options
    if (after !== undefined) fromPosition(after)
    const found = collector(options, names)
    const page = (atEnd: boolean, lookedTo = found.own): LogPage => {
      if (!backwards && found.own !== undefined) saw(found.own)
      return { events: found.events, ...(lookedTo !== undefined && { lookedTo }), atEnd }
    }
    /** A page that ends amid what others wrote; the next one begins with a filter. */
    const pageAmid = (lookedTo = found.own): LogPage => {
      if (lookedTo !== undefined) crowded.add(lookedTo)
      if (crowded.size > REMEMBERED) crowded.delete(crowded.values().next().value as Position)
      return page(false, lookedTo)
    }
    const isEnough = (): boolean => found.others >= LOOKED_AT && (mayBeEmpty || found.events.length > 0)

    const forwards = async (): Promise<LogPage> => {
      let first: Position | undefined
      let taken = 0
      try {
        for await (const step of follow(found.at === undefined ? 'start' : fromPosition(found.at), signal)) {
          if (step.kind === 'event') {
            if (!found.take(step.event)) return pageAmid()
            first = undefined
            taken += 1
            continue
          }
          const position = toPosition(step.position)
          if (found.at === undefined || position > found.at) found.at = position
          found.others += Math.max(0, WINDOWS * WINDOW - taken)
          taken = 0
          first ??= found.at
          if (found.at !== found.own) skipped.add(found.own ?? after, first, found.at)
          if (isEnough()) return pageAmid(found.at)
        }
        return page(true)
      } catch (error) {
        if (!isSilence(error)) throw error
        fellSilent()
        // What was found is given, and the next page is read as a whole.
        if (found.events.length > 0 || (mayBeEmpty && found.at !== after)) return page(false, found.at)
        throw error
      }
    }

    /** What a filtered read finds; undefined when it is silent, which says nothing about the server. */
    const filteredBackwards = async (): Promise<LogPage | undefined> => {
      const count = Math.min(MOST, found.wanted() + 1)
      let given = 0
      try {
        for await (const event of beyond(found.at, count, true, signal, deskFilter(names))) {
          given += 1
          if (!found.take(event)) return pageAmid()
        }
      } catch (error) {
        if (!isSilence(error)) throw error
        fellSilent()
        return undefined
      }
      return given < count ? page(true) : pageAmid()
    }

    const filtered = async (): Promise<LogPage | undefined> => {
      if (!mayFilter()) return undefined
      if (!backwards) return forwards()
      return calls.filtersReads() ? filteredBackwards() : undefined
    }

    if (after !== undefined && crowded.delete(after)) {
      const amid = await filtered()
      if (amid) return amid
    }
    const pastKnown = (): Position | undefined => (backwards ? skipped.before(found.at) : skipped.beyond(found.at))

    for (;;) {
      const from = pastKnown()
      found.at = from
      // One more than wanted tells whether there is more; one may be the event at the position itself.
      const count = Math.min(MOST, Math.max(FEWEST, found.others, found.wanted() + 2))
      const othersBefore = found.others
      let given = 0
      let first: Position | undefined
      for await (const event of beyond(from, count, backwards, signal)) {
        given += 1
        const ownBefore = found.own
        if (!found.take(event)) return page(false)
        first = found.own === ownBefore ? (first ?? found.at) : undefined
      }
      if (!backwards && found.at !== undefined) skipped.add(found.own ?? after, first ?? found.at, found.at)
      if (given < count) return page(true)
      if (isEnough()) return page(false, found.at)
      if (found.others - othersBefore < CROWD || pastKnown() !== found.at) continue
      const rest = await filtered()
      if (rest) return rest
    }
  }
}
