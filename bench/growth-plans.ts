import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { type GrowthPlace, viewsPathOf } from './growth-place.ts'

/** Tables that have a row per conversation at least. */
const LARGE = ['events', 'streams', 'documents', 'entries']

/** How an engine runs a statement of the desk, and whether it reads a large table from one end to the other. */
export interface Plan {
  readonly sql: string
  readonly plan: readonly string[]
  readonly isScan: boolean
}

const statements = new Map<string, readonly unknown[]>()
const note = (sql: unknown, values: unknown): void => {
  if (typeof sql === 'string' && /^\s*(select|with|insert|update|delete)\b/i.test(sql))
    statements.set(sql, Array.isArray(values) ? values : [])
}

/** From now on the statements that a desk of this process runs are noted: these are explained, not what somebody believes them to be. */
export const noteStatements = (): void => {
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, ...given: Parameters<typeof prepare>) {
    note(given[0], [])
    return prepare.apply(this, given)
  }
  const { query } = pg.Client.prototype
  const noting = function (this: pg.Client, ...given: readonly unknown[]): unknown {
    const [asked, values] = given
    if (typeof asked === 'object' && asked !== null && 'text' in asked)
      note(asked.text, 'values' in asked ? asked.values : undefined)
    else note(asked, values)
    return Reflect.apply(query, this, given)
  }
  pg.Client.prototype.query = noting as typeof query
}

const ofSqlite = (path: string): readonly Plan[] => [path, viewsPathOf(path)].flatMap((file) => ofFile(file))

const ofFile = (path: string): readonly Plan[] => {
  const database = new DatabaseSync(path, { readOnly: true })
  const plans = [...statements.keys()].flatMap((sql): Plan[] => {
    try {
      const rows = database.prepare(`explain query plan ${sql}`).all()
      const plan = rows.map(({ detail }) => String(detail))
      // A walk along the whole primary key that ends at its limit says so by naming it.
      const isScan = plan.some((line) => /^SCAN (?:events|streams|documents|entries|e|k|d|s)\b(?!.*USING)/.test(line))
      return [{ sql, plan, isScan }]
    } catch {
      // It is one of a file beside.
      return []
    }
  })
  database.close()
  return plans
}

const scans = (plan: readonly string[]): boolean =>
  plan.some((line) => LARGE.some((table) => new RegExp(`Seq Scan on ${table}\\b`).test(line)))

const ofPostgres = async (connectionString: string, schema: string): Promise<readonly Plan[]> => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const explained = async (): Promise<readonly Plan[]> => {
    const plans: Plan[] = []
    for (const [sql, values] of statements) {
      if (!sql.includes(`"${schema}".`) || /^\s*select [^(]*\b(append|commit_views)\(/.test(sql)) continue
      await client.query('savepoint here')
      try {
        const { rows } = await client.query(`explain (costs off) ${sql}`, [...values])
        const plan = rows.map((row: Readonly<Record<string, unknown>>) => String(row['QUERY PLAN']))
        plans.push({ sql, plan, isScan: scans(plan) })
      } finally {
        await client.query('rollback to here')
      }
    }
    return plans
  }
  await client.query('begin')
  const withStatistics = await explained()
  // As after a bulk load that was not analysed yet.
  const tables = LARGE.map((table) => `'"${schema}".${table}'::regclass`).join(', ')
  await client.query(`delete from pg_statistic where starelid in (${tables})`)
  await client.query(`update pg_class set reltuples = -1, relpages = 0 where oid in (${tables})`)
  const without = (await explained()).map((plan) => ({ ...plan, sql: `${plan.sql} /* without statistics */` }))
  await client.query('rollback')
  await client.end()
  return [...withStatistics, ...without]
}

/** How the noted statements are run at this size. */
export const plansOf = async (place: GrowthPlace): Promise<readonly Plan[]> =>
  place.engine === 'sqlite' ? ofSqlite(place.path) : ofPostgres(place.connectionString, place.schema)

/** Rows that sequential scans of large tables have read so far, whatever ran them: functions of the schema too. */
export const rowsScanned = async (place: GrowthPlace): Promise<number> => {
  if (place.engine === 'sqlite') return 0
  const client = new pg.Client({ connectionString: place.connectionString })
  await client.connect()
  const { rows } = await client.query(
    'select coalesce(sum(seq_tup_read), 0) as rows from pg_stat_user_tables where schemaname = $1 and relname = any($2)',
    [place.schema, LARGE],
  )
  await client.end()
  return Number(rows[0]['rows'])
}
