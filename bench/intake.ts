import type { Desk, Store } from 'madoguchi'
import { takeBare } from './bare-log.ts'
import { benchDesk, createChannel } from './bench-desk.ts'
import { concurrently } from './concurrently.ts'
import type { Engine } from './engines.ts'
import { type Figure, interleaved, perSecond } from './measure.ts'
import { postgresEngine } from './postgres-engine.ts'
import { Random } from './random.ts'
import { sqliteEngine } from './sqlite-engine.ts'
import { bodyOf, signed } from './webhook-requests.ts'

const CONVERSATIONS = 1_000
const CONCURRENT = 32
const EACH = 3

const take = (desk: Desk, requests: readonly Request[]): Promise<void> =>
  concurrently(requests, CONCURRENT, async (request) => {
    const { status } = await desk.handle(request)
    if (status !== 200) throw new Error(`a webhook was answered with ${status}`)
  })

const untilVisible = async (desk: Desk, store: Store): Promise<void> => {
  const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  await desk.waitFor(last?.position, 60_000)
}

interface Setting {
  readonly name: string
  readonly aim: string
  readonly engine: Engine
  readonly views: boolean
  /** Whether every message is the first one of its conversation. */
  readonly fresh: boolean
}

/** Signed requests to durable events, 32 at a time, one message each. */
const intake = async ({ name, aim, engine, views, fresh }: Setting, rounds: number): Promise<Figure> => {
  const ground = await engine()
  const { store } = ground
  const desk = benchDesk(store, { delivery: { enabled: false } })
  await createChannel(desk)
  const random = new Random(1)
  let customers = 0
  const requests = (): readonly Request[] => {
    const at = Date.now()
    if (fresh) {
      customers += CONVERSATIONS
      const first = customers
      return Array.from({ length: CONVERSATIONS }, (_, n) => signed(bodyOf([first + n], at, random)))
    }
    return Array.from({ length: CONVERSATIONS * EACH }, (_, n) => signed(bodyOf([n % CONVERSATIONS], at, random)))
  }
  if (!fresh)
    await take(
      desk,
      Array.from({ length: CONVERSATIONS }, (_, n) => signed(bodyOf([n], Date.now(), random))),
    )
  if (views) {
    await desk.start()
    await untilVisible(desk, store)
  }
  const bare = await ground.bare()
  let rows = await ground.written()
  await bare.insert(rows)
  const figure = await interleaved(
    { name, unit: 'messages/s', aim },
    rounds,
    async () => {
      const given = requests()
      const figure = await perSecond(given.length, async () => {
        await take(desk, given)
        if (views) await untilVisible(desk, store)
      })
      rows = await ground.written()
      return figure
    },
    () => {
      const given = requests()
      return perSecond(given.length, () => takeBare(bare, given, rows))
    },
  )
  await desk.stop()
  await bare.close()
  await ground.close()
  return figure
}

const AIM = '0.5 and better'
const NO_AIM = 'no aim: the base writes no views'

export const intakeWithoutViews = (rounds: number): Promise<Figure> =>
  intake({ name: 'intake', aim: AIM, engine: sqliteEngine, views: false, fresh: false }, rounds)
export const intakeOfNewCustomers = (rounds: number): Promise<Figure> =>
  intake({ name: 'intake-new', aim: AIM, engine: sqliteEngine, views: false, fresh: true }, rounds)
export const intakeUntilVisible = (rounds: number): Promise<Figure> =>
  intake({ name: 'intake-visible', aim: NO_AIM, engine: sqliteEngine, views: true, fresh: false }, rounds)
export const intakeOnPostgres = (rounds: number): Promise<Figure> =>
  intake({ name: 'intake-postgres', aim: AIM, engine: postgresEngine, views: false, fresh: false }, rounds)
export const intakeOfNewOnPostgres = (rounds: number): Promise<Figure> =>
  intake({ name: 'intake-postgres-new', aim: AIM, engine: postgresEngine, views: false, fresh: true }, rounds)
