import { afterEach, describe, expect, it } from 'vitest'
import type { Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { sqlite } from 'madoguchi/sqlite'
import { faultyStore } from 'madoguchi/testing'
import { viewReader } from '../../../src/application/views/view-reader.ts'
import type { ViewRunner } from '../../../src/application/views/view-runner.ts'
import { StoreClosed } from '../../../src/application/ports/store-errors.ts'
import { discardPlace, openPlace } from '../../adapters/postgres/places.ts'
import { afterwards, folder, until } from '../desk.ts'
import { each, head, running, write } from './runners.ts'

// What answers a beginning of the log as if it were everything is worse than what does not answer yet.

const gates: (() => void)[] = []
afterEach(async () => {
  for (const open of gates.splice(0)) open()
})
const closed = (store: Store): Store => {
  afterwards(() => store.close())
  return store
}
const EVENTS = 600
/** Once it knows where its views stand. */
const answersNothing = async (runner: ViewRunner, name = 'each') => {
  const state = () => runner.progress().find((view) => view.name === name)?.state
  expect(await until(async () => state())).toBe('building')
  await expect(runner.whenLive(name, 100)).rejects.toMatchObject({ name: 'ViewBuilding' })
  expect(state()).toBe('building')
}
const count = (store: Store, runner: ViewRunner, projection = each('each')) =>
  viewReader(store.views, runner, projection).count(['all'])

/** The store as a process sees it whose commits of one build wait at a gate, but for the first ones. */
const gated = (store: Store, free: number, name = 'each') => {
  const gate = Promise.withResolvers<void>()
  let commits = 0
  const views: Store['views'] = {
    ...store.views,
    commit: async (changes) => {
      if (changes.some(({ view }) => view.name === name) && ++commits > free) await gate.promise
      await store.views.commit(changes)
    },
  }
  gates.push(gate.resolve)
  return { store: { ...store, views }, open: gate.resolve }
}
const isBegun = (store: Store, name = 'each') =>
  until(async () => (await store.views.builds()).some(({ view }) => view.name === name))

let places = 0
/** A log with events and no views, and as many stores on it as there are processes. */
const engines: Readonly<Record<string, () => Promise<() => Promise<Store>>>> = {
  memory: async () => {
    const store = memory()
    return async () => store
  },
  sqlite: async () => {
    const path = `${folder()}/desk.db`
    return async () => closed(sqlite(path))
  },
  postgres: async () => {
    const place = `unfinished_${Date.now().toString(36)}_${++places}`
    afterwards(() => discardPlace(place))
    return async () => closed(await openPlace(place))
  },
}

describe.each(Object.entries(engines))('a build that has not caught up, on %s', (_, prepare) => {
  it('is read by no process, whichever has begun it', async () => {
    const another = await prepare()
    const [one, two] = [gated(await another(), 1), gated(await another(), 0)]
    await write(one.store, 0, EVENTS, 1, 100)
    const first = running(one.store, [each('each')])
    await isBegun(one.store)
    const second = running(two.store, [each('each')])
    for (const runner of [first, second]) await answersNothing(runner)
    one.open()
    two.open()
    expect([await count(one.store, first), await count(two.store, second)]).toEqual([EVENTS, EVENTS])
    // Only while it was behind: who comes now reads at once.
    expect((await one.store.views.builds()).filter(({ unfinished }) => unfinished)).toEqual([])
  })

  it('is not read after a commit that failed', async () => {
    const another = await prepare()
    const { store, open } = gated(await another(), 1)
    await write(store, 0, EVENTS, 1, 100)
    const faulty = faultyStore(store)
    const failed = Promise.withResolvers<void>()
    faulty.onWrite(({ kind, n }) => {
      if (kind !== 'commit' || n !== 2) return undefined
      failed.resolve()
      return { kind: 'fail' }
    })
    const runner = running(faulty, [each('each')])
    await failed.promise
    await expect(runner.whenLive('each', 200)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    open()
    expect(await count(store, runner)).toBe(EVENTS)
  })

  it('is not read by the process that takes it up where another one has died', async () => {
    const another = await prepare()
    const dying = faultyStore(await another())
    const died = Promise.withResolvers<void>()
    dying.onWrite(({ kind, n }) => {
      if (kind !== 'commit' || n !== 2) return undefined
      died.resolve()
      return { kind: 'error', error: new StoreClosed(), when: 'before' }
    })
    await write(dying, 0, EVENTS, 1, 100)
    running(dying, [each('each')])
    await died.promise
    const { store, open } = gated(await another(), 0)
    const runner = running(store, [each('each')])
    await answersNothing(runner)
    open()
    expect(await count(store, runner)).toBe(EVENTS)
    expect(runner.progress()[0]?.folded).toBeLessThan(EVENTS)
  })

  it('in a new version, joins no live one before it has caught up', async () => {
    const another = await prepare()
    const [one, two] = [gated(await another(), 1, 'second'), gated(await another(), 0, 'second')]
    await write(one.store, 0, EVENTS, 1, 100)
    const before = running(await another(), [each('first')])
    await before.waitFor(await head(one.store))
    await before.stop()
    const first = running(one.store, [each('first'), each('second', 2)])
    await isBegun(one.store, 'second')
    const second = running(two.store, [each('first'), each('second', 2)])
    for (const runner of [first, second]) {
      await runner.waitFor(await head(one.store), { views: ['first'] })
      await answersNothing(runner, 'second')
    }
    one.open()
    two.open()
    for (const [store, runner] of [
      [one.store, first],
      [two.store, second],
    ] as const)
      expect(await count(store, runner, each('second', 2))).toBe(EVENTS)
    expect((await one.store.views.builds()).filter(({ unfinished }) => unfinished)).toEqual([])
  })
})
