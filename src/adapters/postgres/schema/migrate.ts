import { StoreUnfit } from '../../../application/ports/store-errors.ts'
import type { Connections, Session } from '../database.ts'
import { lock } from './lock.ts'
import { quotedName } from './name.ts'

const OLDEST_SERVER = 130_000

/** Milliseconds that migrations may take: one that goes through a long log does not end within the deadline of a call. */
const LONGEST = 600_000

/** How many migrations a schema has seen. Asks the catalogue's tables: names that were looked up in vain are remembered. */
const versionOf = async (session: Session, schema: string): Promise<number> => {
  const [found] = await session.query(
    `select exists (select from pg_tables where schemaname = $1 and tablename = 'migrations') as found`,
    [schema],
  )
  if (found?.['found'] !== true) return 0
  const [row] = await session.query(`select coalesce(max(number), 0) as version from ${quotedName(schema)}.migrations`)
  return Number(row?.['version'])
}

const assertFit = async (session: Session): Promise<void> => {
  const [row] = await session.query(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
       current_setting('default_transaction_isolation') as isolation`,
  )
  if (Number(row?.['version']) < OLDEST_SERVER) throw new StoreUnfit('PostgreSQL 13 or newer is needed')
  if (row?.['encoding'] !== 'UTF8')
    throw new StoreUnfit(`the database is encoded in ${String(row?.['encoding'])}; one in UTF8 is needed`)
  // Whoever has waited for the lock must see what was committed meanwhile.
  if (row?.['isolation'] !== 'read committed')
    throw new StoreUnfit(
      `default_transaction_isolation is ${String(row?.['isolation'])}; the desk's role needs read committed`,
    )
}

/**
 * Brings a schema up to date, in one transaction: of several processes that start at once one does it, the others wait.
 * A schema that is up to date is left alone, so that everyday use needs no right to create anything.
 * @throws StoreUnfit
 */
export const migrate = async (
  connections: Connections,
  schema: string,
  migrations: readonly ((schema: string) => string)[],
): Promise<void> => {
  const s = quotedName(schema)
  const isUpToDate = (version: number): boolean => {
    if (version <= migrations.length) return version === migrations.length
    throw new StoreUnfit(
      `the database schema ${schema} has version ${version}; this release knows ${migrations.length} and needs an update`,
    )
  }
  const seen = await connections.transaction(async (session) => {
    await assertFit(session)
    return versionOf(session, schema)
  })
  if (isUpToDate(seen)) return
  const bringUpToDate = async (session: Session): Promise<void> => {
    await session.query(`select ${lock('schema', schema)}`)
    const version = await versionOf(session, schema)
    if (isUpToDate(version)) return
    const [there] = await session.query('select exists (select from pg_namespace where nspname = $1) as there', [
      schema,
    ])
    if (there?.['there'] !== true) await session.query(`create schema ${s}`)
    if (version === 0)
      await session.query(
        `create table ${s}.migrations (number integer primary key, applied_at timestamptz not null default now())`,
      )
    for (const [at, migration] of migrations.entries()) {
      if (at < version) continue
      await session.query(migration(schema))
      await session.query(`insert into ${s}.migrations (number) values ($1)`, [at + 1])
    }
  }
  await connections.transaction(bringUpToDate, LONGEST)
}
