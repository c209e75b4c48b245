import { DatabaseSync } from 'node:sqlite'
import { viewsFileOf } from './files.ts'

/** From now on SQLite refuses this document of a place, and entries that hold the word; until the returned function is called. */
export const refuseInFile = async (
  place: string,
  { key, entry }: { readonly key: string; readonly entry: string },
): Promise<() => Promise<void>> => {
  const triggers = [
    ['no_insert', `insert on documents when new.key = '${key}'`],
    ['no_update', `update on documents when new.key = '${key}'`],
    ['no_entry', `insert on entries when instr(new.entry, '${entry}') > 0`],
  ]
  const run = (sql: readonly string[]): void => {
    const other = new DatabaseSync(viewsFileOf(place))
    other.exec(`pragma busy_timeout = 5000; ${sql.join('; ')}`)
    other.close()
  }
  run(triggers.map(([name, on]) => `create trigger ${name} before ${on} begin select raise(abort, 'refused'); end`))
  return async () => run(triggers.map(([name]) => `drop trigger ${name}`))
}
