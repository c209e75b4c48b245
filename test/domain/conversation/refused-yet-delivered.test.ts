import { describe, expect, it } from 'vitest'
import { type ConversationCommand, nextDelivery, type Part } from '../../../src/domain/conversation/index.ts'
import { HOUR, MINUTE, SECOND } from '../../../src/domain/instant.ts'
import { NOON } from '../people.ts'
import * as talk from './talk.ts'

const { after, given } = talk
const second = { replyId: 'reply-2' }
const inFlight = [talk.receive(), talk.reply(), talk.begin()]
const refused = [...inFlight, talk.reject('message-refused')]

/** Which attempt equal content, or an answer, gave which message to. */
const sent = (...commands: readonly ConversationCommand[]) =>
  talk
    .history(...commands)
    .flatMap((event) =>
      event.type === 'ReplyPartSent'
        ? [[event.data.replyId, event.data.part, event.data.attempt, event.data.messageId, event.data.settledBy]]
        : [],
    )
const next = (commands: readonly ConversationCommand[], at = NOON) =>
  nextDelivery(given(...commands).state(), talk.channel, at)

describe('an attempt that Meta refused, whose echo comes all the same', () => {
  it('is sent, whether the echo came before the refusal was recorded or after', () => {
    const settled = [['reply-1', 0, 1, 'e1', 'text']]
    expect(sent(...refused, talk.echo({ at: after(1) }))).toEqual(settled)
    expect(sent(...inFlight, talk.echo(), talk.reject('message-refused'))).toEqual(settled)
    given(...refused, talk.echo())
      .when(talk.resend())
      .refuses('reply-state')
  })

  it('is no longer sent again by itself', () => {
    for (const reason of ['throttled', 'authorization', 'media-not-fetched'] as const) {
      const waiting = [...inFlight, talk.failed({ reason })]
      expect(next([...waiting, talk.echo()], after(10))).toEqual({ kind: 'idle' })
      expect(next([...inFlight, talk.echo(), talk.failed({ reason })], after(10))).toEqual({ kind: 'idle' })
    }
  })

  it('is not what never left', () => {
    const never = [...inFlight, talk.failed({ reason: 'no-connection' })]
    expect(sent(...never, talk.echo())).toEqual([])
    expect(next([...never, talk.echo()], after(10))).toMatchObject({ kind: 'attempt', attempt: 2 })
  })

  it('is no message with other content, none from before it, and none that is known already', () => {
    expect(sent(...refused, talk.echo({ textDigest: 'other' }))).toEqual([])
    expect(sent(talk.receive(), talk.echo(), talk.reply(), talk.begin(), talk.reject('message-refused'))).toEqual([])
    // Recorded later, but by Meta's time older than the attempt.
    expect(sent(...refused, talk.echo({ metaAt: NOON - HOUR, at: after(1) }))).toEqual([])
    expect(sent(...refused, talk.echo({ metaAt: NOON - MINUTE, at: after(1) }))).toHaveLength(1)
    expect(sent(...refused, talk.echo(), talk.echo({ at: after(2) }))).toHaveLength(1)
  })

  it('ends only its own part: what is missing goes when a person sends it again', () => {
    const parts: readonly Part[] = [
      { kind: 'text', from: 0, to: 900 },
      { kind: 'text', from: 900, to: 1_200 },
    ]
    const partly = [
      talk.receive(),
      talk.reply({ text: 'x'.repeat(1_200) }),
      talk.begin({ parts }),
      talk.reject('message-refused'),
      talk.echo(),
    ]
    expect(sent(...partly)).toEqual([['reply-1', 0, 1, 'e1', 'text']])
    expect(next(partly)).toEqual({ kind: 'idle' })
    expect(next([...partly, talk.resend()])).toMatchObject({ kind: 'attempt', part: 1, attempt: 1 })
  })

  it('is known by kind and count where it was media', () => {
    const media = [0, 1].map((index) => ({ kind: 'image' as const, url: `https://cdn.example/${index}` }))
    const pictures = [
      talk.receive(),
      talk.reply({ media }),
      talk.begin({ parts: [{ kind: 'media', indexes: [0, 1] }] }),
      talk.reject('media-refused'),
    ]
    const { textDigest: _, ...data } = talk.echo().data as Extract<ConversationCommand, { type: 'ReceiveEcho' }>['data']
    const echoOf = (count: number): ConversationCommand => ({
      type: 'ReceiveEcho',
      data: {
        ...data,
        content: { kind: 'image', attachments: Array.from({ length: count }, () => ({ kind: 'image' })) },
      },
    })
    expect(sent(...pictures, echoOf(1))).toEqual([])
    expect(sent(...pictures, echoOf(2))).toHaveLength(1)
  })

  it('leaves an equal reply that was sent later its own message', () => {
    const later = [...refused, talk.reply(second), talk.begin(second)]
    // By its answer, in either order of answer and echo.
    expect(sent(...later, talk.sent(second), talk.echo())).toEqual([['reply-2', 0, 1, 'e1', 'answer']])
    expect(sent(...later, talk.echo(), talk.sent(second))).toEqual([['reply-2', 0, 1, 'e1', 'answer']])
    // And where nobody knows what became of it, for the one that was refused has the smaller claim.
    expect(sent(...later, talk.echo(), talk.unknown(second))).toEqual([['reply-2', 0, 1, 'e1', 'text']])
    expect(sent(...later, talk.unknown(second), talk.echo())).toEqual([['reply-2', 0, 1, 'e1', 'text']])
    expect(sent(...later, talk.unknown(second), talk.giveUp(second), talk.echo())).toEqual([
      ['reply-2', 0, 1, 'e1', 'text'],
    ])
    // A second echo is that of the first reply.
    expect(sent(...later, talk.sent({ ...second, messageId: 'e2' }), talk.echo({ messageId: 'e1' }))).toEqual([
      ['reply-2', 0, 1, 'e2', 'answer'],
      ['reply-1', 0, 1, 'e1', 'text'],
    ])
  })

  it('takes back a resend that has not left, and waits for one that is on its way', () => {
    const resent = [...refused, talk.resend()]
    expect(sent(...resent, talk.echo())).toEqual([['reply-1', 0, 1, 'e1', 'text']])
    expect(next([...resent, talk.echo()])).toEqual({ kind: 'idle' })
    const again = [...resent, talk.begin({ attempt: 2 })]
    for (const commands of [
      [talk.echo(), talk.sent({ attempt: 2, messageId: 'e2' })],
      [talk.sent({ attempt: 2, messageId: 'e2' }), talk.echo()],
    ]) {
      expect(sent(...again, ...commands)).toEqual([
        ['reply-1', 0, 2, 'e2', 'answer'],
        ['reply-1', 0, 1, 'e1', 'text'],
      ])
    }
    expect(sent(...again, talk.unknown({ attempt: 2 }), talk.echo())).toEqual([['reply-1', 0, 2, 'e1', 'text']])
  })

  it('has no claim on what is written long after another attempt has sent its part', () => {
    const twice = [...refused, talk.resend(), talk.begin({ attempt: 2 }), talk.sent({ attempt: 2, messageId: 'e2' })]
    expect(sent(...twice, talk.echo({ messageId: 'e3', at: after(4) }))).toHaveLength(2)
    expect(sent(...twice, talk.echo({ messageId: 'e3', at: after(30) }))).toHaveLength(1)
    // Delivered late, but of its own time.
    expect(sent(...twice, talk.echo({ messageId: 'e3', metaAt: NOON + SECOND, at: after(30) }))).toHaveLength(2)
  })

  it('is refused once: the same answer again changes nothing', () => {
    given(...refused)
      .when(talk.reject('message-refused'))
      .yieldsNothing()
    given(...refused)
      .when(talk.giveUp())
      .yieldsNothing()
    given(...refused, talk.resend())
      .when(talk.reject('message-refused'))
      .yieldsNothing()
    given(...refused)
      .when(talk.sent())
      .yields({
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
          at: NOON,
        },
      })
  })
})
