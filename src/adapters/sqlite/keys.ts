import { randomBytes } from 'node:crypto'
import type { Keys } from '../../application/ports/keys.ts'
import { isSameSecret } from '../same-secret.ts'
import type { Database } from './database.ts'
import type { Writer } from './writer.ts'

const DIGEST_KEY_BYTES = 32
const DIGEST = 'digest'

/** In the file of secrets. */
export const sqliteKeys = (parts: { readonly database: Database; readonly writer: Writer }): Keys => {
  const { database, writer } = parts
  const find = (name: string): Uint8Array | undefined =>
    database.get('select value from keys where name = ?', name)?.['value'] as Uint8Array | undefined
  /** Another process may have been first: the one that is kept counts. */
  const keep = (name: string, value: Uint8Array): Promise<Uint8Array> =>
    writer.write({
      bytes: value.length,
      run: () => {
        database.run('insert or ignore into keys (name, value) values (?, ?)', name, value)
        return find(name) as Uint8Array
      },
    })
  const findDigestKey: Keys['findDigestKey'] = () => database.reading(() => find(DIGEST))
  return {
    digestKey: async () => (await findDigestKey()) ?? keep(DIGEST, randomBytes(DIGEST_KEY_BYTES)),
    findDigestKey,
    adoptDigestKey: async (key) => isSameSecret(await keep(DIGEST, new Uint8Array(key)), key),
  }
}
