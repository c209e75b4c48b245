import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  type ConversationEvent,
  nextDelivery,
  type Part,
} from '../../../src/domain/conversation/index.ts'
import { LIMITS } from '../../../src/domain/conversation/limits.ts'
import { after, eventsOf, given, stateOf } from './talk.ts'
import * as talk from './talk.ts'

// Several attempts of one part, several parts of one reply, and which of them evidence against equal text changes.

const next = (...commands: readonly ConversationCommand[]) => nextDelivery(stateOf(...commands), talk.channel, after(9))

const second = { attempt: 2 }
/** Another reply with another text, whose call Meta answers late. */
const other = { replyId: 'other' }
const called = [talk.reply({ ...other, text: 'bye' }), talk.begin({ ...other, textDigest: 'digest of bye' })]
const resent = talk.resend({ mayArriveTwice: true })
const lost = [talk.begin(), talk.unknown(), talk.look(), talk.giveUp()]
const lostTwice = [...lost, resent, talk.begin(second), talk.unknown(second), talk.look(second), talk.giveUp(second)]
const inParts: readonly Part[] = [
  { kind: 'text', from: 0, to: 900 },
  { kind: 'text', from: 900, to: 1_200 },
]
/** A reply in two parts of which equal text has settled the first. */
const firstPart = [
  talk.reply({ text: 'x'.repeat(1_200) }),
  talk.begin({ parts: inParts }),
  talk.unknown(),
  talk.echo({ messageId: 'e1' }),
]
const takes = (messageId: string) => talk.sent({ ...other, messageId, at: after(1) })
const superseded = (attempt: number): ConversationEvent => ({
  type: 'ReplyAttemptSuperseded',
  data: { replyId: 'reply-1', part: 0, attempt, outcome: 'unknown', at: after(1) },
})
const unconfirmed = (attempt: number): ConversationEvent => ({
  type: 'ReplyUnconfirmed',
  data: { replyId: 'reply-1', part: 0, attempt, at: after(1) },
})

describe('an answer that names the message which equal text had given to another attempt', () => {
  /** The other one was called first, and is answered last. */
  const before = [talk.receive(), ...called, talk.unknown(other), talk.look(other), talk.giveUp(other)]
  it('opens that one again', () => {
    const settled = [...before, talk.reply(), talk.begin(), talk.unknown(), talk.echo({ messageId: 'e1' })]
    expect(eventsOf(settled, takes('e1'))[0]).toEqual(unconfirmed(1))
    expect(stateOf(...settled, takes('e1')).replies.unfinished).toMatchObject([
      { id: 'reply-1', sentParts: 0, doubt: true, status: 'unconfirmed' },
    ])
  })
  it('leaves the part as sent while the call of the next one is under way', () => {
    const calling = [...before, ...firstPart, talk.begin({ part: 1, textDigest: 'd2' })]
    expect(eventsOf(calling, takes('e1'))[0]).toEqual(superseded(1))
    expect(stateOf(...calling, takes('e1')).replies.waiting).toMatchObject([{ id: 'reply-1', sentParts: 1 }])
  })
  it('leaves the part as sent where equal text says so of another attempt too, until that is taken as well', () => {
    const both = [...before, talk.reply(), ...lostTwice, talk.echo({ messageId: 'e1' }), talk.echo({ messageId: 'e2' })]
    expect(eventsOf(both, takes('e1'))[0]).toEqual(superseded(1))
    expect(stateOf(...both, takes('e1')).replies.unfinished).toMatchObject([{ id: 'reply-1', status: 'sent' }])
    const third = { replyId: 'third' }
    const more = [talk.reply({ ...third, text: 'yes' }), talk.begin({ ...third, textDigest: 'digest of yes' })]
    const [taken] = eventsOf([...both, ...more, takes('e1')], talk.sent({ ...third, messageId: 'e2', at: after(1) }))
    expect(taken).toEqual(unconfirmed(2))
  })
  it('leaves no number of an attempt to be used again', () => {
    const taken = [...before, talk.reply(), ...lostTwice, talk.echo({ messageId: 'e1' }), takes('e1')]
    expect(eventsOf(taken.slice(0, -1), takes('e1'))[0]).toEqual(unconfirmed(1))
    expect(next(...taken, resent)).toMatchObject({ kind: 'attempt', part: 0, attempt: 3 })
    // Nor one of the part after it, which had been refused meanwhile.
    const throttled = [
      ...firstPart,
      talk.begin({ part: 1, textDigest: 'd2' }),
      talk.failed({ part: 1, retryAt: after(2) }),
    ]
    const again = [
      ...before,
      ...throttled,
      takes('e1'),
      resent,
      talk.begin(second),
      talk.sent({ ...second, messageId: 'e5' }),
    ]
    expect(next(...again)).toMatchObject({ kind: 'attempt', part: 1, attempt: 2 })
  })
})

describe('a refusal by Meta', () => {
  it('of an attempt after one that was given up ends the reply', () => {
    const again = [talk.receive(), talk.reply(), ...lost, resent, talk.begin(second)]
    given(...again)
      .when(talk.reject('message-refused', second))
      .yields({
        type: 'ReplyRejected',
        data: { replyId: 'reply-1', part: 0, attempt: 2, reason: 'message-refused', at: after(0) },
      })
  })
  it('makes an attempt one that goes first where there are too many', () => {
    const attempts = Array.from({ length: LIMITS.attempts }, (_, index) => {
      const one = { replyId: `r${index}` }
      const ends =
        index === 3 ? [talk.reject('message-refused', one)] : [talk.unknown(one), talk.look(one), talk.giveUp(one)]
      return [talk.reply({ ...one, text: `t${index}` }), talk.begin({ ...one, textDigest: `d${index}` }), ...ends]
    })
    const { open } = stateOf(talk.receive(), ...attempts.flat(), ...called).attempts
    const ids = Array.from({ length: LIMITS.attempts }, (_, index) => `r${index}`)
    expect(open.map(({ replyId }) => replyId)).toEqual([...ids.filter((id) => id !== 'r3'), 'other'])
  })
  it('takes the channel only where it was about the authorization', () => {
    const took = (reason: 'message-refused' | 'authorization-restricted') =>
      stateOf(talk.receive(), talk.reply(), talk.begin(), talk.reject(reason)).replies.unfinished[0]?.tookChannel
    expect([took('message-refused'), took('authorization-restricted')]).toEqual([undefined, true])
  })
})
