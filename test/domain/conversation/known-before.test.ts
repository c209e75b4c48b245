import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  type ConversationState,
  pastMessage,
} from '../../../src/domain/conversation/index.ts'
import { LIMITS } from '../../../src/domain/conversation/limits.ts'
import { MINUTE } from '../../../src/domain/instant.ts'
import { NOON } from '../people.ts'
import { after, given, stateOf } from './talk.ts'
import * as talk from './talk.ts'

// What the state itself says of an earlier message, and what of it stays when the customer's and the business's cross each other.

const image = { kind: 'image', attachments: [{ kind: 'image' }] } as const

describe('what the state says of an earlier message', () => {
  const threaded = talk.converting({ delay: 'never' })
  const said = stateOf(
    talk.receive(),
    talk.receive({ messageId: 'm2', content: image }),
    talk.receive({ messageId: 'withheld', channel: talk.disabled }),
    talk.receive({ messageId: 'gone' }),
    talk.unsend({ messageId: 'gone' }),
    talk.echo(),
    talk.referral(),
    talk.receive({ messageId: 'old', at: after(1), metaAt: NOON - 90 * MINUTE, channel: threaded }),
    talk.unsend({ messageId: 'not-yet' }),
  )
  it.each<[string, object]>([
    ['m1', { known: true, episode: 1 }],
    ['m2', { known: true, episode: 1 }],
    ['withheld', { known: true, withheld: true }],
    ['gone', { known: true, unsent: true }],
    ['e1', { known: true }],
    ['r1', { known: true }],
    ['old', { known: true }],
    ['not-yet', { known: false, unsent: true }],
    ['never', { known: false }],
  ])('is of %s %o', (id, expected) => {
    expect(pastMessage(said, id)).toEqual(expected)
  })
  it('is that the index must be asked where it has forgotten some, but for what it remembers', () => {
    const many = Array.from({ length: LIMITS.messages + 1 }, (_, index) => talk.receive({ messageId: `m${index}` }))
    const full: ConversationState = stateOf(...many)
    expect(pastMessage(full, 'm0')).toBe('ask-index')
    expect(pastMessage(full, 'never')).toBe('ask-index')
    expect(pastMessage(full, 'm1')).toEqual({ known: true, episode: 1 })
  })
})

describe('a message of the customer that comes late', () => {
  const late = (messageId: string, minutes: number) => talk.receive({ messageId, at: after(9), metaAt: after(minutes) })
  const joined = (before: readonly ConversationCommand[], command: ConversationCommand): unknown => {
    const [received] = given(...before)
      .when(command)
      .events()
    return (received?.data as { joined?: unknown } | undefined)?.joined
  }
  it('takes answers into its episode, and no other message of the customer', () => {
    const cancelled = [talk.receive(), talk.dismiss({ at: after(1) }), talk.receive({ messageId: 'm2', at: after(2) })]
    const answered = [talk.receive(), talk.echo({ at: after(1) }), ...cancelled.slice(1)]
    expect(joined(cancelled, late('m0', -5))).toBeUndefined()
    expect(joined(answered, late('m0', -5))).toEqual(['e1'])
  })
  it('takes no answer that a ticket has taken by hand', () => {
    const early = talk.echo({ at: after(-5) })
    const before = [early, talk.receive()]
    expect(joined(before, late('m0', -6))).toEqual(['e1'])
    expect(joined([...before, talk.convert({ at: after(1) })], late('m0', -6))).toBeUndefined()
  })
  it('written before its ticket was closed belongs to it, also where the channel has no delay', () => {
    const channel = talk.converting({ delay: 'never', afterTicket: 'thread-while-open' })
    const ticketId = `${talk.CONVERSATION}.1`
    const latestTicket = { ticketId, status: 'closed', closedAt: after(8) } as const
    const converted = [talk.receive({ channel }), talk.convert({ channel, at: after(1) })]
    const episode = (minutes: number) =>
      given(...converted)
        .when(talk.receive({ messageId: 'm2', at: after(9), metaAt: after(minutes), channel, latestTicket }))
        .events()[0]?.data
    expect(episode(7)).toMatchObject({ episode: 1, reopensTicket: true })
    expect(episode(8)).toMatchObject({ episode: 2 })
  })
})

describe('messages in no episode', () => {
  /** Written before the channel was connected. */
  const old = (messageId: string, minutes: number, more: object = {}) =>
    talk.receive({ messageId, at: after(1), metaAt: after(minutes - 90), ...more })
  it('are dated by the customer’s earliest message, in every order of delivery', () => {
    const echo = talk.echo({ metaAt: after(-95), at: after(1) })
    const times = (...commands: readonly ConversationCommand[]) => {
      const { loose } = stateOf(...commands).episodes
      return [loose?.firstAt, loose?.since]
    }
    expect(times(old('m1', 0))).toEqual([after(-90), after(-90)])
    expect(times(echo)).toEqual([null, after(-95)])
    for (const both of [
      [old('m1', 0), echo],
      [echo, old('m1', 0)],
    ])
      expect(times(...both)).toEqual([after(-90), after(-95)])
    for (const both of [
      [old('m1', 0), old('m2', -1)],
      [old('m2', -1), old('m1', 0)],
    ]) {
      expect(times(...both)).toEqual([after(-91), after(-91)])
    }
  })
  it('become a ticket by hand without a text, too', () => {
    given(old('m1', 0, { content: image }))
      .when(talk.convert({ at: after(2) }))
      .yields({
        type: 'ConversationConverted',
        data: {
          episode: 1,
          ticketId: `${talk.CONVERSATION}.1`,
          cause: 'by-hand',
          firstRevision: 1,
          lastRevision: 1,
          takes: { to: 1, since: after(-90) },
          subjectMessageId: 'm1',
          firstCustomerMessageAt: after(-90),
          assignee: null,
          departmentId: 'sales',
          at: after(2),
          by: talk.byBob,
        },
      })
  })
})

describe('what was recorded before', () => {
  it('of a reaction is nothing new where reactions have come to open the window', () => {
    given(talk.receive(), talk.react({ at: after(1) }))
      .when(talk.react({ at: after(1), channel: talk.having({ reactionOpensWindow: true }) }))
      .yieldsNothing()
  })
})

describe('what Meta says or leaves out', () => {
  it('of a message is kept whole, and what is left out leaves no empty place', () => {
    const whole = {
      kind: 'text',
      text: 'red?',
      attachments: [{ kind: 'image', url: 'https://cdn.example/a.jpg' }],
      story: { url: 'https://cdn.example/story', id: 's1' },
      payload: 'RED',
      quickReplies: [{ title: 'Red', payload: 'RED' }],
      referral: { source: 'ADS', ref: 'spring' },
      raw: '{"poll":"red?"}',
    } as const
    const personal = (content: typeof whole | { kind: 'text'; attachments: [] }) =>
      given()
        .when(talk.receive({ content }))
        .events()
        .find(({ type }) => type === 'MessageReceived')
    const { kind: _, attachments: __, ...rest } = whole
    expect(personal(whole)).toMatchObject({
      personal: { ...rest, attachments: [{ url: 'https://cdn.example/a.jpg' }] },
    })
    expect(personal({ kind: 'text', attachments: [] })).toHaveProperty('personal', {})
  })
  it('of a referral is kept without what it does not name', () => {
    const [, bare] = given()
      .when({
        type: 'ReceiveReferral',
        data: { ...dataOf(talk.referral()), source: undefined, ref: undefined } as never,
      })
      .events()
    expect(bare).toEqual({
      type: 'ReferralReceived',
      data: { messageId: 'r1', opens: true, at: NOON, metaAt: NOON, receivedAt: NOON },
    })
  })
})

const dataOf = ({ data }: ConversationCommand): object => data
