import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** Milliseconds of writing per transaction: as long as the desk's. */
const LONGEST_TRANSACTION = 9
/** Rows read at a time, which does not count. */
const READ_AT_ONCE = 20_000

type Row = readonly SQLInputValue[]

/**
 * Bare tables of documents and entries, as a file of the desk has them, with the engine's own settings but for what makes
 * a commit as durable.
 */
export class BareViews {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #origin: DatabaseSync

  /** @param origin file of a desk whose views are built */
  constructor(path: string, origin: string) {
    this.#origin = new DatabaseSync(origin, { readOnly: true })
    this.#database = new DatabaseSync(path)
    this.#database.exec('pragma journal_mode = wal; pragma synchronous = full')
    const tables = this.#origin.prepare("select sql from sqlite_schema where name in ('documents', 'entries')").all()
    for (const { sql } of tables) this.#database.exec(sql as string)
    this.#begin = this.#database.prepare('begin immediate')
    this.#commit = this.#database.prepare('commit')
  }

  /** Writes every document once and then every entry in the order of its index, durably; the milliseconds that it took. */
  copy(): number {
    return (
      this.#copy(
        'select id, build, key, entries, document from documents order by id',
        'insert into documents (id, build, key, entries, document) values (?, ?, ?, ?, ?)',
      ) +
      this.#copy(
        'select "index", entry, document from entries order by "index", entry, document',
        'insert into entries ("index", entry, document) values (?, ?, ?)',
      )
    )
  }

  #copy(select: string, insert: string): number {
    const into = this.#database.prepare(insert)
    let took = 0
    let rows: Row[] = []
    const write = (): void => {
      const began = performance.now()
      this.#write(into, rows)
      took += performance.now() - began
      rows = []
    }
    for (const row of this.#origin.prepare(select).iterate()) {
      rows.push(Object.values(row))
      if (rows.length === READ_AT_ONCE) write()
    }
    write()
    return took
  }

  #write(into: StatementSync, rows: readonly Row[]): void {
    let end = 0
    for (const row of rows) {
      const now = performance.now()
      if (now > end) {
        if (end > 0) this.#commit.run()
        this.#begin.run()
        end = now + LONGEST_TRANSACTION
      }
      into.run(...row)
    }
    if (end > 0) this.#commit.run()
  }

  close(): void {
    this.#origin.close()
    this.#database.close()
  }
}
