import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSkippedRanges } from '../../../src/adapters/eventstoredb/skipped.ts'
import { holds, tells } from '../../holds.ts'

const LENGTH = 60
const at = (n: number): string => String(n).padStart(4, '0')

/** A log of which some events are the desk's, and readers that add what they found between two of them. */
const log = fc.array(fc.boolean(), { minLength: LENGTH, maxLength: LENGTH })
const visits = fc.array(fc.tuple(fc.nat(LENGTH - 1), fc.nat(LENGTH - 1)), { minLength: 1, maxLength: 100 })

it('skips nothing of the desk, in either direction, and what was passed last', () => {
  let skips = 0
  holds(
    fc.property(log, visits, (isOwn, all) => {
      const ranges = createSkippedRanges()
      for (const [one, length] of all) {
        // From an event on, over others only.
        let to = one
        while (to < Math.min(LENGTH - 1, one + length) && isOwn[to + 1] !== true) to += 1
        if (to === one) continue
        tells(true)
        ranges.add(at(one), at(one + 1), at(to))
        expect((ranges.beyond(at(one)) ?? '') >= at(to)).toBe(true)
        for (let n = 0; n < LENGTH; n += 1) {
          const beyond = Number(ranges.beyond(at(n)))
          const before = Number(ranges.before(at(n)))
          skips += beyond - n + (n - before)
          // Forwards what is after the position is read next, backwards what is before it.
          expect(isOwn.slice(n + 1, beyond + 1)).not.toContain(true)
          expect(isOwn.slice(before, n)).not.toContain(true)
        }
      }
    }),
    { floor: 0.8 },
  )
  expect(skips).toBeGreaterThan(1_000)
})

it('knows several ranges, and one that reaches from the beginning', () => {
  const ranges = createSkippedRanges()
  expect([ranges.beyond(undefined), ranges.before(undefined)]).toEqual([undefined, undefined])
  ranges.add(undefined, at(1), at(10))
  ranges.add(at(20), at(21), at(30))
  ranges.add(at(30), at(31), at(40))
  expect(ranges.beyond(undefined)).toBe(at(10))
  expect([ranges.beyond(at(25)), ranges.before(at(35)), ranges.before(at(21))]).toEqual([at(40), at(21), at(21)])
})
