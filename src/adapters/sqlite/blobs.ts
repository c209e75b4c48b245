import type { Blobs } from '../../application/ports/blobs.ts'
import { originalText, storableText } from '../index-key.ts'
import type { Database } from './database.ts'
import type { Writer } from './writer.ts'

const PUT = `
  insert into blobs (id, media_type, bytes) values (?, ?, ?)
  on conflict (id) do update set media_type = excluded.media_type, bytes = excluded.bytes`

const DEFAULT_LIMIT = 1_000
const FIRST_IDS = 'select id from blobs order by id limit ?'
const NEXT_IDS = 'select id from blobs where id > ? order by id limit ?'

export const sqliteBlobs = (parts: { readonly database: Database; readonly writer: Writer }): Blobs => {
  const { database, writer } = parts
  return {
    put: async (blobId, mediaType, bytes) => {
      const kept = new Uint8Array(bytes)
      const run = (): unknown => database.run(PUT, storableText(blobId), mediaType, kept)
      await writer.write({ bytes: kept.length, run })
    },
    get: async (blobId) => {
      const sql = 'select media_type, bytes from blobs where id = ?'
      const row = await database.reading(() => database.get(sql, storableText(blobId)))
      return row && { mediaType: row['media_type'] as string, bytes: row['bytes'] as Uint8Array }
    },
    remove: async (blobId) => {
      const sql = 'delete from blobs where id = ?'
      await writer.write({ bytes: 0, run: () => database.run(sql, storableText(blobId)) })
    },
    ids: async ({ after, limit = DEFAULT_LIMIT } = {}) => {
      const rows = await database.reading(() =>
        after === undefined ? database.all(FIRST_IDS, limit) : database.all(NEXT_IDS, storableText(after), limit),
      )
      return rows.map((row) => originalText(row['id'] as string))
    },
  }
}
