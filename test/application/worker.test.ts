import { expect, it } from 'vitest'
import { ViewBuilding } from 'madoguchi'
import { Worker } from '../../src/application/worker.ts'

const logged = () => {
  const lines: string[] = []
  const say = (message: string) => void lines.push(message)
  const log = { info: say, warn: say, error: say }
  return { lines, log }
}

it('a worker whose view is being built waits without a word', async () => {
  const { lines, log } = logged()
  let passes = 0
  const worker = new Worker(
    'waiting',
    async () => {
      passes++
      throw new ViewBuilding('inbox')
    },
    log,
  )
  worker.start()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await worker.stop()
  expect({ passes, lines }).toEqual({ passes: 1, lines: [] })
})

it('a worker that fails says so once, tries again, later and later, and says that it works', async () => {
  const { lines, log } = logged()
  let passes = 0
  const worker = new Worker(
    'failing',
    async () => {
      if (++passes < 3) throw new Error('no')
      return 1_000
    },
    log,
  )
  worker.start()
  while (lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
  await worker.stop()
  expect(passes).toBe(3)
  expect(lines).toEqual(['failing failed and is tried again until it works', 'failing works again'])
})

it('a worker that finds its view being built has reached its store again', async () => {
  const { lines, log } = logged()
  let passes = 0
  const worker = new Worker(
    'waiting',
    async () => {
      if (++passes < 2) throw new Error('no')
      throw new ViewBuilding('inbox')
    },
    log,
  )
  worker.start()
  while (lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
  await worker.stop()
  expect(lines).toEqual(['waiting failed and is tried again until it works', 'waiting works again'])
})
