import { expect, it } from 'vitest'
import { ViewBuilding, systemRuntime } from 'madoguchi'
import { Worker } from '../../src/application/worker.ts'
import { afterwards, recording, until } from './desk.ts'

/** A worker whose passes are counted, and what it tells. */
const working = (pass: (n: number) => number) => {
  const { lines, log } = recording()
  const each = { passes: 0, told: () => lines.map(({ message }) => message) }
  const worker = new Worker('sweeping', async () => pass(++each.passes), { log, runtime: systemRuntime })
  worker.start()
  afterwards(() => worker.stop())
  return each
}
const FAILED = 'sweeping failed and is tried again until it works'

it('a worker whose view is being built waits without a word', async () => {
  const worker = working(() => {
    throw new ViewBuilding('inbox')
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([worker.passes, worker.told()]).toEqual([1, []])
})

it('a worker that fails says so once, tries again, later and later, and says that it works', async () => {
  const worker = working((n) => {
    if (n < 3) throw new Error('no')
    return 1_000
  })
  await until(async () => worker.told().length === 2)
  expect([worker.passes, worker.told()]).toEqual([3, [FAILED, 'sweeping works again']])
})

it('a worker that finds its view being built has reached its store again', async () => {
  const worker = working((n) => {
    throw n < 2 ? new Error('no') : new ViewBuilding('inbox')
  })
  await until(async () => worker.told().length === 2)
  expect(worker.told()).toEqual([FAILED, 'sweeping works again'])
})
