import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergePages, newestOf, type Source } from '../../../src/application/views/merge-pages.ts'
import type { Hit } from '../../../src/application/views/view-reader.ts'
import { holds, tells } from '../../holds.ts'

/** A list of these instants, and how many of its documents were read. */
const listOf = (name: string, instants: readonly number[]): { source: Source<string>; read: () => number } => {
  const hits = instants
    .toSorted((one, other) => other - one)
    .map((at, place): Hit<string> => {
      return { key: `${name}/${place}`, document: name, cursor: String(place).padStart(6, '0'), entry: [name, at] }
    })
  let count = 0
  const source: Source<string> = {
    name,
    read: async ({ limit, after }) => {
      const page = hits.filter(({ cursor }) => after === undefined || cursor > after).slice(0, limit)
      count += page.length
      return page
    },
    order: ({ entry }) => Number(entry.at(-1)),
  }
  return { source, read: () => count }
}

const LISTS = fc.array(fc.array(fc.nat(1_000), { maxLength: 60 }), { maxLength: 6 })
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

describe('several lists read as one', () => {
  it('give everything once, the newest first, whatever the size of a page', () =>
    holds(
      fc.asyncProperty(LISTS, fc.integer({ min: 1, max: 30 }), async (lists, limit) => {
        const sources = lists.map((instants, n) => listOf(`list-${n}`, instants).source)
        const found: Hit<string>[] = []
        tells(sum(lists.map(({ length }) => length)) > limit)
        let cursor: string | undefined
        do {
          const page = await mergePages(sources, limit, cursor)
          expect(page.hits.length).toBe(Math.min(limit, sum(lists.map(({ length }) => length)) - found.length))
          found.push(...page.hits)
          cursor = page.cursor
        } while (cursor !== undefined)
        const instants = found.map(({ entry }) => Number(entry.at(-1)))
        expect(instants).toEqual(lists.flat().toSorted((one, other) => other - one))
        expect(new Set(found.map(({ key }) => key)).size).toBe(found.length)
      }),
      { floor: 0.2 },
    ))

  it('are read as far as a page needs them, and not each to the length of a page', async () => {
    const lists = Array.from({ length: 20 }, (_, n) =>
      listOf(
        `list-${n}`,
        Array.from({ length: 500 }, (_, place) => place * 20 + n),
      ),
    )
    const { hits } = await mergePages(
      lists.map(({ source }) => source),
      100,
      undefined,
    )
    expect(hits).toHaveLength(100)
    expect(sum(lists.map(({ read }) => read()))).toBeLessThanOrEqual(20 * 11)
  })

  it('are read on where one of them holds all that is newest', async () => {
    const busy = listOf(
      'busy',
      Array.from({ length: 500 }, (_, place) => 1_000 + place),
    )
    const quiet = Array.from({ length: 9 }, (_, n) => listOf(`quiet-${n}`, [1, 2, 3]))
    const found: string[] = []
    for await (const { hit } of newestOf(
      [busy, ...quiet].map(({ source }) => source),
      50,
    )) {
      found.push(hit.document)
      if (found.length === 50) break
    }
    expect(new Set(found)).toEqual(new Set(['busy']))
    expect(busy.read()).toBeLessThanOrEqual(100)
  })
})
