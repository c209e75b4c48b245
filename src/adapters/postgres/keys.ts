import { randomBytes } from 'node:crypto'
import type { Keys } from '../../application/ports/keys.ts'
import { isSameSecret } from '../same-secret.ts'
import type { Database } from './database.ts'

const DIGEST_KEY_BYTES = 32
const DIGEST = 'digest'

/** In the schema of secrets. */
export const postgresKeys = ({ database }: { readonly database: Database }): Keys => {
  const table = `${database.schema}.keys`
  const find = async (name: string): Promise<Uint8Array | undefined> => {
    const [row] = await database.read(`select value from ${table} where name = $1`, [name])
    return row && new Uint8Array(row['value'] as Uint8Array)
  }
  /** Another process may have been first: the one that is kept counts. */
  const keep = async (name: string, value: Uint8Array): Promise<Uint8Array> => {
    await database.write(`insert into ${table} (name, value) values ($1, $2) on conflict do nothing`, [name, value])
    return (await find(name)) as Uint8Array
  }
  return {
    digestKey: async () => (await find(DIGEST)) ?? keep(DIGEST, randomBytes(DIGEST_KEY_BYTES)),
    findDigestKey: () => find(DIGEST),
    adoptDigestKey: async (key) => isSameSecret(await keep(DIGEST, new Uint8Array(key)), key),
  }
}
