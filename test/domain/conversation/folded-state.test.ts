import { describe, expect, it } from 'vitest'
import {
  conversationDecider,
  type ConversationEvent,
  type Part,
  isEvidenceFor,
  nextDelivery,
} from '../../../src/domain/conversation/index.ts'
import { amend, type Amendment } from '../../../src/domain/conversation/amendments.ts'
import { likenessOfEcho, likenessOfPart } from '../../../src/domain/conversation/likeness.ts'
import { LIMITS } from '../../../src/domain/conversation/limits.ts'
import { after, fold, given, stateOf } from './talk.ts'
import * as talk from './talk.ts'

// What single events leave in the state, and decisions of which only a rare history shows that they were taken.

describe('the state', () => {
  it('has nobody for an assignee once the conversation went back to the queue, and is otherwise as it was', () => {
    const held = stateOf(talk.receive(), talk.pickUp())
    const back = stateOf(talk.receive(), talk.pickUp(), talk.transfer({ to: null, seen: 'bob' }))
    expect(back).toEqual({ ...held, assignee: null, revision: held.revision + 1 })
  })
  it('remembers of each reader how far they have read, the last to read last', () => {
    const eve = { actor: talk.eve }
    const read = [talk.receive(), talk.echo(), talk.markRead({ upTo: 1 }), talk.markRead({ upTo: 1, ...eve })]
    expect(stateOf(...read, talk.markRead({ upTo: 2 })).readers).toEqual([
      { agentId: 'eve', upTo: 1 },
      { agentId: 'bob', upTo: 2 },
    ])
  })
  it('does not take a reaction that was replaced for the newest one', () => {
    const opening = talk.having({ reactionOpensWindow: true })
    const newest = talk.react({ at: after(9), channel: opening, reaction: 'wow' })
    const late = talk.react({ at: after(10), metaAt: after(1), channel: opening })
    expect(stateOf(talk.receive(), newest, late).amendments).toEqual(stateOf(talk.receive(), newest).amendments)
  })
  it('keeps the newest episode when an older one turns out to be a ticket', () => {
    const state = stateOf(
      talk.receive(),
      talk.dismiss({ at: after(1) }),
      talk.receive({ messageId: 'm2', at: after(2) }),
    )
    const [converted] = given(talk.receive()).when(talk.convert()).events() as [ConversationEvent]
    expect(fold(state, converted).episodes.latest?.number).toBe(2)
  })
  it('does nothing of its own for a conversation that does not exist', () => {
    expect(nextDelivery(conversationDecider.initialState(), talk.channel, after(0))).toEqual({ kind: 'idle' })
  })
  it('begins with a referral where nothing was said before', () => {
    expect(talk.types(talk.history(talk.referral()))).toEqual(['ConversationStarted', 'ReferralReceived'])
  })
  it('records of an echo that it came while another app held the thread', () => {
    const [echo] = given(talk.receive())
      .when(talk.echo({ standby: true }))
      .events()
    expect(echo?.data).toMatchObject({ standby: true })
  })
})

describe('of too many amendments', () => {
  const known = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `w${index}`, waits: true as const, unsent: index }))
  const empty = { messages: [], droppedUpTo: -1 }
  const lost = (state: Parameters<typeof amend>[0]) => {
    const { amendments, droppedUpTo } = amend(state, 'new', { unsent: 999 })
    const kept = new Set(amendments.map(({ id }) => id))
    return { lost: state.amendments.filter(({ id }) => !kept.has(id)).map(({ id }) => id), droppedUpTo }
  }
  const others = known(LIMITS.amendments - 3)
  it.each([
    ['one whose message has come goes first', { id: 'arrived', unsent: 5 }, 'arrived', 5],
    [
      'then a reaction that waits',
      { id: 'felt', waits: true as const, customer: [1, 'react', ''] as const },
      'felt',
      -1,
    ],
    ['then an edit that waits', { id: 'edited', waits: true as const, edit: 1 }, 'edited', -1],
    [
      'and the oldest unsend last, which the index must answer for then',
      { id: 'w', waits: true as const, unsent: 7 },
      'w',
      7,
    ],
  ] as const)('%s', (_, least, id, droppedUpTo) => {
    const better = {
      edited: [{ id: 'u', waits: true as const, unsent: 1 }],
      felt: [{ id: 'e', waits: true as const, edit: 1 }],
    }
    const beside = better[id as keyof typeof better] ?? []
    const newer: readonly Amendment[] = [
      ...beside,
      ...others,
      ...known(LIMITS.amendments).map((one) => ({ ...one, id: `y${one.id}` })),
    ]
    // Of equal worth the oldest goes; what is worth less goes although it is newer.
    const place = id === 'w' ? 0 : 2
    const amendments = newer.toSpliced(place, 0, least)
    expect(lost({ ...empty, amendments: amendments.slice(0, LIMITS.amendments) })).toEqual({ lost: [id], droppedUpTo })
  })
  it('one counts as waiting only until its message comes', () => {
    const edited = [talk.edit({ messageId: 'm1' }), talk.receive({ messageId: 'm1' })]
    expect(stateOf(...edited).amendments).toEqual([{ id: 'm1', edit: 1 }])
    expect(stateOf(talk.receive(), talk.edit()).amendments).toEqual([{ id: 'm1', edit: 1 }])
  })
})

describe('replies', () => {
  const parts: readonly Part[] = [
    { kind: 'text', from: 0, to: 900 },
    { kind: 'text', from: 900, to: 1_200 },
  ]
  const long = [talk.receive(), talk.reply({ text: 'x'.repeat(1_200) }), talk.begin({ parts })]
  it('of which a part was sent are not taken back, and end as partly sent', () => {
    given(...long, talk.sent())
      .when(talk.withdraw())
      .refuses('reply-state', { replyId: 'reply-1', status: 'partly-sent' })
    const rejected = stateOf(
      ...long,
      talk.sent(),
      talk.begin({ part: 1 }),
      talk.reject('message-refused', { part: 1, attempt: 1 }),
    )
    expect(rejected.replies.unfinished).toMatchObject([{ id: 'reply-1', status: 'partly-sent', sentParts: 1 }])
  })
  it('keep the links of their media with the personal content', () => {
    const media = [{ kind: 'image', url: 'https://cdn.example/a.jpg' }] as const
    const queued = talk.history(talk.receive(), talk.reply({ media })).find(({ type }) => type === 'ReplyQueued')
    expect(queued).toMatchObject({ personal: { mediaUrls: ['https://cdn.example/a.jpg'] } })
  })
  it('that are sent again are not ended by the late refusal of an attempt that was given up', () => {
    const lost = [talk.receive(), talk.reply(), talk.begin(), talk.unknown(), talk.look(), talk.giveUp()]
    const refusal = talk.reject('message-refused', { attempt: 1 })
    given(...lost, talk.resend({ mayArriveTwice: true }))
      .when(refusal)
      .yieldsNothing()
    expect(
      talk.types(
        given(...lost)
          .when(refusal)
          .events(),
      ),
    ).toEqual(['ReplyRejected'])
  })
  it.each([[-1], [0.5], [1], [Number.NaN]])('are cut at places of their media only, not at %s', (index) => {
    const media = [{ kind: 'image', url: 'https://cdn.example/a.jpg' }] as const
    given(talk.receive(), talk.reply({ media }))
      .when(talk.begin({ parts: [{ kind: 'media', indexes: [index] }] }))
      .refuses('invalid')
  })
  it('with media of several kinds are known again by kinds and counts in any order', () => {
    const part: Part = { kind: 'media', indexes: [0, 1, 2] }
    const media = ['video', 'image', 'video'] as const
    const echoed = likenessOfEcho({
      outline: {
        kind: 'image',
        hasText: false,
        attachments: [{ kind: 'image' }, { kind: 'video' }, { kind: 'video' }],
      },
    })
    expect(likenessOfPart(part, media, undefined)).toBe(echoed)
    const urls = media.map((kind, place) => ({ kind, url: `https://cdn.example/${place}` }))
    const called = stateOf(talk.receive(), talk.reply({ media: urls }), talk.begin({ parts: [part] }), talk.unknown())
    const found = (attachments: number) =>
      isEvidenceFor(called, { replyId: 'reply-1', part: 0, attempt: 1 }, { messageId: 'e9', at: after(0), attachments })
    expect([found(1), found(2), found(3), found(4)]).toEqual([false, false, true, false])
  })
  it('remember only echoes that equal an open attempt', () => {
    const other = talk.echo({ messageId: 'e9', textDigest: 'digest of something else' })
    expect(stateOf(talk.receive(), talk.reply(), talk.begin(), other).attempts.echoes).toEqual([])
    expect(stateOf(talk.receive(), talk.reply(), talk.begin(), talk.echo()).attempts.echoes).toHaveLength(1)
  })
})

describe('refusals name the field', () => {
  it('of a reason that is too long', () => {
    given(talk.receive())
      .when(talk.block({ reason: 'x'.repeat(1_001) }))
      .refuses('too-long', { field: 'reason', limit: 1_000, actual: 1_001, unit: 'code points' })
  })
})
