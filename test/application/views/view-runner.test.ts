import { afterEach, describe, expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'
import type { Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { ViewRunner } from '../../../src/application/views/view-runner.ts'
import type { Projection } from '../../../src/projections/projection.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const departments = (
  version: number,
): Projection<{ type: string; data: { departments: string[] } }, { count: number }> => ({
  name: 'departments',
  version,
  types: ['DepartmentsSet'],
  keys: ({ stream }) => [stream],
  evolve: (document, { event }) => ({ count: (document?.count ?? 0) + event.data.departments.length * version }),
  indexes: {},
})
const written = async (store: Store, from: number, to: number) => {
  for (let n = from; n < to; n++) {
    await store.events.append(`organization-${n % 7}`, n < 7 ? 'none' : Math.floor(n / 7) - 1, [
      {
        id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
        type: 'DepartmentsSet',
        version: 1,
        data: { organizationId: `${n % 7}`, departments: ['one'], by: { kind: 'system' }, at: n },
        meta: {},
        recordedAt: n,
      },
    ])
  }
}
const total = async (store: Store, version: number) => {
  const keys = Array.from({ length: 7 }, (_, n) => `organization-${n}`)
  const documents = (await store.views.get({ name: 'departments', version }, keys)) as ({ count: number } | undefined)[]
  return documents.reduce((sum, document) => sum + (document?.count ?? 0), 0)
}
const running: ViewRunner[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.stop()))
})
const runner = (store: Store, projections: readonly unknown[]) => {
  const made = new ViewRunner({
    runtime: systemRuntime,
    events: store.events,
    views: store.views,
    projections: projections as never,
    log: quiet,
  })
  running.push(made)
  made.start()
  return made
}
const head = async (store: Store) => (await store.events.readAll({ backwards: true, limit: 1 })).events[0]?.position

describe('the views', () => {
  it('fold every event once, whoever folds it', async () => {
    const store = memory()
    await written(store, 0, 50)
    const runners = [runner(store, [departments(1)]), runner(store, [departments(1)]), runner(store, [departments(1)])]
    await written(store, 50, 300)
    for (const each of runners) await each.waitFor(await head(store))
    expect(await total(store, 1)).toBe(300)
  })

  it('go on from where they stood when they are started again', async () => {
    const store = memory()
    await written(store, 0, 100)
    const first = runner(store, [departments(1)])
    await first.waitFor(await head(store))
    await first.stop()
    await written(store, 100, 150)
    const second = runner(store, [departments(1)])
    await second.waitFor(await head(store))
    expect(await total(store, 1)).toBe(150)
    expect(second.progress()[0]?.folded).toBe(50)
  })

  it('are built anew in a new version beside the live ones, which go on meanwhile', async () => {
    const store = memory()
    const other = { ...departments(1), name: 'other' }
    await written(store, 0, 2_000)
    const before = runner(store, [departments(1), other])
    await before.waitFor(await head(store))
    await before.stop()
    const after = runner(store, [departments(2), other])
    await written(store, 2_000, 2_200)
    await after.waitFor(await head(store))
    expect(after.progress().map(({ state }) => state)).toEqual(['live', 'live'])
    expect(await total(store, 2)).toBe(4_400)
    expect(await total(store, 1)).toBe(2_000)
  })

  it('are built anew when they stand on an event that the log does not have', async () => {
    const store = memory()
    await written(store, 0, 30)
    const first = runner(store, [departments(1)])
    await first.waitFor(await head(store))
    await first.stop()
    const restored = memory()
    await written(restored, 0, 20)
    const second = runner({ ...restored, views: store.views }, [departments(1)])
    await second.waitFor(await head(restored))
    expect(await total(store, 1)).toBe(20)
  })

  it('stop at an event that is newer than the code, say so, and never skip it', async () => {
    const store = memory()
    await written(store, 0, 10)
    const runnerOfOld = runner(store, [departments(1)])
    await runnerOfOld.waitFor(await head(store))
    await store.events.append('organization-0', 1, [
      {
        id: '00000000-0000-4000-8000-00000000ffff',
        type: 'DepartmentsSet',
        version: 9,
        data: {},
        meta: {},
        recordedAt: 0,
      },
    ])
    await expect(runnerOfOld.waitFor(await head(store), { timeout: 1_000 })).rejects.toMatchObject({
      name: 'ViewsBehind',
    })
    expect(runnerOfOld.progress()).toMatchObject([{ state: 'stopped', problem: 'NewerThanCode' }])
  })
})
