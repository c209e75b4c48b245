import type { AppendResult, EventStore, ExpectedRevision, RecordedEvent } from '../../application/ports/event-store.ts'
import type { Runtime } from '../../application/ports/runtime.ts'
import { PremiseMoved, StoreClosed } from '../../application/ports/store-errors.ts'
import { decideAppend } from '../append-decision.ts'
import { createBell } from '../bell.ts'
import { fromPosition, toPosition } from '../decimal-position.ts'
import { type EventText, eventTexts } from '../event-text.ts'
import { subscribeTo } from '../log-subscription.ts'

interface Row extends EventText {
  readonly stream: string
  readonly revision: number
  readonly number: number
}

const DEFAULT_LIMIT = 1_000
/** Rows that one page looks at, however few of them pass its filter. */
const LOOKED_AT = 10_000

const toRecorded = (row: Row): RecordedEvent => ({
  id: row.id,
  type: row.type,
  version: row.version,
  data: JSON.parse(row.data),
  ...(row.personal !== null && { personal: JSON.parse(row.personal) }),
  meta: JSON.parse(row.meta),
  recordedAt: row.recordedAt,
  stream: row.stream,
  revision: row.revision,
  position: toPosition(row.number),
})

/** The log as an array of texts: nothing handed out is shared with anybody. */
export const memoryEventStore = (runtime: Runtime): EventStore => {
  const log: Row[] = []
  const streams = new Map<string, Row[]>()
  const bell = createBell()
  const closing = new AbortController()
  let closed: Promise<void> | undefined

  const assertOpen = (): void => {
    if (closed) throw new StoreClosed()
  }

  const enter = (signal?: AbortSignal): void => {
    assertOpen()
    signal?.throwIfAborted()
  }

  const put = (stream: string, expected: ExpectedRevision, texts: readonly EventText[]): AppendResult => {
    const rows = streams.get(stream) ?? []
    const head = rows.length === 0 ? null : rows.length - 1
    if (decideAppend(stream, expected, head, texts, (revision) => rows[revision]?.id) === 'replayed') {
      const revision = (typeof expected === 'number' ? expected : -1) + texts.length
      return { revision, position: toPosition(rows[revision]?.number ?? 0), replayed: true }
    }
    for (const text of texts) {
      const row: Row = { ...text, stream, revision: rows.length, number: log.length + 1 }
      rows.push(row)
      log.push(row)
    }
    streams.set(stream, rows)
    return { revision: rows.length - 1, position: toPosition(log.length), replayed: false }
  }

  const append: EventStore['append'] = async (stream, expected, events, options) => {
    enter(options?.signal)
    const texts = eventTexts(stream, expected, events)
    for (const premise of options?.premises ?? [])
      if ((streams.get(premise.stream)?.length ?? 0) - 1 !== premise.revision) throw new PremiseMoved(premise.stream)
    const result = put(stream, expected, texts)
    if (!result.replayed) bell.ring()
    return result
  }

  const appendAll: EventStore['appendAll'] = async (appends) => {
    enter()
    const all = appends.map(({ stream, expected, events }) => eventTexts(stream, expected, events))
    const before = log.length
    try {
      for (const [at, { stream, expected }] of appends.entries()) put(stream, expected, all[at] ?? [])
    } catch (error) {
      for (const { stream } of log.splice(before)) streams.get(stream)?.pop()
      throw error
    }
    bell.ring()
  }

  const read: EventStore['read'] = async (stream, options = {}) => {
    enter(options.signal)
    const rows = streams.get(stream) ?? []
    const limit = options.limit ?? DEFAULT_LIMIT
    if (options.backwards !== true) {
      const from = Math.max(0, options.from ?? 0)
      return rows.slice(from, from + limit).map(toRecorded)
    }
    const beyond = Math.min(options.from ?? rows.length, rows.length - 1) + 1
    return rows
      .slice(Math.max(0, beyond - limit), Math.max(0, beyond))
      .toReversed()
      .map(toRecorded)
  }

  const head: EventStore['head'] = async (stream) => {
    enter()
    const last = streams.get(stream)?.at(-1)
    return last && { revision: last.revision, position: toPosition(last.number) }
  }

  const readAll: EventStore['readAll'] = async (options = {}) => {
    enter(options.signal)
    const { streamPrefixes, types, limit = DEFAULT_LIMIT, backwards = false } = options
    const after = options.after === undefined ? undefined : fromPosition(options.after)
    const step = backwards ? -1 : 1
    const first = (after ?? (backwards ? log.length + 1 : 0)) + step
    let next = backwards ? Math.min(first, log.length) : first
    const events: RecordedEvent[] = []
    let looked = 0
    while (next >= 1 && next <= log.length && events.length < limit && looked < LOOKED_AT) {
      const row = log[next - 1] as Row
      const inStream = !streamPrefixes || streamPrefixes.some((prefix) => row.stream.startsWith(prefix))
      if (inStream && (!types || types.includes(row.type))) events.push(toRecorded(row))
      next += step
      looked += 1
    }
    return {
      events,
      ...(looked > 0 && { lookedTo: toPosition(next - step) }),
      atEnd: next < 1 || next > log.length,
    }
  }

  return {
    checksPremises: true,
    append,
    appendAll,
    read,
    head,
    readAll,
    subscribe: (options) => subscribeTo({ readAll, bell, runtime, closed: closing.signal, assertOpen }, options),
    close: () => {
      closed ??= Promise.resolve()
      closing.abort()
      return closed
    },
  }
}
