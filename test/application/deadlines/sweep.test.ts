import { describe, expect, it } from 'vitest'
import { StoreUnavailable } from 'madoguchi'
import { Sweeper } from '../../../src/application/sweep.ts'
import { silent } from '../desk.ts'

/** An index of so many pieces of work, of which some are done by now. */
const index = (count: number, work: (n: number) => string | undefined) => {
  const done = new Set<number>()
  const asked: number[] = []
  const hits = Array.from({ length: count }, (_, n) => ({
    key: `piece ${n}`,
    document: n,
    cursor: String(n).padStart(4, '0'),
    entry: [n],
  }))
  return {
    asked,
    done,
    sweep: {
      page: ({ limit, after = '' }: { readonly limit: number; readonly after?: string }) =>
        Promise.resolve(hits.filter(({ document, cursor }) => !done.has(document) && cursor > after).slice(0, limit)),
      work: async ({ document }: { readonly document: number }) => {
        asked.push(document)
        const position = work(document)
        if (position !== undefined) done.add(document)
        return position
      },
      isMine: () => true,
      shown: () => Promise.resolve(),
    },
  }
}
const never = new AbortController().signal

describe('a sweep', () => {
  it('does everything, however many pages, also behind a page of pieces that all fail', async () => {
    const { sweep, done } = index(200, (n) => {
      if (n < 70) throw new TypeError('never')
      return 'written'
    })
    await new Sweeper('sweeping', silent).run(sweep, never)
    expect(done.size).toBe(130)
  })

  it('asks what failed or wrote nothing again later only, so that it never spins', async () => {
    const { sweep, asked } = index(3, (n) => {
      if (n === 0) throw new TypeError('never')
      return n === 1 ? undefined : 'written'
    })
    const sweeper = new Sweeper('sweeping', silent)
    for (let round = 0; round < 5; round++) await sweeper.run(sweep, never)
    expect(asked).toEqual([0, 1, 2])
  })

  it('leaves an unreachable store to its worker, which waits longer and longer', async () => {
    const { sweep } = index(2, () => {
      throw new StoreUnavailable('not-applied')
    })
    await expect(new Sweeper('sweeping', silent).run(sweep, never)).rejects.toMatchObject({ name: 'StoreUnavailable' })
  })
})
