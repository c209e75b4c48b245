import type {
  AppendResult,
  EventStore,
  ExpectedRevision,
  LogPage,
  Position,
  ReadAllOptions,
  RecordedEvent,
} from '../../application/ports/event-store.ts'
import {
  EventTooLarge,
  StoreClosed,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../../application/ports/store-errors.ts'
import { systemRuntime } from '../../application/ports/system-runtime.ts'
import { decideAppend } from '../append-decision.ts'
import { type EventText, eventTexts } from '../event-text.ts'
import { subscribeTo } from '../log-subscription.ts'
import { createBarren } from './barren.ts'
import { CALL, type Calls, expecting, failureOf, writeError } from './calls.ts'
import type { Expectation, ReceivedEvent, StreamFilter } from './client.ts'
import type { Clients } from './clients.ts'
import { callOf, requireUuids, toProposed, toRecorded, unitsOf } from './envelope.ts'
import { createLiveBell } from './live-bell.ts'
import { fromPosition, toPosition } from './position.ts'
import type { StreamNames } from './stream-names.ts'
import { createTurns } from './turns.ts'

const DEFAULT_LIMIT = 1_000
/** Events of the desk that one page looks at, however few of them pass its filter; and about so many of others. */
const LOOKED_AT = 10_000
/** Events that one call of the client asks for, at least and at most. */
const FEWEST = 64
const MOST = 1_000
/** UTF-16 units of JSON after which a page of the log ends, so that large events do not fill the memory. */
const PAGE_UNITS = 4_194_304

const toExpectation = (expected: ExpectedRevision): Expectation => {
  if (typeof expected === 'number') return expecting(BigInt(expected))
  return expecting(expected === 'none' ? 'no_stream' : expected === 'exists' ? 'stream_exists' : 'any')
}

/** The revision right before the events of an append at an exact revision. */
const revisionBefore = (expected: ExpectedRevision): number | undefined =>
  expected === 'none' ? -1 : typeof expected === 'number' ? expected : undefined

const bytesOf = (events: readonly unknown[]): number => new TextEncoder().encode(JSON.stringify(events)).length

export const eventStoreDbLog = (parts: {
  readonly clients: Clients
  readonly calls: Calls
  readonly names: StreamNames
  readonly pollInterval: number
}): EventStore => {
  const { clients, calls, names } = parts
  const filter: StreamFilter = { filterOn: 'streamName', prefixes: [names.prefix], checkpointInterval: 1 }
  const bell = createLiveBell({ clients, filter, interval: parts.pollInterval })
  const closing = new AbortController()
  const turns = createTurns()
  const pending = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined
  const barren = createBarren()

  const enter = (signal?: AbortSignal): void => {
    if (closed) throw new StoreClosed()
    signal?.throwIfAborted()
  }

  /** For reads that somebody waits for: they end with the store. Those of an append do not, which is finished first. */
  const whileOpen = (signal?: AbortSignal): AbortSignal =>
    signal ? AbortSignal.any([signal, closing.signal]) : closing.signal

  const part = (
    name: string,
    fromRevision: bigint | 'start' | 'end',
    maxCount: number,
    backwards: boolean,
    signal?: AbortSignal,
  ): AsyncIterable<ReceivedEvent> => {
    const options = { ...CALL, fromRevision, maxCount, direction: backwards ? 'backwards' : 'forwards' } as const
    return calls.read((client) => client.readStream(name, options), signal)
  }

  const one = async (
    name: string,
    revision: bigint | 'end',
    signal?: AbortSignal,
  ): Promise<ReceivedEvent | undefined> => {
    let found: ReceivedEvent | undefined
    for await (const event of part(name, revision, 1, true, signal)) found = event
    return found
  }

  /** The server says that the stream stands elsewhere: what stands there tells a repetition from a conflict. */
  const settle = async (
    stream: string,
    expected: ExpectedRevision,
    texts: readonly EventText[],
    cause: unknown,
  ): Promise<AppendResult> => {
    const name = names.log(stream)
    const head = await one(name, 'end')
    const last = head === undefined ? null : Number(head.revision)
    const before = revisionBefore(expected)
    const found: ReceivedEvent[] = []
    if (before !== undefined && last !== null && last > before)
      for await (const event of part(name, BigInt(before + 1), texts.length, false)) found.push(event)
    const idAt = (revision: number): string | undefined => found[revision - (before ?? 0) - 1]?.id
    const same = found[texts.length - 1]
    if (decideAppend(stream, expected, last, texts, idAt) === 'replayed' && same)
      return { revision: Number(same.revision), position: toPosition(same.position), replayed: true }
    throw new WrongExpectedRevision(stream, expected, last, { cause })
  }

  /** Sends the events; the revision of the last one, or what the server says against it. */
  const send = async (
    stream: string,
    expected: ExpectedRevision,
    texts: readonly EventText[],
    call: string,
  ): Promise<number | { readonly refusal: unknown }> => {
    const events = texts.map((text) => toProposed(text, call))
    try {
      const result = await calls.write((client) =>
        client.appendToStream(names.log(stream), events, { ...CALL, ...toExpectation(expected) }),
      )
      // A client that was told not to throw says `false`, and a revision that is wrong.
      return result.success ? Number(result.nextExpectedRevision) : { refusal: undefined }
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'wrong-revision') return { refusal: error }
      if (failure.kind === 'too-large') throw new EventTooLarge(failure.limit, bytesOf(events))
      throw writeError(error)
    }
  }

  const write = async (
    stream: string,
    expected: ExpectedRevision,
    texts: readonly EventText[],
  ): Promise<AppendResult> => {
    const call = crypto.randomUUID()
    const sending = (): ReturnType<typeof send> => send(stream, expected, texts, call)
    // Where the revision does not matter, the order does not either.
    const sent = revisionBefore(expected) === undefined ? await sending() : await turns.take(stream, sending)
    try {
      if (typeof sent !== 'number') return await settle(stream, expected, texts, sent.refusal)
      // The server answers a repetition like the first time, and its answer need not hold the position of the last event.
      const last = await one(names.log(stream), BigInt(sent))
      if (last === undefined || Number(last.revision) !== sent) throw new StoreUnavailable('unknown')
      return { revision: sent, position: toPosition(last.position), replayed: callOf(last) !== call }
    } catch (error) {
      throw error instanceof StoreUnavailable ? new StoreUnavailable('unknown', { cause: error }) : error
    }
  }

  const append: EventStore['append'] = async (stream, expected, events, options) => {
    enter(options?.signal)
    const texts = eventTexts(stream, expected, events)
    requireUuids(texts)
    const written = write(stream, expected, texts)
    pending.add(written)
    try {
      const result = await written
      bell.ring()
      return result
    } finally {
      pending.delete(written)
    }
  }

  const read: EventStore['read'] = async (stream, options = {}) => {
    enter(options.signal)
    const { limit = DEFAULT_LIMIT, backwards = false, from } = options
    const events: RecordedEvent[] = []
    if (limit <= 0 || (backwards && from !== undefined && from < 0)) return events
    const first = from === undefined ? (backwards ? 'end' : 'start') : BigInt(Math.max(0, from))
    for await (const event of part(names.log(stream), first, limit, backwards, whileOpen(options.signal)))
      events.push(toRecorded(event, stream))
    return events
  }

  const head: EventStore['head'] = async (stream) => {
    enter()
    const last = await one(names.log(stream), 'end', whileOpen())
    return last && { revision: Number(last.revision), position: toPosition(last.position) }
  }

  /**
   * Events of `$all` beyond a position, and the one at it when they are read forwards: all of them.
   *
   * A node that filters says nothing until something passes: no deadline could tell that from a frozen one, and after a read that
   * was given up nobody would know how far it had come.
   */
  const beyond = (
    position: Position | undefined,
    maxCount: number,
    backwards: boolean,
    signal?: AbortSignal,
  ): AsyncIterable<ReceivedEvent> => {
    const from = position === undefined ? (backwards ? 'end' : 'start') : fromPosition(position)
    const direction = backwards ? 'backwards' : 'forwards'
    const options = { ...CALL, fromPosition: from, maxCount, direction } as const
    return calls.read((client) => client.readAll(options), signal)
  }

  /** With `mayBeEmpty` it ends also where others wrote much and nothing was found: who has no filter takes that for the end. */
  const readPage = async (options: ReadAllOptions, mayBeEmpty: boolean): Promise<LogPage> => {
    const { streamPrefixes, types, limit = DEFAULT_LIMIT, backwards = false, after } = options
    const signal = whileOpen(options.signal)
    const passes = (event: RecordedEvent): boolean =>
      (!streamPrefixes || streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) &&
      (!types || types.includes(event.type))
    const events: RecordedEvent[] = []
    /** The last event of the desk that was looked at. */
    let own: Position | undefined
    /** The last event of the cluster that was looked at. */
    let at = after
    if (after !== undefined) fromPosition(after)
    let looked = 0
    let others = 0
    let units = 0
    const page = (atEnd: boolean, lookedTo = own): LogPage => {
      if (!backwards && own !== undefined) bell.saw(own)
      return { events, ...(lookedTo !== undefined && { lookedTo }), atEnd }
    }
    for (;;) {
      if (!backwards) at = barren.beyond(at)
      // One more than wanted tells whether there is more; one may be the event at the position itself.
      const count = Math.min(MOST, Math.max(FEWEST, others, limit - events.length + 2))
      let given = 0
      for await (const event of beyond(at, count, backwards, signal)) {
        given += 1
        const position = toPosition(event.position)
        if (at !== undefined && (backwards ? position >= at : position <= at)) continue
        const stream = names.own(event.streamId)
        if (stream !== undefined) {
          if (events.length >= limit || units > PAGE_UNITS || looked >= LOOKED_AT) return page(false)
          const recorded = toRecorded(event, stream)
          if (passes(recorded)) {
            events.push(recorded)
            units += unitsOf(event)
          }
          own = position
          looked += 1
        } else others += 1
        at = position
      }
      if (!backwards && at !== undefined) barren.add(own ?? after, at)
      if (given < count) return page(true)
      if (others >= LOOKED_AT && (mayBeEmpty || events.length > 0)) return page(false, at)
    }
  }

  const readAll: EventStore['readAll'] = async (options = {}) => {
    enter(options.signal)
    return readPage(options, false)
  }

  const readOn: EventStore['readAll'] = async (options = {}) => {
    enter(options.signal)
    return readPage(options, true)
  }

  const close = async (): Promise<void> => {
    closing.abort(new StoreClosed())
    bell.stop()
    await Promise.allSettled(pending)
  }

  return {
    append,
    read,
    head,
    readAll,
    subscribe: (options) =>
      subscribeTo(
        { readAll: readOn, bell, runtime: systemRuntime, closed: closing.signal, assertOpen: () => enter() },
        options,
      ),
    close: () => (closed ??= close()),
  }
}
