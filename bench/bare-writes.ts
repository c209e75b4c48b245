import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** Rows of one transaction. */
const WRITTEN_AT_ONCE = 20_000

type Row = readonly SQLInputValue[]
type Entry = readonly [index: number, entry: string, document: number]

const inOrder = (one: Entry, other: Entry): number =>
  one[0] - other[0] || (one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : one[2] - other[2])

/**
 * Bare tables of documents and entries, as the views' file of a desk has them, with the engine's own settings but for what makes
 * a commit as durable.
 */
export class BareViews {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #origin: DatabaseSync

  /** @param origin file of views that are built */
  constructor(path: string, origin: string) {
    this.#origin = new DatabaseSync(origin, { readOnly: true })
    this.#database = new DatabaseSync(path)
    this.#database.exec('pragma journal_mode = wal; pragma synchronous = normal')
    const tables = this.#origin.prepare("select sql from sqlite_schema where name in ('documents', 'entries')").all()
    for (const { sql } of tables) this.#database.exec(sql as string)
    this.#begin = this.#database.prepare('begin immediate')
    this.#commit = this.#database.prepare('commit')
  }

  /**
   * Writes every document once, then sorts all entries in memory, as is cheapest, and writes them; the milliseconds that it took.
   * What it is given stands in the order of the documents.
   */
  copy(): number {
    let took = 0
    const read = this.#origin.prepare('select id, build, key, entries, document from documents order by id')
    const insert = 'insert into documents (id, build, key, entries, document) values (?, ?, ?, ?, ?)'
    for (let rows: Row[] = [], all = read.iterate(), end = false; !end; rows = []) {
      while (rows.length < WRITTEN_AT_ONCE && !end) {
        const { value, done } = all.next()
        if (done === true) end = true
        else rows.push(Object.values(value as Record<string, SQLInputValue>))
      }
      took += this.#timed(() => this.#write(insert, rows))
    }
    const entries = this.#origin
      .prepare('select "index", entry, document from entries order by document')
      .all()
      .map((row) => Object.values(row) as unknown as Entry)
    took += this.#timed(() => {
      entries.sort(inOrder)
      for (let from = 0; from < entries.length; from += WRITTEN_AT_ONCE)
        this.#write(
          'insert into entries ("index", entry, document) values (?, ?, ?)',
          entries.slice(from, from + WRITTEN_AT_ONCE),
        )
    })
    return took
  }

  #timed(work: () => void): number {
    const began = performance.now()
    work()
    return performance.now() - began
  }

  #write(insert: string, rows: readonly Row[]): void {
    const into = this.#database.prepare(insert)
    this.#begin.run()
    for (const row of rows) into.run(...row)
    this.#commit.run()
  }

  close(): void {
    this.#origin.close()
    this.#database.close()
  }
}
