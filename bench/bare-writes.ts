import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { DocumentPut, ViewChanges } from 'madoguchi'

type Part = string | number | null

/** One row to write: texts that are ready to be bound. */
type Write =
  | {
      readonly kind: 'put'
      readonly view: number
      readonly key: string
      readonly document: string
      readonly entries: string
    }
  | { readonly kind: 'delete'; readonly view: number; readonly key: string }
  | { readonly kind: 'enter' | 'leave'; readonly index: number; readonly entry: string; readonly key: string }

/** What one commit of the views wrote, worked out beforehand. */
export type Transaction = readonly Write[]

/** As long as an encoded entry of the engine. */
const entryText = (parts: readonly Part[]): string =>
  parts
    .map((part) =>
      part === null ? '0' : typeof part === 'number' ? `1${String(part).padStart(12, '0')}` : `2${part}\u0001`,
    )
    .join('')

/** Turns commits of views into bare rows: the entries that are new, and those that are gone, are known then. */
export class Rows {
  readonly #numbers = new Map<string, number>()
  readonly #entries = new Map<string, ReadonlySet<string>>()

  of(changes: readonly ViewChanges[]): Transaction {
    const writes: Write[] = []
    for (const { view, puts, deletes } of changes) {
      const number = this.#number(view.name)
      for (const put of puts) this.#put(writes, number, view.name, put)
      for (const key of deletes) {
        this.#enter(writes, `${number} ${key}`, key, new Set())
        writes.push({ kind: 'delete', view: number, key })
      }
    }
    return writes
  }

  #put(writes: Write[], view: number, name: string, { key, document, entries }: DocumentPut): void {
    const lines = new Set(
      Object.entries(entries).flatMap(([index, tuples]) => {
        const number = this.#number(`${name} ${index}`)
        return tuples.map((parts) => `${number} ${entryText(parts)}`)
      }),
    )
    writes.push({ kind: 'put', view, key, document: JSON.stringify(document), entries: [...lines].join('\n') })
    this.#enter(writes, `${view} ${key}`, key, lines)
  }

  #enter(writes: Write[], document: string, key: string, lines: ReadonlySet<string>): void {
    const before = this.#entries.get(document)
    this.#entries.set(document, lines)
    const write = (kind: 'enter' | 'leave', line: string): void => {
      const at = line.indexOf(' ')
      writes.push({ kind, index: Number(line.slice(0, at)), entry: line.slice(at + 1), key })
    }
    for (const line of lines) if (before?.has(line) !== true) write('enter', line)
    for (const line of before ?? []) if (!lines.has(line)) write('leave', line)
  }

  #number(name: string): number {
    const known = this.#numbers.get(name) ?? this.#numbers.size + 1
    this.#numbers.set(name, known)
    return known
  }
}

/** A bare file with the engine's own tables for documents and entries. */
export class BareViews {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  readonly #enter: StatementSync
  readonly #leave: StatementSync

  constructor(path: string, schemaOf: string) {
    const database = new DatabaseSync(path)
    database.exec('pragma journal_mode = wal; pragma synchronous = full')
    const origin = new DatabaseSync(schemaOf, { readOnly: true })
    const tables = origin.prepare("select sql from sqlite_schema where name in ('documents', 'entries')").all()
    for (const { sql } of tables) database.exec(sql as string)
    origin.close()
    this.#database = database
    this.#begin = database.prepare('begin immediate')
    this.#commit = database.prepare('commit')
    this.#put = database.prepare(
      `insert into documents (build, key, document, entries) values (?, ?, ?, ?)
       on conflict (build, key) do update set document = excluded.document, entries = excluded.entries`,
    )
    this.#delete = database.prepare('delete from documents where build = ? and key = ?')
    this.#enter = database.prepare('insert into entries ("index", entry, key) values (?, ?, ?)')
    this.#leave = database.prepare('delete from entries where "index" = ? and entry = ? and key = ?')
  }

  /** One durable transaction. */
  write(transaction: Transaction): void {
    this.#begin.run()
    for (const write of transaction) {
      switch (write.kind) {
        case 'put':
          this.#put.run(write.view, write.key, write.document, write.entries)
          break
        case 'delete':
          this.#delete.run(write.view, write.key)
          break
        case 'enter':
          this.#enter.run(write.index, write.entry, write.key)
          break
        case 'leave':
          this.#leave.run(write.index, write.entry, write.key)
          break
      }
    }
    this.#commit.run()
  }

  close(): void {
    this.#database.close()
  }
}
