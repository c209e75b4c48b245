/**
 * Asks the fake and a real node the same, and prints where they differ.
 *
 *   KURRENTDB_URL=esdb://localhost:2113?tls=false node --conditions=madoguchi-source test/adapters/eventstoredb/fidelity.ts
 *
 * Both clients are asked with, or the one that is named. Each side and client has a process of its own: the clients break each
 * other, and the older one throws where nobody can catch it. Without KURRENTDB_URL it prints what the fake answers.
 */
import { execFile } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { ProposedEvent, ResolvedEvent } from '../../../src/adapters/eventstoredb/client.ts'
import { startServer } from './fake/running-server.ts'
import { type Flavour, makeClient, type TestClient, urlOf } from './flavour.ts'

type Answers = ReadonlyMap<string, string>

/** Milliseconds until a node has given its second answer to what it refused. */
const SECOND_ANSWER = 4_000
const START = { direction: 'forwards', fromRevision: 'start', maxCount: 100 } as const

const event = (id: string = crypto.randomUUID(), changes: Partial<ProposedEvent> = {}): ProposedEvent => ({
  id,
  type: 'Probe',
  contentType: 'application/json',
  data: { text: 'a\u0000b \ud83d \u7a93' },
  metadata: { n: 1 },
  ...changes,
})

const expecting = (expected: 'any' | 'no_stream' | 'stream_exists' | bigint) => ({
  expectedRevision: expected,
  streamState: expected,
})

const all = async (reading: AsyncIterable<ResolvedEvent>): Promise<readonly ResolvedEvent[]> => {
  const events: ResolvedEvent[] = []
  for await (const one of reading) events.push(one)
  return events
}

/** What can be compared of an error: not its words. */
const told = (error: unknown): Readonly<Record<string, unknown>> => {
  const { type, code, actualVersion, actualState, maxAppendSize } = error as Readonly<Record<string, unknown>>
  return { type, code, actual: actualVersion ?? actualState, maxAppendSize }
}

const ask = async (make: () => TestClient): Promise<Answers> => {
  const client = make()
  const answers = new Map<string, string>()
  const run = crypto.randomUUID().slice(0, 8)
  /** What the client threw where nobody could catch it. */
  const strays: string[] = []
  process.on('uncaughtException', ({ name }) => strays.push(name))
  let streams = 0
  const stream = (): string => {
    streams += 1
    return `probe-${run}-${streams}`
  }
  const probe = async (name: string, act: () => Promise<unknown>): Promise<void> => {
    const answer = await act().catch(told)
    answers.set(
      name,
      JSON.stringify(answer, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)) ?? 'nothing',
    )
  }
  const append = async (
    name: string,
    expected: Parameters<typeof expecting>[0],
    events: ProposedEvent[],
    by = client,
  ) => {
    const result = await by.appendToStream(name, events, expecting(expected))
    return { result, revision: result.nextExpectedRevision, success: result.success }
  }
  const short = async (...all: Parameters<typeof append>) => {
    const { revision, success } = await append(...all)
    return { revision, success }
  }
  const read = (name: string, options: Partial<Parameters<TestClient['readStream']>[1]> = {}) =>
    all(client.readStream(name, { ...START, ...options }))
  const revisions = async (name: string, options: Partial<Parameters<TestClient['readStream']>[1]> = {}) =>
    (await read(name, options)).map((one) => one.event?.revision)
  let ids: readonly string[] = []
  /** The events of the stream that was filled last. */
  const three = (): ProposedEvent[] => ids.map((id) => event(id))
  /** A stream of three, whose ids no other stream has: a node remembers an id for one stream. */
  const filled = async (): Promise<string> => {
    const name = stream()
    ids = [1, 2, 3].map(() => crypto.randomUUID())
    await append(name, 'no_stream', three())
    return name
  }

  await probe('append to a new stream', () => short(stream(), 'no_stream', [event(), event(), event()]))
  await probe('the position that an append answers is that of its last event', async () => {
    const name = stream()
    const { result } = await append(name, 'no_stream', [event(), event()])
    const position = (await read(name)).at(-1)?.event?.position
    return [result.position?.commit === position?.commit, result.position?.prepare === position?.prepare]
  })
  await probe('append at the end', async () => short(await filled(), 2n, [event()]))
  await probe('append at a stale revision', async () => short(await filled(), 0n, [event()]))
  await probe('append ahead', async () => short(await filled(), 7n, [event()]))
  await probe('append ahead of a missing stream', () => short(stream(), 0n, [event()]))
  await probe('no_stream where there is one', async () => short(await filled(), 'no_stream', [event()]))
  await probe('stream_exists where there is none', () => short(stream(), 'stream_exists', [event()]))
  await probe('repeat at no_stream', async () => short(await filled(), 'no_stream', three()))
  await probe('repeat a part at its place', async () => short(await filled(), 0n, three().slice(1)))
  await probe('repeat after others', async () => {
    const name = await filled()
    await append(name, 2n, [event(), event()])
    return short(name, 'no_stream', three())
  })
  await probe('repeat and go on', async () => short(await filled(), 'no_stream', [...three(), event()]))
  await probe('repeat the second at the place of the first', async () =>
    short(await filled(), 'no_stream', three().slice(1)),
  )
  await probe('repeat with any', async () => short(await filled(), 'any', three()))
  await probe('repeat a part with any, and go on', async () => short(await filled(), 'any', [...three(), event()]))
  await probe('repeat with any where the ids came to another stream first', async () => {
    await filled()
    const name = stream()
    await append(name, 'no_stream', three())
    return [await short(name, 'any', three()), await short(name, 'any', [...three(), event()])]
  })
  await probe('an id in another stream', async () => {
    await filled()
    return short(stream(), 'no_stream', [event(ids[0])])
  })
  await probe('nothing, at the right revision', async () => short(await filled(), 2n, []))
  await probe('nothing, at a stale revision', async () => short(await filled(), 1n, []))
  await probe('an id that is no UUID', () => short(stream(), 'no_stream', [event('nonsense')], make()))
  await probe('an id of zeros', () =>
    short(stream(), 'no_stream', [event('00000000-0000-0000-0000-000000000000')], make()),
  )
  await probe('an id in upper case', async () => {
    const name = stream()
    await append(name, 'no_stream', [event('ABCDEF00-0000-5000-8000-000000000000')])
    return (await read(name)).map((one) => one.event?.id)
  })
  await probe('an event of 2 MiB', () =>
    short(stream(), 'no_stream', [event(undefined, { data: { text: 'x'.repeat(2_097_152) } })], make()),
  )
  await probe('five events of 300 KiB', () =>
    short(
      stream(),
      'no_stream',
      [1, 2, 3, 4, 5].map(() => event(undefined, { data: { text: 'x'.repeat(307_200) } })),
      make(),
    ),
  )
  await probe('what the client throws where nobody can catch it, after it was refused', async () => {
    await setTimeout(SECOND_ANSWER)
    return [...new Set(strays)]
  })
  await probe('read a missing stream', () => revisions(stream()))
  await probe('read from beyond the end', async () => revisions(await filled(), { fromRevision: 9n }))
  await probe('read backwards from beyond the end', async () =>
    revisions(await filled(), { fromRevision: 9n, direction: 'backwards', maxCount: 2 }),
  )
  await probe('read backwards from the end', async () =>
    revisions(await filled(), { fromRevision: 'end', direction: 'backwards', maxCount: 2 }),
  )
  await probe('read backwards from a revision', async () =>
    revisions(await filled(), { fromRevision: 1n, direction: 'backwards' }),
  )
  await probe('what is read back', async () => {
    const [first] = await read(await filled())
    const { data, metadata, type, revision } = first?.event ?? {}
    return { data, metadata, type, revision }
  })
  await probe('a strange name', async () => {
    const name = `${stream()} \u0002 \ue000d800 \u7a93`
    await append(name, 'no_stream', [event()])
    return (await read(name)).map((one) => one.event?.streamId === name)
  })
  await probe('positions in a stream and in $all', async () => {
    const name = await filled()
    const positions = (await read(name)).map((one) => one.event?.position)
    const [first, , last] = positions
    if (!first || !last) return 'no positions'
    const own = (events: readonly ResolvedEvent[]) =>
      events.filter((one) => one.event?.streamId === name).map((one) => one.event?.revision)
    return {
      equalPair: first.commit === first.prepare,
      rising: first.commit < last.commit,
      forwardsAtFirst: own(await all(client.readAll({ direction: 'forwards', fromPosition: first, maxCount: 50 }))),
      backwardsAtLast: own(await all(client.readAll({ direction: 'backwards', fromPosition: last, maxCount: 2 }))),
    }
  })
  await probe('$maxCount hides events of the stream', async () => {
    const name = await filled()
    await client.setStreamMetadata(name, { maxCount: 1 }, expecting('no_stream'))
    return {
      forwards: await revisions(name),
      backwards: await revisions(name, { fromRevision: 'end', direction: 'backwards' }),
      stale: await short(name, 'no_stream', [event()]).catch(told),
      repeated: await short(name, 'no_stream', three()).catch(told),
      metadata: (await read(`$$${name}`)).map((one) => [one.event?.type, one.event?.data]),
      again: await client.setStreamMetadata(name, { maxCount: 2 }, expecting('no_stream')).catch(told),
    }
  })
  await probe('metadata of a missing stream is no stream', async () => {
    const name = stream()
    await client.setStreamMetadata(name, { maxCount: 1 }, expecting('no_stream'))
    return { read: await revisions(name).catch(told), append: await short(name, 'no_stream', [event()]) }
  })
  await probe('a deleted stream', async () => {
    const name = await filled()
    await client.deleteStream(name)
    return {
      read: await revisions(name).catch(told),
      stale: await short(name, 0n, [event()]).catch(told),
      anew: await short(name, 'no_stream', [event()]).catch(told),
      afterwards: await revisions(name).catch(told),
    }
  })
  await probe('a tombstone', async () => {
    const name = await filled()
    await client.tombstoneStream(name)
    return {
      read: await revisions(name).catch(told),
      anew: await short(name, 'no_stream', [event()]).catch(told),
      any: await short(name, 'any', [event()]).catch(told),
    }
  })
  await probe('what a live subscription says, in order', async () => {
    const name = await filled()
    const filter = { filterOn: 'streamName' as const, prefixes: [name], checkpointInterval: 1 }
    const said: string[] = []
    const subscription = client.subscribeToAll({ fromPosition: 'end', filter })
    subscription.on('error', () => said.push('error'))
    subscription.on('confirmation', () => said.push('confirmation'))
    subscription.on('data', (one) => said.push(String(one.event?.revision)))
    await setTimeout(1_000)
    await append(name, 2n, [event(), event()])
    await append(stream(), 'no_stream', [event()])
    await setTimeout(1_000)
    await subscription.unsubscribe()
    return said
  })
  await probe('a subscription begins after its position', async () => {
    const name = await filled()
    const first = (await read(name))[0]?.event?.position
    const filter = { filterOn: 'streamName' as const, prefixes: [name], checkpointInterval: 1 }
    const said: string[] = []
    const subscription = client.subscribeToAll({ fromPosition: first ?? 'start', filter })
    subscription.on('error', () => said.push('error'))
    subscription.on('data', (one) => said.push(String(one.event?.revision)))
    await setTimeout(1_000)
    await subscription.unsubscribe()
    return said
  })
  return answers
}

const FLAVOURS: readonly Flavour[] = ['db-client', 'kurrentdb-client']
const FILE = import.meta.filename

/** What one side answers to one client, asked in a process of its own. */
const askedOf = async (flavour: Flavour, url: string): Promise<Answers> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=madoguchi-source',
    FILE,
    flavour,
    '--ask',
    url,
  ])
  return new Map(JSON.parse(stdout.split('\n').at(-2) ?? '[]') as [string, string][])
}

const compare = async (flavour: Flavour): Promise<number> => {
  const server = await startServer()
  const fake = await askedOf(flavour, urlOf(flavour, server.port()))
  await server.stop()
  const url = process.env['KURRENTDB_URL']
  if (url === undefined) {
    for (const [name, answer] of fake) console.log(`${name}: ${answer}`)
    console.log(`\nKURRENTDB_URL is not set: nothing to compare with (${flavour})`)
    return 0
  }
  const real = await askedOf(flavour, url)
  let differences = 0
  for (const [name, answer] of fake) {
    if (real.get(name) === answer) continue
    differences += 1
    console.log(`${name}\n  fake: ${answer}\n  real: ${real.get(name)}`)
  }
  console.log(`${differences} of ${fake.size} answers differ (${flavour})`)
  return differences
}

const [named, how, address = ''] = process.argv.slice(2)
const chosen = FLAVOURS.filter((flavour) => named === undefined || named === flavour)
if (how === '--ask' && chosen[0]) {
  const [flavour] = chosen
  const answers = await ask(() => makeClient(flavour, address))
  console.log(JSON.stringify([...answers]))
  process.exit()
}
let differences = 0
for (const flavour of chosen) differences += await compare(flavour)
process.exit(differences === 0 ? 0 : 1)
