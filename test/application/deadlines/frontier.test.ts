import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Frontier } from '../../../src/application/deadlines/frontier.ts'
import { holds, tells } from '../../holds.ts'

const MINUTE = 60_000

/** A list in the order of time in which a look from the beginning takes so many milliseconds, plus one. */
const list = (dearness = 9) => {
  const instants: number[] = []
  const begins: (number | undefined)[] = []
  let time = 1_000
  let dear = dearness
  const frontier = new Frontier({ monotonic: () => time })
  return {
    instants,
    /** Where each look began. */
    begins,
    frontier,
    passes: (milliseconds: number) => (time += milliseconds),
    /** From now on a look from the beginning takes so long. */
    takes: (milliseconds: number) => (dear = milliseconds),
    look: (to: number, limit = 3) =>
      frontier.look(to, (from) => {
        begins.push(from)
        time += 1 + (from === undefined ? dear : 0)
        const found = instants.filter((at) => at <= to && (from === undefined || at >= from))
        return Promise.resolve(
          found
            .toSorted((one, other) => one - other)
            .slice(0, limit)
            .map((at) => ({ entry: [at] })),
        )
      }),
    done: (at: number) => instants.splice(instants.indexOf(at), 1),
  }
}

describe('the frontier of what is due', () => {
  it('lets looks begin where nothing is left before', async () => {
    const { instants, begins, look, done } = list()
    instants.push(10 * MINUTE, 20 * MINUTE, 30 * MINUTE)
    expect(await look(25 * MINUTE)).toEqual([{ entry: [10 * MINUTE] }, { entry: [20 * MINUTE] }])
    expect(await look(25 * MINUTE)).toHaveLength(2)
    done(10 * MINUTE)
    expect(await look(25 * MINUTE)).toEqual([{ entry: [20 * MINUTE] }])
    done(20 * MINUTE)
    expect(await look(25 * MINUTE)).toEqual([])
    expect(await look(40 * MINUTE)).toEqual([{ entry: [30 * MINUTE] }])
    expect(begins).toEqual([undefined, 9 * MINUTE, 9 * MINUTE, 19 * MINUTE, 24 * MINUTE])
  })

  it('finds at once what is listed a little late', async () => {
    const { instants, begins, look } = list()
    await look(10 * MINUTE)
    instants.push(9 * MINUTE)
    expect(await look(10 * MINUTE + 1)).toEqual([{ entry: [9 * MINUTE] }])
    expect(begins).toEqual([undefined, 9 * MINUTE])
  })

  it('looks at everything in a twentieth of the time', async () => {
    const { instants, begins, look, passes } = list()
    await look(100 * MINUTE)
    instants.push(50 * MINUTE)
    passes(189)
    expect(await look(101 * MINUTE)).toEqual([])
    expect(await look(102 * MINUTE)).toEqual([{ entry: [50 * MINUTE] }])
    expect(begins).toEqual([undefined, 99 * MINUTE, undefined])
  })

  it('looks at everything after half a minute at the latest, however long a look took that had waited', async () => {
    const { begins, look, passes, takes } = list()
    takes(600_000)
    await look(100 * MINUTE)
    passes(29_999)
    await look(100 * MINUTE)
    await look(100 * MINUTE)
    expect(begins).toEqual([undefined, 99 * MINUTE, undefined])
  })

  it('begins where something stays to be done, and leaves out what is before', async () => {
    const { instants, begins, look, done } = list()
    instants.push(10 * MINUTE, 20 * MINUTE)
    await look(25 * MINUTE)
    done(20 * MINUTE)
    await look(30 * MINUTE)
    await look(35 * MINUTE)
    expect(begins).toEqual([undefined, 9 * MINUTE, 9 * MINUTE])
  })

  it('looks at everything when the clock was set back', async () => {
    const { begins, look } = list()
    await look(100 * MINUTE)
    await look(90 * MINUTE)
    await look(95 * MINUTE)
    expect(begins).toEqual([undefined, undefined, 89 * MINUTE])
  })

  it('has learnt nothing from a look that failed', async () => {
    const { begins, frontier, look } = list()
    await expect(frontier.look(100, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
    await look(100)
    expect(begins).toEqual([undefined])
  })

  it('leaves nothing out for longer than half a minute, whatever stays undone and however dear looks are', async () => {
    const minutes = fc.integer({ min: 0, max: 60 }).map((count) => count * MINUTE)
    const cost = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(100_000))
    const step = fc.oneof(
      fc.record({ listed: minutes }),
      fc.record({ takes: cost }),
      fc.record({ passes: fc.integer({ min: 0, max: 50 }), now: minutes, stays: fc.boolean() }),
    )
    await holds(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 40 }), async (limit, steps) => {
        const { instants, look, passes, takes, done } = list()
        for (const what of steps) {
          if ('listed' in what) instants.push(what.listed)
          else if ('takes' in what) takes(what.takes)
          else {
            passes(what.passes)
            const first = Math.min(...instants.filter((at) => at <= what.now))
            let found = await look(what.now, limit)
            if (found[0]?.entry[0] !== first && first !== Infinity) {
              passes(30_000)
              found = await look(what.now, limit)
            }
            tells(first !== Infinity)
            expect(found[0]?.entry[0] ?? Infinity).toBe(first)
            if (!what.stays) for (const { entry } of found) done(Number(entry[0]))
          }
        }
      }),
      { floor: 0.15 },
    )
  })
})
