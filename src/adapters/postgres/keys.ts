import { randomBytes } from 'node:crypto'
import type { Keys } from '../../application/ports/keys.ts'
import type { Database } from './database.ts'

const DIGEST_KEY_BYTES = 32

/** In the schema of secrets. */
export const postgresKeys = ({ database }: { readonly database: Database }): Keys => {
  const table = `${database.schema}.keys`
  const find = async (name: string): Promise<Uint8Array | undefined> => {
    const [row] = await database.read(`select value from ${table} where name = $1`, [name])
    return row && new Uint8Array(row['value'] as Uint8Array)
  }
  return {
    digestKey: async () => {
      const name = 'digest'
      const known = await find(name)
      if (known) return known
      // Another process may have been first: the one that is kept counts.
      await database.write(`insert into ${table} (name, value) values ($1, $2) on conflict do nothing`, [
        name,
        randomBytes(DIGEST_KEY_BYTES),
      ])
      return (await find(name)) as Uint8Array
    },
  }
}
