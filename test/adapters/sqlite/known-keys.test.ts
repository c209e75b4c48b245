import { afterEach, expect, it } from 'vitest'
import { KnownKeys } from '../../../src/adapters/sqlite/known-keys.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import type { ViewChanges } from '../../../src/application/ports/views.ts'
import { fileOf, removeFiles } from './files.ts'

const PLACE = 'known-keys'
afterEach(() => removeFiles(PLACE))

it('forgets no key, takes few for known that are not, and knows nothing of builds that were not begun', () => {
  const known = new KnownKeys(() => 1)
  known.begin(1)
  const keys = Array.from({ length: 20_000 }, (_, n) => `0198a${n.toString(16)}-7000-8000-${n}`)
  for (const key of keys.slice(0, 10_000)) known.add(1, key)
  expect(keys.slice(0, 10_000).every((key) => known.mayHave(1, key))).toBe(true)
  expect(keys.slice(10_000).filter((key) => known.mayHave(1, key)).length).toBeLessThan(10)
  expect(known.mayHave(2, keys[10_001] ?? '')).toBe(true)
})

it('counts only as long as nobody else has written', () => {
  let version = 1
  const known = new KnownKeys(() => version)
  known.begin(1)
  known.refresh()
  expect(known.mayHave(1, 'k')).toBe(false)
  version = 2
  known.refresh()
  expect(known.mayHave(1, 'k')).toBe(true)
})

it('lets a build be read as it is, whichever store has written to it', async () => {
  const view = { name: 'v', version: 1 }
  const at = (n: number) => ({ position: String(n), eventId: `e${n}` })
  const change = (from: number, key: string): ViewChanges => ({
    view,
    from: from === 0 ? undefined : at(from),
    to: at(from + 1),
    puts: [{ key, document: key, entries: {} }],
    deletes: [],
    unfinished: true,
  })
  const stores = [sqlite(fileOf(PLACE)), sqlite(fileOf(PLACE))] as const
  for (let n = 0; n < 6; n += 1) {
    await stores[n % 2 === 0 ? 0 : 1].views.commit([change(n, `k${n}`)])
    const keys = Array.from({ length: 7 }, (_, key) => `k${key}`)
    const there = keys.map((key, at) => (at <= n ? key : undefined))
    for (const { views } of stores) expect(await views.get(view, keys)).toEqual(there)
  }
  await stores[0].views.drop(view)
  await stores[1].views.commit([change(0, 'again')])
  for (const { views } of stores) expect(await views.get(view, ['k0', 'again'])).toEqual([undefined, 'again'])
  await Promise.all(stores.map((store) => store.close()))
})
