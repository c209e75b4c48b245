/** `node bench/append-eventstoredb-process.ts <client> <rounds>` prints one figure as JSON: two clients in one process break each other. */
import { randomUUID } from 'node:crypto'
import type { NewEvent } from 'madoguchi'
import { eventstoredb } from 'madoguchi/eventstoredb'
import { memory } from 'madoguchi/memory'
import { startServer } from '../test/adapters/eventstoredb/fake/running-server.ts'
import { type Flavour, makeClient, urlOf } from '../test/adapters/eventstoredb/flavour.ts'
import { concurrently } from './concurrently.ts'
import { interleaved, perSecond } from './measure.ts'
import { Random } from './random.ts'
import { customerText } from './texts.ts'

const CALLERS = 32
const STREAMS = 1_000
/** Appends of a round. */
const APPENDS = 2_048
const WARM_UPS = 3

const flavour: Flavour = process.argv[2] === 'kurrentdb-client' ? 'kurrentdb-client' : 'db-client'
const rounds = Number(process.argv[3] ?? 11)
const random = new Random(4)

/** An event of about 300 bytes. */
const event = (): NewEvent => ({
  id: randomUUID(),
  type: 'MessageReceived',
  version: 1,
  data: { messageId: randomUUID(), receivedAt: 1_790_000_000_000, opens: true },
  personal: { text: customerText(random).padEnd(60, '.').slice(0, 60) },
  meta: { channelId: randomUUID() },
  recordedAt: 1_790_000_000_000,
})

const server = await startServer()
const client = makeClient(flavour, urlOf(flavour, server.port()))
// The base has a client of its own: a store makes and replaces its own too.
const bare = makeClient(flavour, urlOf(flavour, server.port()))
const store = eventstoredb({ client: flavour === 'db-client' ? client : () => client, state: memory() })

/** Appends one event a call to streams that exist, each at its exact revision. */
const appender = (append: (stream: string, revision: number | undefined, event: NewEvent) => Promise<number>) => {
  const revisions = new Map<string, number>()
  let next = 0
  return async (): Promise<number> => {
    const events = Array.from({ length: APPENDS }, event)
    return perSecond(APPENDS, () =>
      concurrently(events, CALLERS, async (one) => {
        const stream = `stream-${next++ % STREAMS}`
        revisions.set(stream, await append(stream, revisions.get(stream), one))
      }),
    )
  }
}

const ours = appender(
  async (stream, revision, one) => (await store.events.append(stream, revision ?? 'none', [one])).revision,
)
const base = appender(async (stream, revision, { id, type, data, personal, meta, version, recordedAt }) => {
  const expected = revision === undefined ? ('no_stream' as const) : BigInt(revision)
  const proposed = { id, type, contentType: 'application/json' as const }
  const answer = await bare.appendToStream(
    `bare-${stream}`,
    [{ ...proposed, data: { data, personal: personal ?? {} }, metadata: { meta, version, recordedAt } }],
    { expectedRevision: expected, streamState: expected },
  )
  return Number(answer.nextExpectedRevision)
})

const name = flavour === 'db-client' ? 'append-eventstoredb' : 'append-eventstoredb-kurrent'
const figure = await interleaved({ name, unit: 'appends/s', aim: '0.4 and better' }, rounds, ours, base, WARM_UPS)
await store.close()
await Promise.all([client.dispose(), bare.dispose()])
await server.stop()
console.log(JSON.stringify(figure))
process.exit()
