import type { Snapshots } from '../../application/ports/snapshots.ts'
import { storableText } from '../index-key.ts'
import type { Database } from './database.ts'
import type { Writer } from './writer.ts'

const SAVE = `
  insert into snapshots (stream, revision, position, fold, state) values (?, ?, ?, ?, ?)
  on conflict (stream) do update set
    revision = excluded.revision, position = excluded.position, fold = excluded.fold, state = excluded.state
  where excluded.revision >= revision`

export const sqliteSnapshots = (parts: { readonly database: Database; readonly writer: Writer }): Snapshots => {
  const { database, writer } = parts
  return {
    load: async (stream) => {
      const row = await database.reading(() =>
        database.get('select revision, position, fold, state from snapshots where stream = ?', storableText(stream)),
      )
      return (
        row && {
          revision: row['revision'] as number,
          position: row['position'] as string,
          fold: row['fold'] as string,
          state: row['state'] as string,
        }
      )
    },
    save: async (stream, { revision, position, fold, state }) => {
      await writer.write({
        bytes: state.length,
        run: () => database.run(SAVE, storableText(stream), revision, position, fold, state),
      })
    },
  }
}
