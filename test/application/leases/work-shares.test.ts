import { describe, expect, it } from 'vitest'
import { StoreUnavailable, type Leases, type Log, systemRuntime } from 'madoguchi'
import { WorkShares } from '../../../src/application/leases/work-shares.ts'
import { PARTITIONS, partitionOf } from '../../../src/application/views/partition.ts'
import { afterwards, engines, recording, silent, until } from '../desk.ts'

const GONE_AFTER = 300
const both = ['deadlines', 'delivery'] as const

/** Leases of a process that can be paused, as by SIGSTOP: nothing comes back to it until it goes on. */
const pausable = (leases: Leases) => {
  let going: Promise<void> | undefined
  let goOn = (): void => {}
  return {
    leases: {
      read: async (name: string) => {
        const note = await leases.read(name)
        await going
        return note
      },
      write: async (...asked: Parameters<Leases['write']>) => {
        await going
        return leases.write(...asked)
      },
    },
    pause: () => {
      going = new Promise((resolve) => {
        goOn = resolve
      })
    },
    goOn: () => goOn(),
  }
}

const processOn = (
  leases: Leases,
  does: readonly ('deadlines' | 'delivery')[] = both,
  log: Log = silent,
): WorkShares => {
  const shares = new WorkShares({ leases, log, runtime: systemRuntime, does, goneAfter: GONE_AFTER })
  shares.start()
  afterwards(() => shares.stop())
  return shares
}

describe.each(Object.keys(engines))('the share of a process, on %s,', (engine) => {
  const open = (): Leases => {
    const store = engines[engine]!()
    afterwards(() => store.close())
    return store.leases
  }

  it('is everything where it is alone, at once', async () => {
    const one = processOn(open())
    await until(async () => one.partOf('delivery') === 1)
    expect(one.epochOf('delivery', 'conversation')).toBe(1)
    expect(one.holds('deadlines', 'conversation')).toBe(true)
  })

  it('is a fair part where others are, and never the same as theirs', async () => {
    const leases = open()
    const all = [processOn(leases), processOn(leases), processOn(leases, ['deadlines'])]
    await until(async () => all[2]!.partOf('deadlines') > 0.3 && all[0]!.partOf('delivery') === 0.5)
    await until(async () => all[1]!.partOf('delivery') === 0.5)
    expect(all[2]!.partOf('delivery')).toBe(0)
    for (let n = 0; n < PARTITIONS; n++) {
      expect(all.filter((each) => each.holds('delivery', `key ${n}`)).length).toBe(1)
    }
  })

  it('passes to others when it stops', async () => {
    const leases = open()
    const one = processOn(leases)
    const other = processOn(leases)
    await until(async () => one.partOf('delivery') === 0.5 && other.partOf('delivery') === 0.5)
    await one.stop()
    expect(one.partOf('delivery')).toBe(0)
    await until(async () => other.partOf('delivery') === 1)
  })

  it('is nothing before others have it, when it could not renew; and they have higher epochs', async () => {
    const leases = open()
    const paused = pausable(leases)
    const one = processOn(paused.leases)
    await until(async () => one.partOf('delivery') === 1)
    paused.pause()
    afterwards(async () => paused.goOn())
    const other = processOn(leases)
    await until(async () => {
      expect(one.holds('delivery', 'key') && other.holds('delivery', 'key')).toBe(false)
      return other.partOf('delivery') === 1
    })
    expect(one.partOf('delivery')).toBe(0)
    expect(other.epochOf('delivery', 'key')).toBe(2)
    // What it had begun to write before it was paused comes too late, and it gets its part anew.
    paused.goOn()
    await until(async () => one.partOf('delivery') === 0.5 && other.partOf('delivery') === 0.5)
  })

  it('tells when it changes, and raises an epoch that was forgotten', async () => {
    const one = processOn(open())
    let told = 0
    one.listen(() => told++)
    await until(async () => told === 1)
    one.raise('delivery', 'key', 7)
    await until(async () => one.epochOf('delivery', 'key') === 8)
    expect(told).toBe(2)
    const elsewhere = Array.from({ length: 200 }, (_, n) => `${n}`).find(
      (key) => partitionOf(key) !== partitionOf('key'),
    )!
    expect(one.epochOf('delivery', elsewhere)).toBe(1)
  })
  it('is told of when it cannot be renewed, but not for one time, and when it can again', async () => {
    const leases = open()
    const { lines, log } = recording()
    let failing = 1
    let failed = 0
    const read: Leases['read'] = async (name) => {
      if (failing-- <= 0) return leases.read(name)
      failed++
      throw new StoreUnavailable('not-applied', { code: 'ECONNREFUSED' })
    }
    const one = processOn({ ...leases, read, write: (...asked) => leases.write(...asked) }, both, log)
    await until(async () => one.partOf('delivery') === 1)
    expect([failed, lines]).toEqual([1, []])
    failing = 5
    await until(async () => lines.length === 2)
    expect(failed).toBe(6)
    expect(lines).toMatchObject([
      { message: 'renewing shares of the work failed and is tried again until it works', code: 'ECONNREFUSED' },
      { message: 'renewing shares of the work works again' },
    ])
  })
})
