import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../src/domain/conversation/index.ts'
import { deliveries, type DeliveryDocument } from '../../src/projections/index.ts'
import * as talk from '../domain/conversation/talk.ts'
import { CHANNEL } from '../domain/people.ts'
import { fold, recorded, whole } from './fold.ts'

const { after, byBob, byEve, CONVERSATION } = talk
const REPLY = { replyId: 'r', part: 0, attempt: 1 }
type Of<Type extends ConversationEvent['type']> = Partial<Extract<ConversationEvent, { type: Type }>['data']>

const queued: ConversationEvent = {
  type: 'ReplyQueued',
  data: { replyId: 'r', author: byBob, hasText: true, length: 5, media: [], at: after(0) },
}
const attempted = (fields: Of<'ReplyAttempted'> = {}): ConversationEvent => ({
  type: 'ReplyAttempted',
  data: { ...REPLY, tag: 'human-agent', epoch: 3, worker: 'w', at: after(1), ...fields },
})
const sent = (fields: Of<'ReplyPartSent'> = {}): ConversationEvent => {
  const { messageId = 'e1' } = fields
  return {
    type: 'ReplyPartSent',
    data: { ...REPLY, messageId, mid: `mid-${messageId}`, settledBy: 'answer', at: after(2), ...fields },
  }
}
const failed = (fields: Of<'ReplyAttemptFailed'> = {}): ConversationEvent => ({
  type: 'ReplyAttemptFailed',
  data: { ...REPLY, reason: 'throttled', retryAt: after(9), at: after(2), ...fields },
})
const unknown = (fields: Of<'ReplyOutcomeUnknown'> = {}): ConversationEvent => ({
  type: 'ReplyOutcomeUnknown',
  data: { ...REPLY, at: after(2), ...fields },
})
const superseded = (fields: Of<'ReplyAttemptSuperseded'> = {}): ConversationEvent => ({
  type: 'ReplyAttemptSuperseded',
  data: { ...REPLY, outcome: 'unknown', at: after(3), ...fields },
})
const lookedFor = (found: boolean): ConversationEvent => ({
  type: 'ReplyLookedFor',
  data: { ...REPLY, found, at: after(3) },
})
const unconfirmed = (fields: Of<'ReplyUnconfirmed'> = {}): ConversationEvent => ({
  type: 'ReplyUnconfirmed',
  data: { ...REPLY, at: after(4), ...fields },
})
const rejected = (fields: Of<'ReplyRejected'> = {}): ConversationEvent => ({
  type: 'ReplyRejected',
  data: { replyId: 'r', part: 0, reason: 'withdrawn', at: after(5), ...fields },
})
const requeued: ConversationEvent = {
  type: 'ReplyRequeued',
  data: { replyId: 'r', by: byEve, mayArriveTwice: true, at: after(6) },
}

const PARTS = [
  { kind: 'text', from: 0, to: 2 },
  { kind: 'text', from: 3, to: 5 },
] as const
const cut = attempted({ parts: PARTS })
const second = attempted({ part: 1 })

const BEFORE = {
  replyId: 'r',
  conversationId: CONVERSATION,
  channelId: CHANNEL,
  author: byBob,
  queuedAt: after(0),
  status: 'queued',
  parts: [],
  sentParts: 0,
  attempts: [],
  resent: [],
} as const satisfies DeliveryDocument
const CALL = { part: 0, attempt: 1, at: after(1), tag: 'human-agent', epoch: 3, worker: 'w', outcome: 'in-flight' }
const SENT = { ...CALL, outcome: 'sent', messageId: 'e1', mid: 'mid-e1', settledBy: 'answer', endedAt: after(2) }
const SECOND = { ...CALL, part: 1 }
const RETRY = { ...CALL, attempt: 2 }

/** What differs from the document of a reply that was only asked for. */
const CASES: readonly (readonly [string, readonly ConversationEvent[], object])[] = [
  ['nothing', [], {}],
  ['an attempt', [cut], { status: 'attempted', parts: PARTS, attempts: [CALL] }],
  ['a second attempt', [cut, second], { status: 'attempted', parts: PARTS, attempts: [CALL, SECOND] }],
  [
    'one of two parts sent',
    [cut, sent(), second],
    { status: 'attempted', parts: PARTS, sentParts: 1, attempts: [SENT, SECOND] },
  ],
  [
    'one of two parts sent, and nothing since',
    [cut, sent()],
    { status: 'attempted', parts: PARTS, sentParts: 1, attempts: [SENT] },
  ],
  [
    'both parts sent, and the first once more',
    [cut, sent(), second, sent({ part: 1, messageId: 'e2' }), sent()],
    {
      status: 'sent',
      parts: PARTS,
      sentParts: 2,
      attempts: [SENT, { ...SENT, part: 1, messageId: 'e2', mid: 'mid-e2' }],
    },
  ],
  [
    'a failed attempt with Meta’s code',
    [cut, failed({ code: '613' })],
    {
      status: 'queued',
      parts: PARTS,
      attempts: [
        { ...CALL, outcome: 'failed', reason: 'throttled', retryAt: after(9), endedAt: after(2), code: '613' },
      ],
    },
  ],
  [
    'late evidence after a failed attempt without a code',
    [cut, failed(), sent()],
    {
      status: 'attempted',
      parts: PARTS,
      sentParts: 1,
      attempts: [{ ...SENT, reason: 'throttled', retryAt: after(9) }],
    },
  ],
  [
    'an unknown outcome with a code',
    [cut, unknown({ code: '2' })],
    { status: 'attempted', parts: PARTS, attempts: [{ ...CALL, outcome: 'unknown', endedAt: after(2), code: '2' }] },
  ],
  [
    'an unknown outcome without a code, looked for in vain',
    [cut, unknown(), lookedFor(false)],
    { status: 'attempted', parts: PARTS, attempts: [{ ...CALL, outcome: 'looked-for', endedAt: after(2) }] },
  ],
  [
    'an unknown outcome that was found',
    [cut, unknown(), lookedFor(true)],
    { status: 'attempted', parts: PARTS, attempts: [{ ...CALL, outcome: 'unknown', endedAt: after(2) }] },
  ],
  [
    'an attempt that another made superfluous: it may have arrived as well',
    [cut, sent(), attempted({ attempt: 2 }), second, superseded({ code: '2' })],
    {
      status: 'attempted',
      parts: PARTS,
      sentParts: 1,
      attempts: [{ ...CALL, outcome: 'unconfirmed', endedAt: after(3), code: '2' }, RETRY, SECOND],
    },
  ],
  [
    'an attempt that another made superfluous: nothing was delivered',
    [cut, attempted({ attempt: 2 }), superseded({ attempt: 2, outcome: 'nothing-delivered' })],
    { status: 'attempted', parts: PARTS, attempts: [CALL, { ...RETRY, outcome: 'failed', endedAt: after(3) }] },
  ],
  [
    'an end without evidence',
    [cut, attempted({ attempt: 2 }), second, unconfirmed()],
    { status: 'unconfirmed', parts: PARTS, attempts: [{ ...CALL, outcome: 'unconfirmed' }, RETRY, SECOND] },
  ],
  [
    'evidence taken back',
    [cut, sent(), unconfirmed()],
    { status: 'unconfirmed', parts: PARTS, attempts: [{ ...CALL, outcome: 'unconfirmed', endedAt: after(2) }] },
  ],
  [
    'an end without evidence of the second part',
    [cut, sent(), second, unconfirmed({ part: 1 })],
    { status: 'unconfirmed', parts: PARTS, sentParts: 1, attempts: [SENT, { ...SECOND, outcome: 'unconfirmed' }] },
  ],
  [
    'late evidence for one of two parts of an unconfirmed reply',
    [cut, unconfirmed(), sent({ settledBy: 'echo' })],
    { status: 'partly-sent', parts: PARTS, sentParts: 1, attempts: [{ ...SENT, settledBy: 'echo' }] },
  ],
  ['a rejection without an attempt', [rejected()], { status: 'rejected', reason: 'withdrawn' }],
  [
    'a rejection by Meta, of that attempt only',
    [cut, attempted({ attempt: 2 }), second, rejected({ attempt: 2, reason: 'message-refused', code: '100' })],
    {
      status: 'rejected',
      reason: 'message-refused',
      parts: PARTS,
      attempts: [
        CALL,
        { ...RETRY, outcome: 'rejected', reason: 'message-refused', endedAt: after(5), code: '100' },
        SECOND,
      ],
    },
  ],
  [
    'a rejection of the second part',
    [cut, sent(), second, rejected({ part: 1, attempt: 1 })],
    {
      status: 'partly-sent',
      reason: 'withdrawn',
      parts: PARTS,
      sentParts: 1,
      attempts: [SENT, { ...SECOND, outcome: 'rejected', reason: 'withdrawn', endedAt: after(5) }],
    },
  ],
  [
    'evidence for one of two parts after the rejection, which still says why',
    [cut, rejected(), sent()],
    { status: 'partly-sent', reason: 'withdrawn', parts: PARTS, sentParts: 1, attempts: [SENT] },
  ],
  [
    'evidence for all of it after the rejection, which was none',
    [attempted({ parts: [PARTS[0]] }), rejected(), sent()],
    { status: 'sent', parts: [PARTS[0]], sentParts: 1, attempts: [SENT] },
  ],
  [
    'a resend after a rejection',
    [rejected(), requeued, requeued],
    {
      resent: [
        { by: byEve, at: after(6), mayArriveTwice: true },
        { by: byEve, at: after(6), mayArriveTwice: true },
      ],
    },
  ],
]

describe('the log of deliveries', () => {
  it.each(CASES)('holds a reply after %s', (_, events, expected) => {
    const { status = 'queued', ...others } = expected as Partial<DeliveryDocument>
    expect(whole(deliveries, fold(deliveries, recorded([queued, ...events])))).toEqual({
      documents: { r: { ...BEFORE, status, ...others } },
      entries: {
        channel: [['r', CHANNEL, after(0)]],
        status: [['r', CHANNEL, status, after(0)]],
        conversation: [['r', CONVERSATION, after(0)]],
      },
      counters: [],
    })
  })

  it('holds nothing of a reply that was never asked for', () => {
    expect(fold(deliveries, recorded([cut, sent(), rejected(), requeued])).size).toBe(0)
  })
})
