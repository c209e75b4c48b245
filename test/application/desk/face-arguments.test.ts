import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Actor, createDesk, type Desk, isRefusal } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { FACE } from '../../../src/application/desk/face-arguments.ts'
import { checkKind, type Kind } from '../../../src/application/ports/shape.ts'
import { administrator, agent, aki, system } from '../desk.ts'
import { holds, tells } from '../../holds.ts'
import { openTalk } from '../delivery/talk.ts'

type Call = (...given: readonly unknown[]) => unknown
const ACTORS: readonly Actor[] = [
  system,
  administrator,
  aki,
  agent('nobody'),
  { kind: 'automation', id: 'bot', organizationId: 'acme' },
]

/** Every method of the face, with what it takes beside the actor. */
const methods = Object.entries(FACE).flatMap(([service, table]) =>
  Object.entries(table as Readonly<Record<string, { readonly takes: readonly Kind[]; readonly answers: string }>>).map(
    ([name, { takes }]) => ({ name: `${service}.${name}`, service: service as keyof typeof FACE, method: name, takes }),
  ),
)

/** What a call comes to: nothing, or what it throws, now or later. */
const outcome = async (
  desk: Desk,
  { service, method }: (typeof methods)[number],
  given: readonly unknown[],
): Promise<unknown> => {
  try {
    const answer = (desk[service] as unknown as Readonly<Record<string, Call>>)[method]?.(...given)
    if (answer !== null && typeof answer === 'object' && Symbol.asyncIterator in answer) {
      const items = answer as unknown as AsyncIterator<unknown>
      // What is right waits for a change.
      const first = items.next()
      void first.catch(() => {})
      await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 1))])
      void items.return?.()
      return undefined
    }
    await answer
    return undefined
  } catch (error) {
    return error
  }
}

/** A request of the right shape, of which nothing exists. */
const sample = (kind: Kind): unknown => {
  if (kind.members !== undefined)
    return Object.fromEntries(
      Object.entries(kind.members).flatMap(([name, member]) => (member.optional ? [] : [[name, sample(member)]])),
    )
  if (kind.items !== undefined) return []
  for (const value of ['text', 1, true, new Uint8Array(), new AbortController().signal])
    if (kind.is(value)) return value
  return {}
}

const malformedActors = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, 'aki', 7, true, [], () => {}, Symbol('a'), {}, { kind: 'agent' }),
  fc
    .record({ kind: fc.jsonValue(), id: fc.jsonValue(), organizationId: fc.jsonValue() })
    .filter(
      ({ kind, id, organizationId }) =>
        kind !== 'system' &&
        !(
          ['agent', 'administrator', 'automation'].some((one) => one === kind) &&
          typeof id === 'string' &&
          typeof organizationId === 'string'
        ),
    ),
  fc.constantFrom(
    { kind: 'agent', id: 'aki' },
    { kind: 'agent', organizationId: 'acme' },
    { kind: 'agent', id: 'aki', organisationId: 'acme' },
    { kind: 'owner', id: 'aki', organizationId: 'acme' },
    { kind: 'administrator', id: 7, organizationId: 'acme' },
  ),
)

describe('every method of the face', () => {
  it('stands in the table, and nothing else does', async () => {
    const { desk } = await openTalk()
    for (const service of Object.keys(FACE) as (keyof typeof FACE)[])
      expect(Object.keys(desk[service]).toSorted()).toEqual(Object.keys(FACE[service]).toSorted())
    expect(methods.length).toBeGreaterThan(55)
  })

  it('refuses an actor that is none, with the field', async () => {
    const { desk } = await openTalk()
    for (const each of methods) {
      await holds(
        fc.asyncProperty(malformedActors, async (actor) => {
          tells(true)
          const error = await outcome(desk, each, [actor, ...each.takes.map(sample)])
          expect(isRefusal(error, 'invalid'), `${each.name}: ${(error as Error).message}`).toBe(true)
          expect((error as { facts: { field: string } }).facts.field).toMatch(/^actor/)
        }),
        { numRuns: 10, floor: 1 },
      )
    }
  })

  it('answers whatever it is given with a refusal or an answer, never with an error of the language', async () => {
    const { desk, channelId, conversationId } = await openTalk()
    let refused = 0
    for (const each of methods) {
      const odd = fc.oneof(
        fc.constantFrom<unknown>(
          undefined,
          null,
          '',
          'x',
          '\0',
          '\ud800',
          '..',
          'x'.repeat(9_000),
          -1,
          1e9,
          Number.NaN,
          true,
        ),
        fc.constantFrom<unknown>([], {}, [[]], new Date(0), () => {}, new Uint8Array(2), Symbol('s'), 1n),
        fc.jsonValue(),
      )
      await holds(
        fc.asyncProperty(
          fc.constantFrom(...ACTORS),
          fc.boolean(),
          odd,
          fc.dictionary(
            fc.constantFrom(...Object.keys(each.takes[0]?.members ?? { none: 1 }), 'foo', 'txt', 'curser'),
            odd,
            { maxKeys: 3 },
          ),
          async (actor, isWhole, value, members) => {
            tells(isWhole || Object.keys(members).length > 0)
            const right = each.takes.map(sample)[0]
            const isRequest = typeof right === 'object'
            const there = Object.entries({ channelId, conversationId }).filter(([name]) => isRequest && name in right!)
            const given = isWhole || !isRequest ? value : { ...right, ...Object.fromEntries(there), ...members }
            const error = await outcome(desk, each, [actor, given])
            if (error === undefined) return
            refused += 1
            const isTyped =
              isRefusal(error) ||
              (error as Error).name === 'NotInQuarantine' ||
              (error as Error).name === 'InvalidCursor'
            expect(isTyped, `${each.name}: ${(error as Error).message}`).toBe(true)
          },
        ),
        { numRuns: 40, floor: 0.5 },
      )
    }
    // Most are wrong in some way.
    expect(refused).toBeGreaterThan(methods.length * 10)
  })

  it('refuses what is no JSON in any member, also beside an idempotency key', async () => {
    const { desk, channelId, conversationId } = await openTalk()
    const ids = Object.entries({ channelId, conversationId, organizationId: 'acme', key: 'k' })
    const inItself: unknown[] = []
    inItself.push(inItself)
    const odd: readonly unknown[] = [1n, Symbol('s'), inItself, Object.create(null), () => {}]
    /** A right request with each of its members in turn, and each member of these, replaced by the value. */
    const spoilt = (kind: Kind, value: unknown): readonly object[] => {
      const there = ids.filter(([name]) => kind.members !== undefined && name in kind.members)
      const whole = { ...(sample(kind) as object), ...Object.fromEntries(there) }
      return Object.entries(kind.members ?? {}).flatMap(([name, member]) => {
        const inner = member.items === undefined ? [] : [[value]]
        return [value, ...inner, ...spoilt(member, value)].map((each) => ({ ...whole, [name]: each }))
      })
    }
    let asked = 0
    for (const each of methods)
      for (const value of odd)
        for (const request of each.takes.flatMap((kind) => spoilt(kind, value))) {
          const error = await outcome(desk, each, [administrator, request])
          asked++
          expect(error === undefined || isRefusal(error), `${each.name}: ${(error as Error)?.message}`).toBe(true)
        }
    expect(asked).toBeGreaterThan(500)
  })

  it('does not look at members that it does not know', async () => {
    const { desk, conversationId } = await openTalk()
    const end = (ticketId: unknown) =>
      desk.conversations.addNote(aki, { conversationId, text: 'A note.', key: 'k', ...({ ticketId } as object) })
    expect(await end('one')).toEqual(await end(1n))
  })

  it('throws StoreClosed once the desk was stopped, whatever it is given and whatever is cached', async () => {
    const { desk, channelId, conversationId } = await openTalk()
    const departments = { organizationId: 'acme', departments: ['sales'] }
    await desk.organizations.setDepartments(administrator, departments)
    await desk.stop()
    for (const each of methods)
      for (const [actor, given] of [
        [administrator, { ...(each.takes.map(sample)[0] as object), channelId, conversationId }],
        [system, departments],
        [undefined, undefined],
      ])
        expect([each.name, await outcome(desk, each, [actor, given])]).toEqual([
          each.name,
          expect.objectContaining({ name: 'StoreClosed' }),
        ])
    await expect(desk.waitFor(1 as never)).rejects.toMatchObject({ name: 'StoreClosed' })
  })

  it.each([
    [1, undefined, 'position', 'a position, which is text'],
    [null, undefined, 'position', 'a position, which is text'],
    [Symbol('s'), undefined, 'position', 'a position, which is text'],
    [undefined, Number.NaN, 'timeout', 'milliseconds from 0 to 2147483647'],
    [undefined, Infinity, 'timeout', 'milliseconds from 0 to 2147483647'],
    [undefined, -1, 'timeout', 'milliseconds from 0 to 2147483647'],
    [undefined, '5s', 'timeout', 'milliseconds from 0 to 2147483647'],
  ])('waits for no %s, no %s', async (position, timeout, field, expected) => {
    const { desk } = await openTalk()
    await expect(desk.waitFor(position as never, timeout as never)).rejects.toMatchObject({
      code: 'invalid',
      facts: { field, expected },
    })
  })

  it('names the member, what is expected and of what kind it was, and never a text', async () => {
    const { desk, conversationId } = await openTalk()
    const facts = (call: Promise<unknown>) =>
      call.then(
        () => undefined,
        (error: { facts?: unknown }) => error.facts,
      )
    const any = desk as any
    expect(await facts(any.inbox.list({ kind: 'agent', id: 'aki' }))).toEqual({
      field: 'actor.organizationId',
      expected: 'an id, which is text',
      given: 'undefined',
    })
    expect(await facts(any.conversations.reply(aki, { conversationId, txt: 'Yes' }))).toEqual({
      field: 'txt',
      expected: 'a known name; did you mean text?',
      given: 'another name',
    })
    expect(await facts(any.conversations.reply(aki, { conversationId, text: 'Yes', colour: 1 }))).toMatchObject({
      field: 'colour',
      expected: expect.stringMatching(/^one of conversationId, text/),
    })
    expect(await facts(any.conversations.reply(aki, { conversationId, text: 'Yes', media: 'secret words' }))).toEqual({
      field: 'media',
      expected: 'a list',
      given: 'text',
    })
    expect(
      await facts(any.conversations.reply(aki, { conversationId, media: [{ kind: 'image', uri: 'u' }] })),
    ).toMatchObject({ field: 'media[0].uri' })
    expect(await facts(any.conversations.end(aki, conversationId))).toEqual({
      field: 'request',
      expected: 'an object with conversationId, key',
      given: 'text',
    })
    expect(await facts(any.inbox.entry(aki, { conversationId }))).toMatchObject({ field: 'id', given: 'an object' })
    expect(await facts(any.conversations.windowAt(aki, { conversationId }))).toMatchObject({ field: 'at' })
    // One object of ids may be given to every method.
    expect(await facts(any.conversations.end(aki, { conversationId, channelId: 'c', ticketId: 't' }))).toBeUndefined()
  })
})

describe('the options of a desk', () => {
  const right = async () => (await openTalk()).options

  it.each([
    ['nothing', () => undefined, 'options', 'is missing: it must be an object'],
    ['no member', () => ({}), 'store', /^is missing: it must be a store: memory\(\)/],
    ['a path in place of a store', (o: object) => ({ ...o, store: 'desk.db' }), 'store', /and was text$/],
    [
      'the options of meta()',
      (o: object) => ({ ...o, meta: { appSecrets: ['secret'] } }),
      'meta',
      /must be what meta\(/,
    ],
    ['a misspelt name', (o: object) => ({ ...o, delivry: {} }), 'delivry', /did you mean delivery\?/],
    [
      'a misspelt name inside',
      (o: object) => ({ ...o, delivery: { concurency: 3 } }),
      'delivery.concurency',
      /did you mean concurrency\?/,
    ],
    ['a name of nobody', (o: object) => ({ ...o, colour: 1 }), 'colour', /must be one of store, meta/],
    [
      '-1 at a time',
      (o: object) => ({ ...o, delivery: { concurrency: -1 } }),
      'delivery.concurrency',
      'must be a whole number from 1 to 10000, and was -1',
    ],
    [
      'half at a time',
      (o: object) => ({ ...o, delivery: { concurrency: 0.5 } }),
      'delivery.concurrency',
      /and was 0\.5/,
    ],
    [
      'a time in words',
      (o: object) => ({ ...o, processes: { goneAfter: '10s' } }),
      'processes.goneAfter',
      /milliseconds from 1 .*and was text/,
    ],
    [
      'no number',
      (o: object) => ({ ...o, intake: { answerWithin: Number.NaN } }),
      'intake.answerWithin',
      /and was NaN/,
    ],
    ['a log without warn', (o: object) => ({ ...o, log: { info: () => {} } }), 'log', /info, warn, error/],
    ['a clock that stands nowhere', (o: object) => ({ ...o, clock: { now: () => undefined } }), 'clock', /epoch/],
    ['a clock that is a date', (o: object) => ({ ...o, clock: new Date(0) }), 'clock', /now/],
    ['null', () => null, 'options', /and was null/],
  ] as const)('with %s are refused by name', async (_, change, option, rule) => {
    const options = change(await right())
    expect(() => createDesk(options as never)).toThrow(
      expect.objectContaining({
        name: 'InvalidOption',
        option,
        rule: typeof rule === 'string' ? rule : expect.stringMatching(rule),
      }),
    )
  })

  it('may name members that are undefined, and more in what is the host’s own', async () => {
    const options = await right()
    const log = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }
    const desk = createDesk({
      ...options,
      store: memory(),
      log,
      delivery: { enabled: undefined },
      cachedStreams: undefined,
    } as never)
    await expect(desk.stop()).resolves.toBeUndefined()
  })
})

it('looks at what a kind has inside, and passes what is right', () => {
  const fail = (field: string): never => {
    throw new Error(field)
  }
  const kind: Kind = FACE.channels.create.takes[0] as Kind
  const channel = {
    organizationId: 'o',
    name: 'n',
    departmentId: 'd',
    account: { accountId: '1', flavour: 'instagram-login' },
    token: 't',
  }
  checkKind(channel, kind, '', fail)
  expect(() => checkKind({ ...channel, account: { acountId: '1' } }, kind, '', fail)).toThrow('account.acountId')
  expect(() => checkKind({ ...channel, settings: { assigneOnly: true } }, kind, '', fail)).toThrow(
    'settings.assigneOnly',
  )
})
