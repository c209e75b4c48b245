import { expect, it } from 'vitest'
import { memory } from 'madoguchi/memory'
import type { EventStore, Store, Views } from 'madoguchi'
import {
  blobsContract,
  type Engine,
  eventStoreContract,
  keysContract,
  leasesContract,
  snapshotsContract,
  type TestRunner,
  tokensContract,
  viewsContract,
} from '../../src/testing/contracts/index.ts'

// An engine that does one thing wrong must be found out by the contract. The number is that of the first rule that refuses it: where
// another one does, a rule has become weaker, or refuses for a reason of its own.

/** A case that hangs has found something too. */
const LONGEST_CASE = 2_000

const within = (milliseconds: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('hangs')), milliseconds)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** The first case that fails; undefined if the engine passes. */
const foundBy = async (
  contract: (runner: TestRunner, engine: Engine) => void,
  open: () => Store,
): Promise<string | undefined> => {
  const cases: (readonly [name: string, body: () => Promise<void>])[] = []
  const declare = Object.assign((name: string, body: () => Promise<void>) => void cases.push([name, body]), {
    skip: () => undefined,
  })
  const runner: TestRunner = { describe: (_, body) => body(), it: declare, expect }
  contract(runner, {
    name: 'spoilt',
    persistent: false,
    appendsAll: true,
    checksPremises: true,
    open: async () => open(),
  })
  expect(cases.length).toBeGreaterThan(0)
  for (const [name, body] of cases) {
    try {
      await within(LONGEST_CASE, body())
    } catch {
      return name
    }
  }
  return undefined
}

const without = <Of extends object, Key extends keyof Of>(of: Of, key: Key): Omit<Of, Key> => {
  const { [key]: _, ...rest } = of
  return rest
}

type Spoil = (store: Store) => Store
const events =
  (spoil: (events: EventStore) => Partial<EventStore>): Spoil =>
  (store) => ({ ...store, events: { ...store.events, ...spoil(store.events) } })
const views =
  (spoil: (views: Views) => Partial<Views>): Spoil =>
  (store) => ({ ...store, views: { ...store.views, ...spoil(store.views) } })

it.each<[fault: string, contract: (runner: TestRunner, engine: Engine) => void, rule: string, Spoil]>([
  [
    'appends wherever the stream stands',
    eventStoreContract,
    '4',
    events(({ append }) => ({ append: (stream, _, batch, options) => append(stream, 'any', batch, options) })),
  ],
  [
    'does not say that an append was a repetition',
    eventStoreContract,
    '10',
    events(({ append }) => ({ append: async (...all) => ({ ...(await append(...all)), replayed: false }) })),
  ],
  [
    'appends the first of several and no more',
    eventStoreContract,
    '2',
    events(({ append }) => ({
      append: (stream, at, batch, options) => append(stream, at, batch.slice(0, 1), options),
    })),
  ],
  [
    'appends although what it rests on has moved',
    eventStoreContract,
    '17d',
    events(({ append }) => ({ append: (stream, at, batch) => append(stream, at, batch) })),
  ],
  [
    'appends to many streams one after the other',
    eventStoreContract,
    '17c',
    events(({ append }) => ({
      appendAll: async (all) => {
        for (const { stream, expected, events: batch } of all) await append(stream, expected, batch)
      },
    })),
  ],
  [
    'reads a stream backwards forwards',
    eventStoreContract,
    '23',
    events(({ read }) => ({ read: (stream, options = {}) => read(stream, without(options, 'backwards')) })),
  ],
  ['knows no end of a stream', eventStoreContract, '1', events(() => ({ head: async () => undefined }))],
  [
    'loses the last event of a page of the log',
    eventStoreContract,
    '14',
    events(({ readAll }) => ({
      readAll: async (options) => {
        const page = await readAll(options)
        return page.events.length > 1 ? { ...page, events: page.events.slice(0, -1) } : page
      },
    })),
  ],
  [
    'gives events of other types too',
    eventStoreContract,
    '30',
    events(({ readAll }) => ({ readAll: (options = {}) => readAll(without(options, 'types')) })),
  ],
  [
    'tells a subscription everything twice',
    eventStoreContract,
    '25',
    events(({ subscribe }) => ({
      async *subscribe(options) {
        for await (const delivery of subscribe(options)) {
          yield delivery
          yield delivery
        }
      },
    })),
  ],
  [
    'never says that a subscription has caught up',
    eventStoreContract,
    '25',
    events(({ subscribe }) => ({
      async *subscribe(options) {
        for await (const delivery of subscribe(options)) if (delivery.kind !== 'caught-up') yield delivery
      },
    })),
  ],
  ['goes on when it is closed', eventStoreContract, '40', (store) => ({ ...store, close: async () => undefined })],
  [
    'mixes up documents',
    viewsContract,
    'V2',
    views(({ get }) => ({ get: async (view, keys) => (await get(view, keys)).toReversed() })),
  ],
  [
    'lists an index the wrong way round',
    viewsContract,
    'V3',
    views(({ query }) => ({ query: async (view, of) => (await query(view, of)).toReversed() })),
  ],
  [
    'begins a list anew at each page',
    viewsContract,
    'V5',
    views(({ query }) => ({ query: (view, of) => query(view, without(of, 'after')) })),
  ],
  [
    'looks at every place of an index',
    viewsContract,
    'V13',
    views(({ places }) => ({ places: (view, of) => places(view, { ...of, prefix: [] }) })),
  ],
  [
    'commits wherever the view stands',
    viewsContract,
    'V9',
    views(({ commit, checkpoint }) => ({
      commit: async (changes) =>
        commit(await Promise.all(changes.map(async (each) => ({ ...each, from: await checkpoint(each.view) })))),
    })),
  ],
  [
    'keeps what was deleted',
    viewsContract,
    'V3',
    views(({ commit }) => ({ commit: (changes) => commit(changes.map((each) => ({ ...each, deletes: [] }))) })),
  ],
  [
    'commits several views one after the other',
    viewsContract,
    'V9',
    views(({ commit }) => ({
      commit: async (changes) => {
        for (const each of changes) await commit([each])
      },
    })),
  ],
  ['drops nothing', viewsContract, 'V6', views(() => ({ drop: async () => undefined }))],
  ['knows of no builds', viewsContract, 'V2', views(() => ({ builds: async () => [] }))],
  [
    'takes every build for a finished one',
    viewsContract,
    'V24',
    views(({ builds }) => ({ builds: async () => (await builds()).map((each) => without(each, 'unfinished')) })),
  ],
  ['finishes no build', viewsContract, 'V20', views(() => ({ finish: async () => undefined }))],
  [
    'finishes a build with its second commit',
    viewsContract,
    'V24',
    views(({ commit, finish }) => ({
      commit: async (changes) => {
        await commit(changes)
        await finish(changes.flatMap(({ view, from }) => (from === undefined ? [] : [view])))
      },
    })),
  ],
  [
    'keeps no snapshot',
    snapshotsContract,
    'S1',
    (store) => ({ ...store, snapshots: { ...store.snapshots, save: async () => undefined } }),
  ],
  [
    'keeps one snapshot for all',
    snapshotsContract,
    'S1',
    (store) => ({
      ...store,
      snapshots: {
        load: () => store.snapshots.load('one'),
        save: (_, snapshot) => store.snapshots.save('one', snapshot),
      },
    }),
  ],
  [
    'lets everybody win a lease',
    leasesContract,
    'L2',
    (store) => ({
      ...store,
      leases: {
        ...store.leases,
        write: async (name, _, value) => store.leases.write(name, (await store.leases.read(name))?.revision, value),
      },
    }),
  ],
  [
    'makes another key each time',
    keysContract,
    'K1',
    (store) => ({
      ...store,
      keys: { ...store.keys, digestKey: async () => crypto.getRandomValues(new Uint8Array(32)) },
    }),
  ],
  [
    'adopts a key over its own',
    keysContract,
    'K4',
    (store) => ({ ...store, keys: { ...store.keys, adoptDigestKey: async () => true } }),
  ],
  [
    'forgets no token',
    tokensContract,
    'T1',
    (store) => ({ ...store, tokens: { ...store.tokens, remove: async () => undefined } }),
  ],
  [
    'lists the ids of tokens as they come',
    tokensContract,
    'T3',
    (store) => ({
      ...store,
      tokens: { ...store.tokens, ids: async (page) => (await store.tokens.ids(page)).toReversed() },
    }),
  ],
  [
    'cuts a file short',
    blobsContract,
    'B1',
    (store) => ({
      ...store,
      blobs: { ...store.blobs, put: (id, type, bytes) => store.blobs.put(id, type, bytes.subarray(0, 1_000)) },
    }),
  ],
])(
  'an engine that %s is found out, and by which rule',
  async (_, contract, rule, spoil) => {
    expect((await foundBy(contract, () => spoil(memory())))?.split(' ')[0]).toBe(rule)
  },
  120_000,
)

it('an engine that does nothing wrong passes', async () => {
  for (const contract of [
    snapshotsContract,
    leasesContract,
    keysContract,
    tokensContract,
    blobsContract,
    viewsContract,
  ])
    expect(await foundBy(contract, memory)).toBe(undefined)
}, 60_000)
