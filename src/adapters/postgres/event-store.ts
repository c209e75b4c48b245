import type { EventStore, LogPage, ReadAllOptions, RecordedEvent } from '../../application/ports/event-store.ts'
import { StoreClosed } from '../../application/ports/store-errors.ts'
import type { Bell } from '../bell.ts'
import { fromPosition, toPosition } from '../decimal-position.ts'
import { eventTexts } from '../event-text.ts'
import { originalText, storableText } from '../index-key.ts'
import { subscribeTo } from '../log-subscription.ts'
import type { Database, Row, Value } from './database.ts'
import type { Writer } from './writer.ts'

const DEFAULT_LIMIT = 1_000
/** Positions that one page looks at, however few of them pass its filter. */
const LOOKED_AT = 10_000
/** Bytes after which a page of the log ends, so that large events do not fill the memory. */
const PAGE_BYTES = 4_194_304

const COLUMNS = 'e.position, e.revision, e.id, e.type, e.version, e.data, e.personal, e.meta, e.recorded_at'

const toRecorded = (row: Row, stream: string): RecordedEvent => {
  const { id, type, version, data, personal, meta, recorded_at, revision, position } = row
  const event = {
    id: originalText(id as string),
    type: originalText(type as string),
    version: Number(version),
    data: JSON.parse(data as string),
    meta: JSON.parse(meta as string),
    recordedAt: Number(recorded_at),
    stream,
    revision: Number(revision),
    position: toPosition(Number(position)),
  }
  return personal === null ? event : { ...event, personal: JSON.parse(personal as string) }
}

const ABOVE = `e.position > $1::bigint and e.position <= $1::bigint + ${LOOKED_AT}`
const BELOW = `e.position < $1::bigint and e.position >= least($1::bigint, ends.last + 1) - ${LOOKED_AT}`

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

  const READ = `
    select ${COLUMNS} from ${s}.events e
    where e.stream = (select id from ${s}.streams where name = $1) and e.revision >= $2::bigint
    order by e.revision limit $3`
  const READ_BACKWARDS = `
    select ${COLUMNS} from ${s}.events e
    where e.stream = (select id from ${s}.streams where name = $1) and e.revision <= $2::bigint
    order by e.revision desc limit $3`
  const HEAD = `
    select e.revision, e.position from ${s}.events e
    where e.stream = (select id from ${s}.streams where name = $1)
    order by e.revision desc limit 1`

  /**
   * A page and where the log begins and ends, of one instant. Nothing appears below what was seen: positions become
   * visible in their order, so no reader looks for holes.
   */
  const pageSql = ({ streamPrefixes, types, backwards = false }: ReadAllOptions): string => {
    const order = backwards ? 'desc' : 'asc'
    return `
      select ends.first, ends.last, e.*
      from (
        select coalesce(min(position), 0) as first, coalesce(max(position), 0) as last from ${s}.events
      ) ends
      left join lateral (
        select e.*, sum(e.size) over (order by e.position ${order}) as upto from (
          select s.name, ${COLUMNS},
            octet_length(e.data) + octet_length(e.meta) + coalesce(octet_length(e.personal), 0) as size
          from ${s}.events e
          cross join lateral (select name from ${s}.streams s where s.id = e.stream offset 0) s
          where ${backwards ? BELOW : ABOVE}
            ${types ? 'and e.type = any($3::text[])' : ''}
            ${streamPrefixes ? `and s.name ^@ any($${types ? 4 : 3}::text[])` : ''}
          order by e.position ${order} limit $2
        ) e
      ) e on e.upto - e.size <= ${PAGE_BYTES}
      order by e.position ${order}`
  }

  const append: EventStore['append'] = async (stream, expected, events, options) => {
    assertOpen()
    options?.signal?.throwIfAborted()
    const texts = eventTexts(stream, expected, events)
    return writer.append({ stream, expected, events: texts, signal: options?.signal })
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

  const read: EventStore['read'] = async (stream, options = {}) => {
    assertOpen()
    options.signal?.throwIfAborted()
    const { limit = DEFAULT_LIMIT, backwards = false } = options
    const from = options.from ?? (backwards ? Number.MAX_SAFE_INTEGER : 0)
    const rows = await database.read(backwards ? READ_BACKWARDS : READ, [storableText(stream), from, limit])
    return rows.map((row) => toRecorded(row, stream))
  }

  const head: EventStore['head'] = async (stream) => {
    assertOpen()
    const [row] = await database.read(HEAD, [storableText(stream)])
    return row && { revision: Number(row['revision']), position: toPosition(Number(row['position'])) }
  }

  const readAll: EventStore['readAll'] = async (options = {}): Promise<LogPage> => {
    assertOpen()
    options.signal?.throwIfAborted()
    const { limit = DEFAULT_LIMIT, backwards = false, types, streamPrefixes } = options
    const after = options.after === undefined ? undefined : fromPosition(options.after)
    const values: Value[] = [after ?? (backwards ? Number.MAX_SAFE_INTEGER : 0), limit]
    if (types) values.push(types.map(storableText))
    if (streamPrefixes) values.push(streamPrefixes.map(storableText))
    const rows = await database.read(pageSql(options), values)
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
    append,
    appendAll,
    read,
    head,
    readAll,
    subscribe: (options) => subscribeTo({ readAll, bell, closed: closing.signal, assertOpen }, options),
    close: () => {
      closed ??= writer.drain()
      closing.abort()
      return closed
    },
  }
}
