import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import type { ExpectedRevision, NewEvent, Store, ViewChanges } from '../../src/application/ports/index.ts'
import { holds, tells } from '../holds.ts'

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
      readonly after?: string
      readonly limit: number
      readonly backwards: boolean
      readonly prefix: string
    }
  | { readonly kind: 'commit'; readonly changes: readonly ViewChanges[] }
  | { readonly kind: 'query'; readonly query: Parameters<Store['views']['query']>[1] }
  | { readonly kind: 'get'; readonly keys: readonly string[] }
  | { readonly kind: 'drop' }

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'ab',
    '\u0000',
    '\u0001',
    '\u0002',
    '\ud800',
    '\udc00',
    '\ue000',
    '\uffff',
    '\u{10000}',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const stream = fc.constantFrom('s', 't', 'conversation-1', 'conversation-2')
const personal = fc.option(fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }))), {
  nil: undefined,
})

let ids = 0
/** Fresh ids only: what happens to a known id at another revision is nobody's promise. */
const fresh = fc.array(personal, { minLength: 1, maxLength: 3 }).map((all) =>
  all.map((one): NewEvent => {
    ids += 1
    const event = {
      id: `id-${ids}`,
      type: ids % 2 === 0 ? 'Even' : 'Odd',
      version: 1,
      data: { ids },
      meta: {},
      recordedAt: ids,
    }
    return one === undefined ? event : { ...event, personal: one }
  }),
)
const expected = fc.oneof(fc.constantFrom('none' as const, 'any' as const, 'exists' as const), fc.nat(6))
const append = fc.record({ kind: fc.constant('append' as const), stream, expected, events: fresh })

const part = fc.oneof(
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -2, max: 2 }),
  text,
)
const tuple = fc.array(part, { maxLength: 3 })
const key = fc.oneof(fc.constantFrom('k1', 'k2', 'k3', 'k4'), text)
const position = fc.nat(3).map((n) => ({ position: String(n), eventId: `e${n}` }))
const change = fc.record({
  view: fc.constant({ name: 'v', version: 1 }),
  from: fc.option(position, { nil: undefined, freq: 2 }),
  to: position,
  puts: fc.array(
    fc.record({
      key,
      document: fc.jsonValue() as fc.Arbitrary<never>,
      entries: fc.dictionary(fc.constantFrom('i', 'j'), fc.array(tuple, { maxLength: 3 })),
    }),
    { maxLength: 4 },
  ),
  deletes: fc.array(key, { maxLength: 2 }),
})
const query = fc.record(
  {
    index: fc.constantFrom('i', 'j'),
    prefix: fc.array(part, { maxLength: 1 }),
    from: part,
    to: part,
    limit: fc.integer({ min: 1, max: 5 }),
    backwards: fc.boolean(),
  },
  { requiredKeys: ['index', 'prefix', 'limit'] },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: append },
  fc.record(
    { kind: fc.constant('read' as const), stream, from: fc.nat(8), limit: fc.nat(5), backwards: fc.boolean() },
    { requiredKeys: ['kind', 'stream', 'limit', 'backwards'] },
  ),
  fc.record(
    {
      kind: fc.constant('read-all' as const),
      after: fc.nat(20).map((n) => String(n).padStart(16, '0')),
      limit: fc.integer({ min: 1, max: 9 }),
      backwards: fc.boolean(),
      prefix: fc.constantFrom('', 'conversation-', 's', 'x'),
    },
    { requiredKeys: ['kind', 'limit', 'backwards', 'prefix'] },
  ),
  {
    weight: 4,
    arbitrary: fc
      .array(change, { minLength: 1, maxLength: 1 })
      .map((changes) => ({ kind: 'commit' as const, changes })),
  },
  { weight: 4, arbitrary: query.map((one) => ({ kind: 'query' as const, query: one })) },
  fc.array(key, { maxLength: 5 }).map((keys) => ({ kind: 'get' as const, keys })),
  { weight: 1, arbitrary: fc.constant({ kind: 'drop' as const }) },
)

/** A script with repeats of its own appends, whole or continued, as retries make them. */
const script = fc.array(fc.tuple(command, fc.nat(9)), { minLength: 5, maxLength: 40 }).map((steps) => {
  const commands: Command[] = []
  for (const [step, again] of steps) {
    commands.push(step)
    const earlier = commands[commands.length - 1 - again]
    if (earlier?.kind === 'append' && typeof earlier.expected !== 'string') commands.push(earlier)
    if (earlier?.kind === 'append' && earlier.expected === 'none') commands.push(earlier)
  }
  return commands
})

const outcome = async (store: Store, step: Command): Promise<unknown> => {
  const view = { name: 'v', version: 1 }
  try {
    switch (step.kind) {
      case 'append':
        return await store.events.append(step.stream, step.expected, step.events)
      case 'read':
        return await store.events.read(step.stream, step)
      case 'read-all':
        return await store.events.readAll({ ...step, streamPrefixes: [step.prefix] })
      case 'commit': {
        // Half of the commits name the right checkpoint, so that most sequences get somewhere.
        const from = step.changes[0]?.from === undefined ? await store.views.checkpoint(view) : step.changes[0].from
        return await store.views.commit(step.changes.map((one) => ({ ...one, from })))
      }
      case 'query':
        return await store.views.query(view, step.query)
      case 'get':
        return await store.views.get(view, step.keys)
      case 'drop':
        return await store.views.drop(view)
    }
  } catch (error) {
    return String(error)
  }
}

/**
 * Runs random scripts against an engine and against the memory engine, and compares what each step gives.
 *
 * `open` gives an empty store, `discard` is called when it was closed.
 */
export const differential = (
  open: () => Promise<Store>,
  { runs, discard }: { readonly runs: number; readonly discard?: () => Promise<void> },
): void =>
  it('does what the memory engine does, whatever is asked in whatever order', { timeout: 120_000 }, async () => {
    await holds(
      fc.asyncProperty(script, async (commands) => {
        const one = memory()
        tells(commands.length > 1)
        const other = await open()
        try {
          for (const step of commands) expect(await outcome(other, step)).toStrictEqual(await outcome(one, step))
          expect(await other.events.readAll()).toStrictEqual(await one.events.readAll())
          for (const index of ['i', 'j']) {
            const all = { kind: 'query' as const, query: { index, prefix: [], limit: 1_000 } }
            expect(await outcome(other, all)).toStrictEqual(await outcome(one, all))
          }
        } finally {
          await Promise.all([one.close(), other.close()])
          await discard?.()
        }
      }),
      { floor: 0.6, numRuns: runs },
    )
  })
