import type { Snapshots } from '../../application/ports/snapshots.ts'
import { originalText, storableText } from '../index-key.ts'
import type { Database } from './database.ts'

export const postgresSnapshots = ({ database }: { readonly database: Database }): Snapshots => {
  const table = `${database.schema}.snapshots`
  const SAVE = `
    insert into ${table} as kept (stream, revision, position, fold, state) values ($1, $2, $3, $4, $5)
    on conflict (stream) do update set
      revision = excluded.revision, position = excluded.position, fold = excluded.fold, state = excluded.state
    where excluded.revision >= kept.revision`
  return {
    load: async (stream) => {
      const [row] = await database.read(`select revision, position, fold, state from ${table} where stream = $1`, [
        storableText(stream),
      ])
      return (
        row && {
          revision: Number(row['revision']),
          position: row['position'] as string,
          fold: originalText(row['fold'] as string),
          state: row['state'] as string,
        }
      )
    },
    save: async (stream, { revision, position, fold, state }) => {
      await database.write(SAVE, [storableText(stream), revision, position, storableText(fold), state])
    },
  }
}
