import { describe, expect, it } from 'vitest'
import { copyStore } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { contentOf, engines, fill, grow, onlyRead, withEngines } from './places.ts'

withEngines()

const names = Object.keys(engines)
const pairs = names.flatMap((from) => names.map((to) => [from, to] as const))

const expected = async () => {
  const store = memory()
  await fill(store)
  return { store, digest: (await copyStore(store, memory())).digest }
}

describe.each(pairs)('from %s to %s', (from, to) => {
  it('everything is the same, but for positions', async () => {
    const source = (await engines[from]?.()) ?? memory()
    const target = (await engines[to]?.()) ?? memory()
    const { digest } = await expected()
    await fill(source)
    const before = await contentOf(source)
    const report = await copyStore(onlyRead(source), target)
    expect(report).toEqual({ events: 65, copied: 65, tokens: 5, blobs: 2, digest })
    expect(await contentOf(target)).toEqual(before)
    expect(await contentOf(source)).toEqual(before)
    // And the target goes on where the source stood.
    await grow(target, 200, 220)
    await grow(source, 200, 220)
    expect((await contentOf(target)).log).toEqual((await contentOf(source)).log)
    expect(await copyStore(onlyRead(source), target)).toMatchObject({ events: 85, copied: 0 })
  })
})
