import { describe, expect, it } from 'vitest'
import { StoreUnavailable, systemRuntime } from 'madoguchi'
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
    await new Sweeper('sweeping', { log: silent, runtime: systemRuntime }).run(sweep, never)
    expect(done.size).toBe(130)
  })

  it('asks what failed or wrote nothing again later only, so that it never spins', async () => {
    const { sweep, asked } = index(3, (n) => {
      if (n === 0) throw new TypeError('never')
      return n === 1 ? undefined : 'written'
    })
    const sweeper = new Sweeper('sweeping', { log: silent, runtime: systemRuntime })
    for (let round = 0; round < 5; round++) await sweeper.run(sweep, never)
    expect(asked).toEqual([0, 1, 2])
  })

  it('works on the next page while the index shows the last one, and on no third; it ends when all is shown', async () => {
    const { sweep, asked } = index(200, (n) => `written ${String(n).padStart(4, '0')}`)
    const shown: (() => void)[] = []
    let isOver = false
    const all = { ...sweep, shown: () => new Promise<void>((resolve) => void shown.push(resolve)) }
    const run = new Sweeper('sweeping', { log: silent, runtime: systemRuntime })
      .run(all, never)
      .then(() => (isOver = true))
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    }
    for (const [at, many] of [128, 192, 200].entries()) {
      await turns()
      expect([asked.length, shown.length]).toEqual([many, at + 1])
      shown[at]?.()
    }
    await turns()
    expect([isOver, shown.length]).toEqual([false, 4])
    shown[3]?.()
    await run
  })

  it('says that the index cannot be shown', async () => {
    const { sweep } = index(100, () => 'written')
    const lost = { ...sweep, shown: () => Promise.reject(new StoreUnavailable('not-applied')) }
    await expect(
      new Sweeper('sweeping', { log: silent, runtime: systemRuntime }).run(lost, never),
    ).rejects.toMatchObject({ name: 'StoreUnavailable' })
  })

  it('leaves an unreachable store to its worker, which waits longer and longer', async () => {
    const { sweep } = index(2, () => {
      throw new StoreUnavailable('not-applied')
    })
    await expect(
      new Sweeper('sweeping', { log: silent, runtime: systemRuntime }).run(sweep, never),
    ).rejects.toMatchObject({ name: 'StoreUnavailable' })
  })
})
