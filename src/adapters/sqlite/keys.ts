import { randomBytes } from 'node:crypto'
import type { Keys } from '../../application/ports/keys.ts'
import type { Database } from './database.ts'
import type { Writer } from './writer.ts'

const DIGEST_KEY_BYTES = 32

/** In the file of secrets. */
export const sqliteKeys = (parts: { readonly database: Database; readonly writer: Writer }): Keys => {
  const { database, writer } = parts
  const find = (name: string): Uint8Array | undefined =>
    database.get('select value from keys where name = ?', name)?.['value'] as Uint8Array | undefined
  return {
    digestKey: async () => {
      const name = 'digest'
      const known = await database.reading(() => find(name))
      if (known) return known
      return writer.write({
        bytes: DIGEST_KEY_BYTES,
        run: () => {
          // Another process may have been first: the one that is kept counts.
          database.run('insert or ignore into keys (name, value) values (?, ?)', name, randomBytes(DIGEST_KEY_BYTES))
          return find(name) as Uint8Array
        },
      })
    },
  }
}
