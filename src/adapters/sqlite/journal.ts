import type { Database } from './database.ts'
import type { Writer } from './writer.ts'

/** Milliseconds of writing per transaction, its commit not counted. */
const LONGEST_SLICE = 9
const FEWEST_ROWS = 16
const MOST_ROWS = 2_048

const WRITE = 'insert into journal (run, build, key, entries, document) values (?, ?, ?, ?, ?)'
const MOVE = `
  insert into documents (build, key, entries, document)
  select build, key, entries, document from journal where run = ?1 and id <= ?2 and document is not null order by id
  on conflict (build, key) do update set entries = excluded.entries, document = excluded.document`
const DELETED = 'select build, key from journal where run = ?1 and id <= ?2 and document is null'

/** A document as it will be; both texts are null where there will be none. */
export interface JournalRow {
  readonly build: number
  readonly key: string
  readonly entries: string | null
  readonly document: string | null
}

/**
 * Lets a commit be larger than a transaction may be. Its documents are first written one after the other into the journal,
 * where nobody sees them; they count from the transaction on that gives their builds the number of the run; then they are
 * moved to their places. Whoever finds a build with a run moves what is left of it first, also after a crash.
 */
export interface Journal {
  write(run: number, rows: readonly JournalRow[]): Promise<void>
  /** Moves the documents of a run that counts. */
  settle(run: number): Promise<void>
  /** Forgets what was written for a run, or a build, and does not count. */
  forget(of: 'run' | 'build', number: number): Promise<void>
}

export const createJournal = ({
  database,
  writer,
}: {
  readonly database: Database
  readonly writer: Writer
}): Journal => {
  const inTransaction = <T>(run: () => T): Promise<T> => writer.write({ bytes: 0, run })

  const writeSome = (run: number, rows: readonly JournalRow[], from: number): number => {
    const end = performance.now() + LONGEST_SLICE
    let at = from
    for (; at < rows.length; at += 1) {
      if (at % 16 === 15 && performance.now() > end) break
      const { build, key, entries, document } = rows[at] as JournalRow
      database.run(WRITE, run, build, key, entries, document)
    }
    return at
  }

  /** True when nothing is left. */
  const moveSome = (run: number, most: number): boolean => {
    const rows = database.all('select id from journal where run = ? order by id limit ?', run, most)
    const last = rows.at(-1)?.['id'] as number | undefined
    if (last !== undefined) {
      database.run(MOVE, run, last)
      for (const { build, key } of database.all(DELETED, run, last))
        database.run('delete from documents where build = ? and key = ?', build as number, key as string)
      database.run('delete from journal where run = ? and id <= ?', run, last)
    }
    if (rows.length === most) return false
    database.run('update builds set run = null where run = ?', run)
    return true
  }

  return {
    write: async (run, rows) => {
      for (let at = 0; at < rows.length;) at = await inTransaction(() => writeSome(run, rows, at))
    },
    settle: async (run) => {
      let most = 128
      for (let isDone = false; !isDone;) {
        isDone = await inTransaction(() => {
          const began = performance.now()
          const isLast = moveSome(run, most)
          const took = performance.now() - began
          if (took > LONGEST_SLICE) most = Math.max(FEWEST_ROWS, Math.floor(most * 0.6))
          else if (took < LONGEST_SLICE / 2) most = Math.min(MOST_ROWS, most * 2)
          return isLast
        })
      }
    },
    forget: async (of, number) => {
      const some = `delete from journal where id in (select id from journal where ${of} = ? limit 500)`
      while ((await inTransaction(() => database.run(some, number).changes)) > 0);
    },
  }
}
