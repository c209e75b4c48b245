import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CopyNote, type CopyProgress, copyStore, type Store, StoreUnavailable } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { faultyStore } from '../../../src/testing/faulty-store.ts'
import { contentOf, dyingAt, engines, fill, grow, logOf, onlyRead, oneByOne, withEngines } from './places.ts'
import { holds, tells } from '../../holds.ts'

withEngines()

const filled = async (many = 60): Promise<Store> => {
  const source = memory()
  await fill(source, many)
  return source
}

describe('a copy that was killed goes on where it stood,', () => {
  it('whichever write it was, and however often', async () => {
    const source = await filled(300)
    const content = await contentOf(source)
    await holds(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.record({ nth: fc.integer({ min: 1, max: 140 }), when: fc.constantFrom('before', 'after') }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (atOnce, deaths) => {
          const target = atOnce ? memory() : oneByOne(memory())
          for (const { nth, when } of deaths) {
            const n = atOnce ? 1 + (nth % 12) : nth
            await copyStore(onlyRead(source), dyingAt(target, n, when)).catch((error: Error) => {
              if (error.message !== 'killed') throw error
              tells(true)
            })
          }
          await copyStore(onlyRead(source), target)
          expect(await contentOf(target)).toEqual(content)
        },
      ),
      { floor: 0.3, numRuns: 12 },
    )
  }, 120_000)

  it.each(Object.keys(engines))('on %s', async (name) => {
    const source = await filled()
    const target = (await engines[name]?.()) ?? memory()
    const writes = name === 'eventstoredb' ? [3, 17, 4] : [1, 2, 3]
    for (const [at, nth] of writes.entries())
      await expect(
        copyStore(onlyRead(source), dyingAt(target, nth, at % 2 === 0 ? 'after' : 'before')),
      ).rejects.toThrow('killed')
    await copyStore(onlyRead(source), target)
    expect(await contentOf(target)).toEqual(await contentOf(source))
  })
})

it.each(['append', 'append-all'] as const)(
  'a store that cannot be reached for a moment is waited for (%s)',
  async (kind) => {
    const source = await filled()
    const target = faultyStore(kind === 'append' ? oneByOne(memory()) : memory())
    const kinds = ['fail', 'lose-request', 'lose-reply'] as const
    let faults = 0
    target.onWrite((write) => {
      if (write.kind !== kind || faults === kinds.length || (kind === 'append' && write.n % 5 !== 0)) return undefined
      faults += 1
      return { kind: kinds[faults - 1] ?? 'fail' }
    })
    await copyStore(onlyRead(source), target)
    expect(faults).toBe(3)
    expect(await contentOf(target)).toEqual(await contentOf(source))
  },
)

it('a store that stays away ends the copy', async () => {
  const source = await filled(10)
  const target = faultyStore(memory())
  target.onWrite(() => ({ kind: 'fail' }))
  await expect(copyStore(onlyRead(source), target)).rejects.toThrow(StoreUnavailable)
}, 20_000)

it('a signal ends it between two writes, progress says how far it came, and the next call goes on', async () => {
  const source = await filled(3_500)
  const target = memory()
  const stop = new AbortController()
  const seen: CopyProgress[] = []
  const copying = copyStore(onlyRead(source), target, {
    signal: stop.signal,
    onProgress: (progress) => {
      seen.push(progress)
      if (progress.events >= 2_000) stop.abort(new Error('enough'))
    },
  })
  await expect(copying).rejects.toThrow('enough')
  expect(seen.map(({ step, events, copied }) => [step, events, copied])).toEqual([
    ['copying', 1_000, 1_000],
    ['copying', 2_000, 2_000],
  ])
  expect(seen.at(-1)?.note?.events).toBe(2_000)
  expect((await logOf(target)).length).toBe(2_000)
  const report = await copyStore(onlyRead(source), target)
  expect(report).toMatchObject({ events: 3_505, copied: 1_505 })
  expect(await contentOf(target)).toEqual(await contentOf(source))
  expect(report.digest).toBe((await copyStore(source, memory())).digest)
})

describe('while the source grows,', () => {
  it('what came meanwhile is copied too, and what came later by the next call', async () => {
    const source = await filled(2_500)
    const target = memory()
    let grown = 10_000
    const first = await copyStore(source, target, {
      onProgress: ({ step }) => {
        if (step === 'copying' && grown < 10_100) void grow(source, grown, (grown += 50))
      },
    })
    expect(first.events).toBeGreaterThan(2_505)
    await grow(source, 20_000, 20_030)
    await source.tokens.put('channel-2', 'a newer token')
    await source.tokens.remove('channel-3')
    await source.blobs.put('icon', 'image/jpeg', new Uint8Array([1, 2]))
    await source.blobs.remove('empty')
    await copyStore(onlyRead(source), target)
    expect(await contentOf(target)).toEqual(await contentOf(source))
  })

  it('the next call need not compare again what the first one has compared', async () => {
    const source = await filled(4_200)
    const target = memory()
    const { note } = await copyStore(source, target)
    expect(note?.events).toBe(4_000)
    await grow(source, 10_000, 10_100)
    const steps: CopyProgress[] = []
    const kept = JSON.parse(JSON.stringify(note)) as CopyNote
    const report = await copyStore(onlyRead(source), target, {
      since: kept,
      onProgress: (progress) => steps.push(progress),
    })
    expect(steps[0]).toMatchObject({ step: 'comparing', events: 4_205 })
    expect(steps.filter(({ step }) => step === 'comparing')).toHaveLength(1)
    expect(report).toMatchObject({ events: 4_305, copied: 100 })
    expect(report.digest).toBe((await copyStore(source, memory())).digest)
    expect(await logOf(target)).toEqual(await logOf(source))
  })

  it('a note that does not fit these logs is ignored', async () => {
    const source = await filled(1_200)
    const { note } = await copyStore(source, memory())
    if (!note) throw new Error('no note')
    const target = memory()
    await copyStore(source, target, { since: note })
    expect(await logOf(target)).toEqual(await logOf(source))
    const again = await copyStore(source, target, { since: { ...note, source: '0000000000000900' } })
    expect(again).toMatchObject({ events: 1_205, copied: 0 })
  })
})

it('only the log can be moved, while the rest stays where it is', async () => {
  const source = await filled()
  const before = await contentOf(source)
  const { keys, tokens, blobs } = source
  const target = { ...memory(), keys, tokens, blobs }
  expect(await copyStore(source, target)).toMatchObject({ events: 65, tokens: 5, blobs: 2 })
  expect(await contentOf(target)).toEqual(before)
  await expect(copyStore(source, { ...target, events: source.events })).rejects.toThrow(TypeError)
})
