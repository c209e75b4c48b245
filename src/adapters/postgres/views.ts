import type { Json } from '../../application/ports/json.ts'
import type {
  Checkpoint,
  Commits,
  DocumentPut,
  IndexHit,
  IndexPlace,
  IndexQuery,
  ViewChanges,
  ViewId,
  Views,
} from '../../application/ports/views.ts'
import {
  CheckpointMoved,
  DocumentsRefused,
  StoreClosed,
  StoreUnavailable,
} from '../../application/ports/store-errors.ts'
import { documentText, encodedEntries, PutTexts } from '../document-text.ts'
import { indexPlace, originalText, placeRange, storableText } from '../index-key.ts'
import { sameCheckpoint } from '../same-checkpoint.ts'
import { type Database, type Row, sqlState, type Value } from './database.ts'
import { isRefusedValue, refusedDocuments, type WrittenDocument } from './refused-documents.ts'
import { commitText } from './told-commits.ts'
import { together } from './together.ts'
import { joinedTexts, numbersOf } from './values.ts'

/** Rows that one transaction of a drop removes. */
const DROPPED_AT_ONCE = 1_000

/** Raised by the schema's function `commit_views`. */
const MOVED = 'MG001'

/** Between two entries of a document's row. No entry holds it: there U+0002 is an escape and a digit follows. */
const SEPARATOR = '\u0002;'
/** Between the entries of two documents, for the same reason. */
const DOCUMENT_SEPARATOR = '\u0002,'

/** Keys that a view may ask for in a statement which it shares. More of them are worth one of their own, and a connection. */
const SHARED_KEYS = 32

/** Milliseconds after which the making of texts lets others have their turn. */
const LONGEST_STRETCH = 5

const NO_ENTRIES: ReadonlyMap<string, readonly string[]> = new Map()

/** A document as texts; its entries by index. */
interface PutText {
  readonly key: string
  readonly document: string
  readonly entries: readonly (readonly [index: string, entries: readonly string[]])[]
}

const toText = (put: DocumentPut): PutText => ({
  key: storableText(put.key),
  document: documentText(put),
  entries: encodedEntries(put),
})

/** Documents of one view that somebody wants, by their keys as the database has them. */
interface DocumentsGet {
  readonly view: ViewId
  readonly keys: readonly string[]
}

const toPlace = (row: Row): IndexPlace => indexPlace({ entry: row['entry'] as string, key: row['key'] as string })

/** All changes of one view in a commit, one per document. */
interface Change {
  readonly view: ViewChanges['view']
  readonly from: Checkpoint | undefined
  to: Checkpoint
  readonly isUnfinished: boolean
  /** The last word on each document. */
  readonly documents: Map<string, WrittenDocument>
}

const toCheckpoint = (row: Row): Checkpoint => ({
  position: originalText(row['position'] as string),
  eventId: originalText(row['event_id'] as string),
})

const nameOf = ({ name, version }: ViewId): string => JSON.stringify([name, version])

const byView = (one: ViewId, other: ViewId): number =>
  one.name < other.name ? -1 : one.name > other.name ? 1 : one.version - other.version

/** A document. @throws StoreUnavailable when its row is damaged */
const parsed = (text: unknown): Json => {
  try {
    return JSON.parse(text as string) as Json
  } catch {
    // The message of the cause would hold a part of the text.
    throw new StoreUnavailable('not-applied', { code: 'row-not-json', part: 'views' })
  }
}

/** @param channel on which it notifies of commits; `commits` tells of those that were heard of */
export const postgresViews = ({
  database,
  channel,
  commits,
}: {
  readonly database: Database
  readonly channel: string
  readonly commits?: Commits
}): Views => {
  const s = database.schema
  let closed: Promise<void> | undefined
  const assertOpen = (): void => {
    if (closed) throw new StoreClosed()
  }

  /** What the entries of an index begin with: its number, which is given once and for ever. */
  const marks = new Map<string, string>()
  const remember = (rows: readonly Row[]): void => {
    for (const { id, name } of rows) marks.set(originalText(name as string), `${Number(id).toString(36)}:`)
  }
  const markOf = async (index: string): Promise<string | undefined> => {
    if (!marks.has(index))
      remember(await database.read(`select id, name from ${s}.indexes where name = $1`, [storableText(index)]))
    return marks.get(index)
  }
  const knowMarks = async (indexes: ReadonlySet<string>): Promise<void> => {
    const unknown = [...indexes].filter((index) => !marks.has(index))
    if (unknown.length === 0) return
    const names = unknown.map(storableText).toSorted()
    const FIND = `select id, name from ${s}.indexes where name = any($1::text[])`
    remember(await database.read(FIND, [names]))
    if (unknown.every((index) => marks.has(index))) return
    await database.write(`insert into ${s}.indexes (name) select unnest($1::text[]) on conflict do nothing`, [names])
    remember(await database.read(FIND, [names]))
  }

  const toWritten = (view: ViewId, { key, document, entries }: PutText): WrittenDocument => ({
    view,
    key,
    document,
    entries: new Map(
      entries.map(([index, encoded]) => [index, [...new Set(encoded.map((entry) => marks.get(index) + entry))]]),
    ),
  })

  const merge = (changes: readonly ViewChanges[], texts: readonly (readonly PutText[])[]): readonly Change[] => {
    const merged = new Map<string, Change>()
    for (const [at, { view, from, to, deletes, unfinished }] of changes.entries()) {
      const name = nameOf(view)
      const isUnfinished = unfinished === true && from === undefined
      const change = merged.get(name) ?? { view, from, to, isUnfinished, documents: new Map<string, WrittenDocument>() }
      if (!sameCheckpoint(change.from, from)) throw new CheckpointMoved(view.name)
      change.to = to
      for (const put of texts[at] ?? []) change.documents.set(put.key, toWritten(view, put))
      for (const key of deletes.map(storableText))
        change.documents.set(key, { view, key, document: null, entries: NO_ENTRIES })
      merged.set(name, change)
    }
    return [...merged.values()].toSorted((one, other) => byView(one.view, other.view))
  }

  // Texts that are missing are empty: neither a document nor what stands for entries is, but a key may be.
  const commitBy = (way: 'commit_views' | 'begin_views', more = ''): string => `
    select ${s}.${way}(
      $1, $2, $3, $4, $5, $6, $7, case $8 when '' then array[''] else string_to_array($8, chr(1)) end,
      string_to_array($9, chr(1), ''), string_to_array($10, $12, ''), $11${more}
    ), pg_notify($13, $14)`
  const COMMIT = commitBy('commit_views')
  const BEGIN = commitBy('begin_views', ', $15')

  const commit: Views['commit'] = async (changes) => {
    assertOpen()
    const texts: (readonly PutText[])[] = []
    const written = new PutTexts(toText)
    let began = performance.now()
    for (const change of changes) {
      texts.push(written.of(change))
      if (performance.now() - began < LONGEST_STRETCH) continue
      await new Promise((resolve) => setImmediate(resolve))
      began = performance.now()
    }
    written.assertNoneRefused()
    await knowMarks(new Set(texts.flatMap((puts) => puts.flatMap(({ entries }) => entries.map(([index]) => index)))))
    const merged = merge(changes, texts)
    const documents = merged.flatMap((change) => [...change.documents.values()])
    try {
      await database.write(...statementOf(merged, documents))
    } catch (error) {
      const state = sqlState(error)
      if (state === MOVED)
        throw new CheckpointMoved(merged[Number(((error as Error).cause as Error).message) - 1]?.view.name ?? '')
      if (!(error instanceof TypeError) && !isRefusedValue(state)) throw error
      const refused = await refusedDocuments(database, documents, (session, some) =>
        session.query(...statementOf(merged, some)),
      )
      throw refused.length === 0 ? error : new DocumentsRefused(refused, { cause: error })
    }
  }

  /** Commits these documents, which are some of the changes' or all. */
  const statementOf = (
    merged: readonly Change[],
    documents: readonly WrittenDocument[],
  ): readonly [sql: string, values: readonly Value[]] => {
    const places = new Map(merged.map(({ view }, at) => [nameOf(view), at + 1]))
    const keys = documents.map(({ key }) => key)
    const entriesOf = ({ entries }: WrittenDocument): string => [...entries.values()].flat().join(SEPARATOR)
    const unfinished = merged.flatMap(({ isUnfinished }, at) => (isUnfinished ? [at + 1] : []))
    const isBegun = unfinished.length > 0
    return [
      isBegun ? BEGIN : COMMIT,
      [
        merged.map(({ view }) => storableText(view.name)),
        merged.map(({ view }) => view.version),
        merged.map(({ from }) => (from ? storableText(from.position) : null)),
        merged.map(({ from }) => (from ? storableText(from.eventId) : null)),
        merged.map(({ to }) => storableText(to.position)),
        merged.map(({ to }) => storableText(to.eventId)),
        numbersOf(documents.map(({ view }) => places.get(nameOf(view)) ?? 0)),
        keys.length === 0 ? null : joinedTexts(keys),
        joinedTexts(documents.map(({ document }) => document ?? '')),
        documents.map(entriesOf).join(DOCUMENT_SEPARATOR),
        SEPARATOR,
        DOCUMENT_SEPARATOR,
        channel,
        commitText(merged),
        ...(isBegun ? [numbersOf(unfinished)] : []),
      ],
    ]
  }

  const walk = async (by: 'walk_index' | 'walk_places', view: ViewId, query: IndexQuery): Promise<readonly Row[]> => {
    assertOpen()
    const { first, beyond } = placeRange(query)
    const mark = await markOf(query.index)
    if (mark === undefined) return []
    const rows = await database.read(`select * from ${s}.${by}($1, $2, $3, $4, $5, $6, $7, $8)`, [
      storableText(view.name),
      view.version,
      mark + first.entry,
      first.key,
      mark + beyond.entry,
      beyond.key,
      query.limit,
      query.backwards === true,
    ])
    return rows.map((row) => ({ ...row, entry: (row['entry'] as string).slice(mark.length) }))
  }

  /** Removes what a dropped build has left, a part per transaction; begins anew where a former process ended. */
  const sweep = async (build: number): Promise<void> => {
    for (const table of ['entries', 'documents']) {
      const part = `
        with part as (select ctid from ${s}.${table} where build = $1 limit ${DROPPED_AT_ONCE} for update skip locked)
        delete from ${s}.${table} t using part where t.ctid = part.ctid returning 1 as one`
      while ((await database.write(part, [build])).length > 0);
    }
    // Rows that another sweep holds come back if it fails: nothing else points to them.
    const isEmpty = ['entries', 'documents'].map((table) => `not exists (select from ${s}.${table} where build = $1)`)
    await database.write(`delete from ${s}.builds where id = $1 and ${isEmpty.join(' and ')}`, [build])
  }

  const getAll = async (gets: readonly DocumentsGet[]): Promise<readonly (readonly (string | undefined)[])[]> => {
    const keys = gets.flatMap((get) => get.keys)
    if (keys.length === 0) return gets.map(() => [])
    const rows = await database.read(`select * from ${s}.read_documents($1, $2, $3, $4)`, [
      gets.map(({ view }) => storableText(view.name)),
      numbersOf(gets.map(({ view }) => view.version)),
      numbersOf(gets.flatMap((get, at) => get.keys.map(() => at + 1))),
      // With one more: no text and a single one without a character would be the same.
      joinedTexts([...keys, '']),
    ])
    const found: (string | undefined)[] = []
    for (const row of rows) found[Number(row['question']) - 1] = row['document'] as string
    let end = 0
    return gets.map((get) => {
      const first = end
      end += get.keys.length
      return get.keys.map((_, at) => found[first + at])
    })
  }
  const getTogether = together(getAll)

  return {
    commitsAside: true,
    ...(commits === undefined ? {} : { commits }),
    checkpoint: async (view) => {
      assertOpen()
      const [row] = await database.read(
        `select position, event_id from ${s}.builds where name = $1 and version = $2 and not dropped`,
        [storableText(view.name), view.version],
      )
      return row && toCheckpoint(row)
    },
    get: async (view, keys) => {
      assertOpen()
      const one: DocumentsGet = { view, keys: keys.map(storableText) }
      const texts = keys.length > SHARED_KEYS ? (await getAll([one]))[0] : await getTogether(one)
      return keys.map((_, at) => {
        const text = texts?.[at]
        return text === undefined ? undefined : parsed(text)
      })
    },
    query: async (view, query) =>
      (await walk('walk_index', view, query)).map((row): IndexHit => ({
        ...toPlace(row),
        document: parsed(row['document']),
      })),
    places: async (view, query) => (await walk('walk_places', view, query)).map(toPlace),
    commit,
    builds: async () => {
      assertOpen()
      const rows = await database.read(
        `select name, version, position, event_id, unfinished from ${s}.builds where not dropped order by id`,
        [],
      )
      return rows.map((row) => ({
        view: { name: originalText(row['name'] as string), version: Number(row['version']) },
        checkpoint: toCheckpoint(row),
        ...(row['unfinished'] === true ? { unfinished: true } : {}),
      }))
    },
    finish: async (views) => {
      assertOpen()
      const sorted = views.toSorted(byView)
      // Locked in the order in which commits lock them.
      await database.write(
        `with finished as materialized (
           select b.id from unnest($1::text[], $2::bigint[]) with ordinality v (name, version, n)
           join ${s}.builds b on b.name = v.name and b.version = v.version and not b.dropped and b.unfinished
           order by v.n for update of b
         )
         update ${s}.builds b set unfinished = false from finished where b.id = finished.id`,
        [sorted.map(({ name }) => storableText(name)), sorted.map(({ version }) => version)],
      )
    },
    drop: async (view) => {
      assertOpen()
      await database.write(`update ${s}.builds set dropped = true where name = $1 and version = $2 and not dropped`, [
        storableText(view.name),
        view.version,
      ])
      const dropped = await database.read(`select id from ${s}.builds where dropped order by id`, [])
      for (const { id } of dropped) await sweep(Number(id))
    },
    close: () => (closed ??= Promise.resolve()),
  }
}
