import { expect, it } from 'vitest'
import { memory } from '../../../src/adapters/memory/index.ts'
import type { StoreUnavailable } from '../../../src/application/ports/store-errors.ts'
import { sampleEvent } from '../../../src/testing/contracts/sample-events.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { type Fault, faultyStore } from '../../../src/testing/faulty-store.ts'

const view = { name: 'v', version: 1 }
const commit = [{ view, from: undefined, to: { position: '1', eventId: 'e' }, puts: [], deletes: [] }]

it.each<readonly [Fault, string, boolean]>([
  [{ kind: 'fail' }, 'not-applied', false],
  [{ kind: 'lose-request' }, 'unknown', false],
  [{ kind: 'lose-reply' }, 'unknown', true],
])('lets a write end as %o', async (fault, outcome, applied) => {
  const store = faultyStore(memory())
  store.onWrite(() => fault)
  for (const write of [store.events.append('s', 'none', [sampleEvent(1)]), store.views.commit(commit)])
    expect(((await rejectionOf(write)) as StoreUnavailable).outcome).toBe(outcome)
  expect((await store.events.read('s')).length).toBe(applied ? 1 : 0)
  expect((await store.views.builds()).length).toBe(applied ? 1 : 0)
})

it('lets a test choose the write by number and content, throw its own error, and heal', async () => {
  const store = faultyStore(memory())
  const error = new RangeError('killed')
  store.onWrite((write) =>
    write.kind === 'append' && write.n === 2 && write.stream === 's'
      ? { kind: 'error', error, when: 'after' }
      : undefined,
  )
  await store.events.append('s', 'none', [sampleEvent(1)])
  expect(await rejectionOf(store.events.append('s', 0, [sampleEvent(2)]))).toBe(error)
  await store.events.append('s', 1, [sampleEvent(3)])
  store.onWrite(() => ({ kind: 'wait', milliseconds: 1 }))
  await store.events.append('s', 2, [sampleEvent(4)])
  store.onWrite(() => ({ kind: 'fail' }))
  store.heal()
  await store.events.append('s', 3, [sampleEvent(5)])
  expect((await store.events.read('s')).length).toBe(5)
})
