import { describe, expect, it } from 'vitest'
import type { Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { sqlite } from 'madoguchi/sqlite'
import { faultyStore } from 'madoguchi/testing'
import type { ViewRunnerOptions } from '../../../src/application/views/view-runner.ts'
import { refuseInFile } from '../../adapters/sqlite/refuse.ts'
import { fileOf, removeFiles } from '../../adapters/sqlite/files.ts'
import { discardPlace, openPlace, refuseInPlace } from '../../adapters/postgres/places.ts'
import {
  afterwards,
  aki,
  anotherDesk,
  body,
  caughtUp,
  NOON,
  openChannel,
  post,
  recording,
  says,
  system,
  until,
} from '../desk.ts'
import { each, head, idOf, running, write } from './runners.ts'

// One event that a fold or an engine cannot take stops no view. Engines that are asked to refuse do so by a trigger.

interface Ground {
  readonly open: () => Promise<Store>
  /** The database refuses the document of that key and entries that hold that word. */
  readonly refuse?: (what: { key: string; entry: string }) => Promise<() => Promise<void>>
}

let places = 0
const grounds: Readonly<Record<string, () => Ground>> = {
  memory: () => {
    const store = memory()
    return { open: async () => store }
  },
  sqlite: () => {
    const place = `omissions_${process.pid}_${++places}`
    afterwards(async () => removeFiles(place))
    return { open: async () => sqlite(fileOf(place)), refuse: (what) => refuseInFile(place, what) }
  },
  postgres: () => {
    const place = `omissions_${process.pid}_${++places}`
    afterwards(() => discardPlace(place))
    return { open: () => openPlace(place), refuse: (what) => refuseInPlace(place, what) }
  },
}

type Event = { type: string; data: { at: number } }
interface Document {
  readonly n: number
  readonly seen: number
}

/** One document per stream and one per event; `plant` makes it as bad as the test wants. */
const counting = (
  version: number,
  plant: { fold?: number; entry?: (n: number) => unknown; document?: number } = {},
) => ({
  name: 'counting',
  version,
  types: ['DepartmentsSet'],
  keys: ({ id, stream }: { id: string; stream: string }) => [stream, id],
  evolve: (document: Document | undefined, { event }: { event: Event }, key: string) => {
    const { at } = event.data
    if (at === plant.fold && !key.startsWith('organization-')) throw new RangeError('planted')
    const n = at === plant.document && !key.startsWith('organization-') ? (1n as unknown as number) : at
    return { n, seen: (document?.seen ?? 0) + 1 }
  },
  indexes: {
    by: ({ n }: Document, key: string) =>
      key.startsWith('organization-') ? [] : [[(plant.entry?.(n) ?? n) as number]],
    other: ({ n }: Document, key: string) => (key.startsWith('organization-') ? [] : [[n]]),
  },
  counters: () => [['all']],
})

const EVENTS = 60
const BAD = 23

/** Folds the log of a fresh place with these views and gives what became of it. */
const folded = async (store: Store, projections: readonly unknown[], more: Partial<ViewRunnerOptions> = {}) => {
  const { lines, log } = recording()
  const runner = running(store, projections, { log, ...more })
  await runner.waitFor(await head(store), { timeout: 20_000 })
  return { runner, lines }
}
const omissionsIn = ({ runner }: { runner: ReturnType<typeof running> }, name = 'counting') =>
  runner.progress().find((row) => row.name === name)?.omissions
const inIndex = async ({ views }: Store, version: number, index: string) =>
  (await views.query({ name: 'counting', version }, { index, prefix: [], limit: 1_000 })).length
const seenIn = async ({ views }: Store, version: number) =>
  ((await views.get({ name: 'counting', version }, ['organization-acme']))[0] as Document | undefined)?.seen

for (const [engine, ground] of Object.entries(grounds))
  describe(`views on ${engine}`, () => {
    it('go on past an event that a fold cannot take, and name it, also after a restart, until a rebuild takes it', async () => {
      const { open } = ground()
      const store = await open()
      afterwards(() => store.close())
      await write(store, 0, EVENTS)
      const first = await folded(store, [counting(1, { fold: BAD }), each('other')])
      const place = { stream: 'organization-acme', revision: BAD }
      expect(first.runner.progress().map(({ name, state }) => [name, state])).toEqual([
        ['counting', 'live'],
        ['other', 'live'],
      ])
      expect(omissionsIn(first)).toMatchObject({
        count: 1,
        newest: [{ what: 'event', ...place, problem: 'RangeError' }],
      })
      expect(omissionsIn(first, 'other')).toBeUndefined()
      // All documents of that event are as they were before it.
      expect(await seenIn(store, 1)).toBe(EVENTS - 1)
      expect(await inIndex(store, 1, 'by')).toBe(EVENTS - 1)
      const told = first.lines.filter(({ view }) => view === 'counting')
      expect(told).toMatchObject([{ view: 'counting', what: 'event', ...place, problem: 'RangeError' }])
      await first.runner.stop()

      const again = await folded(store, [counting(1, { fold: BAD }), each('other')])
      expect(omissionsIn(again)).toEqual(omissionsIn(first))
      expect(again.lines).toEqual([])
      await again.runner.stop()

      const mended = await folded(store, [counting(2), each('other')])
      expect(omissionsIn(mended)).toBeUndefined()
      expect([await seenIn(store, 2), await inIndex(store, 2, 'by')]).toEqual([EVENTS, EVENTS])
    })

    it.each([
      ['an index entry', { entry: (n: number) => (n === BAD ? Number.NaN : n) }, 'index', EVENTS - 1, EVENTS],
      ['a document', { document: BAD }, 'document', EVENTS - 1, EVENTS - 1],
    ] as const)('go on without %s that the engine cannot keep', async (_, plant, what, inBy, inOther) => {
      const { open } = ground()
      const store = await open()
      afterwards(() => store.close())
      await write(store, 0, EVENTS)
      const first = await folded(store, [counting(1, plant), each('other')])
      await write(store, EVENTS, EVENTS + 5)
      await first.runner.waitFor(await head(store))
      expect(omissionsIn(first)).toMatchObject({
        count: 1,
        newest: [{ what, key: idOf(BAD), stream: 'organization-acme', revision: BAD }],
      })
      expect([await inIndex(store, 1, 'by'), await inIndex(store, 1, 'other')]).toEqual([inBy + 5, inOther + 5])
      expect(await seenIn(store, 1)).toBe(EVENTS + 5)
      expect(first.lines.filter(({ view }) => view === 'counting').length).toBe(1)
      await first.runner.stop()
      const mended = await folded(store, [counting(2), each('other')])
      expect(omissionsIn(mended)).toBeUndefined()
      expect(await inIndex(store, 2, 'by')).toBe(EVENTS + 5)
    })

    it('go on without what an engine fails with and does not name', async () => {
      const { open } = ground()
      const store = await open()
      afterwards(() => store.close())
      const faulty = faultyStore(store)
      faulty.onWrite((write) =>
        write.kind === 'commit' && write.changes.some(({ puts }) => puts.some(({ key }) => key === idOf(BAD)))
          ? { kind: 'error', error: new Error('planted'), when: 'before' }
          : undefined,
      )
      await write(store, 0, EVENTS)
      const first = await folded(faulty, [counting(1)])
      expect(omissionsIn(first)).toMatchObject({ count: 1, newest: [{ what: 'document', key: idOf(BAD) }] })
      expect([await inIndex(store, 1, 'by'), await seenIn(store, 1)]).toEqual([EVENTS - 1, EVENTS])
    })

    if (engine !== 'memory')
      it('go on without what the database refuses, in every process, and take it once it is mended', async () => {
        const { open, refuse } = ground()
        const store = await open()
        const other = await open()
        afterwards(() => Promise.all([store.close(), other.close()]))
        const views = [counting(1, { entry: (n) => (n === BAD + 2 ? 'refused' : 'taken') }), each('other')]
        const first = await folded(store, views)
        await folded(other, views, { isMine: () => false })
        const second = running(other, views, { isMine: () => false })
        await write(store, 0, 10)
        await first.runner.waitFor(await head(store))
        const allow = await refuse?.({ key: idOf(BAD), entry: 'refused' })
        await write(store, 10, EVENTS)
        await first.runner.waitFor(await head(store), { timeout: 20_000 })
        const expected = {
          count: 2,
          newest: [
            { what: 'index', index: 'by', key: idOf(BAD + 2), revision: BAD + 2 },
            { what: 'document', key: idOf(BAD), revision: BAD },
          ],
        }
        await until(async () => omissionsIn({ runner: second })?.count === 2)
        expect(omissionsIn({ runner: second })).toMatchObject(expected)
        expect([await inIndex(store, 1, 'by'), await seenIn(store, 1)]).toEqual([EVENTS - 2, EVENTS])
        await allow?.()
        const mended = await folded(store, [counting(2, { entry: () => 'refused' })])
        expect(omissionsIn(mended)).toBeUndefined()
        expect(await inIndex(store, 2, 'by')).toBe(EVENTS)
      })
  })

describe('a desk', () => {
  const letters = (length: number) =>
    Array.from({ length }, (_, n) => String.fromCharCode(97 + ((n * 7919 + n * n * 31) % 26))).join('')

  it.each(Object.keys(grounds))(
    'on %s serves everybody else when its log holds what its views cannot take',
    async (engine) => {
      const store = await (grounds[engine] as () => Ground)().open()
      const { desk, channelId, account, options } = await openChannel({ store })
      const meta = { organizationId: 'acme', channelId, conversationId: 'planted', customerId: '1' }
      const received = (mid: string, data: object) => ({
        id: crypto.randomUUID(),
        type: 'MessageReceived',
        version: 1,
        data: { messageId: mid, mid, at: NOON, metaAt: NOON, opens: true, convertible: true, ...data } as never,
        meta,
        recordedAt: NOON,
      })
      await store.events.append('conversation-planted', 'none', [
        // Too long for any index of PostgreSQL, with no letters that repeat; and one that no release has written.
        received(letters(9_000), { content: { kind: 'text' } }),
        { ...received('m', {}), data: {} },
      ])
      expect(await post(desk, body([says('m1', 'hello', { account: account.accountId })], account.accountId))).toBe(200)
      await caughtUp({ desk, store })
      const { items } = await desk.inbox.list(aki)
      expect(items.map(({ lastLine }) => lastLine?.text)).toEqual(['hello'])
      const progress = desk.operations.progress(system)
      expect(progress.every(({ state }) => state === 'live')).toBe(true)
      const named = progress.flatMap(({ omissions }) => omissions?.newest ?? [])
      expect(named.length).toBeGreaterThan(0)
      expect(new Set(named.map(({ stream }) => stream))).toEqual(new Set(['conversation-planted']))
      const another = await anotherDesk(options)
      await caughtUp({ desk: another, store })
      expect(another.operations.progress(system).map(({ omissions }) => omissions)).toEqual(
        progress.map(({ omissions }) => omissions),
      )
    },
  )
})
