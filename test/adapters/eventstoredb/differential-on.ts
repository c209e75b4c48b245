import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { memory } from '../../../src/adapters/memory/index.ts'
import type { EventStore, ExpectedRevision, LogPage, NewEvent } from '../../../src/application/ports/index.ts'
import { sampleEvent, sampleId, wholeLog } from '../../../src/testing/contracts/sample-events.ts'
import { engineOn, type Ground } from './engine.ts'
import { holds, tells } from '../../holds.ts'

type Command =
  | {
      readonly kind: 'append'
      readonly stream: string
      readonly expected: ExpectedRevision
      readonly events: readonly NewEvent[]
    }
  | {
      readonly kind: 'read'
      readonly stream: string
      readonly from?: number
      readonly limit: number
      readonly backwards: boolean
    }
  | {
      readonly kind: 'read-all'
      /** After the so-manieth event of the log, if there are so many. */
      readonly after?: number
      readonly limit: number
      readonly backwards: boolean
      readonly prefix: string
      readonly types?: readonly string[]
    }
  | { readonly kind: 'head'; readonly stream: string }

const text = fc.string({ unit: 'binary', maxLength: 4 })
const stream = fc.constantFrom('s', 't', 'conversation-1', 'conversation-2', '\ud800')
const data = fc.dictionary(text, fc.jsonValue({ maxDepth: 2 })) as fc.Arbitrary<NewEvent['data']>

let ids = 0
/** Fresh ids only: what happens to a known id at another revision is nobody's promise. */
const fresh = fc.array(fc.tuple(data, fc.option(data, { nil: undefined })), { minLength: 1, maxLength: 3 }).map((all) =>
  all.map(([one, personal]): NewEvent => {
    ids += 1
    const changes = { id: sampleId(ids, 7), type: ids % 2 === 0 ? 'Even' : 'Odd', data: one, meta: one }
    return sampleEvent(ids, personal === undefined ? changes : { ...changes, personal })
  }),
)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      stream,
      expected: fc.oneof(fc.constantFrom('none' as const, 'any' as const, 'exists' as const), fc.nat(6)),
      events: fresh,
    }),
  },
  fc.record(
    { kind: fc.constant('read' as const), stream, from: fc.nat(8), limit: fc.nat(5), backwards: fc.boolean() },
    { requiredKeys: ['kind', 'stream', 'limit', 'backwards'] },
  ),
  fc.record(
    {
      kind: fc.constant('read-all' as const),
      after: fc.nat(12),
      limit: fc.integer({ min: 1, max: 9 }),
      backwards: fc.boolean(),
      prefix: fc.constantFrom('', 'conversation-', 's', 'x'),
      types: fc.constant(['Odd']),
    },
    { requiredKeys: ['kind', 'limit', 'backwards', 'prefix'] },
  ),
  fc.record({ kind: fc.constant('head' as const), stream }),
)

/** A script with repeats of its own appends, as retries make them. */
const script = fc.array(fc.tuple(command, fc.nat(9)), { minLength: 3, maxLength: 20 }).map((steps) => {
  const commands: Command[] = []
  for (const [step, again] of steps) {
    commands.push(step)
    const earlier = commands[commands.length - 1 - again]
    if (earlier?.kind === 'append' && (typeof earlier.expected === 'number' || earlier.expected === 'none'))
      commands.push(earlier)
  }
  return commands
})

/** One engine under the script: positions are told by how many events of the log are at or below them. */
const player = (events: EventStore) => {
  const places = async (): Promise<readonly string[]> => (await wholeLog(events)).map(({ position }) => position)
  return async (step: Command): Promise<unknown> => {
    const log = await places()
    const ranked = (value: unknown, positions: readonly string[]): unknown =>
      JSON.parse(JSON.stringify(value), (key: string, member: unknown) =>
        key === 'position' || key === 'lookedTo' ? positions.indexOf(member as string) : member,
      )
    const run = async (): Promise<unknown> => {
      switch (step.kind) {
        case 'append':
          return events.append(step.stream, step.expected, step.events)
        case 'read':
          return events.read(step.stream, step)
        case 'head':
          return (await events.head(step.stream)) ?? 'missing'
        case 'read-all': {
          const { limit, backwards, prefix, types } = step
          const after = step.after === undefined ? undefined : log[step.after]
          const page: LogPage = await events.readAll({
            limit,
            backwards,
            streamPrefixes: [prefix],
            ...(types && { types }),
            ...(after !== undefined && { after }),
          })
          return page
        }
      }
    }
    try {
      return ranked(await run(), await places())
    } catch (error) {
      return String(error)
    }
  }
}

/** The log in a server and the log in memory, asked the same. */
export const differentialOn = (ground: Ground): void => {
  it(`${ground.name}: does what the memory engine does, whatever is asked in whatever order`, async () => {
    const engine = engineOn(ground, 'sqlite')
    let runs = 0
    await holds(
      fc.asyncProperty(script, async (commands) => {
        runs += 1
        tells(commands.length > 1)
        const place = `differential_${crypto.randomUUID().slice(0, 8)}_${runs}`
        const [one, other] = [memory(), await engine.open(place)]
        try {
          const [expected, actual] = [player(one.events), player(other.events)]
          for (const step of commands) expect(await actual(step)).toEqual(await expected(step))
        } finally {
          await Promise.all([one.close(), other.close()])
          await engine.discard?.(place)
        }
      }),
      { floor: 0.6, numRuns: 25 },
    )
  }, 120_000)
}
