import type {
  AppendResult,
  EventStore,
  ExpectedRevision,
  LogPage,
  ReadAllOptions,
  RecordedEvent,
} from '../../application/ports/event-store.ts'
import { CorruptIdempotency, StoreClosed, StoreUnavailable } from '../../application/ports/store-errors.ts'
import { systemRuntime } from '../../application/ports/system-runtime.ts'
import { decideAppend } from '../append-decision.ts'
import type { Bell } from '../bell.ts'
import { fromPosition, toPosition } from '../decimal-position.ts'
import { type EventText, eventTexts } from '../event-text.ts'
import { recordedEvent } from '../recorded-event.ts'
import { originalText, storableText } from '../index-key.ts'
import { subscribeTo } from '../log-subscription.ts'
import { type Database, isConstraint, isDriverError, type Row } from './database.ts'
import { findHead, type Heads } from './heads.ts'
import type { Writer } from './writer.ts'

const DEFAULT_LIMIT = 1_000
/** Rows that one page looks at, however few of them pass its filter. */
const LOOKED_AT = 10_000
/** Characters after which a page of the log ends, so that large events do not fill the memory. */
const PAGE_CHARACTERS = 4_194_304

const COLUMNS = 'e.position, e.revision, e.id, e.type, e.version, e.data, e.personal, e.meta, e.recorded_at'

const INSERT_EVENT = `
  insert into events (stream, revision, id, type, version, data, personal, meta, recorded_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`

const READ = `
  select ${COLUMNS} from events e
  where e.stream = (select id from streams where name = ?) and e.revision >= ?
  order by e.revision limit ?`

const READ_BACKWARDS = `
  select ${COLUMNS} from events e
  where e.stream = (select id from streams where name = ?) and e.revision <= ?
  order by e.revision desc limit ?`

const toRecorded = (row: Row, stream: string): RecordedEvent => {
  const { id, type, version, data, personal, meta, recorded_at, revision, position } = row
  return recordedEvent({
    id: originalText(id as string),
    type: originalText(type as string),
    version: version as number,
    data,
    personal,
    meta,
    recordedAt: recorded_at as number,
    stream,
    revision: revision as number,
    position: toPosition(position as number),
  })
}

const toNumber = (value: unknown): number => Number(value ?? 0)

/** Conditions on events and streams, without the range of positions. */
const filterSql = (options: ReadAllOptions): { readonly sql: string; readonly values: readonly string[] } => {
  const { streamPrefixes, types } = options
  let sql = ''
  const values: string[] = []
  if (streamPrefixes) {
    sql += ` and (${streamPrefixes.map(() => 'substr(s.name, 1, length(?)) = ?').join(' or ') || 'false'})`
    for (const prefix of streamPrefixes.map(storableText)) values.push(prefix, prefix)
  }
  if (types) {
    sql += ` and e.type in (${types.map(() => '?').join(', ')})`
    values.push(...types.map(storableText))
  }
  return { sql, values }
}

const bytesOf = (texts: readonly EventText[]): number =>
  texts.reduce((sum, { data, meta, personal }) => sum + data.length + meta.length + (personal?.length ?? 0), 0)

export const sqliteEventStore = (parts: {
  readonly database: Database
  readonly writer: Writer
  readonly heads: Heads
  readonly bell: Bell
}): EventStore => {
  const { database, writer, heads, bell } = parts
  const closing = new AbortController()
  let closed: Promise<void> | undefined

  const assertOpen = (): void => {
    if (closed) throw new StoreClosed()
  }

  const insert = (name: string, expected: ExpectedRevision, texts: readonly EventText[]): AppendResult => {
    const known = heads.get(name)
    const idAt = (revision: number): string | undefined => {
      const row = database.get('select id from events where stream = ? and revision = ?', known?.stream ?? 0, revision)
      return row && originalText(row['id'] as string)
    }
    if (decideAppend(originalText(name), expected, known?.revision ?? null, texts, idAt) === 'replayed') {
      const revision = (typeof expected === 'number' ? expected : -1) + texts.length
      const row = database.get(
        'select position from events where stream = ? and revision = ?',
        known?.stream ?? 0,
        revision,
      )
      return { revision, position: toPosition(toNumber(row?.['position'])), replayed: true }
    }
    const stream = known?.stream ?? database.run('insert into streams (name) values (?)', name).lastId
    let revision = known?.revision ?? -1
    let position = 0
    for (const text of texts) {
      revision += 1
      position = database.run(
        INSERT_EVENT,
        stream,
        revision,
        storableText(text.id),
        storableText(text.type),
        text.version,
        text.data,
        text.personal,
        text.meta,
        text.recordedAt,
      ).lastId
    }
    heads.set(name, { stream, revision, position })
    return { revision, position: toPosition(position), replayed: false }
  }

  const append: EventStore['append'] = async (stream, expected, events, options) => {
    assertOpen()
    options?.signal?.throwIfAborted()
    const texts = eventTexts(stream, expected, events)
    const name = storableText(stream)
    try {
      return await writer.write({
        bytes: bytesOf(texts),
        run: () => insert(name, expected, texts),
        signal: options?.signal,
      })
    } catch (error) {
      if (error instanceof StoreUnavailable && isConstraint(error.cause))
        throw new CorruptIdempotency(stream, { cause: error.cause })
      throw error
    }
  }

  const appendAll: EventStore['appendAll'] = async (appends) => {
    assertOpen()
    const all = appends.map(({ stream, expected, events }) => ({
      stream,
      expected,
      texts: eventTexts(stream, expected, events),
    }))
    const run = (): void => {
      // Of its own, because others that share the transaction go on when this one is refused half way.
      database.run('savepoint append_all')
      for (const { stream, expected, texts } of all) {
        try {
          insert(storableText(stream), expected, texts)
        } catch (error) {
          if (isDriverError(error) && !isConstraint(error)) throw error
          database.run('rollback to append_all')
          database.run('release append_all')
          heads.clear()
          throw isConstraint(error) ? new CorruptIdempotency(stream, { cause: error }) : error
        }
      }
      database.run('release append_all')
    }
    await writer.write({ bytes: all.reduce((sum, { texts }) => sum + bytesOf(texts), 0), run })
  }

  const read: EventStore['read'] = async (stream, options = {}) => {
    assertOpen()
    options.signal?.throwIfAborted()
    const { limit = DEFAULT_LIMIT, backwards = false } = options
    const from = options.from ?? (backwards ? Number.MAX_SAFE_INTEGER : 0)
    const name = storableText(stream)
    const rows = await database.reading(() => {
      if (backwards) return database.all(READ_BACKWARDS, name, from, limit)
      // Commands ask whether a stream has gone on. Mostly it has not, and then its known end says so for less.
      const head = from > 0 ? heads.known(name) : undefined
      if (head !== undefined && from > head.revision) return []
      const found = database.all(READ, name, from, limit)
      if (from > 0 && found.length === 0) heads.learn(name)
      return found
    })
    return rows.map((row) => toRecorded(row, stream))
  }

  const head: EventStore['head'] = async (stream) => {
    assertOpen()
    const found = await database.reading(() => findHead(database, storableText(stream)))
    return found && { revision: found.revision, position: toPosition(found.position) }
  }

  const readPage = (options: ReadAllOptions): LogPage => {
    const { limit = DEFAULT_LIMIT, backwards = false } = options
    const last = toNumber(database.get('select max(position) as position from events')?.['position'])
    const first = last === 0 ? 0 : toNumber(database.get('select min(position) as position from events')?.['position'])
    const after = options.after === undefined ? undefined : fromPosition(options.after)
    // The range this page looks at; both ends belong to it.
    const low = backwards ? Math.max(first, Math.min(after ?? last + 1, last + 1) - LOOKED_AT) : (after ?? 0) + 1
    const high = backwards ? Math.min(last, (after ?? last + 1) - 1) : Math.min(last, low - 1 + LOOKED_AT)
    if (last === 0 || low > high) return { events: [], atEnd: true }
    const filter = filterSql(options)
    const sql = `
      select s.name, ${COLUMNS} from events e join streams s on s.id = e.stream
      where e.position between ? and ?${filter.sql}
      order by e.position ${backwards ? 'desc' : 'asc'} limit ?`
    const events: RecordedEvent[] = []
    let characters = 0
    for (const row of database.iterate(sql, low, high, ...filter.values, limit)) {
      events.push(toRecorded(row, originalText(row['name'] as string)))
      characters += (row['data'] as string).length + ((row['personal'] as string | null)?.length ?? 0)
      if (characters > PAGE_CHARACTERS) break
    }
    const cut = events.length >= limit || characters > PAGE_CHARACTERS
    const lookedTo = cut ? fromPosition(events.at(-1)?.position ?? toPosition(0)) : backwards ? low : high
    return { events, lookedTo: toPosition(lookedTo), atEnd: backwards ? lookedTo <= first : lookedTo >= last }
  }

  const readAll: EventStore['readAll'] = async (options = {}) => {
    assertOpen()
    options.signal?.throwIfAborted()
    return database.reading(() => readPage(options))
  }

  return {
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
