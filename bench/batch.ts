import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Desk, Store } from 'madoguchi'
import { eventstoredb } from 'madoguchi/eventstoredb'
import { memory } from 'madoguchi/memory'
import { postgres } from 'madoguchi/postgres'
import { sqlite } from 'madoguchi/sqlite'
import { startServer } from '../test/adapters/eventstoredb/fake/running-server.ts'
import { makeClient, urlOf } from '../test/adapters/eventstoredb/flavour.ts'
import { benchDesk, createChannel } from './bench-desk.ts'
import { type Figure, figureAlone, percentile } from './measure.ts'
import { place } from './place.ts'
import { newSchema, postgresUrl } from './postgres-server.ts'
import { Random } from './random.ts'
import { bodyOf, signed } from './webhook-requests.ts'

const EVENTS = 1_000
/** One after the other, in a round. */
const BATCHES = 3
/** Messages that come alone meanwhile, and from how many customers. */
const SINGLES_PER_SECOND = 50
const CUSTOMERS = 500

interface Opened {
  readonly store: Store
  close(): Promise<void>
}

const OPEN: Readonly<Record<string, () => Promise<Opened>>> = {
  memory: async () => ({ store: memory(), close: async () => {} }),
  sqlite: async () => ({ store: sqlite(join(place(), 'desk.db')), close: async () => {} }),
  postgres: async () => ({
    store: postgres({ connectionString: await postgresUrl(), schema: newSchema() }),
    close: async () => {},
  }),
  // Not the engine itself: a stand-in that speaks its protocol, in a process of its own, and writes a file.
  eventstoredb: async () => {
    const server = await startServer()
    const client = makeClient('db-client', urlOf('db-client', server.port()))
    return {
      store: eventstoredb({ client, state: sqlite(join(place(), 'state.db')) }),
      close: async () => {
        await client.dispose()
        await server.stop()
      },
    }
  },
}

/** Milliseconds until this body was answered with 200. What is answered with 503 comes again, as from Meta. */
const answered = async (desk: Desk, body: Uint8Array): Promise<number> => {
  let request = signed(body)
  const began = performance.now()
  for (;;) {
    const { status } = await desk.handle(request)
    if (status === 200) return performance.now() - began
    if (status !== 503) throw new Error(`a webhook was answered with ${status}`)
    request = signed(body)
  }
}

const untilVisible = async (desk: Desk, store: Store): Promise<void> => {
  const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  await desk.waitFor(last?.position, 120_000)
}

/**
 * Batches of 1,000 messages, each of a customer who has not written before, in one webhook each; and meanwhile messages that come
 * alone. All views are running in the same process.
 */
const batches = async (engine: string, rounds: number): Promise<readonly Figure[]> => {
  const opened = await OPEN[engine]!()
  const { store } = opened
  const desk = benchDesk(store, { delivery: { enabled: false } })
  await createChannel(desk)
  await desk.start()
  const random = new Random(6)
  let customers = CUSTOMERS
  const batch = (): Uint8Array => {
    customers += EVENTS
    const first = customers - EVENTS
    return bodyOf(
      Array.from({ length: EVENTS }, (_, n) => first + n),
      Date.now(),
      random,
    )
  }
  await answered(
    desk,
    bodyOf(
      Array.from({ length: CUSTOMERS }, (_, n) => n),
      Date.now(),
      random,
    ),
  )
  await untilVisible(desk, store)

  const longest: number[] = []
  const singles: number[] = []
  for (let round = -1; round < rounds; round++) {
    const bodies = Array.from({ length: BATCHES }, batch)
    const took: number[] = []
    let isOver = false
    const alone = async (): Promise<readonly number[]> => {
      const all: Promise<number>[] = []
      const began = performance.now()
      for (let n = 0; !isOver; n++) {
        all.push(answered(desk, bodyOf([n % CUSTOMERS], Date.now(), random)))
        await setTimeout(Math.max(0, began + ((n + 1) * 1_000) / SINGLES_PER_SECOND - performance.now()))
      }
      return Promise.all(all)
    }
    const meanwhile = alone()
    for (const body of bodies) took.push(await answered(desk, body))
    isOver = true
    const each = await meanwhile
    await untilVisible(desk, store)
    if (round < 0) continue
    longest.push(Math.max(...took) / 1_000)
    singles.push(percentile(each, 0.99))
  }
  await desk.stop()
  await opened.close()
  return [
    figureAlone({ name: `batch-${engine}`, unit: 's', aim: 'under 5 s' }, longest),
    figureAlone({ name: `batch-${engine}-single-p99`, unit: 'ms', aim: 'under 250 ms' }, singles),
  ]
}

export const batchOnMemory = (rounds: number): Promise<readonly Figure[]> => batches('memory', rounds)
export const batchOnSqlite = (rounds: number): Promise<readonly Figure[]> => batches('sqlite', rounds)
export const batchOnPostgres = (rounds: number): Promise<readonly Figure[]> => batches('postgres', rounds)
export const batchOnEventStoreDb = (rounds: number): Promise<readonly Figure[]> => batches('eventstoredb', rounds)
