import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { NewEvent, RecordedEvent, Store } from 'madoguchi'
import { eventstoredb } from 'madoguchi/eventstoredb'
import { memory } from 'madoguchi/memory'
import { sqlite } from 'madoguchi/sqlite'
import { discardPlace, openPlace } from '../../adapters/postgres/places.ts'
import { type RunningServer, startServer } from '../../adapters/eventstoredb/fake/running-server.ts'
import { makeClient, type TestClient } from '../../adapters/eventstoredb/flavour.ts'
import { fileOf, removeFiles } from '../../adapters/sqlite/files.ts'
import { afterwards } from '../desk.ts'

// Places on every engine, and logs to be moved between them.

const MAX_APPEND_SIZE = 4 * 1_048_576

let server: RunningServer | undefined
let client: TestClient | undefined
let made = 0

/** Starts what the engines need; for the top of a test file. */
export const withEngines = (): void => {
  beforeAll(async () => {
    server = await startServer()
    await server.orders({ maxAppendSize: MAX_APPEND_SIZE })
    client = makeClient('db-client', `esdb://${server.host}:${server.port()}?tls=false`)
  })
  beforeEach(() => afterwards(async () => server?.forget()))
  afterAll(async () => {
    await client?.dispose()
    await server?.stop()
  })
}

const kept = (store: Store, discard: () => Promise<unknown> | void = () => {}): Store => {
  afterwards(async () => {
    await store.close()
    await discard()
  })
  return store
}

/** An empty store on each engine. */
export const engines: Readonly<Record<string, () => Promise<Store>>> = {
  memory: async () => kept(memory()),
  sqlite: async () => {
    const place = `moving_${(made += 1)}`
    return kept(sqlite(fileOf(place)), () => removeFiles(place))
  },
  postgres: async () => {
    const place = `moving_${process.pid}_${(made += 1)}`
    return kept(await openPlace(place), () => discardPlace(place))
  },
  eventstoredb: async () => {
    if (client === undefined) throw new Error('the server was not started')
    return kept(eventstoredb({ client, state: memory(), prefix: `moving_${(made += 1)}.` }))
  },
}

const WRITING = new Set([
  'append',
  'appendAll',
  'put',
  'remove',
  'digestKey',
  'adoptDigestKey',
  'commit',
  'write',
  'save',
])

/** A store that nobody may write to. */
export const onlyRead = (store: Store): Store => {
  const guarded = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        if (WRITING.has(String(name))) return () => Promise.reject(new Error(`${String(name)} of a source`))
        return Reflect.get(target, name) as unknown
      },
    })
  return {
    ...store,
    events: guarded(store.events),
    views: guarded(store.views),
    snapshots: guarded(store.snapshots),
    leases: guarded(store.leases),
    keys: guarded(store.keys),
    tokens: guarded(store.tokens),
    blobs: guarded(store.blobs),
  }
}

export const NOON = 1_788_858_000_000

export const idOf = (n: number, group = 1): string =>
  `0000000${group}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`

export const event = (n: number, changes: Partial<NewEvent> = {}): NewEvent => ({
  id: idOf(n),
  type: 'MessageReceived',
  version: 1 + (n % 3),
  data: { n, at: NOON + n },
  ...(n % 2 === 0 && { personal: { text: `text ${n}` } }),
  meta: { actor: 'system', n },
  recordedAt: NOON - n,
  ...changes,
})

const AWKWARD = {
  zebra: 'a\u0000b',
  loneHigh: '\ud83d',
  loneLow: 'x\ude00y',
  emoji: '\u{1f469}\u200d\u{1f467}',
  10: 'ten',
  9: 'nine',
  double: 0.1,
  none: null,
  list: [[], {}],
  ['__proto__']: { inner: true },
  'key \u0000 \ud800': true,
}

/** Appends events `from` to `to` (exclusive) in runs of 1 to 4 on a few streams, as several writers would. */
export const grow = async (store: Pick<Store, 'events'>, from: number, to: number): Promise<void> => {
  for (let n = from; n < to;) {
    const stream = `conversation-${(n * 7) % 11}`
    const many = Math.min(1 + (n % 4), to - n)
    const head = await store.events.head(stream)
    await store.events.append(
      stream,
      head?.revision ?? 'none',
      Array.from({ length: many }, (_, at) => event(n + at)),
    )
    n += many
  }
}

/** A log with everything in it that is hard to keep, and keys, tokens and files. */
export const fill = async (store: Store, many = 60): Promise<void> => {
  await grow(store, 0, many)
  const awkward = JSON.parse(JSON.stringify(AWKWARD)) as NewEvent['data']
  await store.events.append('awkward \u0000 \ud800 \u{1f469}', 'none', [
    event(100_000, { data: awkward, personal: awkward, meta: awkward, type: 'Type \u{1f469}' }),
    event(100_001, { personal: {}, data: {}, meta: {} }),
    event(100_002, { recordedAt: -1, version: 0 }),
  ])
  await store.events.append('large', 'none', [event(100_003, { data: { large: 'x'.repeat(900_000) } })])
  await store.events.append('large', 0, [event(100_004, { personal: { text: '\u65e5'.repeat(300_000) } })])
  await store.keys.digestKey()
  for (let n = 0; n < 5; n++) await store.tokens.put(`channel-${n}`, `token ${n}`)
  await store.blobs.put(
    'icon',
    'image/png',
    Uint8Array.from({ length: 100_000 }, (_, at) => at % 251),
  )
  await store.blobs.put('empty', 'image/jpeg', new Uint8Array())
}

const withoutPosition = (event: RecordedEvent): Omit<RecordedEvent, 'position'> => {
  const { position: _, ...rest } = event
  return rest
}

/** The whole log in its order, without positions. */
export const logOf = async ({ events }: Pick<Store, 'events'>): Promise<readonly Omit<RecordedEvent, 'position'>[]> => {
  const all: RecordedEvent[] = []
  let after: string | undefined
  for (;;) {
    const page = await events.readAll({ limit: 500, ...(after !== undefined && { after }) })
    all.push(...page.events)
    if (page.atEnd) return all.map(withoutPosition)
    after = page.lookedTo
  }
}

/** Everything that is to be the same on both. */
export const contentOf = async (store: Store) => {
  const log = await logOf(store)
  const streams = [...new Set(log.map(({ stream }) => stream))]
  const tokens = await store.tokens.ids()
  const blobs = await store.blobs.ids()
  return {
    log,
    streams: await Promise.all(
      streams.map(async (stream) => (await store.events.read(stream, { limit: 10_000 })).map(withoutPosition)),
    ),
    key: [...((await store.keys.findDigestKey()) ?? [])],
    tokens: await Promise.all(tokens.map(async (id) => [id, await store.tokens.get(id)])),
    blobs: await Promise.all(
      blobs.map(async (id) => {
        const file = await store.blobs.get(id)
        return [id, file?.mediaType, Buffer.from(file?.bytes ?? []).toString('base64')]
      }),
    ),
  }
}

/** The same without `appendAll`: an engine that appends to one stream at a time. */
export const oneByOne = (store: Store): Store => {
  const { appendAll: _, ...events } = store.events
  return { ...store, events }
}

/** The process that copies, killed at its n-th write to the target: before it, or after it and before the answer. */
export const dyingAt = (store: Store, nth: number, when: 'before' | 'after'): Store => {
  let writes = 0
  const guarded = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown
        if (!WRITING.has(String(name)) || typeof member !== 'function') return member
        return async (...asked: unknown[]) => {
          writes += 1
          if (writes > nth || (writes === nth && when === 'before')) throw new Error('killed')
          const result: unknown = await member.apply(target, asked)
          if (writes === nth) throw new Error('killed')
          return result
        }
      },
    })
  const { events, keys, tokens, blobs } = store
  return {
    ...store,
    events: guarded(events),
    keys: guarded(keys),
    tokens: guarded(tokens),
    blobs: guarded(blobs),
  }
}
