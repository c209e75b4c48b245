import type { EventStore, LogPage, RecordedEvent } from '../../application/ports/event-store.ts'
import { StoreClosed } from '../../application/ports/store-errors.ts'
import { systemRuntime } from '../../application/ports/system-runtime.ts'
import type { Bell } from '../bell.ts'
import { fromPosition, toPosition } from '../decimal-position.ts'
import { eventTexts } from '../event-text.ts'
import { recordedEvent } from '../recorded-event.ts'
import { originalText, storableText } from '../index-key.ts'
import { subscribeTo } from '../log-subscription.ts'
import type { Database, Row } from './database.ts'
import { LOOKED_AT, PAGE_BYTES } from './schema/log-page.ts'
import { joinedTexts, numbersOf } from './values.ts'
import { together } from './together.ts'
import type { Writer } from './writer.ts'

const DEFAULT_LIMIT = 1_000
/** Events that a read gets from a statement which it shares; what is beyond them it reads alone. */
const SHARED_LIMIT = 16

/** Events of one stream from a revision on, either way. */
interface StreamRead {
  readonly stream: string
  readonly from: number
  readonly limit: number
  readonly backwards: boolean
}

const toRecorded = (row: Row, stream: string): RecordedEvent => {
  const { id, type, version, data, personal, meta, recorded_at, revision, position } = row
  return recordedEvent({
    id: originalText(id as string),
    type: originalText(type as string),
    version: Number(version),
    data,
    personal,
    meta,
    recordedAt: Number(recorded_at),
    stream,
    revision: Number(revision),
    position: toPosition(Number(position)),
  })
}

export const postgresEventStore = (parts: {
  readonly database: Database
  readonly writer: Writer
  readonly bell: Bell
}): EventStore => {
  const { database, writer, bell } = parts
  const s = database.schema
  const closing = new AbortController()
  let closed: Promise<void> | undefined

  const assertOpen = (): void => {
    if (closed) throw new StoreClosed()
  }

  const READ_STREAM = `select * from ${s}.read_stream($1, $2, $3, $4)`
  const READ_STREAMS = `select * from ${s}.read_streams($1, $2, $3)`
  const READ_LOG = `select * from ${s}.read_log($1, $2, $3, $4, $5)`

  const append: EventStore['append'] = async (stream, expected, events, options) => {
    assertOpen()
    options?.signal?.throwIfAborted()
    const texts = eventTexts(stream, expected, events)
    return writer.append({ stream, expected, events: texts, signal: options?.signal, premises: options?.premises })
  }

  const appendAll: EventStore['appendAll'] = async (appends) => {
    assertOpen()
    await writer.appendAll(
      appends.map(({ stream, expected, events }) => ({
        stream,
        expected,
        events: eventTexts(stream, expected, events),
      })),
    )
  }

  const readAlone = ({ stream, from, limit, backwards }: StreamRead): Promise<readonly Row[]> =>
    database.read(READ_STREAM, [storableText(stream), from, limit, backwards])

  const readTogether = together(async (reads: readonly StreamRead[]): Promise<readonly (readonly Row[])[]> => {
    const [first] = reads
    if (first !== undefined && reads.length === 1) return [await readAlone(first)]
    const rows = await database.read(READ_STREAMS, [
      joinedTexts(reads.map(({ stream }) => storableText(stream))),
      numbersOf(reads.map(({ from }) => from)),
      numbersOf(reads.map(({ limit, backwards }) => Math.min(limit, SHARED_LIMIT) * (backwards ? -1 : 1))),
    ])
    const found = reads.map((): Row[] => [])
    for (const row of rows) found[Number(row['question']) - 1]?.push(row)
    return Promise.all(
      reads.map(async (one, at) => {
        const some = found[at] ?? []
        const last = some.at(-1)
        if (last === undefined || some.length < SHARED_LIMIT || one.limit <= SHARED_LIMIT) return some
        const from = Number(last['revision']) + (one.backwards ? -1 : 1)
        return [...some, ...(await readAlone({ ...one, from, limit: one.limit - SHARED_LIMIT }))]
      }),
    )
  })

  const read: EventStore['read'] = async (stream, options = {}) => {
    assertOpen()
    options.signal?.throwIfAborted()
    const { limit = DEFAULT_LIMIT, backwards = false } = options
    const from = options.from ?? (backwards ? Number.MAX_SAFE_INTEGER : 0)
    const rows = await readTogether({ stream, from, limit, backwards })
    return rows.map((row) => toRecorded(row, stream))
  }

  const head: EventStore['head'] = async (stream) => {
    assertOpen()
    const [row] = await readTogether({ stream, from: Number.MAX_SAFE_INTEGER, limit: 1, backwards: true })
    return row && { revision: Number(row['revision']), position: toPosition(Number(row['position'])) }
  }

  const readAll: EventStore['readAll'] = async (options = {}): Promise<LogPage> => {
    assertOpen()
    options.signal?.throwIfAborted()
    const { limit = DEFAULT_LIMIT, backwards = false, types, streamPrefixes } = options
    const after = options.after === undefined ? undefined : fromPosition(options.after)
    const rows = await database.read(READ_LOG, [
      after ?? (backwards ? Number.MAX_SAFE_INTEGER : 0),
      limit,
      types ? types.map(storableText) : null,
      streamPrefixes ? streamPrefixes.map(storableText) : null,
      backwards,
    ])
    const first = Number(rows[0]?.['first'])
    const last = Number(rows[0]?.['last'])
    // The range this page looks at; both ends belong to it.
    const low = backwards ? Math.max(first, Math.min(after ?? last + 1, last + 1) - LOOKED_AT) : (after ?? 0) + 1
    const high = backwards ? Math.min(last, (after ?? last + 1) - 1) : Math.min(last, low - 1 + LOOKED_AT)
    if (last === 0 || low > high) return { events: [], atEnd: true }
    const found = rows.filter((row) => row['position'] !== null)
    const end = found.at(-1)
    const cut = end !== undefined && (found.length >= limit || Number(end['upto']) > PAGE_BYTES)
    const lookedTo = cut ? Number(end['position']) : backwards ? low : high
    return {
      events: found.map((row) => toRecorded(row, originalText(row['name'] as string))),
      lookedTo: toPosition(lookedTo),
      atEnd: backwards ? lookedTo <= first : lookedTo >= last,
    }
  }

  return {
    checksPremises: true,
    append,
    appendAll,
    read,
    head,
    readAll,
    subscribe: (options) =>
      subscribeTo({ readAll, bell, runtime: systemRuntime, closed: closing.signal, assertOpen }, options),
    close: () => {
      closed ??= writer.drain()
      closing.abort()
      return closed
    },
  }
}
