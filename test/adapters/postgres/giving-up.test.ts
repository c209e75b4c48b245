import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PostgresOptions } from '../../../src/adapters/postgres/index.ts'
import type { Store } from '../../../src/application/ports/store.ts'
import { sampleEvent } from '../../../src/testing/contracts/sample-events.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { openPooler } from './pooler.ts'
import { aside, connectAside, discardPlace, openPlace, postgresUrl } from './places.ts'

const DEADLINE = 500
const CONNECTIONS = 3

let places = 0
let place = ''
let stores: Store[] = []
let other: Client

const open = async (options: Partial<PostgresOptions> = {}): Promise<Store> => {
  const store = await openPlace(place, { deadline: DEADLINE, connections: CONNECTIONS, ...options })
  stores.push(store)
  return store
}

beforeEach(async () => {
  places += 1
  place = `giving_up_${Date.now().toString(36)}_${places}`
  stores = []
  other = await connectAside()
})
afterEach(async () => {
  await other.end()
  await Promise.all(stores.map((store) => store.close()))
  await discardPlace(place)
})

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** What the server does for anybody here, directly or by way of a pooler, and cannot go on with. */
const waiting = (): ReturnType<typeof aside> =>
  aside(`select pid, query from pg_stat_activity where wait_event_type = 'Lock' and strpos(query, $1) > 0`, [place])

/** Fails when backends still wait for a lock a while after everybody has given up. */
const expectNobodyWaits = async (): Promise<void> => {
  const end = performance.now() + 2_000
  while ((await waiting()).length > 0 && performance.now() < end) await pause(20)
  expect(await waiting()).toEqual([])
}

describe('a backend does not go on waiting for whom has given up', () => {
  it('where a table is locked', async () => {
    const { events, views } = await open({ deadline: 5_000 })
    await events.append('s', 'none', [sampleEvent(1)])
    const store = await open()
    await store.events.head('s')
    await other.query('begin')
    await other.query(`lock table "${place}".events, "${place}".builds in access exclusive mode`)
    const view = { name: 'v', version: 1 }
    const commit = { view, from: undefined, to: { position: '1', eventId: 'e' }, puts: [], deletes: [] }
    for (let round = 0; round < 4; round += 1) {
      const calls = [store.events.readAll(), store.events.read('s'), store.views.builds(), store.views.commit([commit])]
      for (const error of await Promise.all(calls.map(rejectionOf))) expect(error.name).toBe('StoreUnavailable')
    }
    await expectNobodyWaits()
    await other.query('commit')
    expect((await store.events.read('s')).length).toBe(1)
    await store.views.commit([commit])
    expect((await views.checkpoint(view))?.position).toBe('1')
  })

  it('where a pooler stands between', async () => {
    const { events } = await open({ deadline: 5_000 })
    await events.append('s', 'none', [sampleEvent(1)])
    const pooler = await openPooler(await postgresUrl(), 8)
    try {
      const store = await open({ connectionString: pooler.url, listen: false })
      await store.events.head('s')
      await other.query('begin')
      await other.query(`lock table "${place}".events in access exclusive mode`)
      // More than the pooler has connections: the later ones get one because the earlier ones let go of theirs.
      for (let round = 0; round < 6; round += 1) {
        const calls = [store.events.readAll(), store.events.read('s')]
        for (const error of await Promise.all(calls.map(rejectionOf))) expect(error.name).toBe('StoreUnavailable')
      }
      await expectNobodyWaits()
      await other.query('commit')
      expect((await store.events.read('s')).length).toBe(1)
      await store.close()
      expect(await pooler.leftovers()).toEqual([])
    } finally {
      await pooler.close()
    }
  })

  it('where another process brings the schema up to date and stands still', async () => {
    await other.query('begin')
    await other.query(`select pg_advisory_xact_lock(hashtextextended('madoguchi schema ${place}', 0))`)
    const some = await Promise.all(Array.from({ length: 3 }, () => open()))
    for (let round = 0; round < 3; round += 1)
      for (const error of await Promise.all(some.map(({ events }) => rejectionOf(events.read('s')))))
        expect(error).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-applied' })
    await expectNobodyWaits()
    await other.query('commit')
    const store = await open({ deadline: 5_000 })
    await store.events.append('s', 'none', [sampleEvent(1)])
    for (const { events } of some) expect((await events.read('s')).length).toBe(1)
  })
})

it('ends the transaction of a process that stands still, so that others can append', async () => {
  const store = await open({ deadline: 5_000 })
  await store.events.append('s', 'none', [sampleEvent(1)])
  const script = fileURLToPath(new URL('holding-process.ts', import.meta.url))
  const args = ['--conditions=madoguchi-source', script, await postgresUrl(), place, '1000']
  const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(holder.stdout, 'data')
    expect((await store.events.append('s', 0, [sampleEvent(2)])).revision).toBe(1)
  } finally {
    holder.kill('SIGKILL')
  }
})
