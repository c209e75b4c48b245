import { describe, expect, it } from 'vitest'
import { progressed, QUEUED, type ReplyProgress, type ReplyProgressEvent } from '../../src/projections/index.ts'

const REPLY = { replyId: 'r', part: 0, attempt: 1, at: 1 }
type Of<Type extends ReplyProgressEvent['type']> = Partial<Extract<ReplyProgressEvent, { type: Type }>['data']>

const attempted = (fields: Of<'ReplyAttempted'> = {}): ReplyProgressEvent => ({
  type: 'ReplyAttempted',
  data: { ...REPLY, tag: 'none', epoch: 1, worker: 'w', ...fields },
})
const sent = (fields: Of<'ReplyPartSent'> = {}): ReplyProgressEvent => {
  const { messageId = `e${fields.attempt ?? 1}` } = fields
  return {
    type: 'ReplyPartSent',
    data: { ...REPLY, messageId, mid: `mid-${messageId}`, settledBy: 'answer', ...fields },
  }
}
const failed = (fields: Of<'ReplyAttemptFailed'> = {}): ReplyProgressEvent => ({
  type: 'ReplyAttemptFailed',
  data: { ...REPLY, reason: 'throttled', retryAt: 9, ...fields },
})
const superseded = (fields: Of<'ReplyAttemptSuperseded'> = {}): ReplyProgressEvent => ({
  type: 'ReplyAttemptSuperseded',
  data: { ...REPLY, outcome: 'unknown', ...fields },
})
const unknown: ReplyProgressEvent = { type: 'ReplyOutcomeUnknown', data: REPLY }
const lookedFor: ReplyProgressEvent = { type: 'ReplyLookedFor', data: { ...REPLY, found: false } }
const unconfirmed = (attempt = 1): ReplyProgressEvent => ({ type: 'ReplyUnconfirmed', data: { ...REPLY, attempt } })
const rejected = (fields: Of<'ReplyRejected'> = {}): ReplyProgressEvent => ({
  type: 'ReplyRejected',
  data: { ...REPLY, reason: 'withdrawn', ...fields },
})
const requeued: ReplyProgressEvent = {
  type: 'ReplyRequeued',
  data: { replyId: 'r', by: { kind: 'agent', id: 'bob' }, mayArriveTwice: false, at: 7 },
}

const TWO = [
  { kind: 'text', from: 0, to: 2 },
  { kind: 'text', from: 3, to: 5 },
] as const
const cut = attempted({ parts: TWO })
const after = (...events: readonly ReplyProgressEvent[]): ReplyProgress => events.reduce(progressed, QUEUED)

const WAITING = { status: 'waiting' }
const SENT = { status: 'sent', attempt: 1, messageId: 'e1', settledBy: 'answer', sentAt: 1 }
const again = (attempt: number, messageId = `e${attempt}`) => ({ attempt, messageId })

const CASES: readonly (readonly [string, readonly ReplyProgressEvent[], object])[] = [
  ['no event', [], { status: 'queued', parts: [] }],
  ['an attempt that cuts it', [cut], { status: 'attempted', parts: [{ status: 'attempted' }, WAITING] }],
  ['an attempt without a cut', [attempted()], { status: 'attempted', parts: [{ status: 'attempted' }] }],
  [
    'an attempt of a later part without a cut',
    [attempted({ part: 1 })],
    { status: 'attempted', parts: [WAITING, { status: 'attempted' }] },
  ],
  [
    'a second cut, which changes nothing of the first',
    [cut, sent(), attempted({ part: 1, parts: [TWO[0]] })],
    { status: 'attempted', parts: [SENT, { status: 'attempted' }] },
  ],
  ['one of two parts sent', [cut, sent()], { status: 'attempted', parts: [SENT, WAITING] }],
  [
    'both parts sent',
    [cut, sent(), attempted({ part: 1 }), sent({ part: 1, messageId: 'e2', settledBy: 'echo', at: 2 })],
    { status: 'sent', parts: [SENT, { ...SENT, messageId: 'e2', settledBy: 'echo', sentAt: 2 }] },
  ],
  ['a failed attempt', [cut, failed()], { status: 'queued', parts: [WAITING, WAITING], retryAt: 9 }],
  [
    'another attempt after a failed one, which forgets the retry',
    [cut, failed(), attempted({ attempt: 2 })],
    { status: 'attempted', parts: [{ status: 'attempted' }, WAITING] },
  ],
  [
    'late evidence for a part while the reply is queued again',
    [cut, failed(), sent()],
    { status: 'attempted', parts: [SENT, WAITING] },
  ],
  [
    'an unknown outcome, which keeps the retry of another part',
    [cut, failed({ part: 1 }), unknown],
    { status: 'queued', parts: [{ status: 'unknown' }, WAITING], retryAt: 9 },
  ],
  [
    'a look that found nothing',
    [cut, unknown, lookedFor],
    { status: 'attempted', parts: [{ status: 'unknown' }, WAITING] },
  ],
  [
    'an end without evidence',
    [cut, unknown, unconfirmed()],
    { status: 'unconfirmed', parts: [{ status: 'unconfirmed' }, WAITING] },
  ],
  [
    'late evidence for a part of an unconfirmed reply',
    [cut, unknown, unconfirmed(), sent({ settledBy: 'echo' })],
    { status: 'partly-sent', parts: [{ ...SENT, settledBy: 'echo' }, WAITING] },
  ],
  [
    'an answer that corrects which message equal text had settled',
    [attempted(), sent({ settledBy: 'text' }), sent({ messageId: 'e2' })],
    { status: 'sent', parts: [{ ...SENT, messageId: 'e2', contentIn: 'e1' }] },
  ],
  [
    'two corrections: the content stays with the first message',
    [attempted(), sent(), sent({ messageId: 'e2' }), sent({ messageId: 'e3' })],
    { status: 'sent', parts: [{ ...SENT, messageId: 'e3', contentIn: 'e1' }] },
  ],
  [
    'other attempts that arrived as well',
    [attempted(), sent(), sent({ attempt: 2 }), sent({ attempt: 3 })],
    { status: 'sent', parts: [{ ...SENT, again: [again(2), again(3)] }] },
  ],
  [
    'a correction of one that arrived as well',
    [attempted(), sent(), sent({ attempt: 2 }), sent({ attempt: 3 }), sent({ attempt: 2, messageId: 'x' })],
    { status: 'sent', parts: [{ ...SENT, again: [again(3), again(2, 'x')] }] },
  ],
  [
    'a correction of the first of two that arrived',
    [attempted(), sent(), sent({ attempt: 2 }), sent({ messageId: 'x' })],
    { status: 'sent', parts: [{ ...SENT, messageId: 'x', again: [again(2)], contentIn: 'e1' }] },
  ],
  [
    'evidence taken back',
    [cut, sent(), unconfirmed()],
    { status: 'unconfirmed', parts: [{ status: 'unconfirmed', contentIn: 'e1' }, WAITING] },
  ],
  [
    'the end of an attempt that had sent nothing, beside one that had',
    [attempted(), sent(), unconfirmed(2)],
    { status: 'sent', parts: [SENT] },
  ],
  [
    'evidence of the first of two taken back: the second stands for it',
    [attempted(), sent(), sent({ attempt: 2 }), unconfirmed()],
    { status: 'sent', parts: [{ ...SENT, attempt: 2, messageId: 'e2', contentIn: 'e1' }] },
  ],
  [
    'evidence of the first of three taken back',
    [attempted(), sent(), sent({ attempt: 2 }), sent({ attempt: 3 }), unconfirmed()],
    { status: 'sent', parts: [{ ...SENT, attempt: 2, messageId: 'e2', again: [again(3)], contentIn: 'e1' }] },
  ],
  [
    'evidence of the second of two taken back',
    [attempted(), sent(), sent({ attempt: 2 }), unconfirmed(2)],
    { status: 'sent', parts: [SENT] },
  ],
  [
    'evidence of the second of three taken back',
    [attempted(), sent(), sent({ attempt: 2 }), sent({ attempt: 3 }), unconfirmed(2)],
    { status: 'sent', parts: [{ ...SENT, again: [again(3)] }] },
  ],
  [
    'an attempt that another made superfluous, of a part that is not sent',
    [cut, unknown, superseded()],
    { status: 'attempted', parts: [{ status: 'unknown' }, WAITING] },
  ],
  ['the same of a part that nobody knows', [superseded()], { status: 'queued', parts: [] }],
  [
    'the same of the only attempt that sent the part',
    [attempted(), sent(), superseded()],
    { status: 'sent', parts: [SENT] },
  ],
  [
    'the same of the first of two that arrived',
    [attempted(), sent(), sent({ attempt: 2 }), superseded()],
    { status: 'sent', parts: [{ ...SENT, attempt: 2, messageId: 'e2', contentIn: 'e1' }] },
  ],
  [
    'a rejection before the first attempt',
    [rejected()],
    { status: 'rejected', parts: [], rejection: { reason: 'withdrawn', at: 1 } },
  ],
  [
    'a refusal of Meta',
    [cut, rejected({ reason: 'message-refused', code: '100', at: 3 })],
    {
      status: 'rejected',
      parts: [{ status: 'rejected' }, WAITING],
      rejection: { reason: 'message-refused', code: '100', at: 3 },
    },
  ],
  [
    'a rejection of the second part, which forgets the retry',
    [cut, sent(), attempted({ part: 1 }), failed({ part: 1 }), rejected({ part: 1 })],
    {
      status: 'partly-sent',
      parts: [SENT, { status: 'rejected' }],
      rejection: { reason: 'withdrawn', at: 1 },
    },
  ],
  [
    'late evidence for a part after the rejection',
    [cut, rejected(), sent()],
    { status: 'partly-sent', parts: [SENT, WAITING] },
  ],
  [
    'an unknown outcome after the rejection, which still says why',
    [attempted(), rejected(), unknown],
    { status: 'rejected', parts: [{ status: 'unknown' }], rejection: { reason: 'withdrawn', at: 1 } },
  ],
  [
    'a resend: only what was not sent waits',
    [cut, sent(), attempted({ part: 1 }), rejected({ part: 1 }), requeued],
    { status: 'queued', parts: [SENT, WAITING] },
  ],
]

describe('the progress of a reply', () => {
  it.each(CASES)('after %s', (_, events, expected) => {
    expect(after(...events)).toEqual(expected)
  })

  it('is the very same where an event says nothing new', () => {
    const before = after(cut, unknown)
    expect(progressed(before, lookedFor)).toBe(before)
    expect(progressed(before, superseded())).toBe(before)
  })
})
