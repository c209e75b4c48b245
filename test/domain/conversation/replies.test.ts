import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  type ConversationEvent,
  nextDelivery,
  type Part,
} from '../../../src/domain/conversation/index.ts'
import { DAY, MINUTE, SECOND } from '../../../src/domain/instant.ts'
import { administrator, agent, automation, NOON } from '../people.ts'
import * as talk from './talk.ts'

const { after, given } = talk
const one = { replyId: 'reply-1', part: 0, attempt: 1 }
const next = (commands: readonly ConversationCommand[], at = NOON, channel = talk.channel) =>
  nextDelivery(given(...commands).state(), channel, at)
const attempted = (changes: object = {}): ConversationEvent => ({
  type: 'ReplyAttempted',
  data: {
    ...one,
    parts: [talk.whole],
    tag: 'none',
    textDigest: 'digest of hi',
    epoch: 1,
    worker: 'w1',
    at: NOON,
    ...changes,
  },
})
const partSent = (changes: object = {}): ConversationEvent => ({
  type: 'ReplyPartSent',
  data: {
    ...one,
    messageId: 'e1',
    mid: 'mid-e1',
    settledBy: 'answer',
    episode: 1,
    written: { by: 'agent', at: NOON },
    at: NOON,
    ...changes,
  },
})
const queued = [talk.receive(), talk.reply()]
const inFlight = [...queued, talk.begin()]
const lost = [...inFlight, talk.unknown()]

describe('a reply', () => {
  it('is queued and takes a conversation that nobody holds', () => {
    given(talk.receive())
      .when(talk.reply({ text: 'hi 😀', replyTo: 'm1' }))
      .yields(
        {
          type: 'ConversationAssigned',
          data: { agentId: 'bob', association: 1, how: 'answered', by: talk.byBob, at: NOON },
        },
        {
          type: 'ReplyQueued',
          data: {
            replyId: 'reply-1',
            author: talk.byBob,
            hasText: true,
            length: 4,
            media: [],
            replyTo: 'm1',
            episode: 1,
            stops: 0,
            at: NOON,
          },
          personal: { text: 'hi 😀' },
        },
      )
  })
  it('of an automation, or on a held conversation, changes no assignee', () => {
    expect(
      talk.types(
        given(talk.receive())
          .when(talk.reply({ actor: automation }))
          .events(),
      ),
    ).toEqual(['ReplyQueued'])
    expect(
      talk.types(
        given(talk.receive(), talk.pickUp())
          .when(talk.reply({ actor: talk.eve }))
          .events(),
      ),
    ).toEqual(['ReplyQueued'])
  })
  it('can end the conversation in the same commit, and still leaves', () => {
    const answered = [talk.receive(), talk.reply({ andEnd: true })]
    expect(talk.types(talk.history(...answered))).toEqual([
      'ConversationStarted',
      'MessageReceived',
      'ConversionScheduled',
      'ConversationAssigned',
      'ReplyQueued',
      'ConversionCancelled',
      'ConversationEnded',
    ])
    given(...answered)
      .when(talk.begin())
      .yields(attempted())
  })
  it('is nothing the second time, also after it was sent', () => {
    given(...queued)
      .when(talk.reply())
      .yieldsNothing()
    given(...inFlight, talk.sent())
      .when(talk.reply())
      .yieldsNothing()
  })
  it('has at most 1,600 code points, and some', () => {
    expect(
      given(talk.receive(), talk.pickUp())
        .when(talk.reply({ text: '😀'.repeat(1_600) }))
        .events(),
    ).toHaveLength(1)
    given(talk.receive())
      .when(talk.reply({ text: '😀'.repeat(1_601) }))
      .refuses('too-long', { field: 'text', limit: 1_600, actual: 1_601, unit: 'code points' })
    given(talk.receive())
      .when(talk.reply({ text: '' }))
      .refuses('empty', { field: 'text' })
    given(talk.receive())
      .when(talk.reply({ text: ' \n' }))
      .refuses('empty', { field: 'text' })
    given(talk.receive())
      .when(talk.reply({ media: [] }))
      .refuses('empty', { field: 'text' })
    given(talk.receive())
      .when(talk.reply({ text: 'hi\udc00' }))
      .refuses('lone-surrogate', { field: 'text', index: 2 })
  })
  it('has at most 10 media, by https, and names no link in a refusal', () => {
    const media = (count: number, url = 'https://cdn.example/a.jpg?x=1') =>
      Array.from({ length: count }, () => ({ kind: 'image' as const, url }))
    expect(
      given(talk.receive(), talk.pickUp())
        .when(talk.reply({ media: media(10) }))
        .events(),
    ).toHaveLength(1)
    given(talk.receive())
      .when(talk.reply({ media: media(11) }))
      .refuses('too-long', { field: 'media', limit: 10, actual: 11, unit: 'items' })
    for (const [url, shown] of [
      ['http://cdn.example/a', 'http:'],
      ['javascript:alert(1)', 'javascript:'],
      ['a.jpg', 'something else'],
      ['https://', 'https:'],
      ['https://user@host/a', 'https:'],
      ['https://host/a b', 'https:'],
    ] as const) {
      given(talk.receive())
        .when(talk.reply({ media: media(1, url) }))
        .refuses('invalid', { field: 'media[0].url', expected: 'an https link', given: shown })
    }
  })
  it('has links of at most 4,096 bytes, whatever their letters', () => {
    const start = 'https://cdn.example/'
    const reply = (path: string) =>
      given(talk.receive(), talk.pickUp()).when(talk.reply({ media: [{ kind: 'image', url: `${start}${path}` }] }))
    const room = 4_096 - start.length
    expect(reply('a'.repeat(room)).events()).toHaveLength(1)
    expect(reply('é'.repeat(room / 2)).events()).toHaveLength(1)
    const tooLong = { field: 'media[0].url', limit: 4_096, unit: 'bytes' } as const
    reply('a'.repeat(room + 1)).refuses('too-long', { ...tooLong, actual: 4_097 })
    reply(`${'é'.repeat(room / 2)}a`).refuses('too-long', { ...tooLong, actual: 4_097 })
  })
  it('quotes a message that is there', () => {
    given(talk.receive())
      .when(talk.reply({ replyTo: 'm9' }))
      .refuses('message-not-found', { messageId: 'm9' })
    given(talk.receive(), talk.unsend())
      .when(talk.reply({ replyTo: 'm1' }))
      .refuses('message-not-found')
  })
  it('quotes what the state no longer remembers unless the index knows better', () => {
    const many = Array.from({ length: 300 }, (_, n) => talk.receive({ messageId: `m${n}` }))
    const long = given(...many)
    long.when(talk.reply({ replyTo: 'm0', quotable: false })).refuses('message-not-found', { messageId: 'm0' })
    for (const quotable of [{ quotable: true }, {}])
      expect(talk.types(long.when(talk.reply({ replyTo: 'm0', ...quotable })).events())).toContain('ReplyQueued')
    expect(talk.types(long.when(talk.reply({ replyTo: 'm299', quotable: false })).events())).toContain('ReplyQueued')
  })
  it('is refused for every reason that closes the composer', () => {
    given(talk.receive())
      .when(talk.reply({ at: NOON + 7 * DAY }))
      .refuses('window-expired')
    given(talk.receive())
      .when(talk.reply({ at: NOON + DAY, actor: automation }))
      .refuses('human-agent-only')
    given(talk.receive())
      .when(talk.reply({ channel: talk.disabled }))
      .refuses('channel-disabled')
    given(talk.receive())
      .when(talk.reply({ actor: administrator }))
      .refuses('not-associated', {})
    given(talk.receive(), talk.end()).when(talk.reply()).refuses('conversation-ended')
  })
  it('waits in line with at most 15 others', () => {
    const many = Array.from({ length: 16 }, (_, index) => talk.reply({ replyId: `reply-${index}` }))
    given(talk.receive(), ...many)
      .when(talk.reply({ replyId: 'one more' }))
      .refuses('too-long', { field: 'waiting replies', limit: 16, actual: 17, unit: 'items' })
  })
})

describe('withdrawing', () => {
  const withdrawn: ConversationEvent = {
    type: 'ReplyRejected',
    data: { replyId: 'reply-1', part: 0, reason: 'withdrawn', at: NOON },
  }
  it('takes back a reply of which nothing can have left', () => {
    given(...queued)
      .when(talk.withdraw())
      .yields(withdrawn)
    given(...queued, talk.withdraw())
      .when(talk.withdraw())
      .yieldsNothing()
    given(...queued, talk.reject('media-refused', { attempt: undefined as never }))
      .when(talk.withdraw())
      .yieldsNothing()
    given(...inFlight, talk.failed())
      .when(talk.withdraw())
      .yields(withdrawn)
  })
  it('is refused for what was attempted, sent, or never was', () => {
    given(...inFlight)
      .when(talk.withdraw())
      .refuses('reply-state', { replyId: 'reply-1', status: 'attempted' })
    given(...lost)
      .when(talk.withdraw())
      .refuses('reply-state', { replyId: 'reply-1', status: 'attempted' })
    given(...lost, talk.giveUp())
      .when(talk.withdraw())
      .refuses('reply-state', { replyId: 'reply-1', status: 'unconfirmed' })
    given(
      ...lost,
      talk.giveUp(),
      talk.resend({ mayArriveTwice: true }),
      talk.reject('media-refused', { attempt: undefined as never }),
    )
      .when(talk.withdraw())
      .refuses('reply-state', { replyId: 'reply-1', status: 'rejected' })
    given(...inFlight, talk.sent())
      .when(talk.withdraw())
      .refuses('reply-state', { replyId: 'reply-1', status: 'sent' })
    given(...queued)
      .when(talk.withdraw({ replyId: 'other' }))
      .refuses('reply-not-found')
    given(...queued)
      .when(talk.withdraw({ actor: automation }))
      .refuses('reply-not-found')
  })
})

describe('the first attempt', () => {
  it('is next, needs the cut, and stores it', () => {
    expect(next(queued)).toEqual({ kind: 'attempt', ...one, author: talk.byBob, needsCut: true, revision: 4 })
    given(...queued)
      .when(talk.begin())
      .yields(attempted())
    given(...queued)
      .when(talk.begin({ parts: [] }))
      .refuses('invalid')
    given(...queued)
      .when(talk.begin({ parts: [{ kind: 'media', indexes: [0] }] }))
      .refuses('invalid')
  })
  it('is one at a time', () => {
    expect(next(inFlight)).toEqual({ kind: 'in-flight', ...one, worker: 'w1', since: NOON })
    given(...inFlight)
      .when(talk.begin())
      .refuses('attempt-out-of-turn', { replyId: 'reply-1' })
    given(...queued, talk.reply({ replyId: 'reply-2' }))
      .when(talk.begin({ replyId: 'reply-2' }))
      .refuses('attempt-out-of-turn')
    given(...queued)
      .when(talk.begin({ attempt: 2 }))
      .refuses('attempt-out-of-turn')
    given(...queued)
      .when(talk.begin({ part: 1 }))
      .refuses('attempt-out-of-turn')
    given(...queued)
      .when(talk.begin({ replyId: 'other' }))
      .refuses('reply-not-found')
  })
  it('by an old lease is refused', () => {
    given(...inFlight, talk.failed())
      .when(talk.begin({ attempt: 2, epoch: 0, at: after(1) }))
      .refuses('lease-lost', { epoch: 0, current: 1 })
    expect(
      given(...inFlight, talk.failed())
        .when(talk.begin({ attempt: 2, epoch: 1, at: after(1) }))
        .events(),
    ).toHaveLength(1)
  })
  it('carries the tag that author and age ask for', () => {
    const tag = (passed: number, changes: Partial<typeof talk.channel> = {}, actor = agent) => {
      const channel = talk.having(changes)
      const [event] = given(talk.receive({ channel: talk.converting({ delay: 'never' }) }), talk.reply({ actor }))
        .when(talk.begin({ at: NOON + passed, channel }))
        .events()
        .filter(({ type }) => type !== 'ReplyWindowExpired')
      if (event?.type === 'ReplyRejected') return event.data.reason
      return event?.type === 'ReplyAttempted' ? event.data.tag : event?.type
    }
    expect(tag(DAY - MINUTE - 1, { humanAgent: 'granted' })).toBe('none')
    expect(tag(DAY - MINUTE, { humanAgent: 'granted' })).toBe('human-agent')
    expect(tag(DAY - 1)).toBe('none')
    expect(tag(DAY)).toBe('human-agent')
    expect(tag(DAY, { humanAgent: 'refused' })).toBe('human-agent-refused')
    expect(tag(DAY - 1, { humanAgent: 'granted' }, automation)).toBe('none')
    expect(tag(DAY, {}, automation)).toBe('human-agent-only')
    expect(tag(7 * DAY)).toBe('window-expired')
  })
  it.each([
    ['authorization-restricted', talk.having({ authorization: 'restricted' })],
    ['not-associated', talk.having({ agents: { eve: 2 } })],
  ] as const)('is rejected %s when that has come true in the meantime', (reason, channel) => {
    expect(next(queued, NOON, channel).kind).toBe('attempt')
    const rejected = { type: 'ReplyRejected', data: { replyId: 'reply-1', part: 0, reason, at: NOON } }
    expect(
      given(...queued)
        .when(talk.begin({ channel }))
        .events()
        .at(-1),
    ).toEqual(rejected)
  })
  it('is rejected when only the assignee may answer and that is another by now', () => {
    given(...queued, talk.transfer({ seen: 'bob' }))
      .when(talk.begin({ channel: talk.having({ assigneeOnly: true }) }))
      .yields({ type: 'ReplyRejected', data: { replyId: 'reply-1', part: 0, reason: 'not-the-assignee', at: NOON } })
  })
  it.each(['suspended', 'lost'] as const)('waits while the authorization is %s', (authorization) => {
    const channel = talk.having({ authorization })
    expect(next(queued, NOON, channel)).toEqual({ kind: 'wait', replyId: 'reply-1' })
    given(...queued)
      .when(talk.begin({ channel }))
      .refuses('attempt-out-of-turn')
    expect(next(queued, NOON + 7 * DAY, channel).kind).toBe('attempt')
  })
})

describe('an attempt', () => {
  it('that Meta answers is sent, once', () => {
    given(...inFlight)
      .when(talk.sent())
      .yields(partSent())
    given(...inFlight, talk.sent())
      .when(talk.sent())
      .yieldsNothing()
    expect(next([...inFlight, talk.sent()])).toEqual({ kind: 'idle' })
    given(...queued)
      .when(talk.sent())
      .refuses('attempt-out-of-turn')
    given(...queued)
      .when(talk.sent({ replyId: 'other' }))
      .refuses('reply-not-found')
  })
  it('that failed for certain is repeated by itself, not before its time', () => {
    given(...inFlight)
      .when(talk.failed({ code: '613/2534040' }))
      .yields({
        type: 'ReplyAttemptFailed',
        data: { ...one, reason: 'throttled', code: '613/2534040', retryAt: after(1), at: NOON },
      })
    const failed = [...inFlight, talk.failed()]
    expect(next(failed)).toEqual({ kind: 'wait', replyId: 'reply-1', until: after(1) })
    expect(next(failed, after(1))).toEqual({
      kind: 'attempt',
      ...one,
      attempt: 2,
      author: talk.byBob,
      needsCut: false,
      content: talk.whole,
      revision: 4,
    })
    given(...failed)
      .when(talk.begin({ attempt: 2 }))
      .refuses('attempt-out-of-turn')
    given(...failed)
      .when(talk.failed())
      .yieldsNothing()
    expect(
      given(...failed)
        .when(talk.begin({ attempt: 2, at: after(1) }))
        .events()[0]?.data,
    ).not.toHaveProperty('parts')
  })
  it('that another process had given up is repeated all the same, when its own tells that nothing was delivered', () => {
    const late = talk.failed({ reason: 'no-connection' })
    for (const settling of [[talk.unknown()], [talk.unknown(), talk.look()]]) {
      given(...inFlight, ...settling)
        .when(late)
        .yields({
          type: 'ReplyAttemptFailed',
          data: { ...one, reason: 'no-connection', retryAt: after(1), at: NOON },
        })
      expect(next([...inFlight, ...settling, late], after(1))).toMatchObject({ kind: 'attempt', attempt: 2 })
      given(...inFlight, ...settling, late)
        .when(talk.giveUp())
        .yieldsNothing()
    }
    // An agent was told that nobody knows, and decides.
    given(...inFlight, talk.unknown(), talk.look(), talk.giveUp())
      .when(late)
      .yieldsNothing()
    // The echo proves otherwise.
    given(...inFlight, talk.unknown(), talk.echo({ textDigest: 'digest of hi' }))
      .when(late)
      .yieldsNothing()
  })
  it('with an unknown outcome is never repeated by itself: looked for once, then unconfirmed', () => {
    given(...inFlight)
      .when(talk.unknown({ code: '1' }))
      .yields({ type: 'ReplyOutcomeUnknown', data: { ...one, code: '1', at: NOON } })
    given(...lost)
      .when(talk.unknown())
      .yieldsNothing()
    expect(next(lost)).toEqual({ kind: 'wait', replyId: 'reply-1', until: NOON + 10 * SECOND })
    expect(next(lost, after(1))).toEqual({ kind: 'look', ...one, since: NOON })
    expect(next(lost, after(1), talk.having({ authorization: 'lost' }))).toEqual({ kind: 'wait', replyId: 'reply-1' })
    given(...lost)
      .when(talk.begin({ attempt: 2, at: after(1) }))
      .refuses('attempt-out-of-turn')
    given(...lost)
      .when(talk.look())
      .yields({ type: 'ReplyLookedFor', data: { ...one, found: false, at: NOON } })
    const looked = [...lost, talk.look()]
    given(...looked)
      .when(talk.look())
      .yieldsNothing()
    expect(next(looked, after(1))).toEqual({ kind: 'declare-unconfirmed', ...one })
    given(...looked)
      .when(talk.giveUp())
      .yields({ type: 'ReplyUnconfirmed', data: { ...one, at: NOON } })
    given(...looked, talk.giveUp())
      .when(talk.giveUp())
      .yieldsNothing()
    expect(next([...looked, talk.giveUp()])).toEqual({ kind: 'idle' })
    given(...inFlight)
      .when(talk.giveUp())
      .yieldsNothing()
    given(...inFlight)
      .when(talk.look())
      .yieldsNothing()
  })
  it('that the look finds is sent', () => {
    given(...lost)
      .when(talk.look({ found: { messageId: 'e1', mid: 'mid-e1' } }))
      .yields({ type: 'ReplyLookedFor', data: { ...one, found: true, at: NOON } }, partSent({ settledBy: 'look' }))
  })
  it('makes later replies wait until automatic settling has ended', () => {
    const waiting = [talk.receive(), talk.reply(), talk.reply({ replyId: 'reply-2' }), talk.begin(), talk.unknown()]
    given(...waiting)
      .when(talk.begin({ replyId: 'reply-2' }))
      .refuses('attempt-out-of-turn')
    expect(next([...waiting, talk.giveUp()])).toMatchObject({ kind: 'attempt', replyId: 'reply-2' })
  })
  it('that Meta refuses ends its reply', () => {
    const rejected = {
      type: 'ReplyRejected',
      data: { ...one, reason: 'meta-window-closed', code: '10/2534022', at: NOON },
    } as const
    given(...inFlight)
      .when(talk.reject('meta-window-closed', { code: '10/2534022' }))
      .yields(rejected)
    given(...inFlight, talk.reject('meta-window-closed'))
      .when(talk.reject('meta-window-closed'))
      .yieldsNothing()
    given(...inFlight, talk.sent())
      .when(talk.reject('meta-window-closed'))
      .yieldsNothing()
    // An answer that came late is still an answer.
    given(...lost)
      .when(talk.reject('meta-window-closed', { code: '10/2534022' }))
      .yields(rejected)
  })
  it('is not needed where the content is gone', () => {
    const { attempt: _, ...gone } = { ...one, reason: 'content-gone' as const, at: NOON }
    const command: ConversationCommand = {
      type: 'RejectReply',
      data: { conversationId: talk.CONVERSATION, channel: talk.channel, ...gone },
    }
    given(...queued)
      .when(command)
      .yields({ type: 'ReplyRejected', data: gone })
    given(...inFlight)
      .when(command)
      .refuses('attempt-out-of-turn')
    given(...queued)
      .when(talk.reject('content-gone', { replyId: 'other' }))
      .refuses('reply-not-found')
  })
  it('is recorded in every state of channel and customer', () => {
    const blocked = [...inFlight, talk.block()]
    given(...blocked)
      .when(talk.sent({ channel: talk.deleted }))
      .yields(partSent())
    given(...blocked)
      .when(talk.unknown({ channel: talk.disabled }))
      .yields({ type: 'ReplyOutcomeUnknown', data: { ...one, at: NOON } })
  })
})

describe('a reply in parts', () => {
  const parts: readonly Part[] = [
    { kind: 'media', indexes: [0, 1] },
    { kind: 'text', from: 0, to: 900 },
    { kind: 'text', from: 901, to: 1200 },
  ]
  const media = [0, 1].map((index) => ({ kind: 'image' as const, url: `https://cdn.example/${index}` }))
  const long = [talk.receive(), talk.reply({ media, text: 'x'.repeat(1_200) }), talk.begin({ parts })]
  const { textDigest: _, ...imageEcho } = {
    ...(talk.echo({ messageId: 'i1' }).data as Extract<ConversationCommand, { type: 'ReceiveEcho' }>['data']),
  }
  const pictures = (count: number): ConversationCommand => ({
    type: 'ReceiveEcho',
    data: {
      ...imageEcho,
      content: { kind: 'image', attachments: Array.from({ length: count }, () => ({ kind: 'image' })) },
    },
  })
  it('goes part by part, in order', () => {
    const first = [...long, talk.sent({ messageId: 'p0' })]
    expect(next(first)).toMatchObject({ kind: 'attempt', part: 1, attempt: 1, needsCut: false, content: parts[1] })
    const second = [...first, talk.begin({ part: 1 }), talk.sent({ part: 1, messageId: 'p1' })]
    expect(next(second)).toMatchObject({ kind: 'attempt', part: 2, attempt: 1, content: parts[2] })
    expect(next([...second, talk.begin({ part: 2 }), talk.sent({ part: 2, messageId: 'p2' })])).toEqual({
      kind: 'idle',
    })
  })
  it('is ended by a rejected part, and a resend sends only the missing ones', () => {
    const partly = [
      ...long,
      talk.sent({ messageId: 'p0' }),
      talk.begin({ part: 1 }),
      talk.reject('message-refused', { part: 1 }),
    ]
    expect(next(partly)).toEqual({ kind: 'idle' })
    given(...partly)
      .when(talk.resend({ actor: talk.eve }))
      .yields({
        type: 'ReplyRequeued',
        data: { replyId: 'reply-1', by: talk.byEve, mayArriveTwice: false, stops: 0, at: NOON },
      })
    expect(next([...partly, talk.resend()])).toMatchObject({ part: 1, attempt: 2, needsCut: false, content: parts[1] })
  })
  it('is settled by an echo of as many pictures', () => {
    expect(
      talk.types(
        given(...long, talk.unknown())
          .when(pictures(1))
          .events(),
      ),
    ).toEqual(['MessageEchoed'])
    expect(
      given(...long, talk.unknown())
        .when(pictures(2))
        .events()[1],
    ).toMatchObject({
      type: 'ReplyPartSent',
      data: { part: 0, messageId: 'i1', settledBy: 'text' },
    })
  })
  it('that has waiting parts is rejected by a block', () => {
    const events = given(...long, talk.sent({ messageId: 'p0' }))
      .when(talk.block())
      .events()
    expect(events[1]).toEqual({
      type: 'ReplyRejected',
      data: { replyId: 'reply-1', part: 1, reason: 'blocked', at: NOON },
    })
  })
})

describe('a resend', () => {
  const unconfirmed = [...lost, talk.look(), talk.giveUp()]
  it('of an unconfirmed reply must accept that it may arrive twice', () => {
    given(...unconfirmed)
      .when(talk.resend())
      .refuses('may-arrive-twice', { replyId: 'reply-1' })
    given(...unconfirmed)
      .when(talk.resend({ mayArriveTwice: true }))
      .yields({
        type: 'ReplyRequeued',
        data: { replyId: 'reply-1', by: talk.byBob, mayArriveTwice: true, stops: 0, at: NOON },
      })
    const again = [...unconfirmed, talk.resend({ mayArriveTwice: true })]
    expect(next(again)).toMatchObject({ kind: 'attempt', part: 0, attempt: 2, needsCut: false })
    given(...again)
      .when(talk.resend({ mayArriveTwice: true }))
      .yieldsNothing()
  })
  it('of a rejected one needs no warning', () => {
    const [event] = given(...inFlight, talk.reject('message-refused'))
      .when(talk.resend())
      .events()
    expect(event?.data).toMatchObject({ mayArriveTwice: false })
  })
  it('makes it the answer of whoever sends it again, as of when it was written', () => {
    const byBot = [talk.receive(), talk.reply({ actor: automation }), talk.begin({ at: talk.after(1) })]
    const again = [
      ...byBot,
      talk.reject('message-refused', { at: talk.after(1) }),
      talk.resend({ actor: talk.eve, at: talk.after(5) }),
      talk.begin({ attempt: 2, at: talk.after(5) }),
    ]
    const written = (commands: readonly ConversationCommand[], attempt: number) =>
      given(...commands)
        .when(talk.sent({ attempt, at: talk.after(6) }))
        .events()
        .flatMap((event) => (event.type === 'ReplyPartSent' ? [event.data.written] : []))
    expect(written(byBot, 1)).toEqual([{ by: 'automation', at: NOON }])
    expect(written(again, 2)).toEqual([{ by: 'agent', at: NOON }])
  })
  it('is refused for one that ended before more newer ones than are remembered, and says so', () => {
    const ended = Array.from({ length: 10 }, (_, n) => {
      const replyId = `r${n}`
      return [talk.reply({ replyId }), talk.reject('media-refused', { replyId, attempt: undefined as never })]
    }).flat()
    const many = given(talk.receive(), ...ended)
    for (const replyId of ['r0', 'r1']) {
      many.when(talk.resend({ replyId })).refuses('reply-state', { replyId, status: 'too-old' })
      many.when(talk.withdraw({ replyId })).refuses('reply-state', { replyId, status: 'too-old' })
    }
    expect(talk.types(many.when(talk.resend({ replyId: 'r2' })).events())).toContain('ReplyRequeued')
    many.when(talk.resend({ replyId: 'r99' })).refuses('reply-not-found')
  })
  it('is only a person’s, on a reply that is not sent, while the window is open', () => {
    given(...unconfirmed)
      .when(talk.resend({ actor: automation }))
      .refuses('not-associated')
    given(...inFlight, talk.sent())
      .when(talk.resend())
      .refuses('reply-state', { replyId: 'reply-1', status: 'sent' })
    given(...unconfirmed)
      .when(talk.resend({ at: NOON + 8 * DAY }))
      .refuses('window-expired')
    given(...unconfirmed)
      .when(talk.resend({ replyId: 'other' }))
      .refuses('reply-not-found')
  })
})

describe('the races between answer and echo', () => {
  it('an echo before the answer joins by its message', () => {
    const events = given(...inFlight, talk.echo())
      .when(talk.sent())
      .events()
    expect(events).toEqual([partSent()])
  })
  it('an echo before the answer says which episode the message belongs to', () => {
    const events = given(
      ...inFlight,
      talk.convert({ at: after(1) }),
      talk.receive({ messageId: 'm2', at: after(2) }),
      talk.echo({ at: after(3) }),
    )
      .when(talk.sent({ at: after(4) }))
      .events()
    expect(events[0]?.data).toMatchObject({ messageId: 'e1', episode: 2 })
  })
  it('an echo after the answer is nothing new', () => {
    given(...inFlight, talk.sent())
      .when(talk.echo())
      .yieldsNothing()
  })
  it('an echo while the call is in flight settles nothing', () => {
    expect(
      talk.types(
        given(...inFlight)
          .when(talk.echo())
          .events(),
      ),
    ).toEqual(['MessageEchoed'])
  })
  it('an echo settles an unknown outcome, before the crash was noticed or after', () => {
    expect(
      given(...lost)
        .when(talk.echo())
        .events()[1],
    ).toEqual(partSent({ settledBy: 'text' }))
    expect(
      given(...inFlight, talk.echo())
        .when(talk.unknown())
        .events()[1],
    ).toEqual(partSent({ settledBy: 'text' }))
  })
  it('an echo of another text, or one recorded before the attempt, settles nothing', () => {
    expect(
      given(...lost)
        .when(talk.echo({ textDigest: 'other' }))
        .events(),
    ).toHaveLength(1)
    expect(given(talk.receive(), talk.echo(), talk.reply(), talk.begin()).when(talk.unknown()).events()).toHaveLength(1)
  })
  it('late evidence wins over unconfirmed', () => {
    const unconfirmed = [...lost, talk.giveUp()]
    expect(
      given(...unconfirmed)
        .when(talk.echo())
        .events()[1],
    ).toEqual(partSent({ settledBy: 'text' }))
    given(...unconfirmed)
      .when(talk.sent())
      .yields(partSent())
    given(...unconfirmed, talk.echo())
      .when(talk.resend({ mayArriveTwice: true }))
      .refuses('reply-state')
  })
  it('one echo settles one attempt, the oldest first', () => {
    const second = { replyId: 'reply-2' }
    const both = [
      ...lost,
      talk.giveUp(),
      talk.reply(second),
      talk.begin(second),
      talk.unknown(second),
      talk.giveUp(second),
    ]
    const settled = (...commands: readonly ConversationCommand[]) =>
      talk
        .history(...both, ...commands)
        .flatMap((event) => (event.type === 'ReplyPartSent' ? [[event.data.replyId, event.data.messageId]] : []))
    expect(settled(talk.echo())).toEqual([['reply-1', 'e1']])
    expect(settled(talk.echo(), talk.echo({ messageId: 'e2' }))).toEqual([
      ['reply-1', 'e1'],
      ['reply-2', 'e2'],
    ])
    expect(settled(talk.echo(), talk.echo({ messageId: 'e2' }), talk.echo({ messageId: 'e3' }))).toHaveLength(2)
  })
  it('an echo waits for the call of a second equal text to end', () => {
    const second = { replyId: 'reply-2' }
    const before = [...lost, talk.giveUp(), talk.reply(second), talk.begin(second), talk.echo()]
    // The answer names another message, so the echo was of the first reply.
    const events = given(...before)
      .when(talk.sent({ ...second, messageId: 'e2' }))
      .events()
    expect(events).toEqual([partSent({ ...second, messageId: 'e2', mid: 'mid-e2' }), partSent({ settledBy: 'text' })])
    // The answer names the echo, so the first reply stays unconfirmed.
    expect(
      given(...before)
        .when(talk.sent(second))
        .events(),
    ).toEqual([partSent(second)])
  })
  it('a late answer corrects what equal text had settled', () => {
    const settled = [...lost, talk.echo({ messageId: 'outside' })]
    given(...settled)
      .when(talk.sent({ messageId: 'outside' }))
      .yieldsNothing()
    given(...settled)
      .when(talk.sent())
      .yields(partSent())
    given(...settled, talk.sent())
      .when(talk.sent())
      .yieldsNothing()
  })
  it('a late answer that names the message of another attempt opens that one again', () => {
    const second = { replyId: 'reply-2' }
    const swapped = [
      ...lost,
      talk.giveUp(),
      talk.reply(second),
      talk.begin(second),
      talk.unknown(second),
      talk.echo({ messageId: 'x' }),
    ]
    const reopened: ConversationEvent = { type: 'ReplyUnconfirmed', data: { ...one, at: NOON } }
    given(...swapped)
      .when(talk.sent({ ...second, messageId: 'x' }))
      .yields(reopened, partSent({ ...second, messageId: 'x', mid: 'mid-x' }))
    // With an echo each, they change places.
    given(...swapped, talk.echo({ messageId: 'y' }))
      .when(talk.sent({ ...second, messageId: 'x' }))
      .yields(
        reopened,
        partSent({ ...second, messageId: 'x', mid: 'mid-x' }),
        partSent({ messageId: 'y', mid: 'mid-y', settledBy: 'text' }),
      )
  })
  it('an attempt whose part another one has sent in the meantime changes nothing for the reply, whatever its outcome', () => {
    const late = [
      ...lost,
      talk.giveUp(),
      talk.resend({ mayArriveTwice: true }),
      talk.begin({ attempt: 2 }),
      talk.sent({ messageId: 'late' }),
    ]
    const superseded = (outcome: 'nothing-delivered' | 'unknown'): ConversationEvent => ({
      type: 'ReplyAttemptSuperseded',
      data: { ...one, attempt: 2, outcome, at: NOON },
    })
    expect(next(late)).toMatchObject({ kind: 'in-flight', attempt: 2 })
    given(...late)
      .when(talk.reject('message-refused', { attempt: 2 }))
      .yields(superseded('nothing-delivered'))
    given(...late)
      .when(talk.failed({ attempt: 2 }))
      .yields(superseded('nothing-delivered'))
    given(...late)
      .when(talk.unknown({ attempt: 2 }))
      .yields(superseded('unknown'))
    expect(next([...late, talk.unknown({ attempt: 2 })])).toEqual({ kind: 'idle' })
    // It arrived twice, as the agent had accepted.
    expect(
      given(...late)
        .when(talk.sent({ attempt: 2 }))
        .events(),
    ).toEqual([partSent({ attempt: 2 })])
    expect(
      given(...late, talk.unknown({ attempt: 2 }))
        .when(talk.echo())
        .events()[1],
    ).toEqual(partSent({ attempt: 2, settledBy: 'text' }))
  })
  it('a message that is a part of ours already is no find', () => {
    const second = { replyId: 'reply-2' }
    given(...inFlight, talk.sent(), talk.reply(second), talk.begin(second), talk.unknown(second))
      .when(talk.look({ ...second, found: { messageId: 'e1', mid: 'mid-e1' } }))
      .yields({ type: 'ReplyLookedFor', data: { ...one, ...second, found: false, at: NOON } })
  })
})
