import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { classify } from '../../../src/adapters/meta/errors/classify.ts'
import { graphErrors as simulatedErrors } from 'madoguchi/simulator'
import { graphErrors } from '../../../src/adapters/meta/errors/graph-errors.ts'
import { metaMessenger } from '../../../src/adapters/meta/index.ts'
import type { Messenger, Sender, SendFailure } from '../../../src/application/ports/messenger.ts'
import { type GraphServer, graphServer } from './graph-server.ts'
import { fixture, sample, sampleFiles } from './samples.ts'
import { holds, tells } from '../../holds.ts'

interface ErrorSample {
  readonly httpStatus: number
  readonly body?: { readonly error?: object }
  readonly rawBody?: string
}
const classes = fixture<Readonly<Record<string, SendFailure>>>('error-classes.json')
const sender: Sender = { account: { accountId: '17841499000000001', flavour: 'instagram-login' }, token: 'token' }
const message = { customerId: '900000000000001', text: 'hi', tag: 'none' } as const

let server: GraphServer
let messenger: Messenger
beforeEach(async () => {
  server = await graphServer()
  messenger = metaMessenger({ hosts: { facebook: server.url, instagram: server.url } })
})
afterEach(() => server[Symbol.asyncDispose]())
const answerWith = (file: string, headers: Readonly<Record<string, string>> = {}) => {
  const { httpStatus: status, body, rawBody: text } = sample<ErrorSample>(file)
  server.answer = () => ({ status, headers, body, ...(text !== undefined && { text }) })
}

describe('Every error body of the samples', () => {
  it('has its class written down', () => {
    expect(Object.keys(classes).toSorted()).toEqual(
      sampleFiles()
        .filter((file) => file.startsWith('error-'))
        .toSorted(),
    )
  })

  it.each(Object.keys(classes))('%s is classified as written down', async (file) => {
    answerWith(file)
    expect(await messenger.send(sender, message)).toEqual(classes[file])
  })

  const withCodes = Object.keys(classes).filter((file) => sample<ErrorSample>(file).body?.error !== undefined)
  it.each(withCodes)('%s is told by its codes, never by its texts', (file) => {
    const { httpStatus: status, body } = sample<ErrorSample>(file)
    const error = { ...body?.error, message: 'outside of allowed window', type: 'X', error_user_msg: 'rate limit' }
    expect(classify({ status, body: { error } })).toEqual(classes[file])
  })
})

describe('The table of codes', () => {
  it('names each pair of code and subcode once', () => {
    const names = graphErrors.flatMap(({ code, subcodes, tagged, says }) =>
      (typeof subcodes === 'string' ? [subcodes] : subcodes).map((it) => `${code}/${it}/${tagged}/${says}`),
    )
    expect(new Set(names).size).toBe(names.length)
  })

  it('says of each row what it is about, and why', () => {
    for (const { scope, note } of graphErrors) {
      expect(['message', 'customer', 'account', 'app'], note).toContain(scope)
      expect(note).not.toBe('')
    }
  })

  it('changes the channel by no code of which it is not said that it speaks for the account or its token', () => {
    const codes = [...new Set(graphErrors.map(({ code }) => code)), 5, 123_456]
    const known = new Set(
      graphErrors.flatMap(({ code, subcodes }) =>
        typeof subcodes === 'string' ? [] : subcodes.map((it) => `${code}/${it}`),
      ),
    )
    holds(
      fc.property(
        fc.constantFrom(...codes),
        fc.integer({ min: 1, max: 3_000_000 }),
        fc.boolean(),
        (code, sub, tagged) => {
          fc.pre(!known.has(`${code}/${sub}`))
          tells(true)
          const failure = classify({ status: 400, body: { error: { code, error_subcode: sub } }, tagged })
          if (code === 190 || code === 102) {
            expect(failure).toMatchObject({ kind: 'authorization-lost', about: 'token' })
          } else {
            expect(failure.kind).not.toMatch(/^authorization/)
            expect(failure).not.toHaveProperty('ofTag')
          }
        },
      ),
      { floor: 0.9 },
    )
  })

  it('has an error of the simulator for each of its rows', () => {
    const simulated = Object.values(simulatedErrors)
    for (const { code, subcodes, says, note } of graphErrors) {
      const of = simulated.filter((error) => error.code === code)
      if (says !== undefined)
        expect(
          of.some(({ message }) => says.test(message)),
          note,
        ).toBe(true)
      else if (typeof subcodes !== 'string') {
        for (const subcode of subcodes)
          expect(
            of.map((error) => error.subcode),
            note,
          ).toContain(subcode)
      } else if (subcodes === 'none') {
        expect(
          of.map((error) => error.subcode),
          note,
        ).toContain(undefined)
      } else if (subcodes === 'any') expect(of, note).not.toEqual([])
    }
  })
})

describe('An answer', () => {
  const error = (code: number, more: object = {}) => ({ error: { code, ...more } })

  it.each([500, 502, 503, 504])('of status %d leaves the outcome unknown, whatever code it has', (status) => {
    for (const body of [error(100), error(190), error(10, { error_subcode: 2534022 }), {}, undefined, 'x']) {
      expect(classify({ status, body })).toMatchObject({ kind: 'outcome-unknown' })
    }
  })

  it('with a code of a limit is throttled, whatever its status says', () => {
    for (const status of [200, 400, 403, 429, 500]) {
      expect(classify({ status, body: error(613, { is_transient: true }) })).toMatchObject({ kind: 'throttled' })
    }
  })

  it.each([true, 'true', 'True'])('that Meta calls transient by %j leaves the outcome unknown', (flag) => {
    expect(classify({ status: 400, body: error(100, { is_transient: flag }) })).toMatchObject({
      kind: 'outcome-unknown',
    })
    expect(classify({ status: 400, body: error(613, { is_transient: flag }) })).toMatchObject({ kind: 'throttled' })
  })

  it.each([
    ['a code as text', '190', {}, { kind: 'authorization-lost', code: '190' }],
    ['a subcode as text', 10, { error_subcode: '2534022' }, { kind: 'window-closed', code: '10/2534022' }],
    ['no subcode: 0', 10, { error_subcode: 0 }, { kind: 'authorization-lost', code: '10' }],
    ['no subcode: null', 10, { error_subcode: null }, { kind: 'authorization-lost', code: '10' }],
    ['no subcode: an empty text', 10, { error_subcode: '' }, { kind: 'authorization-lost', code: '10' }],
    ['a subcode that is none', 10, { error_subcode: ['2534022'] }, { kind: 'give-up', code: '10/-1' }],
    ['a subcode that is none, of a dead token', 190, { error_subcode: {} }, { kind: 'authorization-lost' }],
    ['a flag that is none', 190, { is_transient: 0 }, { kind: 'authorization-lost', code: '190' }],
    ['a flag that is off, as text', 190, { is_transient: 'False' }, { kind: 'authorization-lost', code: '190' }],
  ])('that has %s means what its code does', (_, code, more, meaning) => {
    expect(classify({ status: 400, body: { error: { code, message: 'x', ...more } } })).toMatchObject(meaning)
  })

  it('with codes 1 or 2 leaves the outcome unknown at every status and subcode', () => {
    for (const code of [1, 2]) {
      expect(classify({ status: 400, body: error(code, { error_subcode: 2018344 }) })).toMatchObject({
        kind: 'outcome-unknown',
      })
    }
  })

  it.each([
    null,
    [],
    'x',
    5,
    {},
    { error: 'x' },
    { error: {} },
    { error: { code: '1x' } },
    { error: { code: 1.5 } },
    undefined,
  ])('that is not the error envelope leaves the outcome unknown: %j', (body) => {
    expect(classify({ status: 400, body })).toEqual({ kind: 'outcome-unknown', code: 'http-400' })
  })

  it('with a code nobody knows was refused by Meta', () => {
    expect(classify({ status: 400, body: error(123456) })).toEqual({
      kind: 'give-up',
      why: 'message-refused',
      code: '123456',
    })
    expect(classify({ status: 429, body: error(123456) })).toMatchObject({ kind: 'outcome-unknown' })
  })

  it('of a dead token is about the token, with whatever subcode', () => {
    expect(classify({ status: 400, body: error(190, { error_subcode: 9 }) })).toEqual({
      kind: 'authorization-lost',
      about: 'token',
      code: '190/9',
    })
    expect(classify({ status: 400, body: error(190, { error_subcode: null }) })).toEqual({
      kind: 'authorization-lost',
      about: 'token',
      code: '190',
    })
  })

  it('that refuses the tag says nothing about the connection, but still that the window is closed', () => {
    const tagged = (body: unknown) => classify({ status: 403, body, tagged: true })
    for (const code of [3, 10, 200]) {
      expect(tagged(error(code))).toEqual({ kind: 'give-up', why: 'not-permitted', ofTag: true, code: `${code}` })
      // Of whom or what it speaks nobody knows: nothing about the tag either.
      expect(tagged(error(code, { error_subcode: 7 }))).toEqual({
        kind: 'give-up',
        why: 'not-permitted',
        code: `${code}/7`,
      })
    }
    expect(tagged(error(10, { error_subcode: 2534022 }))).toMatchObject({ kind: 'window-closed' })
    expect(tagged(error(190))).toMatchObject({ kind: 'authorization-lost' })
    expect(classify({ status: 403, body: error(10) })).toMatchObject({ kind: 'authorization-lost' })
  })

  it.each([
    ['human-agent', { kind: 'give-up', why: 'not-permitted', ofTag: true, code: '10' }],
    ['none', { kind: 'authorization-lost', about: 'permission', code: '10' }],
  ] as const)('to a send with the tag %s is about what was sent', async (tag, means) => {
    server.answer = () => ({ status: 400, body: error(10) })
    expect(await messenger.send(sender, { ...message, tag })).toEqual(means)
  })

  it.each([
    ['Unsupported request - method type: post', { kind: 'authorization-suspended', about: 'account', code: '100' }],
    [
      '(#100) Unsupported request - method type: get',
      { kind: 'authorization-suspended', about: 'account', code: '100' },
    ],
    ['Invalid parameter', { kind: 'give-up', why: 'message-refused', code: '100' }],
    [7, { kind: 'give-up', why: 'message-refused', code: '100' }],
  ])('100 that says %j is %j', (said, means) => {
    expect(classify({ status: 400, body: error(100, { message: said }) })).toEqual(means)
    expect(classify({ status: 400, body: error(100, { message: said, error_subcode: 33 }) })).toMatchObject({
      why: 'message-refused',
    })
  })

  it('of any shape is classified without throwing', () => {
    holds(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.jsonValue(), fc.integer(), (status, body, code) => {
        tells(status >= 400)
        expect(classify({ status, body }).kind).toBe('outcome-unknown')
        expect(classify({ status, body: { error: { code, error_subcode: body } } }).kind).toBeTypeOf('string')
      }),
      { floor: 0.2 },
    )
  })
})

describe('The time until access is regained', () => {
  const usage = (...minutes: readonly number[]) =>
    JSON.stringify({ 1: minutes.map((it) => ({ type: 'messenger', estimated_time_to_regain_access: it })) })

  it.each<[Record<string, string>, number]>([
    [{ 'x-business-use-case-usage': usage(0, 3, 2) }, 180_000],
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '9999999' }, 9_999_999_000],
    [{ 'retry-after': '90', 'x-business-use-case-usage': usage(1) }, 90_000],
    [{ date: 'Tue, 08 Sep 2026 09:00:00 GMT', 'retry-after': 'Tue, 08 Sep 2026 09:00:30 GMT' }, 30_000],
  ])('is what %j say', async (headers, retryAfter) => {
    answerWith('error-80002-buc.json', headers)
    expect(await messenger.send(sender, message)).toMatchObject({ kind: 'throttled', retryAfter })
  })

  it.each([
    {},
    { 'retry-after': 'soon' },
    { 'retry-after': '99999999' },
    { 'retry-after': '-1' },
    { 'retry-after': '0' },
    { 'x-business-use-case-usage': 'rubbish' },
    { 'x-business-use-case-usage': '{"1":5}' },
    { 'x-business-use-case-usage': '{"1":[{}]}' },
    sample<Record<string, string>>('rate-limit-headers.json'),
  ])('is not said by %j', async (headers) => {
    answerWith('error-80002-buc.json', headers)
    expect(await messenger.send(sender, message)).not.toHaveProperty('retryAfter')
  })
})
