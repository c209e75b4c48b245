import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeTable,
  encodeTable,
  NO_TABLE,
  renewed as renewedBy,
  without,
  type Work,
  type WorkTable,
} from '../../../src/application/leases/work-table.ts'
import { PARTITIONS } from '../../../src/application/views/partition.ts'
import { holds, tells } from '../../holds.ts'

const WORK = ['deadlines', 'delivery', 'views 1'] as const
const both = WORK
let beat = 0
const renewed = (
  table: WorkTable,
  me: string,
  does: readonly Work[],
  ...above: [((work: Work, partition: number) => number)?]
) => renewedBy(table, { me, does, beat: beat++ }, ...above)
const held = (table: WorkTable, name: string, work: Work = 'delivery'): number =>
  (table.holds.get(work) ?? []).filter(({ owner }) => owner === name).length
const settle = (table: WorkTable, names: readonly string[]): WorkTable => {
  let settled = table
  for (let round = 0; round < 3; round++) for (const name of names) settled = renewed(settled, name, both)
  return settled
}

describe('the table of work', () => {
  it('gives everything to the only process', () => {
    const table = renewed(NO_TABLE, 'a', both)
    expect([held(table, 'a'), held(table, 'a', 'deadlines')]).toEqual([PARTITIONS, PARTITIONS])
  })

  it('gives nothing of a kind to a process that does not do it', () => {
    const table = settle(NO_TABLE, ['a'])
    const joined = renewed(renewed(renewed(table, 'b', ['deadlines']), 'a', both), 'b', ['deadlines'])
    expect([held(joined, 'a'), held(joined, 'b')]).toEqual([PARTITIONS, 0])
    expect([held(joined, 'a', 'deadlines'), held(joined, 'b', 'deadlines')]).toEqual([32, 32])
  })

  it('takes from nobody who is there: who has too much gives it up himself', () => {
    const table = renewed(renewed(NO_TABLE, 'a', both), 'b', both)
    expect([held(table, 'a'), held(table, 'b')]).toEqual([PARTITIONS, 0])
    const given = renewed(table, 'a', both)
    expect([held(given, 'a'), held(given, 'b')]).toEqual([32, 0])
    expect(held(renewed(given, 'b', both), 'b')).toBe(32)
  })

  it('changes the epoch when a partition passes to somebody else, and at no sign of life', () => {
    const table = settle(NO_TABLE, ['a'])
    expect(settle(table, ['a']).holds).toEqual(table.holds)
    const taken = settle(without(table, new Set(['a'])), ['b'])
    for (const work of ['deadlines', 'delivery'] as const)
      for (const [partition, { epoch }] of taken.holds.get(work)!.entries())
        expect(epoch).toBe((table.holds.get(work)?.[partition]?.epoch ?? 0) + 1)
  })

  it('gives views to one process that has them, and forgets a set that nobody has any more', () => {
    const old = renewed(NO_TABLE, 'a', ['views 1'])
    const rolling = renewed(renewed(old, 'b', ['views 2']), 'c', ['views 2'])
    expect([held(rolling, 'a', 'views 1'), held(rolling, 'b', 'views 2'), held(rolling, 'c', 'views 2')]).toEqual([
      1, 1, 0,
    ])
    expect([...without(rolling, new Set(['a'])).holds.keys()]).toEqual(['views 2'])
  })

  it('raises the epoch of a partition whose newest one was forgotten, only for its holder', () => {
    const above = (work: string, partition: number): number => (work === 'delivery' && partition === 5 ? 40 : -1)
    const table = settle(NO_TABLE, ['a'])
    expect(renewed(table, 'a', both, above).holds.get('delivery')?.[5]).toEqual({ owner: 'a', epoch: 41 })
    expect(renewed(table, 'b', both, above).holds.get('delivery')?.[5]).toEqual({ owner: 'a', epoch: 1 })
  })

  it('is the same when it was written and read, and short', () => {
    const table = without(settle(NO_TABLE, ['a', 'b', 'c']), new Set(['b']))
    expect(decodeTable(JSON.parse(JSON.stringify(encodeTable(table))))).toEqual(table)
    expect(JSON.stringify(encodeTable(table)).length).toBeLessThan(1_200)
  })

  it('whatever happens: one holder each, an epoch that never falls and rises with every new holder, and all is shared out soon', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const act = fc.record({ what: fc.constantFrom('renew', 'renew', 'renew', 'go'), name })
    holds(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        let table = NO_TABLE
        tells(acts.filter(({ what }) => what === 'renew').length > 2)
        for (const { what, name } of acts) {
          const next = what === 'renew' ? renewed(table, name, both) : without(table, new Set([name]))
          for (const work of WORK) {
            for (const [partition, { owner, epoch }] of (next.holds.get(work) ?? []).entries()) {
              const before = table.holds.get(work)?.[partition]
              expect(epoch).toBeGreaterThanOrEqual(before?.epoch ?? 0)
              if (owner !== undefined && owner !== before?.owner) expect(epoch).toBeGreaterThan(before?.epoch ?? 0)
              if (owner !== undefined) expect(next.members.has(owner)).toBe(true)
              // Only its holder gives up what somebody holds who is there.
              if (before?.owner !== undefined && owner !== before.owner) expect(before.owner).toBe(name)
            }
          }
          table = next
        }
        const names = [...table.members.keys()]
        const settled = settle(table, names)
        const shares = names.map((each) => held(settled, each))
        if (names.length > 0) expect(shares.reduce((sum, share) => sum + share, 0)).toBe(PARTITIONS)
        for (const share of shares) expect(share).toBeLessThanOrEqual(Math.ceil(PARTITIONS / names.length))
      }),
      { floor: 0.25, numRuns: 100 },
    )
  })
})
