import type { Tokens } from '../../application/ports/tokens.ts'
import { originalText, storableText } from '../index-key.ts'
import type { Database } from './database.ts'

const DEFAULT_LIMIT = 1_000

/** In the schema of secrets. */
export const postgresTokens = ({ database }: { readonly database: Database }): Tokens => {
  const table = `${database.schema}.tokens`
  const PUT = `
    insert into ${table} (channel_id, token) values ($1, $2)
    on conflict (channel_id) do update set token = excluded.token`
  return {
    get: async (channelId) => {
      const [row] = await database.read(`select token from ${table} where channel_id = $1`, [storableText(channelId)])
      return row && originalText(row['token'] as string)
    },
    put: async (channelId, token) => {
      await database.write(PUT, [storableText(channelId), storableText(token)])
    },
    remove: async (channelId) => {
      await database.write(`delete from ${table} where channel_id = $1`, [storableText(channelId)])
    },
    ids: async ({ after, limit = DEFAULT_LIMIT } = {}) => {
      const rows = await (after === undefined
        ? database.read(`select channel_id from ${table} order by channel_id limit $1`, [limit])
        : database.read(`select channel_id from ${table} where channel_id > $2 order by channel_id limit $1`, [
            limit,
            storableText(after),
          ]))
      return rows.map((row) => originalText(row['channel_id'] as string))
    },
  }
}
