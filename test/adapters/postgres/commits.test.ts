import { afterEach, describe, expect, it } from 'vitest'
import type { Store } from 'madoguchi'
import { commitText, createToldCommits } from '../../../src/adapters/postgres/told-commits.ts'
import { discardPlace, openPlace } from './places.ts'

const PLACE = 'commits_of_views'
const stores: Store[] = []
const opened = async (options: { readonly listen?: boolean } = {}) => {
  const store = await openPlace(PLACE, options)
  stores.push(store)
  return store
}
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
  await discardPlace(PLACE)
})

const change = (n: number) => ({
  view: { name: 'v', version: 1 },
  from: n === 0 ? undefined : { position: String(n), eventId: `e${n}` },
  to: { position: String(n + 1), eventId: `e${n + 1}` },
  puts: [{ key: 'k', document: n, entries: {} }],
  deletes: [],
})

it('tells whoever waits in another process of a commit of views, and only then', async () => {
  const [one, other] = [await opened(), await opened()]
  const over = new AbortController()
  // Listening begins with whoever follows the log.
  const log = other.events.subscribe({ signal: over.signal })[Symbol.asyncIterator]()
  await log.next()
  const events = log.next()
  await expect.poll(() => other.views.commits?.rings()).toBeGreaterThan(0)
  for (let n = 0; n < 3; n++) {
    const heard = other.views.commits?.rings() ?? 0
    const told = other.views.commits?.after(heard, over.signal)
    await one.views.commit([change(n)])
    await told
    expect(other.views.commits?.rings()).toBeGreaterThan(heard)
    expect(other.views.commits?.reached([{ name: 'v', version: 1 }])).toBe(String(n + 1))
    expect(other.views.commits?.reached([{ name: 'v', version: 2 }])).toBe(undefined)
  }
  const heard = other.views.commits?.rings()
  await one.views.commit([change(0)]).catch(() => {})
  await one.events.append('s', 'none', [
    { id: '00000000-0000-4000-8000-000000000001', type: 'T', version: 1, data: {}, meta: {}, recordedAt: 1 },
  ])
  expect((await events).value).toMatchObject({ kind: 'events' })
  expect(other.views.commits?.rings()).toBe(heard)
  over.abort()
  await log.return?.(undefined)
})

it('tells of none without listening', async () => {
  expect((await opened({ listen: false })).views.commits).toBe(undefined)
})

describe('what notifications tell', () => {
  const views = [
    { name: 'a', version: 1 },
    { name: 'b', version: 2 },
  ]
  const changes = (...places: readonly string[]) =>
    views.map((view, at) => ({ view, to: { position: places[at] ?? '', eventId: 'e' } }))

  it('is how far the last commit of exactly these views came, in whatever order they are named', () => {
    const told = createToldCommits(() => undefined)
    expect(told.heard(commitText(changes('7 x\n', '7 x\n')))).toBe(true)
    expect(told.reached(views.toReversed())).toBe('7 x\n')
    expect(told.reached(views.slice(1))).toBe(undefined)
    told.heard(commitText(changes('3', '3')))
    expect(told.reached(views)).toBe('3')
    expect(told.rings()).toBe(2)
  })

  it('is nothing of views that do not stand together, and of releases that do not say it', () => {
    const told = createToldCommits(() => undefined)
    for (const text of [commitText(changes('7', '8')), commitText([]), 'views']) expect(told.heard(text)).toBe(true)
    expect([told.reached(views), told.rings()]).toEqual([undefined, 3])
    for (const text of ['', 'viewsandmore']) expect(told.heard(text)).toBe(false)
    expect(told.rings()).toBe(3)
  })

  it('is forgotten when some may have been missed', () => {
    const told = createToldCommits(() => undefined)
    told.heard(commitText(changes('7', '7')))
    expect(told.heard()).toBe(false)
    expect([told.reached(views), told.rings()]).toEqual([undefined, 2])
  })
})
