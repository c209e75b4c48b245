import type { Blobs } from '../../application/ports/blobs.ts'
import { originalText, storableText } from '../index-key.ts'
import type { Database } from './database.ts'

const DEFAULT_LIMIT = 1_000

export const postgresBlobs = ({ database }: { readonly database: Database }): Blobs => {
  const table = `${database.schema}.blobs`
  const PUT = `
    insert into ${table} (id, media_type, bytes) values ($1, $2, $3)
    on conflict (id) do update set media_type = excluded.media_type, bytes = excluded.bytes`
  return {
    put: async (blobId, mediaType, bytes) => {
      await database.write(PUT, [storableText(blobId), storableText(mediaType), new Uint8Array(bytes)])
    },
    get: async (blobId) => {
      const [row] = await database.read(`select media_type, bytes from ${table} where id = $1`, [storableText(blobId)])
      return (
        row && {
          mediaType: originalText(row['media_type'] as string),
          bytes: new Uint8Array(row['bytes'] as Uint8Array),
        }
      )
    },
    remove: async (blobId) => {
      await database.write(`delete from ${table} where id = $1`, [storableText(blobId)])
    },
    ids: async ({ after, limit = DEFAULT_LIMIT } = {}) => {
      const rows = await (after === undefined
        ? database.read(`select id from ${table} order by id limit $1`, [limit])
        : database.read(`select id from ${table} where id > $2 order by id limit $1`, [limit, storableText(after)]))
      return rows.map((row) => originalText(row['id'] as string))
    },
  }
}
