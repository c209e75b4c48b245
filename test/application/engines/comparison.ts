import { expect, it } from 'vitest'
import fc from 'fast-check'
import { createDesk, type Desk, isRefusal, type Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import type { CustomerHandle } from 'madoguchi/simulator'
import type { Step } from '../../../src/application/steps.ts'
import { projections } from '../../../src/projections/index.ts'
import {
  ACCOUNT,
  administrator,
  afterwards,
  aki,
  ben,
  caughtUp,
  MINUTE,
  openDesk,
  silent,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'
import { rememberingKeys } from '../remembered-keys.ts'
import { processOn } from '../protocols/mortal.ts'
import { holds, tells } from '../../holds.ts'

// The same commands in the same order, with a process that dies between two steps of a protocol, on memory and on another engine:
// what is in the log and in the views afterwards must be the same, but for ids that are drawn by lot.

/** Every step at which a process may die; `undefined`: it lives. */
export const STEPS: readonly (Step | undefined)[] = [
  undefined,
  'attempted',
  'called',
  'answered',
  'converted',
  'ticket-opened',
  'slot-taken',
  'account-claimed',
  'channel-created',
  'deletion-settled',
]

const action = fc.record({
  what: fc.constantFrom(
    'says',
    'edits',
    'unsends',
    'reacts',
    'picks up',
    'transfers',
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
    'waits',
  ),
  customer: fc.nat(1),
  n: fc.nat(5),
})
interface Action {
  readonly what:
    | (typeof action extends fc.Arbitrary<infer One extends { what: string }> ? One : never)['what']
    | 'opens'
    | 'deletes'
  readonly customer: number
  readonly n: number
}

const act = (what: Action['what'], n = 0): Action => ({ what, customer: 0, n })

/** Whatever else happens, every step is come to. */
const script = fc
  .tuple(fc.array(action, { minLength: 4, maxLength: 8 }), fc.array(action, { minLength: 4, maxLength: 8 }))
  .map(([before, after]): readonly Action[] => [
    act('replies'),
    act('says', 1),
    act('waits'),
    act('opens'),
    ...before,
    act('unsends', 1),
    ...after,
    act('enables'),
    act('unblocks'),
    act('says', 1),
    act('deletes'),
    act('waits'),
  ])

/** A call that a dead process had begun is waited for so long; a living one answers sooner, also on a machine that is busy. */
const CALL_TIMEOUT = 1_500

const headOf = async ({ events }: Store): Promise<unknown> =>
  (await events.readAll({ backwards: true, limit: 1 })).events[0]?.position

/** Plays the script; what it leaves behind. */
const play = async (
  given: Store,
  all: readonly Action[],
  dieAt: Step | undefined,
): Promise<{ readonly dies: boolean; readonly log: readonly string[]; readonly views: readonly string[] }> => {
  const grown = rememberingKeys(given.views)
  const store: Store = { ...given, views: grown.views }
  const mortal = processOn(store, dieAt)
  const opened = await openDesk({ store, started: false, simulator: { faults: { dropEcho: 1 } } })
  const { simulator, clock } = opened
  const options = { ...opened.options, delivery: { callTimeout: CALL_TIMEOUT }, log: silent }
  let desk: Desk = createDesk({
    ...options,
    store: mortal.store,
    meta: { ...options.meta, messenger: mortal.messenger(options.meta.messenger) },
    onStep: mortal.onStep,
  })
  afterwards(async () => mortal.kill())
  let hasDied = false
  /** Another process comes as soon as the one has died. */
  const lives = async (): Promise<void> => {
    if (hasDied || !mortal.isDead()) return
    hasDied = true
    desk = createDesk(options)
    afterwards(() => desk.stop())
    await desk.start()
  }
  simulator.setWebhook((request) => desk.handle(request))
  await desk.start()

  /** Waits until nothing is left to do at this instant. */
  const rests = async (): Promise<void> => {
    const end = performance.now() + 60_000
    for (let pause = 2; !(await isAtRest()); pause = Math.min(2 * pause, 64)) {
      if (performance.now() > end) throw new Error('it does not come to rest')
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  const isAtRest = async (): Promise<boolean> => {
    await lives()
    const before = await headOf(store)
    await caughtUp({ desk, store }).catch(() => undefined)
    const viewOf = (name: string) => ({ name, version: projections.find((each) => each.name === name)?.version ?? 0 })
    const now = clock.now()
    const open = await Promise.all([
      store.views.query(viewOf('outbox'), { index: 'ready', prefix: [], to: now, limit: 1 }),
      store.views.query(viewOf('deadlines'), { index: 'due', prefix: [], to: now, limit: 1 }),
      store.views.query(viewOf('follow-ups'), { index: 'pending', prefix: [], limit: 1 }),
      store.views.query(viewOf('follow-ups'), { index: 'deletions', prefix: [], limit: 1 }).then(async ([deletion]) => {
        const { channelId = '' } = (deletion?.document ?? {}) as { channelId?: string }
        const view = viewOf('pending-conversions')
        return store.views.query(view, { index: 'channel', prefix: [channelId], limit: 1 })
      }),
    ])
    // The lists are asked for one after the other: they belong together only if nothing has happened meanwhile.
    if (before !== (await headOf(store))) return false
    return open.every((hits) => hits.length === 0) && hasDied === mortal.isDead()
  }

  const attempt = async (act: () => Promise<unknown>): Promise<void> => {
    await act().catch((error: unknown) => {
      if (!isRefusal(error) && !mortal.isDead()) throw error
    })
    await rests()
  }
  await attempt(() => withOrganization(desk))
  const account = simulator.addAccount({ flavour: 'instagram-login', username: 'acme.shop' })
  await attempt(() => withChannel(desk, account))
  // A creation whose process died is asked for again, when what it held has been freed.
  clock.advance(2 * MINUTE)
  await rests()
  await attempt(() => withChannel(desk, account))
  const [channel] = (await desk.channels.list(administrator, { organizationId: 'acme' })).items
  const channelId = channel?.channelId ?? ''

  const customers: CustomerHandle[] = []
  const said: string[][] = [[], []]
  for (const name of ['hana', 'yuki']) {
    const customer = account.customer({ name, username: name })
    customers.push(customer)
    const message = customer.says(`Hello from ${name}`)
    await message.delivered
    said[customers.length - 1]?.push(message.mid)
    await rests()
    await until(async () => {
      await caughtUp({ desk, store })
      const { items } = await desk.inbox.list(aki)
      return items.filter(({ profile }) => Object.keys(profile).length > 0).length === customers.length
    })
  }
  const { items } = await desk.inbox.list(aki)
  const conversations = customers.map(
    ({ customerId }) => items.find((item) => item.customerId === customerId)?.conversationId ?? '',
  )

  for (const { what, customer: who, n } of all) {
    clock.advance(MINUTE)
    await rests()
    const customer = customers[who]!
    const mids = said[who]!
    const mid = mids[n % mids.length]!
    const conversation = { conversationId: conversations[who]! }
    const acts: Record<Action['what'], () => Promise<unknown>> = {
      says: async () => {
        const message = customer.says(`Text ${n} はい`)
        mids.push(message.mid)
        await message.delivered
      },
      edits: async () => {
        if (n < 2) await customer.edits(mid, `Edited ${n}`).delivered
      },
      unsends: () => customer.unsends(mid).delivered,
      reacts: () => customer.reacts(mid, '❤').delivered,
      'picks up': () => desk.conversations.pickUp(n % 2 === 0 ? aki : ben, conversation),
      transfers: () => desk.conversations.transfer(aki, { ...conversation, from: null, to: 'ben' } as never),
      ends: () => desk.conversations.end(aki, conversation),
      notes: () => desk.conversations.addNote(aki, { ...conversation, text: 'Note' }),
      blocks: () => desk.conversations.block(aki, conversation),
      unblocks: () => desk.conversations.unblock(aki, conversation),
      converts: () => desk.conversations.convert(aki, conversation),
      replies: () =>
        desk.conversations.reply(aki, { ...conversation, text: `Answer ${n}`, key: `asked at ${clock.now()}` }),
      reads: () => desk.conversations.markRead(aki, { ...conversation, upTo: n }),
      disables: () => desk.channels.disable(administrator, { channelId }),
      enables: () => desk.channels.enable(administrator, { channelId }),
      removes: () => desk.channels.remove(administrator, { channelId, agentId: 'ben' }),
      associates: () => desk.channels.associate(administrator, { channelId, agentId: 'ben' }),
      opens: () => withChannel(desk, ACCOUNT, { name: 'Second' }),
      deletes: () => desk.channels.delete(administrator, { channelId }),
      waits: async () => clock.advance(61 * MINUTE),
    }
    await attempt(async () => {
      // What the simulator's phone does not allow is no matter of the desk's.
      if (what === 'edits' || what === 'unsends' || what === 'reacts') await acts[what]().catch(() => undefined)
      else await acts[what]()
    })
  }
  // What became of calls that were cut, and what was due last.
  for (let n = 0; n < 3; n++) {
    clock.advance(15_000)
    await rests()
  }
  const rebuilt = rememberingKeys(memory().views)
  const fresh: Store = { ...store, views: rebuilt.views }
  const again = createDesk({ ...options, store: fresh, delivery: { enabled: false } })
  afterwards(() => again.stop())
  await again.start()
  await caughtUp({ desk: again, store: fresh })
  const views = await viewsOf(grown)
  expect(await viewsOf(rebuilt)).toEqual(views)
  const left = { dies: mortal.isDead(), log: await logOf(store), views }
  await desk.stop()
  return left
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const WITHOUT = new Set(['position', 'epoch', 'worker', 'textDigest', 'digest'])
/**
 * Ids by the order in which they first occur. What an engine numbers, who did the work, and digests under a store's own key are
 * left out: of a text, and of the `content` that an idempotency key was used for.
 */
const anonymous = (value: unknown): string => {
  const names = new Map<string, string>()
  const text = JSON.stringify(value, (key, member: unknown) =>
    WITHOUT.has(key) || (key === 'content' && typeof member === 'string') ? undefined : member,
  )
  return text.replaceAll(ID, (id) => {
    const name = names.get(id) ?? `id${names.size}`
    names.set(id, name)
    return name
  })
}

/** Every stream, its events in order. Who counts what into the balance depends on who was asked. */
const logOf = async (store: Store): Promise<readonly string[]> => {
  const streams = new Map<string, unknown[]>()
  for (let after: string | undefined; ;) {
    const page = await store.events.readAll(after === undefined ? {} : { after })
    for (const { stream, type, version, data, personal, revision } of page.events) {
      if (stream.startsWith('balance')) continue
      const events = streams.get(stream) ?? []
      events.push({ revision, type, version, data, personal })
      streams.set(stream, events)
    }
    after = page.lookedTo
    if (page.atEnd || after === undefined) break
  }
  return [...streams].map(([stream, events]) => anonymous([stream, events])).toSorted()
}

/** Every entry of every index, with its document, and every document of views that have no index. */
const viewsOf = async ({ views, known }: ReturnType<typeof rememberingKeys>): Promise<readonly string[]> => {
  const all: string[] = []
  for (const { name, version, indexes, counters } of projections) {
    if (name === 'balance') continue
    if (Object.keys(indexes).length === 0) {
      const keys = [...(known.get(`${name}@${version}`)?.keys ?? [])]
      const found = await views.get({ name, version }, keys)
      all.push(...keys.map((key, at) => anonymous([name, key, found[at]])))
    }
    for (const index of Object.keys(indexes)) {
      const hits = await views.query({ name, version }, { index, prefix: [], limit: 1_000 })
      all.push(...hits.map(({ entry, document }) => anonymous([name, index, entry, document])))
    }
    if (counters === undefined) continue
    const hits = await views.query(
      { name: `${name}.counters`, version },
      { index: 'counter', prefix: [], limit: 1_000 },
    )
    const sums = new Map<string, number>()
    for (const { entry, document } of hits) {
      const counter = anonymous(entry.slice(0, -1))
      sums.set(counter, (sums.get(counter) ?? 0) + (document as { count: number }).count)
    }
    all.push(...[...sums].map(([counter, count]) => `${name} ${counter} ${count}`))
  }
  return all.toSorted()
}

/** Declares the comparison of an engine with memory, once for every step. */
export const comparesWithMemory = (open: () => Promise<Store> | Store): void => {
  it.each(STEPS.map((step) => [step ?? 'never', step] as const))(
    'leaves the same log and views as memory, when the process dies at: %s',
    async (_, step) => {
      await holds(
        fc.asyncProperty(script, async (all) => {
          const store = await open()
          const [expected, actual] = await Promise.all([play(memory(), all, step), play(store, all, step)])
          for (const part of ['log', 'views'] as const) {
            // Only what differs, so that it can be read.
            const apart = (one: readonly string[], other: readonly string[]) =>
              one.filter((line) => !other.includes(line))
            expect(apart(actual[part], expected[part])).toEqual(apart(expected[part], actual[part]))
            expect(actual[part]).toHaveLength(expected[part].length)
          }
          tells(expected.log.length > 3)
          expect(expected.dies).toBe(step !== undefined)
          for (const view of ['message-index', 'command-keys'])
            expect(expected.views.filter((line) => line.startsWith(`["${view}",`))).not.toEqual([])
        }),
        { floor: 1, numRuns: Number(process.env['RUNS'] ?? 1), endOnFailure: true },
      )
    },
    600_000,
  )
}
