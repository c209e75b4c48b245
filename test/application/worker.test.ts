import { expect, it } from 'vitest'
import { ViewBuilding } from 'madoguchi'
import { Worker } from '../../src/application/worker.ts'
import { virtualRuntime } from '../simulation/virtual-process.ts'
import { afterwards, recording } from './desk.ts'

const FAILED = 'sweeping failed and is tried again until it works'

/** A worker on virtual time: when each pass was, and what it tells. */
const working = (pass: (n: number) => number) => {
  const { lines, log } = recording()
  const { time, runtime } = virtualRuntime()
  const passes: number[] = []
  const worker = new Worker(
    'sweeping',
    async () => {
      passes.push(time.now)
      return pass(passes.length)
    },
    { log, runtime },
  )
  worker.start()
  afterwards(() => worker.stop())
  return { worker, time, passes, told: () => lines.map(({ message }) => message) }
}

it('a worker looks again when its work says, after a second at the latest, and at once when it is woken', async () => {
  const { worker, time, passes } = working((n) => [300, 60_000, 60_000][n - 1] ?? 60_000)
  await time.pass(1_000)
  worker.wake()
  await time.pass(1_200)
  expect(passes).toEqual([0, 300, 1_000, 2_000])
})

it('a worker whose view is being built waits without a word', async () => {
  const { time, passes, told } = working(() => {
    throw new ViewBuilding('inbox')
  })
  await time.pass(2_500)
  expect([passes, told()]).toEqual([[0, 1_000, 2_000], []])
})

it('a worker that fails says so once, tries again, later and later, and says that it works', async () => {
  const { time, passes, told } = working((n) => {
    if (n < 9) throw new Error('no')
    return 1_000
  })
  await time.pass(17_000)
  expect(passes).toEqual([0, 100, 300, 700, 1_500, 3_100, 6_300, 11_300, 16_300])
  expect(told()).toEqual([FAILED, 'sweeping works again'])
})

it('a worker that finds its view being built has reached its store again', async () => {
  const { time, told } = working((n) => {
    throw n < 2 ? new Error('no') : new ViewBuilding('inbox')
  })
  await time.pass(1_000)
  expect(told()).toEqual([FAILED, 'sweeping works again'])
})
