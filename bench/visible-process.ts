/**
 * Another process of a desk on PostgreSQL, which says when it saw what. Arguments: the address, the desk's schema, the schema of
 * the bare log.
 */
import { postgres } from 'madoguchi/postgres'
import { Client } from 'pg'
import { AKI, benchDesk } from './bench-desk.ts'
import { monotonic } from './monotonic.ts'

/** When something was seen: ours by the conversation's id, the base's by the event's. */
export interface Sightings {
  /** By the watch of the inbox; by the notification's query. */
  readonly told: Readonly<Record<string, number>>
  /** By a query of the inbox that began when the watch told of something. */
  readonly read: Readonly<Record<string, number>>
}
/** From the other process: what counts from now on was active since then; or, without that, to tell what was seen. */
export interface Order {
  readonly since?: number
}
const [connectionString = '', schema = '', bare = ''] = process.argv.slice(2)

let since = Number.POSITIVE_INFINITY
let told: Record<string, number> = {}
let read: Record<string, number> = {}
const tell = (message: Sightings | 'ready'): void => void process.send?.(message)

const desk = benchDesk(postgres({ connectionString, schema }), { delivery: { enabled: false } })
await desk.start()
await desk.inbox.list(AKI)

/** Does it once more if it is asked for meanwhile, and never twice at a time. */
const oneAtATime = (work: () => Promise<void>): (() => Promise<void>) => {
  let isRunning = false
  let isWanted = false
  return async () => {
    isWanted = true
    if (isRunning) return
    isRunning = true
    while (isWanted) {
      isWanted = false
      await work()
    }
    isRunning = false
  }
}

/** As a screen does it. */
const look = oneAtATime(async () => {
  const { items } = await desk.inbox.list(AKI, { limit: 50 })
  const now = monotonic()
  for (const { conversationId, lastActivityAt } of items) if (lastActivityAt >= since) read[conversationId] ??= now
})
const watch = async (): Promise<void> => {
  for await (const change of desk.inbox.watch(AKI)) {
    if (change.kind !== 'changed' || change.entry.lastActivityAt < since) continue
    told[change.entry.conversationId] ??= monotonic()
    void look()
  }
}
void watch()

const listener = new Client({ connectionString })
// The end of the server is the end of the bench.
listener.on('error', () => process.exit(1))
await listener.connect()
await listener.query(`listen ${bare}`)
let position = 0
const follow = oneAtATime(async () => {
  const { rows } = await listener.query<{ position: string; id: string }>(
    `select * from ${bare}.events where position > $1 order by position`,
    [position],
  )
  const now = monotonic()
  for (const { id } of rows) told[id] ??= now
  position = Math.max(position, Number(rows.at(-1)?.position ?? 0))
})
await follow()
listener.on('notification', () => void follow())

process.on('message', (order: Order) => {
  if (order.since === undefined) {
    tell({ told, read })
    since = Number.POSITIVE_INFINITY
    return
  }
  since = order.since
  told = {}
  read = {}
})
process.once('disconnect', () => process.exit())
tell('ready')
