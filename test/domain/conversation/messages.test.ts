import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  type ConversationEvent,
  indexNeeded,
  knowsMessage,
  type MessageReceived,
} from '../../../src/domain/conversation/index.ts'
import { HOUR, MINUTE } from '../../../src/domain/instant.ts'
import { ACCOUNT, CHANNEL, NOON, ORGANIZATION } from '../people.ts'
import * as talk from './talk.ts'

const { given } = talk
const times = { at: NOON, metaAt: NOON, receivedAt: NOON }
const started: ConversationEvent = {
  type: 'ConversationStarted',
  data: {
    conversationId: talk.CONVERSATION,
    organizationId: ORGANIZATION,
    channelId: CHANNEL,
    accountId: ACCOUNT,
    customerId: talk.CUSTOMER,
    at: NOON,
  },
}
const isVisible = (...commands: readonly ConversationCommand[]) => {
  const state = given(...commands).state()
  return state.status === 'started' && state.visible
}
const lastOf = (events: readonly ConversationEvent[], type: ConversationEvent['type']) =>
  events.findLast((event) => event.type === type)

describe('a message of the customer', () => {
  it('starts the conversation, an episode and its conversion on first contact', () => {
    given()
      .when(talk.receive({ mid: 'mid-1', content: { ...talk.text('hello'), replyTo: 'e1', referral: { adId: '7' } } }))
      .yields(
        started,
        {
          type: 'MessageReceived',
          data: {
            ...times,
            messageId: 'm1',
            mid: 'mid-1',
            outline: { kind: 'text', hasText: true, attachments: [], replyTo: 'e1', fromAd: true },
            opens: true,
            convertible: true,
            episode: 1,
          },
          personal: { text: 'hello', referral: { adId: '7' } },
        },
        {
          type: 'ConversionScheduled',
          data: { episode: 1, startedBy: 'm1', dueAt: NOON + HOUR, policy: talk.channel.conversion, at: NOON },
        },
      )
  })
  it('is a duplicate when it is delivered again', () => {
    given(talk.receive())
      .when(talk.receive({ at: NOON + MINUTE }))
      .yieldsNothing()
    given(talk.receive({ channel: talk.disabled }))
      .when(talk.receive())
      .yieldsNothing()
    given()
      .when(talk.receive({ knownElsewhere: true }))
      .yieldsNothing()
    // What is due is left to the deadline worker: a redelivery stays a redelivery.
    given(talk.receive())
      .when(talk.receive({ at: NOON + 2 * HOUR }))
      .yieldsNothing()
  })
  it('is refused on a deleted channel', () => {
    given(talk.receive())
      .when(talk.receive({ messageId: 'm2', channel: talk.deleted }))
      .refuses('channel-deleted', { channelId: CHANNEL })
  })
  it('is dated by the smaller of its two times', () => {
    const [, received] = given()
      .when(talk.receive({ metaAt: NOON + HOUR }))
      .events()
    expect(received?.data).toMatchObject({ at: NOON, metaAt: NOON + HOUR, receivedAt: NOON })
  })
  it.each([
    ['channel-disabled', [], talk.disabled],
    ['blocked', [talk.receive(), talk.block()], talk.channel],
  ] as const)('leaves only a receipt when %s', (reason, before, channel) => {
    const outcome = given(...before).when(talk.receive({ messageId: 'm2', mid: 'mid-2', channel }))
    expect(outcome.events().at(-1)).toEqual({
      type: 'MessageWithheld',
      data: { ...times, messageId: 'm2', mid: 'mid-2', opens: true, reason },
    })
    expect(talk.types(outcome.events())).not.toContain('ConversionScheduled')
  })
  it('shows no conversation when it was withheld', () => {
    expect(isVisible(talk.receive({ channel: talk.disabled }))).toBe(false)
    expect(isVisible(talk.receive())).toBe(true)
  })
  it('is received after all when what was missed is fetched', () => {
    const missed = given(talk.receive({ channel: talk.disabled }))
    const events = missed.when(talk.receive({ at: NOON + 5, metaAt: NOON, fetched: true })).events()
    expect(talk.types(events)).toEqual(['MessageReceived', 'ConversionScheduled'])
    expect(events[0]?.data).toMatchObject({ at: NOON, opens: true, recovered: true })
    missed.when(talk.receive({ fetched: true, channel: talk.disabled })).yieldsNothing()
    given(talk.receive())
      .when(talk.receive({ fetched: true }))
      .yieldsNothing()
    given(talk.receive({ messageId: 'm1' }), talk.block(), talk.receive({ messageId: 'm2' }))
      .when(talk.receive({ messageId: 'm2', fetched: true }))
      .yieldsNothing()
    given(talk.receive({ channel: talk.disabled }), talk.receive({ fetched: true }))
      .when(talk.receive({ fetched: true }))
      .yieldsNothing()
  })
  it('reopens an ended conversation, in the queue', () => {
    const events = given(talk.receive(), talk.pickUp(), talk.end())
      .when(talk.receive({ messageId: 'm2' }))
      .events()
    expect(events.slice(1, 3)).toEqual([
      { type: 'ConversationReopened', data: { by: { kind: 'system' }, at: NOON } },
      { type: 'ConversationReturned', data: { how: 'customer-wrote', by: { kind: 'system' }, at: NOON } },
    ])
    expect(events.at(-1)?.data).toMatchObject({ episode: 2 })
  })
  it('older than the connection of its channel is recorded and opens, but starts no conversion', () => {
    const outcome = given().when(talk.receive({ metaAt: NOON - HOUR - 1 }))
    expect(talk.types(outcome.events())).toEqual(['ConversationStarted', 'MessageReceived'])
    expect(outcome.events().at(-1)?.data).toMatchObject({ opens: true, convertible: true })
    expect(outcome.events().at(-1)?.data).not.toHaveProperty('episode')
  })
  it.each([
    'text',
    'image',
    'audio',
    'story-reply',
    'story-mention',
    'postback',
    'quick-reply',
    'view-once',
    'unsupported',
    'unknown',
  ] as const)('of kind %s opens the window and starts a conversion', (kind) => {
    const outcome = given().when(talk.receive({ content: { kind, attachments: [] } }))
    expect(lastOf(outcome.events(), 'MessageReceived')?.data).toMatchObject({
      opens: true,
      convertible: true,
      episode: 1,
    })
  })
})

describe('audio and video', () => {
  const content = {
    kind: 'video',
    text: 'look',
    attachments: [
      { kind: 'video', url: 'https://cdn/v', title: 'v' },
      { kind: 'audio', url: 'https://cdn/a' },
      { kind: 'image', url: 'https://cdn/i' },
      { kind: 'reel', url: 'https://cdn/r' },
      { kind: 'view-once', url: 'https://cdn/o' },
    ],
  } as const
  const received = (channel = talk.channel) =>
    lastOf(given().when(talk.receive({ content, channel })).events(), 'MessageReceived') as MessageReceived
  it('leave a placeholder without a link, and all else stays', () => {
    expect(received().data.outline.attachments).toEqual([
      { kind: 'video', placeholder: true },
      { kind: 'audio', placeholder: true },
      { kind: 'image' },
      { kind: 'reel' },
      { kind: 'view-once', placeholder: true },
    ])
    expect(received().personal).toEqual({
      text: 'look',
      attachments: [{}, {}, { url: 'https://cdn/i' }, { url: 'https://cdn/r' }, {}],
    })
    expect(received().data).toMatchObject({ opens: true, episode: 1 })
  })
  it('are received where the channel says so, view-once media never', () => {
    const { data, personal } = received(talk.having({ receiveAudioVideo: true }))
    expect(data.outline.attachments.filter((each) => each.placeholder)).toEqual([
      { kind: 'view-once', placeholder: true },
    ])
    expect(personal?.attachments?.[0]).toEqual({ url: 'https://cdn/v', title: 'v' })
  })
})

describe('the memory of messages', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => talk.receive({ messageId: `m${index}` }))
  it('knows every message until it drops some, and then says up to which revision an index must have read', () => {
    const few = given(...many(256)).state()
    expect(knowsMessage(few, 'm0')).toBe(true)
    expect(knowsMessage(few, 'other')).toBe(false)
    expect(indexNeeded(few, 'other')).toBeUndefined()
    const state = given(...many(258)).state()
    expect(knowsMessage(state, 'm0')).toBe('ask-index')
    expect(knowsMessage(state, 'm2')).toBe(true)
    // m0 stands at revision 1, its schedule at 2, m1 at 3.
    expect(indexNeeded(state, 'm1')).toBe(3)
    expect(indexNeeded(state, 'm2')).toBeUndefined()
  })
  it('takes the word of the index for what it dropped', () => {
    given(...many(258))
      .when(talk.receive({ messageId: 'm0', knownElsewhere: true }))
      .yieldsNothing()
    given(...many(258))
      .when(talk.echo({ messageId: 'm0', knownElsewhere: true }))
      .yieldsNothing()
    expect(
      given(...many(258))
        .when(talk.receive({ messageId: 'new', knownElsewhere: false }))
        .events(),
    ).toHaveLength(1)
  })
})

describe('an edit', () => {
  it('is recorded with its text', () => {
    given(talk.receive())
      .when(talk.edit())
      .yields({ type: 'MessageEdited', data: { ...times, messageId: 'm1', numEdit: 1 }, personal: { text: 'hullo' } })
  })
  it('is nothing when a later one is known, when it is none, or when the message was taken back', () => {
    given(talk.receive(), talk.edit({ numEdit: 2 }))
      .when(talk.edit({ numEdit: 2 }))
      .yieldsNothing()
    given(talk.receive(), talk.edit({ numEdit: 2 }))
      .when(talk.edit({ numEdit: 1 }))
      .yieldsNothing()
    given(talk.receive())
      .when(talk.edit({ numEdit: 0 }))
      .yieldsNothing()
    given(talk.receive())
      .when(talk.edit({ text: '' }))
      .yieldsNothing()
    given(talk.receive(), talk.unsend()).when(talk.edit()).yieldsNothing()
    given(talk.receive())
      .when(talk.edit({ channel: talk.disabled }))
      .yieldsNothing()
    given(talk.receive(), talk.block()).when(talk.edit()).yieldsNothing()
  })
  it('is refused on a deleted channel', () => {
    given(talk.receive())
      .when(talk.edit({ channel: talk.deleted }))
      .refuses('channel-deleted')
  })
  it('waits for its message without showing a conversation', () => {
    expect(talk.types(given().when(talk.edit()).events())).toEqual(['ConversationStarted', 'MessageEdited'])
    expect(isVisible(talk.edit())).toBe(false)
    given(talk.edit({ numEdit: 2 }), talk.receive())
      .when(talk.edit({ numEdit: 1 }))
      .yieldsNothing()
  })
})

describe('an unsend', () => {
  const unsent: ConversationEvent = { type: 'MessageUnsent', data: { ...times, messageId: 'm1', by: 'customer' } }
  it('takes a message back, for ever', () => {
    given(talk.receive(), talk.receive({ messageId: 'm2' }))
      .when(talk.unsend())
      .yields(unsent)
    given(talk.receive(), talk.unsend()).when(talk.unsend()).yieldsNothing()
    given(talk.receive(), talk.unsend()).when(talk.receive()).yieldsNothing()
  })
  it.each([
    ['a disabled channel', talk.disabled],
    ['a deleted channel', talk.deleted],
  ])('is honoured on %s', (_what, channel) => {
    expect(given(talk.receive()).when(talk.unsend({ channel })).events()).toContainEqual(unsent)
  })
  it('is honoured for a blocked customer', () => {
    given(talk.receive(), talk.block()).when(talk.unsend()).yields(unsent)
  })
  it('that comes first makes its message arrive without content; it opens the window and starts no conversion', () => {
    expect(isVisible(talk.unsend())).toBe(false)
    given(talk.unsend())
      .when(talk.receive())
      .yields({
        type: 'MessageReceived',
        data: {
          ...times,
          messageId: 'm1',
          outline: { kind: 'text', hasText: true, attachments: [] },
          opens: true,
          convertible: true,
        },
      })
  })
  it('of the last message of an episode cancels its conversion', () => {
    given(talk.receive(), talk.receive({ messageId: 'm2' }), talk.unsend({ messageId: 'm2' }))
      .when(talk.unsend())
      .yields(unsent, {
        type: 'ConversionCancelled',
        data: { episode: 1, reason: 'unsent', by: { kind: 'system' }, at: NOON },
      })
  })
})

describe('a reaction', () => {
  it('is recorded; the window it moves only by policy', () => {
    given(talk.receive())
      .when(talk.react({ emoji: '❤' }))
      .yields({
        type: 'ReactionChanged',
        data: { ...times, messageId: 'm1', by: 'customer', action: 'react', opens: false },
        personal: { reaction: 'love', emoji: '❤' },
      })
    given(talk.receive())
      .when(talk.react({ action: 'unreact', channel: talk.having({ reactionOpensWindow: true }) }))
      .yields({
        type: 'ReactionChanged',
        data: { ...times, messageId: 'm1', by: 'customer', action: 'unreact', opens: false },
      })
  })
  it('is nothing when a newer one of that side is known', () => {
    given(talk.receive(), talk.react()).when(talk.react()).yieldsNothing()
    given(talk.receive(), talk.react({ at: NOON + 5 }))
      .when(talk.react({ at: NOON + 9, metaAt: NOON }))
      .yieldsNothing()
    expect(
      given(talk.receive(), talk.react())
        .when(talk.react({ by: 'business' }))
        .events(),
    ).toHaveLength(1)
  })
  it('is refused on a deleted channel, and not kept of a blocked customer', () => {
    given(talk.receive())
      .when(talk.react({ channel: talk.deleted }))
      .refuses('channel-deleted')
    given(talk.receive(), talk.block()).when(talk.react()).yieldsNothing()
  })
  it('that shows nothing still moves the window where the policy says so', () => {
    const opening = talk.having({ reactionOpensWindow: true })
    const events = given(talk.receive(), talk.block())
      .when(talk.react({ at: NOON + 1, channel: opening }))
      .events()
    expect(events).toEqual([
      {
        type: 'ReactionChanged',
        data: {
          at: NOON + 1,
          metaAt: NOON + 1,
          receivedAt: NOON + 1,
          messageId: 'm1',
          by: 'customer',
          action: 'react',
          opens: true,
          hidden: true,
        },
      },
    ])
  })
  it('waits for its message without showing a conversation', () => {
    expect(isVisible(talk.react())).toBe(false)
  })
})

describe('seeing, referrals and thread control', () => {
  it('records the newest message that was seen', () => {
    given(talk.echo())
      .when(talk.seen())
      .yields({ type: 'MessageSeen', data: { ...times, messageId: 'e1' } })
    given(talk.echo(), talk.seen()).when(talk.seen()).yieldsNothing()
    given(talk.echo(), talk.seen({ at: NOON + 1 }))
      .when(talk.seen({ at: NOON + 2, metaAt: NOON }))
      .yieldsNothing()
    given(talk.echo())
      .when(talk.seen({ channel: talk.deleted }))
      .refuses('channel-deleted')
    expect(isVisible(talk.seen())).toBe(false)
  })
  it('records a referral once, without its content when nothing is received', () => {
    given(talk.receive())
      .when(talk.referral())
      .yields({
        type: 'ReferralReceived',
        data: { ...times, messageId: 'r1', opens: true, source: 'SHORTLINK' },
        personal: { ref: 'spring' },
      })
    given(talk.receive(), talk.referral()).when(talk.referral()).yieldsNothing()
    given(talk.receive(), talk.block())
      .when(talk.referral())
      .yields({ type: 'ReferralReceived', data: { ...times, messageId: 'r1', opens: true, hidden: true } })
    given(talk.receive())
      .when(talk.referral({ channel: talk.deleted }))
      .refuses('channel-deleted')
  })
  it('records thread control once', () => {
    given(talk.receive())
      .when(talk.threadControl({ metadata: 'x', ours: false }))
      .yields({
        type: 'ThreadControlChanged',
        data: { ...times, messageId: 't1', change: 'taken', ownerAppId: '99', previousAppId: '1', ours: false },
        personal: { metadata: 'x' },
      })
    given(talk.receive(), talk.threadControl()).when(talk.threadControl()).yieldsNothing()
    given(talk.receive())
      .when(talk.threadControl({ channel: talk.deleted }))
      .refuses('channel-deleted')
  })
})

describe('an echo', () => {
  it('of a reply made outside this desk shows a conversation, opens no window and starts no conversion', () => {
    given()
      .when(talk.echo())
      .yields(started, {
        type: 'MessageEchoed',
        data: {
          ...times,
          messageId: 'e1',
          mid: 'mid-e1',
          outline: { kind: 'text', hasText: true, attachments: [] },
          textDigest: 'digest of hi',
        },
        personal: { text: 'hi' },
      })
    expect(isVisible(talk.echo())).toBe(true)
  })
  it('is nothing when it is known', () => {
    given(talk.echo()).when(talk.echo()).yieldsNothing()
  })
  it('is refused on a deleted channel and keeps no content on a disabled one', () => {
    given()
      .when(talk.echo({ channel: talk.deleted }))
      .refuses('channel-deleted')
    const [, echoed] = given()
      .when(talk.echo({ channel: talk.disabled }))
      .events()
    expect(echoed).not.toHaveProperty('personal')
  })
  it('joins the running episode, and between two episodes the latest ticket', () => {
    const joins = (...[commands, minutes]: [readonly ConversationCommand[], number]) =>
      given(...commands)
        .when(talk.echo({ at: talk.after(minutes) }))
        .events()
        .find(({ type }) => type === 'MessageEchoed')?.data
    expect(joins([talk.receive()], 5)).toMatchObject({ episode: 1 })
    expect(joins([talk.receive()], 61)).toMatchObject({ episode: 1 })
    expect(joins([talk.receive(), talk.receive({ messageId: 'm2', at: talk.after(61) })], 62)).toMatchObject({
      episode: 2,
    })
    expect(joins([], 5)).not.toHaveProperty('episode')
  })
})

describe('a profile', () => {
  it('is learned of a conversation that is there', () => {
    given(talk.receive())
      .when(talk.learnProfile())
      .yields({ type: 'CustomerProfileLearned', data: { at: NOON }, personal: { name: 'Ann' } })
    given().when(talk.learnProfile()).yieldsNothing()
    given(talk.receive())
      .when(talk.learnProfile({ channel: talk.deleted }))
      .refuses('channel-deleted')
  })
})
