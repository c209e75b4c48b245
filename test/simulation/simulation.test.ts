import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { findPlanted } from './find-planted.ts'
import { playLife } from './life.ts'
import { PLANTED_FAULTS } from './planted-faults.ts'
import { VirtualTime } from './virtual-time.ts'

// Processes of their own, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 120_000 })

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')

describe('virtual time', () => {
  it('runs timers by their time, then in the order in which they were set, and what each makes ready before the next', async () => {
    const time = new VirtualTime()
    const ran: string[] = []
    const note = (name: string) => () => void ran.push(`${name} at ${time.now}`)
    time.schedule(20, note('late'))
    time.schedule(10, () => {
      note('first')()
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(note('made ready by the first'))
      time.schedule(0, note('set by the first'))
    })
    time.schedule(10, note('second'))
    time.schedule(15, note('cancelled'))()
    await time.pass(25)
    expect(ran).toEqual([
      'first at 10',
      'made ready by the first at 10',
      'second at 10',
      'set by the first at 10',
      'late at 20',
    ])
    expect(time.now).toBe(25)
  })
})

describe('the simulation', () => {
  it.each([1, 2, 3, 5, 8])('breaks no rule with seed %i', async (seed) => {
    const { violations, injected } = await playLife({ seed })
    expect(violations).toEqual([])
    expect(injected.length).toBeGreaterThan(0)
  })

  it('gives the same history to the byte for the same seed, in whatever process', async () => {
    const { digest } = await playLife({ seed: 11 })
    const { stdout } = await run(process.execPath, [
      '--conditions=madoguchi-source',
      join(import.meta.dirname, 'run.ts'),
      '--seed',
      '11',
      '--digest',
    ])
    expect(stdout.trim()).toBe(digest)
  })

  it.each(PLANTED_FAULTS)('can plant: $name', ({ path, from, to }) => {
    expect(readFileSync(join(ROOT, path), 'utf8').split(from)).toHaveLength(2)
    expect(to).not.toBe(from)
  })

  it.each(PLANTED_FAULTS.filter(({ isSoonFound }) => isSoonFound))('finds: $name', async (fault) => {
    expect(await findPlanted(fault, { first: 1, most: 12 })).toBeDefined()
  })
})
