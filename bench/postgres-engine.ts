import { postgres } from 'madoguchi/postgres'
import { Client } from 'pg'
import type { BareLog, Row, WrittenRows } from './bare-log.ts'
import type { Engine } from './engines.ts'
import { newSchema, postgresUrl } from './postgres-server.ts'

const COLUMNS = {
  position: 'bigint',
  stream: 'bigint',
  revision: 'integer',
  id: 'text',
  type: 'text',
  version: 'bigint',
  data: 'text',
  personal: 'text',
  meta: 'text',
  recorded_at: 'bigint',
} as const
const NAMES = Object.keys(COLUMNS)

/** One statement for a group, one array for a column. */
const insertSql = (s: string): { readonly events: string; readonly both: string } => {
  const unnest = (first: number): string =>
    Object.values(COLUMNS)
      .map((type, at) => `$${first + at}::${type}[]`)
      .join(', ')
  const events = (first: number): string =>
    `insert into ${s}.events (${NAMES.join(', ')}) select * from unnest(${unnest(first)})`
  return {
    events: events(1),
    both: `with opened as (insert into ${s}.streams (id, name) select * from unnest($1::bigint[], $2::text[])) ${events(3)}`,
  }
}

const columnsOf = (rows: readonly Row[], names: readonly string[]): unknown[] =>
  names.map((name) => rows.map((row) => row[name]))

const bareSchema = async (url: string, origin: string): Promise<BareLog & { readonly schema: string }> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  const schema = `${origin}_bare`
  await client.query(`
    create schema ${schema};
    create table ${schema}.streams (like ${origin}.streams including all);
    create table ${schema}.events (like ${origin}.events including all)`)
  const sql = insertSql(schema)
  return {
    schema,
    insert: async ({ streams, events }) => {
      const values = columnsOf(events, NAMES)
      if (streams.length === 0) await client.query(sql.events, values)
      else await client.query(sql.both, [...columnsOf(streams, ['id', 'name']), ...values])
    },
    close: () => client.end(),
  }
}

/** Schemas of one database. */
export const postgresEngine: Engine = async () => {
  const url = await postgresUrl()
  const schema = newSchema()
  const store = postgres({ connectionString: url, schema })
  // So that the tables are there.
  await store.events.head('nothing')
  const reader = new Client({ connectionString: url })
  await reader.connect()
  let stream: unknown = 0
  let position: unknown = 0
  return {
    store,
    written: async (): Promise<WrittenRows> => {
      const { rows: streams } = await reader.query<Row>(`select * from ${schema}.streams where id > $1 order by id`, [
        stream,
      ])
      const { rows: events } = await reader.query<Row>(
        `select * from ${schema}.events where position > $1 order by position`,
        [position],
      )
      stream = streams.at(-1)?.['id'] ?? stream
      position = events.at(-1)?.['position'] ?? position
      return { streams, events }
    },
    bare: () => bareSchema(url, schema),
    close: async () => {
      await store.close()
      await reader.end()
    },
  }
}
