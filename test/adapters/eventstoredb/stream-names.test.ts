import fc from 'fast-check'
import { expect, it } from 'vitest'
import { streamNames } from '../../../src/adapters/eventstoredb/stream-names.ts'
import { holds, tells } from '../../holds.ts'

const prefix = fc
  .tuple(fc.constantFrom('a', 'a_', '1'), fc.constantFrom('.', ':', '-'))
  .map(([start, end]) => start + end)
const name = fc.oneof(fc.constant('work'), fc.stringMatching(/^[a_1.:~-]{0,6}$/))

it('gives two desks no name in common, and nothing that the other one would take for its log', () => {
  holds(
    fc.property(prefix, prefix, name, name, (one, other, ours, theirs) => {
      fc.pre(one !== other)
      tells(one[0] === other[0])
      const names = streamNames(one)
      const { log, lease, snapshot } = streamNames(other)
      for (const taken of [log(theirs), lease(theirs), snapshot(theirs)]) {
        expect(names.own(taken)).toBe(undefined)
        expect([names.log(ours), names.lease(ours), names.snapshot(ours)]).not.toContain(taken)
      }
    }),
    { floor: 0.12 },
  )
})

it('does not take its own leases and snapshots for its log', () => {
  holds(
    fc.property(prefix, name, name, (one, ours, theirs) => {
      tells(ours !== '')
      const { own, log, lease, snapshot } = streamNames(one)
      expect(own(log(ours))).toBe(ours)
      expect([own(lease(ours)), own(snapshot(ours))]).toEqual([undefined, undefined])
      expect(lease(ours)).not.toBe(snapshot(theirs))
    }),
    { floor: 0.5 },
  )
})

it.each(['', '.', 'desk', '~desk.', '$desk.', 'desk..', 'de.sk.', 'desk~', 'b\u00fcro.'])(
  'refuses the prefix %j',
  (text) => {
    expect(() => streamNames(text)).toThrow(TypeError)
  },
)
