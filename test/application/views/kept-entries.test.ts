import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'
import type { Store, ViewChanges } from 'madoguchi'
import { sqlite } from 'madoguchi/sqlite'
import { viewReader } from '../../../src/application/views/view-reader.ts'
import { ViewRunner } from '../../../src/application/views/view-runner.ts'
import type { Projection } from '../../../src/projections/projection.ts'
import { tempFolder } from '../../temp-folder.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const folder = tempFolder('kept')

type Departments = { readonly type: string; readonly data: { readonly departments: readonly string[] } }
const each = (version = 1, name = 'each'): Projection<Departments, { readonly count: number }> => ({
  name,
  version,
  types: ['DepartmentsSet'],
  keys: ({ stream }) => [stream],
  evolve: (document) => ({ count: (document?.count ?? 0) + version }),
  indexes: { all: ({ count }) => [['all', count]] },
  counters: () => [['all']],
})

const running: ViewRunner[] = []
const stores: Store[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.stop()))
  await Promise.all(stores.splice(0).map((store) => store.close()))
})
let files = 0
const opened = (path = join(folder, `${++files}.db`)) => {
  const store = sqlite(path)
  stores.push(store)
  return { path, store }
}
const run = (store: Store, ...projections: readonly Projection<Departments, { readonly count: number }>[]) => {
  const runner = new ViewRunner({
    events: store.events,
    views: store.views,
    projections: projections as never,
    log,
    runtime: systemRuntime,
  })
  running.push(runner)
  runner.start()
  return runner
}
const append = async (store: Store, from: number, to: number) => {
  for (let n = from; n < to; n++) {
    await store.events.append(`organization-${n % 10}`, n < 10 ? 'none' : Math.floor(n / 10) - 1, [
      {
        id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
        type: 'DepartmentsSet',
        version: 1,
        data: { organizationId: `${n % 10}`, departments: [], by: { kind: 'system' }, at: n },
        meta: {},
        recordedAt: n,
      },
    ])
  }
  return (await store.events.readAll({ backwards: true, limit: 1 })).events[0]?.position
}
const found = async (store: Store, runner: ViewRunner, projection = each()) => {
  const reader = viewReader(store.views, runner, projection)
  const hits = await reader.query({ index: 'all', prefix: ['all'], limit: 100 })
  return { counts: hits.map(({ document }) => document.count), total: await reader.count(['all']) }
}
const tenTimes = (count: number) => ({ counts: Array<number>(10).fill(count), total: 10 })
/** A store that waits before it puts entries into their places. */
const held = (store: Store) => {
  const called = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const views: Store['views'] = {
    ...store.views,
    finish: async (...asked) => {
      called.resolve()
      await released.promise
      await store.views.finish(...asked)
    },
  }
  return { store: { ...store, views }, called: called.promise, release: released.resolve }
}

it('are not read before the entries that a build has kept back are in place', async () => {
  const { store } = opened()
  await append(store, 0, 200)
  const { store: slow, called, release } = held(store)
  const runner = run(slow, each())
  await called
  expect(runner.progress()).toMatchObject([{ state: 'building', folded: 200 }])
  await expect(runner.whenLive('each', 1)).rejects.toMatchObject({ name: 'ViewBuilding' })
  release()
  expect(await found(store, runner)).toEqual(tenTimes(20))
})

it('are finished by another process where one ended before the entries were in place', async () => {
  const { path, store } = opened()
  await append(store, 0, 200)
  const { store: slow, called, release } = held(store)
  const first = run(slow, each())
  await called
  const stopping = first.stop()
  release()
  await stopping
  expect(await store.views.builds()).toMatchObject([{ unfinished: true }, { unfinished: true }])
  const { store: other } = opened(path)
  const last = await append(other, 200, 250)
  const second = run(other, each())
  await second.waitFor(last)
  expect(second.progress()[0]?.folded).toBe(50)
  expect(await found(other, second)).toEqual(tenTimes(25))
})

it('are built by two processes at once, each event once', async () => {
  const { path, store } = opened()
  const last = await append(store, 0, 600)
  const { store: other } = opened(path)
  const [one, two] = [run(store, each()), run(other, each())]
  await Promise.all([one.waitFor(last), two.waitFor(last)])
  expect(await found(store, one)).toEqual(tenTimes(60))
  expect(await found(other, two)).toEqual(tenTimes(60))
})

it('join the live ones in a new version only with all their entries', async () => {
  const { store } = opened()
  const before = run(store, each(), each(1, 'other'))
  await before.waitFor(await append(store, 0, 300))
  await before.stop()
  const { store: slow, called, release } = held(store)
  const after = run(slow, each(2), each(1, 'other'))
  await called
  const last = await append(store, 300, 350)
  await after.waitFor(last, { views: ['other'] })
  await expect(after.whenLive('each', 1)).rejects.toMatchObject({ name: 'ViewBuilding' })
  release()
  await after.waitFor(last)
  expect(await found(store, after, each(2))).toEqual(tenTimes(70))
  expect(await found(store, after, each(1, 'other'))).toEqual(tenTimes(35))
})

it('keep nothing back when they are read from their first event on', async () => {
  const { store } = opened()
  const commits: (readonly ViewChanges[])[] = []
  const views: Store['views'] = {
    ...store.views,
    commit: (changes) => {
      commits.push(changes)
      return store.views.commit(changes)
    },
  }
  const runner = run({ ...store, views }, each())
  await runner.waitFor(undefined)
  await runner.waitFor(await append(store, 0, 20))
  expect(commits.flat().filter(({ unfinished }) => unfinished)).toEqual([])
  expect(await found(store, runner)).toEqual(tenTimes(2))
})
