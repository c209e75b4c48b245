import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  type Connections,
  type Database,
  openConnections,
  openDatabase,
} from '../../../src/adapters/postgres/database.ts'
import { migrate } from '../../../src/adapters/postgres/schema/migrate.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { aside, discardPlace, postgresUrl } from './places.ts'

const PLACE = 'slow_migration'
const DEADLINE = 500

let connections: Connections
const open = (seconds: number): Database => {
  const migration = (schema: string): string => `create table "${schema}".made (n integer); select pg_sleep(${seconds})`
  return openDatabase(connections, `"${PLACE}"`, () => migrate(connections, PLACE, [migration]), DEADLINE)
}

beforeEach(async () => {
  await discardPlace(PLACE)
  const options = { most: 4, deadline: DEADLINE, prepare: false }
  connections = openConnections({ connectionString: await postgresUrl() }, options)
})
afterEach(async () => {
  await connections.close()
  await discardPlace(PLACE)
})

it('takes longer than a call may wait, and ends', async () => {
  const database = open(DEADLINE / 250)
  const calls = (): Promise<readonly Error[]> =>
    Promise.all([database.read('select 1', []), database.write('select 1', []), database.ready()].map(rejectionOf))
  for (const error of await calls())
    expect(error).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-applied', code: 'no-answer' })
  const isReady = async (): Promise<boolean> =>
    database.ready().then(
      () => true,
      () => false,
    )
  await vi.waitUntil(isReady, { timeout: 60_000 })
  expect(await aside(`select count(*)::integer as many from "${PLACE}".migrations`)).toEqual([{ many: 1 }])
  expect(await database.read(`select n from "${PLACE}".made`, [])).toEqual([])
})

it('is given up when the store is closed, and undone', async () => {
  const database = open(30)
  expect(await rejectionOf(database.ready())).toMatchObject({ outcome: 'not-applied' })
  await connections.close()
  const sleeping = `select pid from pg_stat_activity where state = 'active' and query like '%"${PLACE}".made%pg_sleep(30)'`
  while ((await aside(sleeping)).length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await aside(`select from pg_namespace where nspname = '${PLACE}'`)).toEqual([])
})
