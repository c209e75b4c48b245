import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, it } from 'vitest'
import { openDatabase } from '../../../src/adapters/sqlite/database.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { createTransactions } from '../../../src/adapters/sqlite/transactions.ts'
import type { DocumentPut, ViewChanges } from '../../../src/application/ports/views.ts'
import { sampleEvent } from '../../../src/testing/contracts/sample-events.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { fileOf, removeFiles, viewsFileOf } from './files.ts'

const PLACE = 'views-file'
afterEach(() => removeFiles(PLACE))

const view = { name: 'v', version: 1 }
const at = (n: number) => ({ position: String(n).padStart(16, '0'), eventId: `e${n}` })
const document = (n: number, word: string) => ({ n, text: word.repeat(100) })
const puts = (from: number, to: number, word: string): readonly DocumentPut[] =>
  Array.from({ length: to - from }, (_, m) => {
    const n = from + m
    return { key: `k${n}`, document: document(n, word), entries: { by: [[word], [n]] } }
  })
const change = (from: number, to: number, changes: Partial<ViewChanges>): ViewChanges => ({
  view,
  from: from === 0 ? undefined : at(from),
  to: at(to),
  puts: [],
  deletes: [],
  ...changes,
})
const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const rowsOf = (table: string): number => {
  const file = new DatabaseSync(viewsFileOf(PLACE), { readOnly: true })
  const row = file.prepare(`select count(*) as rows from ${table}`).get()
  file.close()
  return row?.['rows'] as number
}

/** Calls again and again, until the task has ended. */
const during = async (task: Promise<unknown>, call: () => Promise<void>): Promise<number> => {
  let isRunning = true
  void task.finally(() => (isRunning = false)).catch(() => {})
  let turns = 0
  for (; isRunning; turns += 1) {
    await call()
    await immediate()
  }
  await task
  return turns
}

it('lets appends, reads and everybody else pass while a large commit is written, and shows nothing of it before its end', async () => {
  const { events, views, close } = sqlite(fileOf(PLACE))
  const other = sqlite(fileOf(PLACE))
  await views.commit([change(0, 1, { puts: puts(0, 10, 'old') })])
  const seen: unknown[] = []
  let appended = 0
  const turns = await during(views.commit([change(1, 2, { puts: puts(0, 20_000, 'new') })]), async () => {
    const found = await Promise.all([views, other.views].map((each) => each.get(view, ['k0', 'k9', 'k19999'])))
    // The commit may end between two looks.
    seen.push(...found.filter((documents) => documents[2] === undefined))
    await events.append('s', appended === 0 ? 'none' : appended - 1, [sampleEvent(appended)])
    appended += 1
  })
  expect(turns).toBeGreaterThan(5)
  expect(seen.length).toBeGreaterThan(5)
  for (const documents of seen) expect(documents).toEqual([document(0, 'old'), document(9, 'old'), undefined])
  expect(await other.views.get(view, ['k0', 'k19999'])).toEqual([document(0, 'new'), document(19_999, 'new')])
  expect((await events.read('s')).length).toBe(appended)
  await Promise.all([close(), other.close()])
})

it('keeps nothing of a commit whose process ends within it', async () => {
  const store = sqlite(fileOf(PLACE))
  await store.views.commit([change(0, 1, { puts: puts(0, 3, 'old') })])
  const dying = new DatabaseSync(viewsFileOf(PLACE))
  dying.exec(`begin immediate; update documents set document = '"half"'; update builds set position = '9'`)
  dying.close()
  expect(await store.views.get(view, ['k0'])).toEqual([document(0, 'old')])
  expect(await store.views.checkpoint(view)).toEqual(at(1))
  await store.close()
})

it('refuses a commit that begins elsewhere, lets one of two win, and keeps nothing of the other', async () => {
  const store = sqlite(fileOf(PLACE))
  await store.views.commit([change(0, 1, { puts: puts(0, 3, 'first'), unfinished: true })])
  const other = sqlite(fileOf(PLACE))
  const late = await rejectionOf(store.views.commit([change(7, 8, { puts: puts(0, 900, 'late') })]))
  const outcomes = await Promise.allSettled(
    [store, other].map(({ views }, who) => views.commit([change(1, 2, { puts: puts(0, 900, `by ${who}`) })])),
  )
  expect([late.name, ...outcomes.map(({ status }) => status).toSorted()]).toEqual([
    'CheckpointMoved',
    'fulfilled',
    'rejected',
  ])
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
  await store.views.finish([view])
  for (const { views } of [store, other]) {
    expect(await views.get(view, ['k0', 'k899'])).toEqual([document(0, `by ${winner}`), document(899, `by ${winner}`)])
    expect((await views.query(view, { index: 'by', prefix: [`by ${winner}`], limit: 1_000 })).length).toBe(900)
    expect((await views.query(view, { index: 'by', prefix: [`by ${1 - winner}`], limit: 1_000 })).length).toBe(0)
  }
  await Promise.all([store.close(), other.close()])
})

it('goes on with what is committed between two parts of putting entries into place', async () => {
  const { views, close } = sqlite(fileOf(PLACE))
  const many = 40_000
  const few = (from: number, to: number, word: string) =>
    puts(from, to, '').map(({ key }) => ({ key, document: word, entries: { by: [[word, key]] } }))
  await views.commit([change(0, 1, { puts: few(0, many, 'old'), unfinished: true })])
  const stop = new AbortController()
  const ended = views.finish([view], { signal: stop.signal })
  while (rowsOf('entries') === 0) await immediate()
  stop.abort()
  await ended
  expect(rowsOf('entries')).toBeLessThan(many)
  expect(await views.builds()).toMatchObject([{ unfinished: true }])
  const changed = [...few(0, 100, 'new'), ...few(many - 100, many + 100, 'new')]
  await views.commit([change(1, 2, { puts: changed, deletes: ['k200', `k${many - 200}`] })])
  await views.finish([view])
  expect(await views.builds()).toEqual([{ view, checkpoint: at(2) }])
  const words = async (word: string) => {
    const keys: string[] = []
    for (let after: string | undefined; ;) {
      const query = { index: 'by', prefix: [word], limit: 1_000, ...(after === undefined ? {} : { after }) }
      const hits = await views.query(view, query)
      keys.push(...hits.map(({ key }) => key))
      if (hits.length < 1_000) return keys
      after = hits.at(-1)?.cursor
    }
  }
  expect((await words('new')).toSorted()).toEqual(changed.map(({ key }) => key).toSorted())
  expect((await words('old')).length).toBe(many - 200 - 2)
  await close()
})

it('lets commits of other views pass while it puts entries into place', async () => {
  const { views, close } = sqlite(fileOf(PLACE))
  const words = Array.from({ length: 8 }, (_, n) => [`word ${n}`])
  const many = Array.from({ length: 30_000 }, (_, n) => ({
    key: `k${n}`,
    document: n,
    entries: { by: [...words, [n]] },
  }))
  await views.commit([change(0, 1, { puts: many, unfinished: true })])
  const other = { name: 'other', version: 1 }
  let commits = 0
  let between = 0
  const all = many.length * 9
  await during(views.finish([view]), async () => {
    const from = commits === 0 ? undefined : at(commits)
    await views.commit([{ view: other, from, to: at(commits + 1), puts: [], deletes: [] }])
    commits += 1
    const there = rowsOf('entries')
    if (there > 0 && there < all) between += 1
  })
  expect(between).toBeGreaterThan(1)
  expect((await views.query(view, { index: 'by', prefix: ['word 7'], limit: 1_000 })).length).toBe(1_000)
  await close()
})

it('finds every document of a build, also where numbers of documents were given before', async () => {
  const { views, close } = sqlite(fileOf(PLACE))
  await views.commit([change(0, 1, { puts: puts(0, 2, 'live') })])
  const beside = { name: 'v', version: 2 }
  await views.commit([{ ...change(0, 1, {}), view: beside, unfinished: true }])
  await views.commit([change(1, 2, { deletes: ['k1'] })])
  await views.commit([{ ...change(1, 2, { puts: puts(0, 2, 'beside') }), view: beside }])
  await views.finish([beside])
  const hits = await views.query(beside, { index: 'by', prefix: ['beside'], limit: 9 })
  expect(hits.map(({ key }) => key)).toEqual(['k0', 'k1'])
  await close()
})

it('shows no half of a commit in memory either', async () => {
  const { views, close } = sqlite(':memory:')
  const names = Array.from({ length: 9 }, (_, n) => ({ name: `v${n}`, version: 1 }))
  const torn: unknown[] = []
  for (let n = 0; n < 60; n++) {
    const committing = views.commit(
      names.map((name) => ({ ...change(n, n + 1, { puts: puts(0, 3, 'w') }), view: name })),
    )
    for (let turns = 0; turns < n; turns++) await Promise.resolve()
    const builds = await views.builds()
    if (new Set(builds.map(({ checkpoint }) => checkpoint.eventId)).size > 1) torn.push(builds)
    await committing
  }
  expect(torn).toEqual([])
  await close()
})

it('refuses a file that is the log or the secrets too', () => {
  const path = fileOf(PLACE)
  const given = [{ viewsPath: path }, { secretsPath: path }, { viewsPath: fileOf(`${PLACE}.keys`) }]
  for (const options of given) expect(() => sqlite({ path, ...options })).toThrow('each needs a file of its own')
})

it('may be deleted: the log stands, and the views are as if they had never been built', async () => {
  const store = sqlite(fileOf(PLACE))
  await store.events.append('s', 'none', [sampleEvent(1)])
  await store.views.commit([change(0, 1, { puts: puts(0, 3, 'old') })])
  await store.close()
  for (const ending of ['', '-wal', '-shm']) rmSync(viewsFileOf(PLACE) + ending, { force: true })
  const again = sqlite(fileOf(PLACE))
  expect([(await again.events.read('s')).length, await again.views.builds()]).toEqual([1, []])
  await again.close()
})

it('holds up no append of another process, however long its own lock is held', async () => {
  const store = sqlite({ path: fileOf(PLACE), busyLimit: 200 })
  await store.views.commit([change(0, 1, {})])
  const holding = new DatabaseSync(viewsFileOf(PLACE))
  holding.exec('begin immediate')
  const [appended, committed] = await Promise.allSettled([
    store.events.append('s', 'none', [sampleEvent(1)]),
    store.views.commit([change(1, 2, {})]),
  ])
  expect([appended.status, committed.status === 'rejected' && committed.reason.name]).toEqual([
    'fulfilled',
    'StoreUnavailable',
  ])
  holding.exec('rollback')
  holding.close()
  await store.views.commit([change(1, 2, {})])
  await store.close()
})

it('commits without waiting for the disk, but in order', () => {
  const store = openDatabase(fileOf(PLACE), { busyLimit: 100, prepare: () => {}, durability: 'normal' })
  expect(store.get('pragma synchronous')).toEqual({ synchronous: 1 })
  expect(store.get('pragma journal_mode')).toEqual({ journal_mode: 'wal' })
  store.close()
})

it('runs transactions one after the other, each whole or not at all', async () => {
  const database = openDatabase(fileOf(PLACE), {
    busyLimit: 100,
    prepare: (driver) => driver.exec('create table if not exists numbers (n integer primary key)'),
  })
  const transactions = createTransactions(database, true)
  const insert = (n: number, fails: boolean): Promise<void> =>
    transactions.run(async ({ next }) => {
      database.run('insert into numbers values (?)', n)
      await next()
      database.run('insert into numbers values (?)', n + 1)
      expect(transactions.isOpen()).toBe(true)
      if (fails) throw new TypeError('not this one')
    })
  const outcomes = await Promise.allSettled([insert(1, false), insert(3, true), insert(5, false), insert(5, false)])
  expect(outcomes.map((one) => (one.status === 'rejected' ? one.reason.name : 'done'))).toEqual([
    'done',
    'TypeError',
    'done',
    'StoreUnavailable',
  ])
  expect(database.all('select n from numbers').map(({ n }) => n)).toEqual([1, 2, 5, 6])
  expect(transactions.isOpen()).toBe(false)
  await transactions.drain()
  database.close()
})
