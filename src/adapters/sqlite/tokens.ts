import type { Tokens } from '../../application/ports/tokens.ts'
import { originalText, storableText } from '../index-key.ts'
import type { Database } from './database.ts'
import type { Writer } from './writer.ts'

const PUT = `
  insert into tokens (channel_id, token) values (?, ?)
  on conflict (channel_id) do update set token = excluded.token`

const DEFAULT_LIMIT = 1_000
const FIRST_IDS = 'select channel_id from tokens order by channel_id limit ?'
const NEXT_IDS = 'select channel_id from tokens where channel_id > ? order by channel_id limit ?'

/** In the file of secrets. */
export const sqliteTokens = (parts: { readonly database: Database; readonly writer: Writer }): Tokens => {
  const { database, writer } = parts
  return {
    get: async (channelId) => {
      const row = await database.reading(() =>
        database.get('select token from tokens where channel_id = ?', storableText(channelId)),
      )
      return row?.['token'] as string | undefined
    },
    put: async (channelId, token) => {
      await writer.write({ bytes: token.length, run: () => database.run(PUT, storableText(channelId), token) })
    },
    remove: async (channelId) => {
      const sql = 'delete from tokens where channel_id = ?'
      await writer.write({ bytes: 0, run: () => database.run(sql, storableText(channelId)) })
    },
    ids: async ({ after, limit = DEFAULT_LIMIT } = {}) => {
      const rows = await database.reading(() =>
        after === undefined ? database.all(FIRST_IDS, limit) : database.all(NEXT_IDS, storableText(after), limit),
      )
      return rows.map((row) => originalText(row['channel_id'] as string))
    },
  }
}
