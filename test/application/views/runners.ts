import { systemRuntime } from 'madoguchi'
import type { NewEvent, Position, Store } from 'madoguchi'
import { ViewRunner, type ViewRunnerOptions } from '../../../src/application/views/view-runner.ts'
import type { Projection } from '../../../src/projections/projection.ts'
import { afterwards, silent } from '../desk.ts'

// Runners that fold a log of plain events, for tests of how views are built and shared.

type DepartmentsSet = { type: 'DepartmentsSet'; data: { departments: string[] } }
/** One document per event, and one counter. */
export const each = (name: string, version = 1): Projection<DepartmentsSet, { n: number }> => ({
  name,
  version,
  types: ['DepartmentsSet'],
  keys: ({ id }) => [id],
  evolve: (_, { recordedAt }) => ({ n: recordedAt }),
  indexes: {},
  counters: () => [['all']],
})

/** Started, and stopped when the test has ended. */
export const running = (
  { events, views }: Store,
  projections: readonly unknown[],
  more: Partial<ViewRunnerOptions> = {},
): ViewRunner => {
  const made = new ViewRunner({
    events,
    views,
    projections: projections as never,
    log: silent,
    runtime: systemRuntime,
    ...more,
  })
  afterwards(() => made.stop())
  made.start()
  return made
}

/** Folds them up to the end of the log, as a process does that stops then. */
export const folded = async (store: Store, projections: readonly unknown[]): Promise<void> => {
  const runner = running(store, projections)
  await runner.waitFor(await head(store))
  await runner.stop()
}

export const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const event = (n: number, version = 1): NewEvent => ({
  id: idOf(n),
  type: 'DepartmentsSet',
  version,
  data: { organizationId: 'acme', departments: ['one'], by: { kind: 'system' }, at: n },
  meta: {},
  recordedAt: n,
})

/** Events `from` to `to` of one stream, some at a time. */
export const write = async (store: Store, from: number, to: number, version = 1, atOnce = 5): Promise<void> => {
  for (let n = from; n < to; n += atOnce) {
    const events = Array.from({ length: Math.min(atOnce, to - n) }, (_, at) => event(n + at, version))
    await store.events.append('organization-acme', n === 0 ? 'none' : n - 1, events)
  }
}

export const head = async (store: Store): Promise<Position | undefined> =>
  (await store.events.readAll({ backwards: true, limit: 1 })).events[0]?.position
