import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, it } from 'vitest'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import type { DocumentPut, ViewChanges } from '../../../src/application/ports/views.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { fileOf, removeFiles } from './files.ts'

const PLACE = 'large-commits'
afterEach(() => removeFiles(PLACE))

const view = { name: 'v', version: 1 }
const at = (n: number) => ({ position: String(n).padStart(16, '0'), eventId: `e${n}` })
const document = (n: number, word: string) => ({ n, text: word.repeat(100) })
const puts = (from: number, to: number, word: string): readonly DocumentPut[] =>
  Array.from({ length: to - from }, (_, m) => {
    const n = from + m
    return { key: `k${n}`, document: document(n, word), entries: { by: [[word], [n]] } }
  })
const change = (from: number, to: number, changes: Partial<ViewChanges>): ViewChanges => ({
  view,
  from: from === 0 ? undefined : at(from),
  to: at(to),
  puts: [],
  deletes: [],
  ...changes,
})
/** A build that nobody reads yet. */
const begun = async () => {
  const store = sqlite(fileOf(PLACE))
  await store.views.commit([change(0, 1, { puts: puts(0, 3, 'first'), deferEntries: true })])
  return store
}
const left = (table: string): unknown => {
  const file = new DatabaseSync(fileOf(PLACE))
  const row = file.prepare(`select count(*) as rows from ${table}`).get()
  file.close()
  return row?.['rows']
}

it('puts, replaces and deletes all documents of a commit that is larger than a transaction', async () => {
  const { views, close } = await begun()
  await views.commit([change(1, 2, { puts: puts(0, 900, 'old') })])
  await views.commit([change(2, 3, { puts: puts(500, 1_400, 'new'), deletes: ['k0', 'k499', 'nothing'] })])
  expect(await views.checkpoint(view)).toEqual(at(3))
  expect(await views.get(view, ['k0', 'k1', 'k499', 'k500', 'k1399'])).toEqual([
    undefined,
    document(1, 'old'),
    undefined,
    document(500, 'new'),
    document(1_399, 'new'),
  ])
  await views.index?.([view])
  const words = await views.query(view, { index: 'by', prefix: ['new'], limit: 1_000 })
  expect([words.length, words[0]?.document]).toEqual([900, document(1_000, 'new')])
  expect((await views.query(view, { index: 'by', prefix: [], from: 0, to: 600, limit: 1_000 })).length).toBe(599)
  expect(left('journal')).toBe(0)
  await close()
})

it('refuses a large commit that begins elsewhere, and keeps nothing of it', async () => {
  const store = await begun()
  const other = sqlite(fileOf(PLACE))
  const late = await rejectionOf(store.views.commit([change(7, 8, { puts: puts(0, 900, 'late') })]))
  const outcomes = await Promise.allSettled(
    [store, other].map(({ views }, who) => views.commit([change(1, 2, { puts: puts(0, 900, `by ${who}`) })])),
  )
  expect([late.name, ...outcomes.map(({ status }) => status).toSorted()]).toEqual([
    'CheckpointMoved',
    'fulfilled',
    'rejected',
  ])
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
  expect(await other.views.get(view, ['k0', 'k899'])).toEqual([
    document(0, `by ${winner}`),
    document(899, `by ${winner}`),
  ])
  await store.views.index?.([view])
  expect((await other.views.query(view, { index: 'by', prefix: [`by ${winner}`], limit: 1_000 })).length).toBe(900)
  expect([left('journal'), left('documents')]).toEqual([0, 900])
  await Promise.all([store.close(), other.close()])
})

/** What a process leaves that is killed within a large commit. */
const killed = (doesCount: boolean): void => {
  const file = new DatabaseSync(fileOf(PLACE))
  const { id } = file.prepare('select id from builds').get() as { readonly id: number }
  const { id: index } = file.prepare('select id from indexes').get() as { readonly id: number }
  const write = file.prepare('insert into journal (run, build, key, entries, document) values (7, ?, ?, ?, ?)')
  write.run(id, 'k0', `${index} 2second\u0001`, '"second"')
  write.run(id, 'k1', null, null)
  if (doesCount)
    file.prepare('update builds set run = 7, position = ?, event_id = ?').run(at(2).position, at(2).eventId)
  file.close()
}

it.each([
  ['reads', async (store: ReturnType<typeof sqlite>) => store.views.get(view, ['k2'])],
  ['indexes', async (store: ReturnType<typeof sqlite>) => store.views.index?.([view])],
  ['commits', async (store: ReturnType<typeof sqlite>) => store.views.commit([change(2, 3, {})])],
  [
    'commits much',
    async (store: ReturnType<typeof sqlite>) => store.views.commit([change(2, 3, { puts: puts(3, 900, 'more') })]),
  ],
])('ends the large commit of a process that was killed after it counted, before it %s', async (_, touch) => {
  await (await begun()).close()
  killed(true)
  const store = sqlite(fileOf(PLACE))
  await touch(store)
  expect(left('journal')).toBe(0)
  expect(await store.views.get(view, ['k0', 'k1', 'k2'])).toEqual(['second', undefined, document(2, 'first')])
  await store.views.index?.([view])
  const second = await store.views.query(view, { index: 'by', prefix: ['second'], limit: 9 })
  expect(second.map(({ key }) => key)).toEqual(['k0'])
  await store.close()
})

it('forgets what a process wrote that was killed before it counted', async () => {
  await (await begun()).close()
  killed(false)
  const store = sqlite(fileOf(PLACE))
  expect(await store.views.get(view, ['k0', 'k1'])).toEqual([document(0, 'first'), document(1, 'first')])
  await store.views.index?.([view])
  expect(await store.views.query(view, { index: 'by', prefix: ['second'], limit: 9 })).toEqual([])
  expect([left('journal'), left('documents')]).toEqual([0, 3])
  await store.close()
})

it('leaves nothing in the journal of a build that was dropped', async () => {
  await (await begun()).close()
  killed(false)
  const store = sqlite(fileOf(PLACE))
  await store.views.drop(view)
  expect([left('journal'), left('documents'), left('builds')]).toEqual([0, 0, 0])
  await store.close()
})

it('keeps a large commit of a build that is read in one transaction', async () => {
  const store = sqlite(fileOf(PLACE))
  await store.views.commit([change(0, 1, { puts: puts(0, 900, 'read') })])
  expect((await store.views.query(view, { index: 'by', prefix: ['read'], limit: 1_000 })).length).toBe(900)
  expect(await store.views.builds()).toEqual([{ view, checkpoint: at(1) }])
  await store.close()
})
