import type { EventStore, Position, RecordedEvent } from '../../application/ports/event-store.ts'
import { StoreClosed } from '../../application/ports/store-errors.ts'
import { systemRuntime } from '../../application/ports/system-runtime.ts'
import { eventTexts } from '../event-text.ts'
import { subscribeTo } from '../log-subscription.ts'
import { createAppends } from './appends.ts'
import type { Calls } from './calls.ts'
import type { StreamFilter } from './client.ts'
import type { Clients } from './clients.ts'
import { requireUuids, toRecorded } from './envelope.ts'
import { createFollow } from './following.ts'
import { createLiveBell } from './live-bell.ts'
import { createLogPages, DEFAULT_LIMIT, deskFilter } from './log-pages.ts'
import { toPosition } from './position.ts'
import { createStreamReads } from './stream-reads.ts'
import type { StreamNames } from './stream-names.ts'

export const eventStoreDbLog = (parts: {
  readonly clients: Clients
  readonly calls: Calls
  readonly names: StreamNames
  /** Milliseconds. */
  readonly pollInterval: number
  /** Milliseconds. */
  readonly deadline: number
}): EventStore => {
  const { clients, calls, names, deadline } = parts
  const everyWindow: StreamFilter = { ...deskFilter(names), checkpointInterval: 1 }
  const bell = createLiveBell({ clients, filter: everyWindow, interval: parts.pollInterval })
  const closing = new AbortController()
  const pending = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined
  const reads = createStreamReads(calls)
  const write = createAppends({ calls, names, reads })
  const follow = createFollow({ clients, filter: deskFilter(names), deadline })
  const readPage = createLogPages({ calls, follow, names, saw: (position: Position) => bell.saw(position) })

  const enter = (signal?: AbortSignal): void => {
    if (closed) throw new StoreClosed()
    signal?.throwIfAborted()
  }

  /** For reads that somebody waits for: they end with the store. Those of an append do not, which is finished first. */
  const whileOpen = (signal?: AbortSignal): AbortSignal =>
    signal ? AbortSignal.any([signal, closing.signal]) : closing.signal

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
    for await (const event of reads.some(names.log(stream), first, limit, backwards, whileOpen(options.signal)))
      events.push(toRecorded(event, stream))
    return events
  }

  const head: EventStore['head'] = async (stream) => {
    enter()
    const last = await reads.last(names.log(stream), 'end', whileOpen())
    return last && { revision: Number(last.revision), position: toPosition(last.position) }
  }

  const reading =
    (mayBeEmpty: boolean): EventStore['readAll'] =>
    async (options = {}) => {
      enter(options.signal)
      return readPage(options, mayBeEmpty, whileOpen(options.signal))
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
    readAll: reading(false),
    subscribe: (options) =>
      subscribeTo(
        { readAll: reading(true), bell, runtime: systemRuntime, closed: closing.signal, assertOpen: () => enter() },
        options,
      ),
    close: () => (closed ??= close()),
  }
}
