import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Store } from 'madoguchi'
import { postgres } from 'madoguchi/postgres'
import { Pool } from 'pg'
import { benchDesk, createChannel } from './bench-desk.ts'
import { type Figure, figureOf, percentile } from './measure.ts'
import { monotonic } from './monotonic.ts'
import { newSchema, postgresUrl } from './postgres-server.ts'
import { Random } from './random.ts'
import type { Order, Sightings } from './visible-process.ts'
import { bodyOf, signed } from './webhook-requests.ts'

const PER_SECOND = 100
/** Messages of a round: one of each conversation at most. */
const MESSAGES = 400
const CONVERSATIONS = 1_000
const LONGEST_WAIT = 5_000

/** Notes when the first append to each conversation is asked for. */
const noting = (store: Store, asked: Map<string, number>): Store => ({
  ...store,
  events: {
    ...store.events,
    append: (stream, expected, events, options) => {
      const conversation = /^conversation-(.*)$/.exec(stream)?.[1]
      if (conversation !== undefined && !asked.has(conversation)) asked.set(conversation, monotonic())
      return store.events.append(stream, expected, events, options)
    },
  },
})

/** Does it so many times a second, whether or not the former ones have ended. */
const atPace = async (work: (n: number) => Promise<unknown>): Promise<void> => {
  const began = monotonic()
  const all: Promise<unknown>[] = []
  for (let n = 0; n < MESSAGES; n++) {
    const early = began + (n * 1_000) / PER_SECOND - monotonic()
    if (early > 0) await setTimeout(early)
    all.push(work(n))
  }
  await Promise.all(all)
}

/** A bare log in the same database, whose inserts notify. */
const bareLog = async (url: string, schema: string) => {
  const pool = new Pool({ connectionString: url, max: 1 })
  await pool.query(`
    create schema ${schema};
    create table ${schema}.events (
      position bigint generated always as identity primary key, stream text not null, id text not null,
      data text not null, unique (stream, id)
    );`)
  const text = 'x'.repeat(300)
  return {
    append: async (stream: number, id: string) => {
      await pool.query(
        `with added as (insert into ${schema}.events (stream, id, data) values ($1, $2, $3))
         select pg_notify('${schema}', '')`,
        [String(stream), id, text],
      )
    },
    close: () => pool.end(),
  }
}

/**
 * From the append of a message by one process to its being seen by another, at 100 messages a second: the watch of the inbox
 * tells of it with what the view shows; and for comparison, a screen that asks for the whole list then has it. The base inserts a row, notifies, and the other process reads the row.
 */
export const visible = async (rounds: number): Promise<readonly Figure[]> => {
  const url = await postgresUrl()
  const schema = newSchema()
  const bareSchema = newSchema()
  const asked = new Map<string, number>()
  const store = noting(postgres({ connectionString: url, schema }), asked)
  const desk = benchDesk(store, { delivery: { enabled: false } })
  await createChannel(desk)
  await desk.start()
  const random = new Random(5)
  let customer = 0
  const receive = async (): Promise<void> => {
    const { status } = await desk.handle(signed(bodyOf([customer++ % CONVERSATIONS], Date.now(), random)))
    if (status !== 200) throw new Error(`a webhook was answered with ${status}`)
  }
  while (customer < CONVERSATIONS) await Promise.all(Array.from({ length: 20 }, receive))
  const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  await desk.waitFor(last?.position, 60_000)
  const bare = await bareLog(url, bareSchema)

  const other = fork(join(import.meta.dirname, 'visible-process.ts'), [url, schema, bareSchema])
  await once(other, 'message')
  const order = (given: Order): void => void other.send(given)
  const sightings = async (are: (seen: Sightings) => boolean): Promise<Sightings> => {
    const end = monotonic() + LONGEST_WAIT
    for (;;) {
      await setTimeout(100)
      const answered = once(other, 'message')
      order({})
      const [seen] = (await answered) as [Sightings]
      if (are(seen)) return seen
      if (monotonic() > end)
        throw new Error(`of ${asked.size} told ${Object.keys(seen.told).length}, read ${Object.keys(seen.read).length}`)
    }
  }
  const after = (from: ReadonlyMap<string, number>, seen: Sightings['told']): readonly number[] =>
    [...from].map(([id, at]) => (seen[id] ?? Number.NaN) - at)

  const ours = async (): Promise<{ readonly told: readonly number[]; readonly read: readonly number[] }> => {
    asked.clear()
    order({ since: Date.now() })
    await setTimeout(50)
    await atPace(receive)
    const seen = await sightings(({ read }) => [...asked.keys()].every((id) => id in read))
    return { told: after(asked, seen.told), read: after(asked, seen.read) }
  }
  const base = async (): Promise<readonly number[]> => {
    const from = new Map<string, number>()
    order({ since: Date.now() })
    await setTimeout(50)
    await atPace((n) => {
      const id = randomUUID()
      from.set(id, monotonic())
      return bare.append(n, id)
    })
    return after(from, (await sightings(({ told }) => [...from.keys()].every((id) => id in told))).told)
  }

  const told: (readonly number[])[] = []
  const read: (readonly number[])[] = []
  const bases: (readonly number[])[] = []
  for (let round = -1; round < rounds; round++) {
    const seen = await ours()
    const bare = await base()
    if (round < 0) continue
    told.push(seen.told)
    read.push(seen.read)
    bases.push(bare)
  }
  other.disconnect()
  await desk.stop()
  await bare.close()

  const figure = (name: string, values: readonly (readonly number[])[], part: number, aim: string): Figure =>
    figureOf(
      { name, unit: 'ms', aim },
      values.map((each) => percentile(each, part)),
      bases.map((each) => percentile(each, part)),
    )
  return [
    figure('visible-told-p50', told, 0.5, 'under 10 ms'),
    figure('visible-told-p99', told, 0.99, 'under 50 ms'),
    figure('visible-read-p50', read, 0.5, 'none'),
    figure('visible-read-p99', read, 0.99, 'none'),
  ]
}
