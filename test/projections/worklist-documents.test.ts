import { describe, expect, it } from 'vitest'
import type { ConversationCommand, ConversationEvent } from '../../src/domain/conversation/index.ts'
import type { DeskEvent } from '../../src/domain/desk-event.ts'
import { ticketIdOf } from '../../src/domain/ids.ts'
import { DAY, SECOND } from '../../src/domain/instant.ts'
import { deadlines, followUps, outbox, type Projection, QUARANTINE_FOR } from '../../src/projections/index.ts'
import * as talk from '../domain/conversation/talk.ts'
import { ACCOUNT, byAda, CHANNEL, NOON, ORGANIZATION } from '../domain/people.ts'
import { fold, recorded, whole } from './fold.ts'

// The lists that background work is taken from, as a whole: documents and entries.

const { after, byBob, CONVERSATION } = talk
const of = <Document>(view: Projection<never, Document>, ...events: readonly DeskEvent[]) =>
  whole(view, fold(view, recorded(events)))

const times = (at: number) => ({ at, metaAt: at, receivedAt: at })
const outline = { kind: 'text', hasText: true, attachments: [] } as const
const received = (
  at: number,
  fields: Partial<Extract<ConversationEvent, { type: 'MessageReceived' }>['data']> = {},
): ConversationEvent => ({
  type: 'MessageReceived',
  data: { ...times(at), messageId: 'm1', outline, opens: true, convertible: true, ...fields },
})
const ticketId = ticketIdOf(CONVERSATION, 1)
const policy = { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false } as const
const scheduled: ConversationEvent = {
  type: 'ConversionScheduled',
  data: { episode: 1, startedBy: 'm1', dueAt: after(60), policy, at: NOON },
}
const converted: ConversationEvent = {
  type: 'ConversationConverted',
  data: {
    episode: 1,
    ticketId,
    cause: 'by-time',
    firstRevision: 1,
    lastRevision: 1,
    subjectMessageId: 'm1',
    firstCustomerMessageAt: NOON,
    assignee: null,
    departmentId: 'sales',
    at: after(60),
    by: byBob,
  },
}

describe('the deadlines as a whole', () => {
  const expired = (kind: 'standard' | 'human-agent', anchor: number): ConversationEvent => ({
    type: 'ReplyWindowExpired',
    data: { kind, anchor, at: anchor + DAY },
  })
  const CONVERSATIONS: readonly (readonly [string, readonly ConversationEvent[], object, number | null])[] = [
    ['a message', [received(NOON)], { anchor: NOON }, NOON + DAY],
    ['a message that opens no window', [received(NOON, { opens: false })], {}, null],
    [
      'a receipt',
      [{ type: 'MessageWithheld', data: { ...times(NOON), messageId: 'm1', opens: true, reason: 'blocked' } }],
      { anchor: NOON },
      NOON + DAY,
    ],
    [
      'a reaction',
      [
        {
          type: 'ReactionChanged',
          data: { ...times(NOON), messageId: 'e1', by: 'customer', action: 'react', opens: true },
        },
      ],
      { anchor: NOON },
      NOON + DAY,
    ],
    [
      'a referral',
      [{ type: 'ReferralReceived', data: { ...times(NOON), messageId: 'f1', opens: true } }],
      { anchor: NOON },
      NOON + DAY,
    ],
    ['an older message', [received(NOON), received(after(-5))], { anchor: NOON }, NOON + DAY],
    ['a newer message', [received(NOON), received(after(5))], { anchor: after(5) }, after(5) + DAY],
    [
      'the end of the standard window',
      [received(NOON), expired('standard', NOON)],
      { anchor: NOON, standardWritten: true },
      NOON + 7 * DAY,
    ],
    [
      'the end of the window for human agents, before the other was written',
      [received(NOON), expired('human-agent', NOON)],
      { anchor: NOON, humanAgentWritten: true },
      NOON + DAY,
    ],
    [
      'both ends',
      [received(NOON), expired('standard', NOON), expired('human-agent', NOON)],
      { anchor: NOON, standardWritten: true, humanAgentWritten: true },
      null,
    ],
    [
      'the end of an older window',
      [received(after(5)), expired('standard', NOON)],
      { anchor: after(5) },
      after(5) + DAY,
    ],
    [
      'another message of the very instant, after the end was written',
      [received(NOON), expired('standard', NOON), received(NOON)],
      { anchor: NOON, standardWritten: true },
      NOON + 7 * DAY,
    ],
    [
      'a message after both ends',
      [received(NOON), expired('standard', NOON), expired('human-agent', NOON), received(NOON + 8 * DAY)],
      { anchor: NOON + 8 * DAY },
      NOON + 9 * DAY,
    ],
    ['a conversion to come', [scheduled], { conversionDueAt: after(60) }, after(60)],
    [
      'a conversion to come after the end of the window',
      [received(NOON - DAY), scheduled],
      { anchor: NOON - DAY, conversionDueAt: after(60) },
      NOON,
    ],
    [
      'a conversion that was moved',
      [scheduled, { type: 'ConversionRescheduled', data: { episode: 1, dueAt: after(50), at: NOON } }],
      { conversionDueAt: after(50) },
      after(50),
    ],
    [
      'a conversion that was cancelled',
      [scheduled, { type: 'ConversionCancelled', data: { episode: 1, reason: 'ended', by: byBob, at: NOON } }],
      {},
      null,
    ],
    ['a conversion', [received(NOON), scheduled, converted], { anchor: NOON }, NOON + DAY],
  ]

  it.each(CONVERSATIONS)('after %s', (_, events, expected, due) => {
    expect(of(deadlines, ...events)).toEqual({
      documents: {
        [CONVERSATION]: {
          kind: 'conversation',
          conversationId: CONVERSATION,
          anchor: null,
          standardWritten: false,
          humanAgentWritten: false,
          conversionDueAt: null,
          ...expected,
        },
      },
      entries: { due: due === null ? [] : [[CONVERSATION, due]] },
      counters: [],
    })
  })

  const slot = { channelId: CHANNEL, at: NOON }
  const taken: DeskEvent = {
    type: 'ChannelSlotTaken',
    data: { ...slot, organizationId: ORGANIZATION, accountId: ACCOUNT, completeBy: after(1) },
  }
  const SLOT = {
    [`slot/${CHANNEL}`]: {
      kind: 'channel-slot',
      organizationId: ORGANIZATION,
      channelId: CHANNEL,
      accountId: ACCOUNT,
      dueAt: after(1),
    },
  }
  const q = { quarantineId: 'q1', accountId: ACCOUNT }
  const data = { ...q, reason: 'r', detail: 'd', size: 1, receivedAt: NOON }
  const quarantined: DeskEvent = { type: 'EventQuarantined', data }
  const rerun = (outcome: 'recorded' | 'duplicate' | 'ignored' | 'quarantined'): DeskEvent => ({
    type: 'QuarantineRerun',
    data: { ...q, outcome, by: byAda, at: after(1) },
  })
  const quarantineUntil = (dueAt: number) => ({ 'quarantine/q1': { kind: 'quarantine', quarantineId: 'q1', dueAt } })
  const OTHERS: readonly (readonly [string, readonly DeskEvent[], object])[] = [
    ['an unfinished creation', [taken], SLOT],
    ['a finished creation', [taken, { type: 'ChannelSlotConfirmed', data: slot }], {}],
    ['a creation undone', [taken, { type: 'ChannelSlotReleased', data: { ...slot, reason: 'abandoned' } }], {}],
    ['an event in quarantine', [quarantined], quarantineUntil(NOON + QUARANTINE_FOR)],
    [
      'one that is kept as long as the host says',
      [{ type: 'EventQuarantined', data: { ...data, expiresAt: after(9) } }],
      quarantineUntil(after(9)),
    ],
    ['one that was run again in vain', [quarantined, rerun('quarantined')], quarantineUntil(NOON + QUARANTINE_FOR)],
    ['one that was run again and recorded', [quarantined, rerun('recorded')], {}],
    ['one that was run again and known', [quarantined, rerun('duplicate')], {}],
    ['one that was run again and ignored', [quarantined, rerun('ignored')], {}],
    ['one that has expired', [quarantined, { type: 'QuarantineExpired', data: { ...q, at: after(9) } }], {}],
  ]

  it.each(OTHERS)('after %s', (_, events, expected) => {
    const documents = expected as Readonly<Record<string, { readonly dueAt: number }>>
    expect(of(deadlines, ...events)).toEqual({
      documents,
      entries: { due: Object.entries(documents).map(([key, { dueAt }]) => [key, dueAt]) },
      counters: [],
    })
  })
})

describe('the follow-ups as a whole', () => {
  const opened = { type: 'TicketOpened', data: { ticketId, at: after(61) } } as DeskEvent
  const threaded = (revision: number): DeskEvent => ({
    type: 'MessageThreaded',
    data: { ticketId, messageId: 'm', revision, at: after(62) },
  })
  const next = received(after(70), { messageId: 'm2', episode: 1 })
  const reopens = received(after(80), { messageId: 'm3', episode: 1, reopensTicket: true })
  const echoed: ConversationEvent = {
    type: 'MessageEchoed',
    data: { ...times(after(71)), messageId: 'e1', mid: 'mid-e1', outline, episode: 1 },
  }
  const queued: ConversationEvent = {
    type: 'ReplyQueued',
    data: { replyId: 'r1', author: byBob, hasText: true, length: 2, media: [], episode: 1, at: after(72) },
  }
  const thread = (messageId: string, revision: number, minutes: number, reopens = false) => ({
    messageId,
    revision,
    reopens,
    at: after(minutes),
  })
  const OF_TICKETS: readonly (readonly [string, readonly DeskEvent[], object, boolean])[] = [
    ['a conversion', [], {}, true],
    ['its ticket', [opened], { opened: true }, false],
    [
      'later messages of either side',
      [opened, next, echoed, queued, reopens],
      {
        opened: true,
        threads: [thread('m2', 2, 70), thread('e1', 3, 71), thread('r1', 4, 72), thread('m3', 5, 80, true)],
      },
      true,
    ],
    ['a later message before the ticket is open', [next, threaded(1)], { threads: [] }, true],
    [
      'messages that were threaded, but for the last',
      [opened, next, echoed, queued, threaded(3)],
      { opened: true, threads: [thread('r1', 4, 72)] },
      true,
    ],
    ['all messages threaded', [opened, next, echoed, threaded(3)], { opened: true }, false],
    [
      'messages of no ticket',
      [
        opened,
        received(after(70), { episode: 2 }),
        received(after(71)),
        { type: 'TicketOpened', data: { ticketId: 'x' } } as DeskEvent,
      ],
      { opened: true },
      false,
    ],
  ]

  it('touch no document for what belongs to no ticket', () => {
    const keys = [received(after(71)), { ...echoed, data: { ...echoed.data, episode: undefined } }].map((event) =>
      followUps.keys({ event, scope: { conversationId: CONVERSATION } } as never),
    )
    expect(keys).toEqual([[], []])
  })

  it.each(OF_TICKETS)('after %s', (_, events, expected, isPending) => {
    expect(of(followUps, converted, ...events)).toEqual({
      documents: {
        [ticketId]: {
          kind: 'ticket',
          ticketId,
          conversationId: CONVERSATION,
          convertedAt: 0,
          opened: false,
          threads: [],
          since: after(60),
          ...expected,
        },
      },
      entries: { pending: isPending ? [[ticketId, after(60)]] : [], deletions: [], unsends: [] },
      counters: [],
    })
  })

  const taken = (at: number): ConversationEvent => ({
    type: 'MessageUnsent',
    data: { ...times(at), messageId: 'm1', by: 'customer' },
  })
  const quarantined = (quarantineId: string, fields: object): DeskEvent => ({
    type: 'EventQuarantined',
    data: { quarantineId, accountId: ACCOUNT, reason: 'r', detail: 'd', size: 1, receivedAt: after(5), ...fields },
  })
  const struck: DeskEvent = {
    type: 'QuarantinedMessageUnsent',
    data: { quarantineId: 'q1', messageId: 'm1', at: after(9) },
  }
  const holds = (id: string): DeskEvent => quarantined(id, { messages: ['m1'] })
  const UNSENDS: readonly (readonly [string, readonly DeskEvent[], object, number | null])[] = [
    ['a quarantined body that holds it', [holds('q1')], { quarantined: ['q1'] }, null],
    ['an unsend', [taken(after(1))], { unsentAt: after(1) }, null],
    ['two unsends', [taken(after(1)), taken(after(2))], { unsentAt: after(1) }, null],
    [
      'two bodies and an unsend',
      [holds('q1'), holds('q2'), taken(after(1))],
      { quarantined: ['q1', 'q2'], unsentAt: after(1) },
      after(1),
    ],
    ['an unsend and a body', [taken(after(1)), holds('q1')], { quarantined: ['q1'], unsentAt: after(1) }, after(1)],
    [
      'a body with an unsend of it',
      [holds('q1'), quarantined('q2', { unsends: 'm1' })],
      { quarantined: ['q1'], unsentAt: after(5) },
      after(5),
    ],
    [
      'a body that holds it and its unsend, after an unsend',
      [taken(after(1)), quarantined('q1', { messages: ['m1'], unsends: 'm1' })],
      { quarantined: ['q1'], unsentAt: after(1) },
      after(1),
    ],
    [
      'one of two bodies done',
      [holds('q1'), holds('q2'), taken(after(1)), struck],
      { quarantined: ['q2'], unsentAt: after(1) },
      after(1),
    ],
    ['the only body done', [holds('q1'), taken(after(1)), struck], { unsentAt: after(1) }, null],
  ]

  it.each(UNSENDS)('of a message after %s', (_, events, expected, due) => {
    expect(of(followUps, ...events)).toEqual({
      documents: { 'unsend/m1': { kind: 'unsend', messageId: 'm1', quarantined: [], ...expected } },
      entries: { pending: [], deletions: [], unsends: due === null ? [] : [['unsend/m1', due]] },
      counters: [],
    })
  })

  it('of quarantined bodies: none for what names no message, one for each message otherwise', () => {
    expect(of(followUps, quarantined('q0', {})).documents).toEqual({})
    expect(of(followUps, quarantined('q1', { messages: ['a', 'b'], unsends: 'c' })).documents).toEqual({
      'unsend/a': { kind: 'unsend', messageId: 'a', quarantined: ['q1'] },
      'unsend/b': { kind: 'unsend', messageId: 'b', quarantined: ['q1'] },
      'unsend/c': { kind: 'unsend', messageId: 'c', quarantined: [], unsentAt: after(5) },
    })
  })

  it('after a deletion', () => {
    const data = {
      channelId: CHANNEL,
      organizationId: ORGANIZATION,
      accountId: ACCOUNT,
      pendingConversions: 'convert',
    } as const
    const key = `deletion/${CHANNEL}`
    expect(of(followUps, { type: 'ChannelDeleted', data: { ...data, by: byAda, at: NOON } })).toEqual({
      documents: { [key]: { kind: 'deletion', ...data, position: '00000000', since: NOON } },
      entries: { pending: [], deletions: [[key, NOON]], unsends: [] },
      counters: [],
    })
  })
})

describe('the outbox as a whole', () => {
  const at = (minutes: number) => ({ at: after(minutes) })
  const asked = [talk.receive(), talk.reply(at(1))]
  const begun = [...asked, talk.begin(at(2))]
  const open = [...begun, talk.unknown(at(3))]
  const unconfirmed = [...open, talk.look(at(4)), talk.giveUp(at(5))]
  const REPLY = {
    id: 'reply-1',
    author: byBob,
    queuedAt: after(1),
    stops: 0,
    revision: 1,
    media: [],
    episode: 1,
    parts: null,
    sentParts: 0,
    attempts: 0,
    retryAt: null,
    doubt: false,
    status: 'waiting',
  }
  const TRIED = { ...REPLY, parts: ['t0-2'], attempts: 1 }
  const CALL = {
    replyId: 'reply-1',
    part: 0,
    attempt: 1,
    revision: 1,
    worker: 'w1',
    attemptedAt: after(2),
    since: after(2),
    likeness: 'text digest of hi',
    episode: 1,
    written: { by: 'agent', at: after(1) },
    status: 'in-flight',
  }
  type Expected = { readonly waiting?: object; readonly unfinished?: object; readonly call?: object }
  const CASES: readonly (readonly [string, readonly ConversationCommand[], Expected, number, number | undefined])[] = [
    ['a request', asked, { waiting: REPLY }, 1, after(1)],
    ['an attempt', begun, { waiting: TRIED, call: CALL }, 2, after(2)],
    [
      'a failed attempt',
      [...begun, talk.failed({ at: after(3), retryAt: after(9) })],
      { waiting: { ...TRIED, retryAt: after(9) }, call: { ...CALL, since: after(3), status: 'refused' } },
      3,
      after(9),
    ],
    [
      'an unknown outcome',
      open,
      { waiting: TRIED, call: { ...CALL, since: after(3), status: 'unknown' } },
      3,
      after(3) + 10 * SECOND,
    ],
    [
      'a look in vain',
      [...open, talk.look(at(4))],
      { waiting: TRIED, call: { ...CALL, since: after(3), status: 'looked' } },
      4,
      after(3),
    ],
    [
      'an end without evidence',
      unconfirmed,
      {
        unfinished: { ...TRIED, doubt: true, status: 'unconfirmed' },
        call: { ...CALL, since: after(3), status: 'unconfirmed' },
      },
      5,
      undefined,
    ],
    [
      'a refusal, which an agent may have sent again',
      [...begun, talk.reject('message-refused', at(3))],
      { unfinished: { ...TRIED, status: 'rejected' }, call: { ...CALL, since: after(3), status: 'refused' } },
      3,
      undefined,
    ],
    [
      'a second attempt that was sent, beside a first one that may have arrived too',
      [
        ...unconfirmed,
        talk.resend({ mayArriveTwice: true, ...at(6) }),
        talk.begin({ attempt: 2, ...at(6) }),
        talk.sent({ attempt: 2, ...at(7) }),
      ],
      { call: { ...CALL, since: after(3), status: 'unconfirmed' } },
      7,
      undefined,
    ],
    [
      'an attempt after a reply from outside, of which nothing is kept here',
      [
        talk.receive(),
        talk.echo({ messageId: 'e9', textDigest: 'x', at: after(0) }),
        talk.reply(at(1)),
        talk.begin(at(2)),
      ],
      { waiting: TRIED, call: CALL },
      2,
      after(2),
    ],
  ]

  it.each(CASES)('after %s', (_, commands, { waiting, unfinished, call }, minutes, ready) => {
    const kept = whole(outbox, fold(outbox, recorded(talk.history(...commands))))
    expect(kept).toEqual({
      documents: {
        [CONVERSATION]: {
          conversationId: CONVERSATION,
          channelId: CHANNEL,
          replies: {
            waiting: waiting ? [waiting] : [],
            unfinished: unfinished ? [unfinished] : [],
            ids: [],
            forgotten: [],
          },
          attempts: { open: call ? [call] : [], echoes: [], epoch: call ? 1 : 0 },
          at: after(minutes),
        },
      },
      entries: {
        ready: ready === undefined ? [] : [[CONVERSATION, ready]],
        channel: ready === undefined ? [] : [[CONVERSATION, CHANNEL, ready]],
      },
      counters: [],
    })
  })

  it('is empty once nothing can be sent any more', () => {
    const nothing = { documents: {}, entries: { ready: [], channel: [] }, counters: [] }
    const of = (...commands: readonly ConversationCommand[]) =>
      whole(outbox, fold(outbox, recorded(talk.history(...commands))))
    expect(of(talk.receive())).toEqual(nothing)
    expect(of(...begun, talk.sent(at(3)))).toEqual(nothing)
    const failed = [...begun, talk.failed({ at: after(3), retryAt: after(4) }), talk.begin({ attempt: 2, ...at(4) })]
    expect(of(...failed, talk.sent({ attempt: 2, ...at(5) }))).toEqual(nothing)
  })
})
