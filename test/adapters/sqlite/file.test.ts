import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { openDatabase } from '../../../src/adapters/sqlite/database.ts'
import { DESK_MIGRATIONS, migrate } from '../../../src/adapters/sqlite/schema.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import type { Store } from '../../../src/application/ports/store.ts'
import { InvalidStoreOption, type StoreUnavailable } from '../../../src/application/ports/store-errors.ts'
import { sampleEvent, sampleId, wholeLog } from '../../../src/testing/contracts/sample-events.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { fileOf, removeFiles, viewsFileOf } from './files.ts'

const PLACE = 'file-test'
afterEach(() => removeFiles(PLACE))

it('writes no token and no key into the file of the log', async () => {
  const store = sqlite(fileOf(PLACE))
  await store.tokens.put('channel-1', 'IGAA-secret-token')
  const key = await store.keys.digestKey()
  await store.events.append('s', 'none', [sampleEvent(1)])
  await store.close()
  const log = readFileSync(fileOf(PLACE))
  expect(log.includes('MessageReceived')).toBe(true)
  expect([log.includes('IGAA-secret-token'), log.includes(Buffer.from(key))]).toEqual([false, false])
  expect(readFileSync(fileOf(`${PLACE}.keys`)).includes('IGAA-secret-token')).toBe(true)
})

const FILES = [fileOf(PLACE), viewsFileOf(PLACE), fileOf(`${PLACE}.keys`)]
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** Something is written to each file, so that those beside it are there. */
const writeToAll = async (store: Store): Promise<void> => {
  await store.events.append('s', 'none', [sampleEvent(1)])
  await store.tokens.put('channel-1', 'token')
  const view = { name: 'v', version: 1 }
  await store.views.commit([{ view, from: undefined, to: { position: '1', eventId: 'e' }, puts: [], deletes: [] }])
}

it('makes every file for its owner only, also those that SQLite puts beside it', async () => {
  const link = fileOf(`${PLACE}.linked`)
  symlinkSync(fileOf(PLACE), link)
  const store = sqlite({ path: link, viewsPath: viewsFileOf(PLACE), secretsPath: fileOf(`${PLACE}.keys`) })
  await writeToAll(store)
  const all = FILES.flatMap((path) => ['', '-wal', '-shm'].map((ending) => path + ending))
  expect(all.map(modeOf)).toEqual(all.map(() => '600'))
  await store.close()
  rmSync(link)
})

it('leaves the modes of files as they are', async () => {
  for (const path of FILES) {
    new DatabaseSync(path).close()
    chmodSync(path, 0o640)
  }
  const store = sqlite(fileOf(PLACE))
  await writeToAll(store)
  expect(FILES.map(modeOf)).toEqual(['640', '640', '640'])
  await store.close()
})

it('is durable at every commit and lets readers pass writers', () => {
  const database = openDatabase(fileOf(PLACE), { busyLimit: 1_000, prepare: migrate(DESK_MIGRATIONS) })
  expect(database.get('pragma synchronous')).toEqual({ synchronous: 2 })
  expect(database.get('pragma journal_mode')).toEqual({ journal_mode: 'wal' })
  database.close()
})

it('sees at once what another connection has appended, also behind an end that it knew', async () => {
  const [one, other] = [sqlite(fileOf(PLACE)), sqlite(fileOf(PLACE))]
  const revisionsFrom = async (store: typeof one, from: number) =>
    (await store.events.read('s', { from })).map(({ revision }) => revision)
  await one.events.append('s', 'none', [sampleEvent(1)])
  for (let last = 0; last < 5; last++) {
    // Twice, because what was learnt by the first look answers the second one.
    for (const store of [one, other, one, other]) {
      expect(await revisionsFrom(store, last + 1)).toEqual([])
      expect(await revisionsFrom(store, last)).toEqual([last])
    }
    const [writer, reader] = last % 2 === 0 ? [other, one] : [one, other]
    await writer.events.append('s', last, [sampleEvent(last + 2)])
    expect(await revisionsFrom(reader, last + 1)).toEqual([last + 1])
    expect(await revisionsFrom(writer, last + 1)).toEqual([last + 1])
  }
  await Promise.all([one.close(), other.close()])
})

it('leaves nothing of a view that was dropped', async () => {
  const store = sqlite(fileOf(PLACE))
  const view = { name: 'v', version: 1 }
  const puts = Array.from({ length: 700 }, (_, n) => ({ key: `k${n}`, document: n, entries: { by: [[n], [-n]] } }))
  await store.views.commit([{ view, from: undefined, to: { position: '1', eventId: 'e' }, puts, deletes: [] }])
  await store.views.drop(view)
  await store.close()
  const file = new DatabaseSync(viewsFileOf(PLACE))
  for (const table of ['documents', 'entries', 'indexes', 'builds'])
    expect(file.prepare(`select count(*) as rows from ${table}`).get()).toEqual({ rows: 0 })
  file.close()
})

it('refuses a file of a newer release and leaves it as it is', async () => {
  const newer = new DatabaseSync(fileOf(PLACE))
  newer.exec(`pragma user_version = ${DESK_MIGRATIONS.length + 1}`)
  newer.close()
  const store = sqlite(fileOf(PLACE))
  const refused = [store.events.read('s'), store.events.append('s', 'none', [sampleEvent(1)])]
  for (const error of await Promise.all(refused.map(rejectionOf)))
    expect([error.name, error.message]).toEqual([
      'StoreUnfit',
      expect.stringContaining(`${fileOf(PLACE)}: the file has schema ${DESK_MIGRATIONS.length + 1}`),
    ])
  await store.close()
})

it('tells at once that a file cannot be opened', async () => {
  const open = async (): Promise<unknown> => sqlite('/nowhere/at/all/desk.db')
  const error = (await rejectionOf(open())) as StoreUnavailable
  expect([error.name, error.outcome]).toEqual(['StoreUnavailable', 'not-applied'])
  expect(error.message).toBe(
    'the store is unavailable (not-applied): ENOENT /nowhere/at/all/desk.db; the file cannot be opened: its folder must exist, and both must be writable by this process',
  )
})

it('tells at once that the file of keys cannot be made', async () => {
  const open = async (): Promise<unknown> => sqlite({ path: fileOf(PLACE), secretsPath: '/nowhere/at/all/keys.db' })
  expect(await rejectionOf(open())).toMatchObject({
    name: 'StoreUnavailable',
    outcome: 'not-applied',
    code: 'ENOENT',
    at: '/nowhere/at/all/keys.db',
  })
})

it.each(['', undefined])(
  'refuses the path %j, of which SQLite would make a file that is deleted in the end',
  (path) => {
    for (const options of [path as string, { path: path as string }])
      expect(() => sqlite(options)).toThrow(new InvalidStoreOption('path', 'it is empty; is the variable set?'))
  },
)

it('refuses a URI, of which SQLite alone knows what file it is', () => {
  for (const option of ['path', 'viewsPath', 'secretsPath'])
    expect(() => sqlite({ path: fileOf(PLACE), [option]: `file:${fileOf(PLACE)}` })).toThrow(
      new InvalidStoreOption(option, 'a path is needed, not a URI'),
    )
})

it.each([
  ['reads', (store: Store) => store.events.read('s')],
  ['writes', (store: Store) => store.events.append('s', 'none', [sampleEvent(1)])],
  ['keys', (store: Store) => store.keys.digestKey()],
  ['views', (store: Store) => store.views.builds()],
])('says of which file it is when %s find no database', async (what, call) => {
  const path = fileURLToPath(import.meta.url)
  const others = { path: ':memory:', viewsPath: ':memory:', secretsPath: ':memory:' }
  const option = what === 'keys' ? 'secretsPath' : what === 'views' ? 'viewsPath' : 'path'
  const store = sqlite({ ...others, [option]: path })
  expect(await rejectionOf(call(store))).toMatchObject({ name: 'StoreUnavailable', code: 'SQLITE_NOTADB', at: path })
  await store.close()
})

it('refuses what is no database, with the cause', async () => {
  const store = sqlite({ path: fileURLToPath(import.meta.url), viewsPath: ':memory:', secretsPath: ':memory:' })
  const error = (await rejectionOf(store.events.append('s', 'none', [sampleEvent(1)]))) as StoreUnavailable
  expect([error.name, error.outcome, String(error.cause)]).toEqual([
    'StoreUnavailable',
    'not-applied',
    expect.stringContaining('not a database'),
  ])
  await store.close()
})

it('gives up on a lock that others keep for too long, without having applied anything', async () => {
  const store = sqlite({ path: fileOf(PLACE), busyLimit: 100 })
  await store.events.append('s', 'none', [sampleEvent(1)])
  const other = new DatabaseSync(fileOf(PLACE))
  other.exec('begin immediate')
  const error = (await rejectionOf(store.events.append('s', 0, [sampleEvent(2)]))) as StoreUnavailable
  expect(error).toMatchObject({
    name: 'StoreUnavailable',
    outcome: 'not-applied',
    code: 'SQLITE_BUSY',
    at: fileOf(PLACE),
  })
  expect((await store.events.read('s')).length).toBe(1)
  other.exec('commit')
  other.close()
  expect((await store.events.append('s', 0, [sampleEvent(2)])).replayed).toBe(false)
  await store.close()
})

it('waits for another process that is bringing the file up to date, without stopping this one', async () => {
  const other = new DatabaseSync(fileOf(PLACE))
  other.exec('pragma journal_mode = wal; begin immediate; create table unrelated (n)')
  const store = sqlite(fileOf(PLACE))
  const append = store.events.append('s', 'none', [sampleEvent(1)])
  let turns = 0
  while (turns < 20) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    turns += 1
  }
  other.exec('commit')
  other.close()
  expect((await append).revision).toBe(0)
  await store.close()
})

it('goes on when another process has let go of a file that could not be brought up to date in time', async () => {
  const other = new DatabaseSync(fileOf(PLACE))
  other.exec('pragma journal_mode = wal; begin immediate; create table unrelated (n)')
  const store = sqlite({ path: fileOf(PLACE), busyLimit: 50 })
  const view = { name: 'v', version: 1 }
  const calls = [store.events.append('s', 'none', [sampleEvent(1)]), store.events.read('s')]
  for (const error of await Promise.all(calls.map(rejectionOf)))
    expect(error).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-applied', code: 'SQLITE_BUSY' })
  // Nobody asks meanwhile, so nobody tries; a call that comes now has its own time to wait.
  const late = rejectionOf(store.events.head('s'))
  expect(await late).toMatchObject({ code: 'SQLITE_BUSY' })
  other.exec('commit')
  other.close()
  expect((await store.events.append('s', 'none', [sampleEvent(1)])).revision).toBe(0)
  expect([(await store.events.read('s')).length, await store.views.checkpoint(view)]).toEqual([1, undefined])
  await store.close()
})

it('tries to bring a file up to date once per call until it is, and never again', async () => {
  let tries = 0
  const database = openDatabase(fileOf(PLACE), {
    busyLimit: 50,
    prepare: () => {
      tries += 1
      if (tries < 3) throw new Error('a mistake of ours')
    },
  })
  const first = await Promise.all([database.ready(), database.ready()].map(rejectionOf))
  expect([first.map(({ name }) => name), tries]).toEqual([['StoreUnfit', 'StoreUnfit'], 1])
  expect([await rejectionOf(database.ready()), tries]).toEqual([first[0], 2])
  await Promise.all([database.ready(), database.ready(), database.reading(() => undefined)])
  await database.ready()
  expect(tries).toBe(3)
  database.close()
})

it('refuses an event id that its stream has at another revision, and nothing else with it', async () => {
  const store = sqlite(fileOf(PLACE))
  await store.events.append('s', 'none', [sampleEvent(1)])
  const [before, again, after] = await Promise.allSettled([
    store.events.append('t', 'none', [sampleEvent(1)]),
    store.events.append('s', 0, [sampleEvent(2), sampleEvent(1)]),
    store.events.append('t', 0, [sampleEvent(2)]),
  ])
  expect([before.status, again.status === 'rejected' && again.reason.name, after.status]).toEqual([
    'fulfilled',
    'CorruptIdempotency',
    'fulfilled',
  ])
  expect((await store.events.head('s'))?.revision).toBe(0)
  await store.close()
})

it('has everything it acknowledged, whole, after its process was killed', async () => {
  const script = fileURLToPath(new URL('acknowledging-process.ts', import.meta.url))
  const acknowledged: string[] = []
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, ['--conditions=madoguchi-source', script, fileOf(PLACE), String(round)])
    let output = ''
    const enough = 40 + round * 97
    await new Promise((resolve) => {
      child.stdout.on('data', (data: Buffer) => {
        output += data.toString()
        if (output.split('\n').length > enough) child.kill('SIGKILL')
      })
      child.on('close', resolve)
    })
    for (const line of output.split('\n').slice(0, -1))
      acknowledged.push(sampleId(Number(line) * 2, round + 1), sampleId(Number(line) * 2 + 1, round + 1))
  }
  expect(acknowledged.length).toBeGreaterThan(300)
  const store = sqlite(fileOf(PLACE))
  const log = await wholeLog(store.events)
  const kept = new Set(log.map(({ id }) => id))
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
  // Pairs are whole, and no revision is missing.
  expect(log.length % 2).toBe(0)
  for (let at = 0; at < 8; at += 1) {
    const revisions = log.filter(({ stream }) => stream === `stream-${at}`).map(({ revision }) => revision)
    expect(revisions).toEqual(revisions.map((_, n) => n))
  }
  await store.close()
})
