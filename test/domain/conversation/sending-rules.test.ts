import { describe, expect, it } from 'vitest'
import {
  channelNeededAsOf,
  type ConversationCommand,
  type ConversationEvent,
  type ConversationState,
  isEvidenceFor,
  nextDelivery,
  type Part,
} from '../../../src/domain/conversation/index.ts'
import { readParts, requireParts, storeParts } from '../../../src/domain/conversation/cut.ts'
import { tookChannel } from '../../../src/domain/conversation/replies.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/domain/instant.ts'
import { NOON } from '../people.ts'
import { after, eventsOf, fold, given, stateOf } from './talk.ts'
import * as talk from './talk.ts'

// What the delivery asks for and what evidence settles, value by value.

const came = [talk.receive()]
const queued = [talk.receive(), talk.reply()]
const inFlight = [...queued, talk.begin()]
const lost = [...inFlight, talk.unknown()]
const cut = (from: number, to: number): Part => ({ kind: 'text', from, to })

describe('a cut', () => {
  const all: readonly Part[] = [cut(0, 998), cut(998, 1_200), { kind: 'media', indexes: [0, 2, 10] }]
  it('is stored as short text and read as it was', () => {
    expect(storeParts(all)).toEqual(['t0-998', 't998-1200', 'm0,2,10'])
    expect(readParts(storeParts(all))).toEqual(all)
  })
  it.each<[Part, boolean]>([
    [cut(0, 1), true],
    [cut(1, 1), false],
    [cut(2, 1), false],
    [cut(-1, 1), false],
    [cut(0.5, 1), false],
    [cut(0, 1.5), false],
    [{ kind: 'media', indexes: [0, 1] }, true],
    [{ kind: 'media', indexes: [] }, false],
    [{ kind: 'media', indexes: [0, 2] }, false],
  ])('of %o is one: %s', (part, isOne) => {
    const parts = [cut(0, 1), part]
    const attempt = () => requireParts(parts, 2)
    if (isOne) expect(attempt()).toBe(parts)
    else expect(attempt).toThrow(expect.objectContaining({ facts: expect.objectContaining({ given: '2 parts' }) }))
  })
  it('has 32 parts at most', () =>
    expect(
      requireParts(
        Array.from({ length: 32 }, () => cut(0, 1)),
        0,
      ),
    ).toHaveLength(32))
})

describe('what the delivery does next', () => {
  const next = (commands: readonly ConversationCommand[], at: number = NOON, channel = talk.channel) =>
    nextDelivery(given(...commands).state(), channel, at)
  const key = { replyId: 'reply-1', part: 0, attempt: 1 }
  it.each<[string, readonly ConversationCommand[], number, object]>([
    ['nothing', came, NOON, { kind: 'idle' }],
    ['waits for the call', inFlight, NOON, { kind: 'in-flight', ...key, worker: 'w1', since: NOON }],
    [
      'waits for an echo',
      lost,
      NOON + 10 * SECOND - 1,
      { kind: 'wait', replyId: 'reply-1', until: NOON + 10 * SECOND },
    ],
    ['looks', lost, NOON + 10 * SECOND, { kind: 'look', ...key, since: NOON }],
    ['gives up', [...lost, talk.look()], NOON, { kind: 'declare-unconfirmed', ...key }],
    [
      'waits for its time',
      [...inFlight, talk.failed()],
      after(1) - 1,
      { kind: 'wait', replyId: 'reply-1', until: after(1) },
    ],
    [
      'tries again',
      [...inFlight, talk.failed()],
      after(1),
      { kind: 'attempt', ...key, attempt: 2, author: talk.byBob, needsCut: false, content: talk.whole, revision: 4 },
    ],
  ])('%s', (_, commands, at, expected) => {
    expect(next(commands, at)).toEqual(expected)
  })
  it('waits for a token before it looks or sends, and gives up on a deleted channel', () => {
    for (const authorization of ['suspended', 'lost'] as const) {
      const channel = talk.having({ authorization })
      expect(next(lost, NOON + 10 * SECOND, channel)).toEqual({ kind: 'wait', replyId: 'reply-1' })
      expect(next(queued, NOON, channel)).toEqual({ kind: 'wait', replyId: 'reply-1' })
      expect(next([...inFlight, talk.failed()], NOON, channel)).toEqual({
        kind: 'wait',
        replyId: 'reply-1',
        until: after(1),
      })
    }
    expect(next(lost, NOON, talk.deleted)).toEqual({ kind: 'declare-unconfirmed', ...key })
  })
})

describe('a message found in Meta’s conversation', () => {
  const state = stateOf(...lost)
  const found = { messageId: 'e9', at: NOON, textDigest: 'digest of hi', attachments: 0 }
  const key = { replyId: 'reply-1', part: 0, attempt: 1 }
  it.each([
    [found, true],
    [{ ...found, at: NOON - 5 * MINUTE }, true],
    [{ ...found, at: NOON - 5 * MINUTE - 1 }, false],
    [{ ...found, textDigest: 'other' }, false],
    [{ ...found, attachments: 1 }, false],
    [{ ...found, messageId: 'm1' }, false],
    [{ messageId: 'e9', at: NOON, attachments: 0 }, false],
    [{ messageId: 'e9', at: NOON, attachments: 1 }, false],
  ])('%o is evidence: %s', (message, isOne) => expect(isEvidenceFor(state, key, message)).toBe(isOne))
  it('is none for an attempt that is not there, nor without a conversation', () => {
    expect(isEvidenceFor(state, { ...key, attempt: 2 }, found)).toBe(false)
    expect(isEvidenceFor(given().state(), key, found)).toBe(false)
  })
})

describe('what the business sent', () => {
  const settled = [...lost, talk.echo()]
  it('by an answer that names the very echo that equal text had given it, releases no echo', () => {
    expect(
      fold(stateOf(...settled), {
        type: 'ReplyPartSent',
        data: {
          replyId: 'reply-1',
          part: 0,
          attempt: 1,
          messageId: 'e1',
          mid: 'mid-e1',
          settledBy: 'answer',
          episode: 1,
          at: NOON,
        },
      }).attempts.echoes,
    ).toEqual([])
    given(...settled)
      .when(talk.sent())
      .yieldsNothing()
  })
  it('of an attempt that is no longer remembered names what its reply says', () => {
    const failedFirst = [...inFlight, talk.failed({ reason: 'no-connection' })]
    expect(eventsOf(failedFirst, talk.sent({ at: after(1) }))).toEqual([
      {
        type: 'ReplyPartSent',
        data: {
          replyId: 'reply-1',
          part: 0,
          attempt: 1,
          messageId: 'e1',
          mid: 'mid-e1',
          settledBy: 'answer',
          episode: 1,
          written: { by: 'agent', at: NOON },
          at: after(1),
        },
      },
    ])
  })
  it('is not unconfirmed again once a later part went', () => {
    const two = [cut(0, 900), cut(900, 1_200)]
    const state = stateOf(
      talk.receive(),
      talk.reply({ text: 'x'.repeat(1_200) }),
      talk.begin({ parts: two }),
      talk.sent(),
      talk.begin({ part: 1 }),
      talk.sent({ part: 1, messageId: 'e2' }),
    )
    const partly = stateOf(
      talk.receive(),
      talk.reply({ text: 'x'.repeat(3_000).slice(0, 1_600) }),
      talk.begin({ parts: [...two, cut(1_200, 1_600)] }),
      talk.sent(),
      talk.begin({ part: 1 }),
      talk.sent({ part: 1, messageId: 'e2' }),
    )
    const again = (part: number): ConversationEvent => ({
      type: 'ReplyUnconfirmed',
      data: { replyId: 'reply-1', part, attempt: 1, at: NOON },
    })
    expect(fold(state, again(0)).replies).toEqual(state.replies)
    expect(fold(partly, again(0)).replies).toEqual(partly.replies)
    expect(fold(partly, again(1)).replies.unfinished).toMatchObject([
      { sentParts: 1, attempts: 1, doubt: true, status: 'unconfirmed' },
    ])
  })
})

describe('facts of a ticket', () => {
  const threading = talk.converting({ afterTicket: 'thread-while-open', reopenWithin: 5 })
  const converted = [talk.receive({ channel: threading }), talk.convert({ channel: threading })]
  const place = (latestTicket: object | undefined, at: number) =>
    eventsOf(
      converted,
      talk.receive({
        messageId: 'm2',
        at: after(at),
        channel: threading,
        ...(latestTicket && { latestTicket: latestTicket as never }),
      }),
    ).map(({ type, data }) => [
      type,
      (data as { episode?: number }).episode,
      (data as { reopensTicket?: true }).reopensTicket,
    ])
  const ticketId = `${talk.CONVERSATION}.1`
  it('count for that ticket only', () => {
    const inTicket = [['MessageReceived', 1, undefined]]
    const reopened = [['MessageReceived', 1, true]]
    const anew = [
      ['MessageReceived', 2, undefined],
      ['ConversionScheduled', 2, undefined],
    ]
    const closed = { ticketId, status: 'closed', closedAt: NOON }
    expect(place(undefined, 9)).toEqual(inTicket)
    expect(place({ ticketId, status: 'open' }, 9)).toEqual(inTicket)
    expect(place(closed, 4)).toEqual(reopened)
    expect(place(closed, 5)).toEqual(anew)
    expect(place({ ...closed, ticketId: `${talk.CONVERSATION}.0` }, 9)).toEqual(inTicket)
  })
})

describe('a message of the business', () => {
  it('older than the first of the customer is in no episode, and between two in the earlier', () => {
    const two = [
      talk.receive({ at: after(10) }),
      talk.convert({ at: after(20) }),
      talk.receive({ messageId: 'm2', at: after(30) }),
    ]
    const episode = (minutes: number) => {
      const [echo] = eventsOf(two, talk.echo({ metaAt: after(minutes), at: after(40) }))
      return (echo?.data as { episode?: number } | undefined)?.episode
    }
    expect([5, 9, 10, 29, 30, 35].map(episode)).toEqual([undefined, undefined, 1, 1, 2, 2])
  })
})

describe('as of when a conversion needs its channel', () => {
  it('is the due time, or the receipt that made it due', () => {
    const channel = talk.having({ staffedSince: NOON + DAY })
    const asOf = (state: ConversationState, minutes: number) =>
      channelNeededAsOf(state, { channel, at: after(minutes) })
    expect([asOf(stateOf(...came), 59), asOf(stateOf(...came), 60)]).toEqual([undefined, after(60)])
    expect(asOf(stateOf(talk.receive({ at: after(120), metaAt: NOON })), 130)).toBe(after(120))
    expect(asOf(stateOf(talk.receive({ at: NOON + 2 * HOUR, metaAt: NOON })), 130)).toBe(NOON + 2 * HOUR)
  })
})

describe('evidence against what equal text had given', () => {
  const second = { replyId: 'reply-2' }
  const standing = (...commands: readonly ConversationCommand[]) =>
    stateOf(...commands).messages.map(([id, , standing]) => [id, standing])

  it('makes the echo one of others again', () => {
    const corrected = [...lost, talk.echo(), talk.sent({ messageId: 'e2' })]
    expect(standing(...lost, talk.echo())).toEqual([
      ['m1', 'text'],
      ['e1', 'sent'],
    ])
    expect(standing(...corrected)).toEqual([
      ['m1', 'text'],
      ['e1', 'echo'],
      ['e2', 'sent'],
    ])
  })
  it('opens the other attempt again only where nothing went on from it', () => {
    const both = [...lost, talk.look(), talk.giveUp(), talk.reply(second), talk.begin(second), talk.echo()]
    const took = [...both, talk.unknown(second)]
    const answered = (commands: readonly ConversationCommand[]) =>
      talk.types(eventsOf(commands, talk.sent({ ...second, messageId: 'e1' })))
    expect(answered(took)).toEqual(['ReplyUnconfirmed', 'ReplyPartSent'])
    expect(standing(...took, talk.sent({ ...second, messageId: 'e1' }))).toEqual([
      ['m1', 'text'],
      ['e1', 'sent'],
    ])
  })
  it('does not move the parts that follow', () => {
    const two = [cut(0, 900), cut(900, 1_200)]
    const long = [
      talk.receive(),
      talk.reply({ text: 'x'.repeat(1_200) }),
      talk.begin({ parts: two }),
      talk.unknown(),
      talk.echo(),
      talk.begin({ part: 1, textDigest: 'd2' }),
      talk.sent({ part: 1, messageId: 'e2' }),
    ]
    const later = [...long, talk.reply(second), talk.begin(second)]
    expect(eventsOf(later, talk.sent({ ...second, messageId: 'e1', at: after(1) }))).toEqual([
      {
        type: 'ReplyAttemptSuperseded',
        data: { replyId: 'reply-1', part: 0, attempt: 1, outcome: 'unknown', at: after(1) },
      },
      expect.objectContaining({ type: 'ReplyPartSent' }),
    ])
  })
  it('by a look is evidence for what is open, and none against what text has settled', () => {
    expect(talk.types(eventsOf(lost, talk.sent({ settledBy: 'look' })))).toEqual(['ReplyPartSent'])
    given(...lost, talk.echo())
      .when(talk.sent({ settledBy: 'look', messageId: 'e2' }))
      .yieldsNothing()
    expect(talk.types(eventsOf([...lost, talk.echo()], talk.sent({ messageId: 'e2' })))).toEqual(['ReplyPartSent'])
  })
  it('may be much older by Meta’s clock where nobody knows, but not where Meta refused', () => {
    const old = talk.echo({ metaAt: NOON - HOUR, at: after(1) })
    expect(talk.types(eventsOf(lost, old))).toContain('ReplyPartSent')
    expect(talk.types(eventsOf([...inFlight, talk.reject('message-refused')], old))).not.toContain('ReplyPartSent')
  })
  it('of whether a reply took the channel is asked of replies that are there', () => {
    const { replies } = stateOf(...inFlight, talk.failed({ tookChannel: true }))
    expect([tookChannel(replies, 'reply-1'), tookChannel(replies, 'other')]).toEqual([true, false])
  })
})

describe('a conversion by hand', () => {
  const m = (number: number, minutes: number, more: object = {}) =>
    talk.receive({ messageId: `m${number}`, at: after(minutes), ...more })
  it('dates the customer’s first message by what was not taken back', () => {
    const late = m(2, 7, { metaAt: after(2) })
    const before = [m(1, 5), talk.dismiss({ at: after(6) }), late, talk.unsend({ messageId: 'm2', at: after(8) })]
    expect(eventsOf(before, talk.convert({ at: after(9) }))[0]?.data).toMatchObject({
      firstCustomerMessageAt: after(5),
    })
    const other = [m(1, 5), talk.dismiss({ at: after(6) }), m(2, 7), talk.unsend({ messageId: 'm1', at: after(8) })]
    expect(eventsOf(other, talk.convert({ at: after(9) }))[0]?.data).toMatchObject({
      firstCustomerMessageAt: after(7),
      subjectMessageId: 'm2',
    })
  })
  it('moves no answer that is in the episode already', () => {
    const before = [m(1, 5), talk.echo({ at: after(6) })]
    expect(eventsOf(before, m(2, 7, { metaAt: after(3) }))[0]?.data).not.toHaveProperty('joined')
    const between = [talk.echo({ at: after(4) }), m(1, 5)]
    expect(eventsOf(between, m(2, 7, { metaAt: after(3) }))[0]?.data).toMatchObject({ joined: ['e1'] })
  })
})
