import { isDeepStrictEqual } from 'node:util'
import { expect, it, vi } from 'vitest'
import fc from 'fast-check'
import { createDesk, type Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { projections } from '../../../src/projections/index.ts'
import {
  ACCOUNT,
  administrator,
  afterwards,
  aki,
  ben,
  body,
  caughtUp,
  echoes,
  edits,
  MINUTE,
  openDesk,
  post,
  says,
  settled,
  system,
  unsends,
  withChannel,
  withOrganization,
} from '../desk.ts'
import { rememberingKeys } from '../remembered-keys.ts'
import { holds, tells } from '../../holds.ts'

// Whole desks, one for each run of a property.
vi.setConfig({ testTimeout: 120_000 })

/** Every document of every view, and every entry of every index. */
const documents = async ({ views, known }: ReturnType<typeof rememberingKeys>): Promise<Record<string, unknown>> => {
  const all: Record<string, unknown> = {}
  for (const [name, { view, keys }] of known) {
    const documentKeys = [...keys].toSorted()
    const found = await views.get(view, documentKeys)
    documentKeys.forEach((key, at) => {
      // A counter that has come back to nothing is as good as none.
      if (found[at] !== undefined && !isDeepStrictEqual(found[at], { count: 0 })) all[`${name} ${key}`] = found[at]
    })
  }
  for (const { name, version, indexes, counters } of projections) {
    const places: [string, string][] = Object.keys(indexes).map((index) => [name, index])
    if (counters !== undefined) places.push([`${name}.counters`, 'counter'])
    for (const [view, index] of places) {
      const hits = await views.query({ name: view, version }, { index, prefix: [], limit: 1_000 })
      for (const { key, entry } of hits) all[`${view} ${index} ${JSON.stringify(entry)} ${key}`] = true
    }
  }
  return all
}

const actions = fc.array(
  fc.record({
    what: fc.constantFrom(
      'says',
      'says',
      'says',
      'edits',
      'unsends',
      'echoes',
      'picks up',
      'ends',
      'notes',
      'blocks',
      'unblocks',
      'converts',
      'replies',
      'reads',
      'disables',
      'enables',
      'removes',
      'associates',
      'rubbish',
      'waits',
    ),
    customer: fc.nat(3),
    n: fc.nat(5),
  }),
  { minLength: 30, maxLength: 60 },
)
type Action = (typeof actions extends fc.Arbitrary<infer All extends readonly unknown[]> ? All : never)[number]

/** Two customers have written, have been answered and have a ticket. */
const BEGINNING: readonly Action[] = [0, 1].flatMap((customer) =>
  (['says', 'replies', 'converts', 'says'] as const).map((what, n) => ({ what, customer, n })),
)

const run = async (each: Awaited<ReturnType<typeof openDesk>>, channelId: string, all: readonly Action[]) => {
  const { desk, clock } = each
  for (const { what, customer, n } of all) {
    clock.advance(MINUTE)
    const of = { customer: `60000${customer}`, at: clock.now() }
    const mid = `m${customer}-${n}`
    const entry = (await desk.inbox.list(aki)).items.find(({ customerId }) => customerId === of.customer)
    const conversation = { conversationId: entry?.conversationId ?? 'none' }
    const act: Record<Action['what'], () => Promise<unknown>> = {
      says: () => post(desk, body([says(mid, `Text ${n} はい`, of)])),
      edits: () => post(desk, body([edits(mid, `Edited ${n}`, n, of)])),
      unsends: () => post(desk, body([unsends(mid, of)])),
      echoes: () => post(desk, body([echoes(`e${mid}`, 'From the app', of)])),
      'picks up': () => desk.conversations.pickUp(n % 2 === 0 ? aki : ben, conversation),
      ends: () => desk.conversations.end(aki, conversation),
      notes: () => desk.conversations.addNote(aki, { ...conversation, text: 'Note' }),
      blocks: () => desk.conversations.block(aki, conversation),
      unblocks: () => desk.conversations.unblock(aki, conversation),
      converts: () => desk.conversations.convert(aki, conversation),
      replies: () => desk.conversations.reply(aki, { ...conversation, text: `Answer ${n}` }),
      reads: () => desk.conversations.markRead(aki, { ...conversation, upTo: n }),
      disables: () => desk.channels.disable(administrator, { channelId }),
      enables: () => desk.channels.enable(administrator, { channelId }),
      removes: () => desk.channels.remove(administrator, { channelId, agentId: 'ben' }),
      associates: () => desk.channels.associate(administrator, { channelId, agentId: 'ben' }),
      rubbish: () => post(desk, `rubbish ${n}`),
      waits: async () => clock.advance(45 * MINUTE),
    }
    await act[what]().catch((error: { code?: string }) => expect(error.code).toBeDefined())
    await caughtUp(each)
  }
}
it('views built anew from the log are those that grew with it, document by document, entry by entry', async () => {
  await holds(
    fc.asyncProperty(actions, async (all) => {
      const live = memory()
      const growing = rememberingKeys(live.views)
      const each = await openDesk({ store: { ...live, views: growing.views } })
      await withOrganization(each.desk)
      const channelId = await withChannel(each.desk, ACCOUNT)
      await caughtUp(each)
      // Whatever comes by lot, there is something to be seen.
      await run(each, channelId, BEGINNING)
      await run(each, channelId, all)
      await settled(each)
      await caughtUp(each)
      const grown = await documents(growing)
      const rebuilt = rememberingKeys(memory().views)
      const fresh: Store = { ...each.store, views: rebuilt.views }
      const again = createDesk({ ...each.options, store: fresh, delivery: { enabled: false } })
      await again.start()
      afterwards(() => again.stop())
      await caughtUp({ desk: again, store: fresh })
      expect(await documents(rebuilt)).toEqual(grown)
      tells(Object.keys(grown).length > 40)
    }),
    { numRuns: 6, floor: 1 },
  )
})

it('views that stand on an event which a restored, older log does not have are built anew', async () => {
  const each = await openDesk()
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  await post(each.desk, body([says('m1', 'In the backup')]))
  const { events: backup } = await each.store.events.readAll({ limit: 1_000 })
  await post(each.desk, body([says('m2', 'Lost')]))
  await caughtUp(each)
  const restored = memory()
  for (const { stream, revision, position: _, ...event } of backup) {
    await restored.events.append(stream, revision === 0 ? 'none' : revision - 1, [event])
  }
  // What happened after the restore stands where lost events stood.
  const warned: string[] = []
  const log = { info: () => {}, warn: (message: string) => void warned.push(message), error: () => {} }
  const store: Store = { ...restored, views: each.store.views }
  const again = createDesk({ ...each.options, store, log })
  afterwards(() => again.stop())
  await post(again, body([says('m3', 'After the restore'), says('m4', 'And more')]))
  await again.start()
  await caughtUp({ desk: again, store })
  const [entry] = (await again.inbox.list(aki)).items
  const { items } = await again.conversations.transcript(aki, { conversationId: entry?.conversationId ?? '' })
  const texts = items.flatMap((item) => (item.kind === 'message' ? [item.text] : []))
  expect(new Set(texts)).toEqual(new Set(['After the restore', 'And more', 'In the backup']))
  expect((await again.inbox.search(aki, { text: 'Lost' })).messages).toEqual([])
  expect(warned).toContain('a view stands on an event that the log does not have; it is built anew')
})

it('snapshots that stand on an event which a restored log does not have, or has another one for, are not used', async () => {
  const each = await openDesk()
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  await post(each.desk, body([says('m1', 'In the backup')]))
  const { events: backup } = await each.store.events.readAll({ limit: 1_000 })
  for (let n = 0; n < 80; n++) await post(each.desk, body([says(`x${n}`, 'Lost')]))
  await caughtUp(each)
  for (const since of [1, 90]) {
    const restored = memory()
    for (const { stream, revision, position: _, ...event } of backup) {
      await restored.events.append(stream, revision === 0 ? 'none' : revision - 1, [event])
    }
    // The first desk after the restore grows past the place where the old snapshot stands.
    const store: Store = { ...restored, snapshots: { ...restored.snapshots, load: each.store.snapshots.load } }
    const first = createDesk({ ...each.options, store: { ...restored, snapshots: memory().snapshots } })
    for (let n = 0; n < since; n++) expect(await post(first, body([says(`y${n}`, 'After')]))).toBe(200)
    const again = createDesk({ ...each.options, store })
    await again.start()
    expect(await post(again, body([says('y0', 'After'), says('x0', 'Written again')]))).toBe(200)
    await caughtUp({ desk: again, store })
    expect((await again.inbox.list(aki)).items[0]?.counts.received).toBe(since + 2)
    await again.stop()
  }
})

it('an event of a newer version stops the views, says so, and is never skipped', async () => {
  const logged: unknown[] = []
  const log = { info: () => {}, warn: () => {}, error: (...words: unknown[]) => void logged.push(words) }
  const each = await openDesk({ log })
  const { desk, store } = each
  await withOrganization(desk)
  await withChannel(desk, ACCOUNT)
  await post(desk, body([says('m1', 'Before')]))
  await caughtUp(each)
  const conversationId = (await desk.inbox.list(aki)).items[0]?.conversationId ?? ''
  const stream = `conversation-${conversationId}`
  const head = await store.events.head(stream)
  const { position } = await store.events.append(stream, head?.revision ?? 0, [
    {
      id: '9d2d8f4e-7d0a-4c0e-8a6f-3f3a4c1f0001',
      type: 'MessageReceived',
      version: 99,
      data: {},
      meta: { conversationId },
      recordedAt: 1,
    },
  ])
  await expect(desk.waitFor(position, 300)).rejects.toMatchObject({ name: 'ViewsBehind' })
  expect(
    desk.operations.progress(system).every(({ state, problem }) => state === 'stopped' && problem === 'NewerThanCode'),
  ).toBe(true)
  expect(JSON.stringify(logged)).toContain('"type":"MessageReceived","version":99')
  // That stream's commands stop too; other conversations are recorded all the same.
  await expect(desk.conversations.addNote(aki, { conversationId, text: 'x' })).rejects.toMatchObject({
    name: 'NewerThanCode',
  })
  expect(await post(desk, body([says('m2', 'After')]))).toBe(503)
  expect(await post(desk, body([says('m3', 'Somebody else', { customer: '1234' })]))).toBe(200)
  await expect(desk.waitFor(position, 100)).rejects.toMatchObject({ name: 'ViewsBehind' })
})
