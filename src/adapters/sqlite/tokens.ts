import type { Tokens } from '../../application/ports/tokens.ts'
import { storableText } from '../index-key.ts'
import type { Database } from './database.ts'
import type { Writer } from './writer.ts'

const PUT = `
  insert into tokens (channel_id, token) values (?, ?)
  on conflict (channel_id) do update set token = excluded.token`

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
  }
}
