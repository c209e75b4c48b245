import { setImmediate } from 'node:timers/promises'
import type {
  BuildState,
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
  type RefusedDocument,
  StoreClosed,
} from '../../application/ports/store-errors.ts'
import { indexPlace, originalText, placeRange, storableText } from '../index-key.ts'
import { documentText, encodedEntries, PutTexts } from '../document-text.ts'
import { sameCheckpoint } from '../same-checkpoint.ts'
import { type Database, isRefusedValue, parsedIn, type Row } from './database.ts'
import { type Build, isInPlace, isUntouched, lastDocument, toBuild } from './builds.ts'
import { ADD_ENTRY, entryLine, joinLines, linesOf, readLine } from './entry-lines.ts'
import { deferredEntries } from './deferred-entries.ts'
import { KnownKeys } from './known-keys.ts'
import type { Slices, Transactions } from './transactions.ts'

/** Rows that one transaction of a drop removes. */
const DROPPED_AT_ONCE = 500
/** Documents that are no longer turned into texts in passing. */
const MANY = 250

type Direction = '' | ' desc'

/** Entries of equal text stand by number of document in the table, and by its key in what is answered. */
const places = (direction: Direction): string => `
    select e.entry, k.key, e.document
    from entries e cross join documents k on k.id = e.document
    where e."index" = ?1 and e.entry >= ?2 and e.entry <= ?4
      and (e.entry > ?2 or k.key >= ?3) and (e.entry < ?4 or k.key < ?5)
    order by e.entry${direction}, k.key${direction} limit ?6`

const query = (direction: Direction): string => `
  select hit.entry, hit.key, d.document
  from (${places(direction)}
  ) hit cross join documents d on d.id = hit.document
  order by hit.entry${direction}, hit.key${direction}`
/** Walk one range of one index. */
export const QUERY_FORWARDS: string = query('')
export const QUERY_BACKWARDS: string = query(' desc')
export const PLACES_FORWARDS: string = places('')
export const PLACES_BACKWARDS: string = places(' desc')

const GET_DOCUMENT = 'select document from documents where build = ? and key = ?'
const INSERT_DOCUMENT = 'insert into documents (build, key, entries, document) values (?, ?, ?, ?)'
const PUT_DOCUMENT = `${INSERT_DOCUMENT}
  on conflict (build, key) do update set entries = excluded.entries, document = excluded.document`
const REMOVE_ENTRY = 'delete from entries where "index" = ? and entry = ? and document = ?'

/** A document as texts; `entries` holds its places by the name of the index. */
interface PutText {
  readonly key: string
  readonly document: string
  readonly entries: ReadonlyMap<string, readonly string[]>
}

const toText = (put: DocumentPut): PutText => {
  const entries = new Map<string, readonly string[]>()
  for (const [index, encoded] of encodedEntries(put)) if (encoded.length > 0) entries.set(index, [...new Set(encoded)])
  return { key: storableText(put.key), document: documentText(put), entries }
}

/** SQLite refused an entry of the index with this number. */
class EntryRefused extends Error {
  readonly index: number
  constructor(index: number, cause: unknown) {
    super('an index entry was refused', { cause })
    this.index = index
  }
}

const toPlace = (row: Row): IndexPlace => indexPlace({ entry: row['entry'] as string, key: row['key'] as string })

/** Neighbours by key go to one page of their index. Documents of one key stay in the order given. */
const byKey = (one: PutText, other: PutText): number => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0)

/**
 * @param writing the connection that `transactions` writes through
 * @param reading the one to read through while one of them is open
 */
export const sqliteViews = ({
  writing: database,
  reading: aside,
  transactions,
  replaced,
}: {
  readonly writing: Database
  readonly reading: Database
  readonly transactions: Transactions
  /** Called after commits that have replaced or deleted something. */
  readonly replaced: () => void
}): Views => {
  const known = new KnownKeys(() => database.foreignVersion())
  let closed: Promise<void> | undefined
  const assertOpen = (): void => {
    if (closed) throw new StoreClosed()
  }

  /** Through the connection whose pages are at hand, unless it shows what may not be seen yet. */
  const reading = async <T>(work: (from: Database) => T): Promise<T> => {
    await database.ready()
    // Where there is no other connection, nothing is read before what is under way has ended.
    while (aside === database && transactions.isOpen()) await transactions.drain()
    return aside.reading(() => work(transactions.isOpen() ? aside : database))
  }

  const walk = async (view: ViewId, query: IndexQuery, sql: string): Promise<readonly Row[]> => {
    assertOpen()
    const { first, beyond } = placeRange(query)
    return reading((from) => {
      const build = findBuild(view, from)
      const index = build && indexId(build.id, query.index, from)
      if (!build || index === undefined) return []
      return from.all(sql, index, first.entry, first.key, beyond.entry, beyond.key, query.limit)
    })
  }

  const findBuild = (view: ViewId, from: Database = database): Build | undefined => {
    const row = from.get(
      'select * from builds where name = ? and version = ? and dropped = 0',
      storableText(view.name),
      view.version,
    )
    return row && toBuild(row)
  }

  const indexId = (build: number, name: string, from: Database = database): number | undefined =>
    from.get('select id from indexes where build = ? and name = ?', build, storableText(name))?.['id'] as
      | number
      | undefined

  const moveCheckpoint = (found: Build | undefined, { view, to, unfinished }: ViewChanges): Build => {
    const [position, eventId] = [storableText(to.position), storableText(to.eventId)]
    if (found) {
      database.run('update builds set position = ?, event_id = ? where id = ?', position, eventId, found.id)
      return found
    }
    const indexed = unfinished === true ? lastDocument(database) : null
    const { lastId } = database.run(
      'insert into builds (name, version, position, event_id, indexed) values (?, ?, ?, ?, ?)',
      storableText(view.name),
      view.version,
      position,
      eventId,
      indexed,
    )
    if (indexed !== null) known.begin(lastId)
    return { id: lastId, checkpoint: to, ...(indexed === null ? {} : { indexed }) }
  }

  const addEntry = (line: string, document: number): void => {
    const { index, entry } = readLine(line)
    try {
      database.run(ADD_ENTRY, index, entry, document)
    } catch (error) {
      throw isRefusedValue(error) ? new EntryRefused(index, error) : error
    }
  }

  const removeEntry = (line: string, document: number): void => {
    const { index, entry } = readLine(line)
    database.run(REMOVE_ENTRY, index, entry, document)
  }

  const findDocument = (build: number, key: string): { readonly id: number; readonly entries: string } | undefined => {
    const row = database.get('select id, entries from documents where build = ? and key = ?', build, key)
    return row && { id: row['id'] as number, entries: row['entries'] as string }
  }

  /** The numbers of a build's indexes; one that is new gets its own. */
  const indexesOf = (build: Build): ((name: string) => number) => {
    const indexes = new Map<string, number>()
    return (name) => {
      let id = indexes.get(name) ?? indexId(build.id, name)
      id ??= database.run('insert into indexes (build, name) values (?, ?)', build.id, storableText(name)).lastId
      indexes.set(name, id)
      return id
    }
  }

  const entriesText = ({ entries }: PutText, indexOf: (name: string) => number): string => {
    const next: string[] = []
    for (const [name, places] of entries) {
      const index = indexOf(name)
      for (const place of places) next.push(entryLine(index, place))
    }
    return joinLines(next)
  }

  const putDocument = (build: Build, { key, document }: PutText, text: string): void => {
    const former = findDocument(build.id, key)
    if (!former) {
      const { lastId } = database.run(INSERT_DOCUMENT, build.id, key, text, document)
      if (isInPlace(build, lastId)) for (const line of linesOf(text)) addEntry(line, lastId)
      return
    }
    if (former.entries === text) {
      database.run('update documents set document = ? where id = ?', document, former.id)
      return
    }
    database.run('update documents set entries = ?, document = ? where id = ?', text, document, former.id)
    if (!isInPlace(build, former.id)) return
    const before = new Set(linesOf(former.entries))
    for (const line of linesOf(text)) if (!before.delete(line)) addEntry(line, former.id)
    for (const line of before) removeEntry(line, former.id)
  }

  const deleteDocument = (build: Build, key: string): void => {
    const former = findDocument(build.id, key)
    if (!former) return
    if (isInPlace(build, former.id)) for (const line of linesOf(former.entries)) removeEntry(line, former.id)
    database.run('delete from documents where id = ?', former.id)
  }

  /** Writes one document. What SQLite refuses of it is added to `refused`, and the transaction can go on. */
  const trying = (view: ViewId, key: string, refused: RefusedDocument[], write: () => void): void => {
    try {
      write()
    } catch (error) {
      const cause = error instanceof EntryRefused ? error.cause : error
      if (!isRefusedValue(cause)) throw error
      const name =
        error instanceof EntryRefused
          ? database.get('select name from indexes where id = ?', error.index)?.['name']
          : undefined
      const index = name === undefined ? {} : { index: originalText(name as string) }
      refused.push({ view, key: originalText(key), ...index })
    }
  }

  const apply = async (
    found: Build | undefined,
    changes: ViewChanges,
    puts: readonly PutText[],
    slices: Slices,
    refused: RefusedDocument[],
  ): Promise<void> => {
    const build = moveCheckpoint(found, changes)
    const indexOf = indexesOf(build)
    const { view } = changes
    // What was there before matters only once entries of it may be in their places.
    const isNew = isUntouched(build)
    for (const put of isNew ? puts.toSorted(byKey) : puts) {
      if (slices.isOver()) await slices.next()
      trying(view, put.key, refused, () => {
        const text = entriesText(put, indexOf)
        if (isNew) {
          known.add(build.id, put.key)
          database.run(PUT_DOCUMENT, build.id, put.key, text, put.document)
        } else putDocument(build, put, text)
      })
    }
    for (const key of changes.deletes.map(storableText)) {
      if (slices.isOver()) await slices.next()
      trying(view, key, refused, () => deleteDocument(build, key))
    }
  }

  /** The builds as they stand. @throws CheckpointMoved when they do not stand where the changes begin. */
  const findBuilds = (changes: readonly ViewChanges[]): readonly (Build | undefined)[] => {
    const found = changes.map(({ view }) => findBuild(view))
    for (const [at, change] of changes.entries())
      if (!sameCheckpoint(found[at]?.checkpoint, change.from)) throw new CheckpointMoved(change.view.name)
    return found
  }

  const commit: Views['commit'] = async (changes) => {
    assertOpen()
    const puts: (readonly PutText[])[] = []
    const texts = new PutTexts(toText)
    for (const change of changes) {
      puts.push(texts.of(change))
      // A large one holds up everything else in this process.
      if (change.puts.length > MANY) await setImmediate()
    }
    texts.assertNoneRefused()
    await transactions.run(async (slices) => {
      const found = findBuilds(changes)
      const refused: RefusedDocument[] = []
      for (const [at, change] of changes.entries()) await apply(found[at], change, puts[at] ?? [], slices, refused)
      if (refused.length > 0) throw new DocumentsRefused(refused)
    })
    // Nearly every commit changes documents that were there.
    replaced()
  }

  const putIntoPlace = deferredEntries({ database, transactions, reading, findBuild })

  const removeSome = (sql: string, ...values: readonly number[]): Promise<number> =>
    transactions.run(async () => database.run(sql, ...values, DROPPED_AT_ONCE).changes)

  /** Removes what a dropped build has left, a part per transaction; begins anew where a former process ended. */
  const sweep = async (build: number): Promise<void> => {
    const indexes = await reading((from) => from.all('select id from indexes where build = ?', build))
    for (const { id } of indexes) {
      const index = id as number
      const entries = `delete from entries where "index" = ?1 and (entry, document) in
        (select entry, document from entries where "index" = ?1 limit ?2)`
      while ((await removeSome(entries, index)) > 0);
    }
    const documents = `delete from documents where id in (select id from documents where build = ?1 limit ?2)`
    while ((await removeSome(documents, build)) > 0);
    await transactions.run(async () => {
      database.run('delete from indexes where build = ?', build)
      database.run('delete from builds where id = ?', build)
    })
  }

  const drop: Views['drop'] = async (view) => {
    assertOpen()
    const dropped = await transactions.run(async () => {
      const sql = 'update builds set dropped = 1 where name = ? and version = ? and dropped = 0'
      database.run(sql, storableText(view.name), view.version)
      return database.all('select id from builds where dropped = 1')
    })
    for (const { id } of dropped) await sweep(id as number)
    replaced()
  }

  return {
    commitsAside: true,
    keepsEntriesBack: true,
    checkpoint: async (view) => {
      assertOpen()
      return reading((from) => findBuild(view, from)?.checkpoint)
    },
    get: async (view, keys) => {
      assertOpen()
      const texts = await reading((from) => {
        const build = findBuild(view, from)
        if (!build) return keys.map(() => undefined)
        if (isUntouched(build)) known.refresh()
        const mayHave = (key: string): boolean => !isUntouched(build) || known.mayHave(build.id, key)
        return keys
          .map(storableText)
          .map((key) => (mayHave(key) ? from.get(GET_DOCUMENT, build.id, key)?.['document'] : undefined))
      })
      return texts.map((text) => (text === undefined ? undefined : parsedIn(database, text)))
    },
    query: async (view, query) => {
      const rows = await walk(view, query, query.backwards === true ? QUERY_BACKWARDS : QUERY_FORWARDS)
      return rows.map((row): IndexHit => ({ ...toPlace(row), document: parsedIn(database, row['document']) }))
    },
    places: async (view, query) =>
      (await walk(view, query, query.backwards === true ? PLACES_BACKWARDS : PLACES_FORWARDS)).map(toPlace),
    commit,
    builds: async () => {
      assertOpen()
      const rows = await reading((from) => from.all('select * from builds where dropped = 0 order by id'))
      return rows.map((row): BuildState => {
        const { checkpoint, indexed } = toBuild(row)
        const view = { name: originalText(row['name'] as string), version: row['version'] as number }
        return { view, checkpoint, ...(indexed === undefined ? {} : { unfinished: true }) }
      })
    },
    finish: async (views, { signal } = {}) => {
      assertOpen()
      await putIntoPlace(views, signal)
      known.forget()
    },
    drop,
    close: () => (closed ??= transactions.drain()),
  }
}
