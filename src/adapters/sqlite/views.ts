import { randomInt } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { BuildState, DocumentPut, IndexHit, ViewChanges, ViewId, Views } from '../../application/ports/views.ts'
import { CheckpointMoved, StoreClosed } from '../../application/ports/store-errors.ts'
import { decodeEntry, encodeEntry, encodePlace, originalText, placeRange, storableText } from '../index-key.ts'
import { documentText } from '../document-text.ts'
import { sameCheckpoint } from '../same-checkpoint.ts'
import type { Database } from './database.ts'
import { type Build, isDeferred, lastDocument, toBuild } from './builds.ts'
import { ADD_ENTRY, entryLine, joinLines, linesOf, readLine } from './entry-lines.ts'
import { deferredEntries } from './deferred-entries.ts'
import { createJournal, type JournalRow } from './journal.ts'
import type { Writer } from './writer.ts'

/** Rows that one transaction of a drop removes. */
const DROPPED_AT_ONCE = 500
/** Beyond this many bytes a commit of a build that nobody can read yet takes several transactions. */
const LARGE_COMMIT = 131_072
/** Documents that are no longer turned into texts in passing. */
const MANY = 250
const MOST_RUNS = 2 ** 47
/** About what a document costs beside its text. */
const DOCUMENT_BYTES = 200

/** Entries of equal text stand by number of document in the table, and by its key in what is answered. */
const query = (direction: '' | ' desc'): string => `
  select hit.entry, hit.key, d.document
  from (
    select e.entry, k.key, e.document
    from entries e cross join documents k on k.id = e.document
    where e."index" = ?1 and e.entry >= ?2 and e.entry <= ?4
      and (e.entry > ?2 or k.key >= ?3) and (e.entry < ?4 or k.key < ?5)
    order by e.entry${direction}, k.key${direction} limit ?6
  ) hit cross join documents d on d.id = hit.document
  order by hit.entry${direction}, hit.key${direction}`
/** Walks one range of one index. */
export const QUERY_FORWARDS: string = query('')
export const QUERY_BACKWARDS: string = query(' desc')

const INSERT_DOCUMENT = 'insert into documents (build, key, entries, document) values (?, ?, ?, ?)'
const PUT_DOCUMENT = `${INSERT_DOCUMENT}
  on conflict (build, key) do update set entries = excluded.entries, document = excluded.document`
const REMOVE_ENTRY = 'delete from entries where "index" = ? and entry = ? and document = ?'

/** A document as texts; `entries` holds `index entry` lines, to be compared with those it replaces. */
interface PutText {
  readonly key: string
  readonly document: string
  readonly entries: ReadonlyMap<string, readonly string[]>
}

const toText = (put: DocumentPut): PutText => {
  const entries = new Map<string, readonly string[]>()
  for (const [index, tuples] of Object.entries(put.entries))
    if (tuples.length > 0) entries.set(index, [...new Set(tuples.map(encodeEntry))])
  return { key: storableText(put.key), document: documentText(put), entries }
}

export const sqliteViews = ({ database, writer }: { readonly database: Database; readonly writer: Writer }): Views => {
  const journal = createJournal({ database, writer })
  let closed: Promise<void> | undefined
  const assertOpen = (): void => {
    if (closed) throw new StoreClosed()
  }

  const findBuild = (view: ViewId): Build | undefined => {
    const row = database.get(
      'select * from builds where name = ? and version = ? and dropped = 0',
      storableText(view.name),
      view.version,
    )
    return row && toBuild(row)
  }

  const indexId = (build: number, name: string): number | undefined =>
    database.get('select id from indexes where build = ? and name = ?', build, storableText(name))?.['id'] as
      | number
      | undefined

  const moveCheckpoint = (found: Build | undefined, { view, to, deferEntries }: ViewChanges): Build => {
    if (found) {
      database.run('update builds set position = ?, event_id = ? where id = ?', to.position, to.eventId, found.id)
      return found
    }
    const indexed = deferEntries === true ? lastDocument(database) : null
    const { lastId } = database.run(
      'insert into builds (name, version, position, event_id, indexed) values (?, ?, ?, ?, ?)',
      storableText(view.name),
      view.version,
      to.position,
      to.eventId,
      indexed,
    )
    return { id: lastId, checkpoint: to, ...(indexed === null ? {} : { indexed }) }
  }

  const addEntry = (line: string, document: number): void => {
    const { index, entry } = readLine(line)
    database.run(ADD_ENTRY, index, entry, document)
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

  const apply = (found: Build | undefined, changes: ViewChanges, puts: readonly PutText[]): void => {
    const build = moveCheckpoint(found, changes)
    const indexOf = indexesOf(build)
    const isInPlace = (document: number): boolean => build.indexed === undefined || document <= (build.indexing ?? 0)

    for (const put of puts) {
      const { key, document } = put
      const text = entriesText(put, indexOf)
      if (isDeferred(build)) {
        database.run(PUT_DOCUMENT, build.id, key, text, document)
        continue
      }
      const former = findDocument(build.id, key)
      if (!former) {
        const { lastId } = database.run(INSERT_DOCUMENT, build.id, key, text, document)
        if (isInPlace(lastId)) for (const line of linesOf(text)) addEntry(line, lastId)
        continue
      }
      if (former.entries === text) {
        database.run('update documents set document = ? where id = ?', document, former.id)
        continue
      }
      database.run('update documents set entries = ?, document = ? where id = ?', text, document, former.id)
      if (!isInPlace(former.id)) continue
      const before = new Set(linesOf(former.entries))
      for (const line of linesOf(text)) if (!before.delete(line)) addEntry(line, former.id)
      for (const line of before) removeEntry(line, former.id)
    }

    for (const key of changes.deletes.map(storableText)) {
      const former = findDocument(build.id, key)
      if (!former) continue
      if (isInPlace(former.id)) for (const line of linesOf(former.entries)) removeEntry(line, former.id)
      database.run('delete from documents where id = ?', former.id)
    }
  }

  /** The builds as they stand. @throws CheckpointMoved when they do not stand where the changes begin. */
  const findBuilds = (changes: readonly ViewChanges[]): readonly (Build | undefined)[] => {
    const found = changes.map(({ view }) => findBuild(view))
    for (const [at, change] of changes.entries())
      if (!sameCheckpoint(found[at]?.checkpoint, change.from)) throw new CheckpointMoved(change.view.name)
    return found
  }

  const runsOf = (builds: readonly (Build | undefined)[]): readonly number[] => [
    ...new Set(builds.flatMap((build) => build?.run ?? [])),
  ]
  const settle = async (runs: readonly number[]): Promise<void> => {
    for (const run of runs) await journal.settle(run)
  }

  /** A commit of builds that nobody can read yet, in as many transactions as it takes. */
  const commitByJournal = async (
    changes: readonly ViewChanges[],
    puts: readonly (readonly PutText[])[],
    builds: readonly Build[],
  ): Promise<void> => {
    const run = randomInt(MOST_RUNS)
    const indexes = await writer.write({
      bytes: 0,
      run: () =>
        builds.map((build, at) => {
          const indexOf = indexesOf(build)
          for (const put of puts[at] ?? []) for (const name of put.entries.keys()) indexOf(name)
          return indexOf
        }),
    })
    try {
      for (const [at, { id: build }] of builds.entries()) {
        const rows: JournalRow[] = []
        for (const put of puts[at] ?? []) {
          const { key, document } = put
          rows.push({ build, key, entries: entriesText(put, indexes[at] as (name: string) => number), document })
        }
        // Neighbours by key go to one page of their index.
        rows.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
        for (const key of changes[at]?.deletes ?? [])
          rows.push({ build, key: storableText(key), entries: null, document: null })
        await journal.write(run, rows)
      }
      await writer.write({
        bytes: 0,
        run: () => {
          const found = findBuilds(changes)
          const isAsBefore = found.every((build) => build !== undefined && isDeferred(build) && build.run === undefined)
          if (!isAsBefore) throw new CheckpointMoved(changes[0]?.view.name ?? '')
          for (const [at, change] of changes.entries()) {
            moveCheckpoint(found[at], change)
            database.run('update builds set run = ? where id = ?', run, found[at]?.id ?? 0)
          }
        },
      })
    } catch (error) {
      if (error instanceof CheckpointMoved) await journal.forget('run', run)
      throw error
    }
    await journal.settle(run)
  }

  const commit: Views['commit'] = async (changes) => {
    assertOpen()
    const puts: (readonly PutText[])[] = []
    for (const change of changes) {
      puts.push(change.puts.map(toText))
      // A large one holds up everything else in this process.
      if (change.puts.length > MANY) await setImmediate()
    }
    let bytes = 0
    for (const one of puts) for (const put of one) bytes += put.document.length + DOCUMENT_BYTES
    if (bytes > LARGE_COMMIT) {
      const found = await database.reading(() => findBuilds(changes))
      if (found.every((build) => build !== undefined && isDeferred(build))) {
        await settle(runsOf(found))
        return commitByJournal(changes, puts, found as readonly Build[])
      }
    }
    for (;;) {
      const runs = await writer.write({
        bytes,
        run: () => {
          const found = findBuilds(changes)
          const open = runsOf(found)
          if (open.length > 0) return open
          for (const [at, change] of changes.entries()) apply(found[at], change, puts[at] ?? [])
          return []
        },
      })
      if (runs.length === 0) return
      await settle(runs)
    }
  }

  const index = deferredEntries({ database, writer, journal, findBuild })

  const removeSome = (sql: string, ...values: readonly number[]): Promise<number> =>
    writer.write({ bytes: 0, run: () => database.run(sql, ...values, DROPPED_AT_ONCE).changes })

  /** Removes what a dropped build has left, a part per transaction; begins anew where a former process ended. */
  const sweep = async (build: number): Promise<void> => {
    const indexes = await database.reading(() => database.all('select id from indexes where build = ?', build))
    for (const { id } of indexes) {
      const index = id as number
      const entries = `delete from entries where "index" = ?1 and (entry, document) in
        (select entry, document from entries where "index" = ?1 limit ?2)`
      while ((await removeSome(entries, index)) > 0);
    }
    await journal.forget('build', build)
    const documents = `delete from documents where id in (select id from documents where build = ?1 limit ?2)`
    while ((await removeSome(documents, build)) > 0);
    await writer.write({
      bytes: 0,
      run: () => {
        database.run('delete from indexes where build = ?', build)
        database.run('delete from builds where id = ?', build)
      },
    })
  }

  const drop: Views['drop'] = async (view) => {
    assertOpen()
    await writer.write({
      bytes: 0,
      run: () =>
        database.run(
          'update builds set dropped = 1 where name = ? and version = ? and dropped = 0',
          storableText(view.name),
          view.version,
        ),
    })
    const dropped = await database.reading(() => database.all('select id from builds where dropped = 1'))
    for (const { id } of dropped) await sweep(id as number)
  }

  return {
    checkpoint: async (view) => {
      assertOpen()
      return database.reading(() => findBuild(view)?.checkpoint)
    },
    get: async (view, keys) => {
      assertOpen()
      const read = (): readonly (string | undefined)[] | Build => {
        const build = findBuild(view)
        if (!build) return keys.map(() => undefined)
        if (build.run !== undefined) return build
        return keys.map(
          (key) =>
            database.get('select document from documents where build = ? and key = ?', build.id, storableText(key))?.[
              'document'
            ] as string | undefined,
        )
      }
      let texts = await database.reading(read)
      for (; 'id' in texts; texts = await database.reading(read)) await settle(runsOf([texts]))
      return texts.map((text) => (text === undefined ? undefined : JSON.parse(text)))
    },
    query: async (view, query) => {
      assertOpen()
      const { first, beyond } = placeRange(query)
      const rows = await database.reading(() => {
        const build = findBuild(view)
        const index = build && indexId(build.id, query.index)
        if (!build || index === undefined) return []
        const sql = query.backwards === true ? QUERY_BACKWARDS : QUERY_FORWARDS
        return database.all(sql, index, first.entry, first.key, beyond.entry, beyond.key, query.limit)
      })
      return rows.map((row): IndexHit => {
        const entry = row['entry'] as string
        const key = row['key'] as string
        return {
          key: originalText(key),
          document: JSON.parse(row['document'] as string),
          cursor: encodePlace({ entry, key }),
          entry: decodeEntry(entry),
        }
      })
    },
    commit,
    builds: async () => {
      assertOpen()
      const rows = await database.reading(() => database.all('select * from builds where dropped = 0 order by id'))
      return rows.map((row): BuildState => {
        const { checkpoint, indexed } = toBuild(row)
        const view = { name: originalText(row['name'] as string), version: row['version'] as number }
        return { view, checkpoint, ...(indexed === undefined ? {} : { unindexed: true }) }
      })
    },
    index: async (views, { signal } = {}) => {
      assertOpen()
      await index(views, signal)
    },
    drop,
    close: () => (closed ??= writer.drain()),
  }
}
