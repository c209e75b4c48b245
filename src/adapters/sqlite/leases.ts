import type { LeaseNote, Leases } from '../../application/ports/leases.ts'
import { storableText } from '../index-key.ts'
import { type Database, parsedIn } from './database.ts'
import type { Writer } from './writer.ts'

export const sqliteLeases = (parts: { readonly database: Database; readonly writer: Writer }): Leases => {
  const { database, writer } = parts
  return {
    read: async (name) => {
      const row = await database.reading(() =>
        database.get('select revision, value from leases where name = ?', storableText(name)),
      )
      return (
        row && {
          revision: row['revision'] as number,
          value: parsedIn(database, row['value']) as LeaseNote['value'],
        }
      )
    },
    write: async (name, from, value) => {
      const text = JSON.stringify(value)
      return writer.write({
        bytes: text.length,
        run: () => {
          const { changes } =
            from === undefined
              ? database.run(
                  'insert or ignore into leases (name, revision, value) values (?, 0, ?)',
                  storableText(name),
                  text,
                )
              : database.run(
                  'update leases set revision = revision + 1, value = ? where name = ? and revision = ?',
                  text,
                  storableText(name),
                  from,
                )
          return changes > 0
        },
      })
    },
  }
}
