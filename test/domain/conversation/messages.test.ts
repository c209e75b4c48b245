import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  type ConversationEvent,
  indexNeeded,
  knowsMessage,
  type MessageReceived,
  whyDropped,
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
    ['blocked', [talk.receive(), talk.block()], talk.disabled],
  ] as const)('leaves only a receipt when %s', (reason, before, channel) => {
    const outcome = given(...before).when(talk.receive({ messageId: 'm2', mid: 'mid-2', channel }))
    expect(outcome.events().at(-1)).toEqual({
      type: 'MessageWithheld',
      data: { ...times, messageId: 'm2', mid: 'mid-2', opens: true, reason, standby: false },
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

describe('what is said about a message that was withheld', () => {
  const withheld = [talk.receive({ channel: talk.disabled })]
  const blocked = [talk.receive({ messageId: 'm0' }), talk.block(), talk.receive(), talk.unblock()]
  it.each([
    ['a disabled channel', withheld],
    ['a blocked customer', blocked],
  ])('leaves a receipt without content, once: of %s', (_of, before) => {
    for (const command of [talk.edit({ text: 'never to be kept' }), talk.react()]) {
      const [receipt, ...more] = given(...before)
        .when(command)
        .events()
      expect(receipt?.data).toMatchObject({ messageId: 'm1', hidden: true })
      expect(receipt).not.toHaveProperty('personal')
      expect(more).toEqual([])
      given(...before, command)
        .when(command)
        .yieldsNothing()
    }
  })
  it('leaves a receipt when only the index knows that it was withheld', () => {
    const of = { messageId: 'old', knownElsewhere: true, elsewhere: { withheld: true } }
    for (const command of [talk.edit(of), talk.react(of)]) {
      const [receipt] = given(talk.receive()).when(command).events()
      expect(receipt?.data).toMatchObject({ messageId: 'old', hidden: true })
      expect(receipt).not.toHaveProperty('personal')
    }
  })
  it.each([
    ['an edit of a blocked customer', [talk.receive(), talk.block()], talk.edit()],
    ['an edit on a disabled channel', [talk.receive()], talk.edit({ channel: talk.disabled })],
    ['a reaction of a blocked customer', [talk.receive(), talk.block()], talk.react()],
    ['seen on a disabled channel', [talk.receive(), talk.echo()], talk.seen({ channel: talk.disabled })],
  ] as const)('leaves a receipt, and one more delivery nothing: %s', (_what, before, command) => {
    const [receipt] = given(...before)
      .when(command)
      .events()
    expect(receipt?.data).toMatchObject({ hidden: true })
    expect(receipt).not.toHaveProperty('personal')
    given(...before, command)
      .when(command)
      .yieldsNothing()
  })
  it('moves the window where reactions do, without content', () => {
    const [reaction] = given(...withheld)
      .when(talk.react({ at: NOON + HOUR, channel: talk.having({ reactionOpensWindow: true }) }))
      .events()
    expect(reaction).toMatchObject({ type: 'ReactionChanged', data: { hidden: true, opens: true } })
    expect(reaction).not.toHaveProperty('personal')
  })
  it('is kept when the message itself was fetched since', () => {
    expect(
      given(...withheld, talk.receive({ fetched: true }))
        .when(talk.edit())
        .events(),
    ).toHaveLength(1)
  })
})

describe('why nothing was recorded', () => {
  const why = (before: readonly ConversationCommand[], command: ConversationCommand) => {
    const outcome = given(...before)
    outcome.when(command).yieldsNothing()
    return whyDropped(command, outcome.state())
  }
  const written = [talk.receive(), talk.edit({ numEdit: 2 }), talk.react({ at: NOON + 5 }), talk.seen({ at: NOON + 5 })]
  it.each([
    ['the same edit again', written, talk.edit({ numEdit: 2 }), 'known'],
    ['an older edit', written, talk.edit({ numEdit: 1 }), 'superseded'],
    ['the same edit again on a disabled channel', written, talk.edit({ numEdit: 2, channel: talk.disabled }), 'known'],
    ['an edit of what was taken back', [...written, talk.unsend()], talk.edit({ numEdit: 3 }), 'already-unsent'],
    ['the same reaction again', written, talk.react({ at: NOON + 5 }), 'known'],
    ['an older reaction', written, talk.react(), 'superseded'],
    ['a reaction to what was taken back', [...written, talk.unsend()], talk.react({ at: NOON + 9 }), 'already-unsent'],
    ['seen again', written, talk.seen({ at: NOON + 5 }), 'known'],
    ['seen before', written, talk.seen(), 'superseded'],
    ['a message again', written, talk.receive(), 'known'],
    ['an unsend again', [...written, talk.unsend()], talk.unsend(), 'known'],
  ] as const)('%s', (_what, before, command, reason) => {
    expect(why(before, command)).toBe(reason)
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
          unsent: true,
        },
      })
  })
  it.each(['a reaction', 'an edit', 'both'])('that waits for its message outlives any number of others: %s', (what) => {
    const others = Array.from({ length: 60 }, (_, index) => [
      ...(what === 'an edit' ? [] : [talk.react({ messageId: `other-${index}` })]),
      ...(what === 'a reaction' ? [] : [talk.edit({ messageId: `other-${index}` })]),
    ]).flat()
    const late = given(talk.unsend(), talk.receive({ messageId: 'm2' }), ...others).when(talk.receive())
    expect(JSON.stringify(late.events())).not.toContain('hello')
    expect(late.events()[0]?.data).not.toHaveProperty('episode')
  })
  it('of which too many wait is asked of the index, and then nothing of its message is kept, nor of what is said about it', () => {
    const waiting = Array.from({ length: 60 }, (_, index) => talk.unsend({ messageId: `w${index}` }))
    const elsewhere = { unsent: true }
    const of = { messageId: 'w0', elsewhere }
    const state = given(...waiting).state()
    expect(indexNeeded(state, 'w0')).toBeGreaterThanOrEqual(1)
    expect(indexNeeded(given(...waiting.slice(0, 24)).state(), 'w0')).toBeUndefined()
    given(...waiting)
      .when(talk.unsend(of))
      .yieldsNothing()
    given(...waiting)
      .when(talk.edit(of))
      .yieldsNothing()
    given(...waiting)
      .when(talk.react(of))
      .yieldsNothing()
    for (const command of [talk.receive(of), talk.echo(of), talk.receive({ ...of, channel: talk.disabled })]) {
      const [event] = given(...waiting)
        .when(command)
        .events()
      expect(event).toMatchObject({ data: { messageId: 'w0', unsent: true } })
      expect(event).not.toHaveProperty('personal')
      // Now it is held, and the state itself knows.
      const held = [...waiting, command]
      expect(indexNeeded(given(...held).state(), 'w0')).toBeUndefined()
      given(...held)
        .when(talk.edit({ messageId: 'w0', numEdit: 9 }))
        .yieldsNothing()
      given(...held)
        .when(talk.unsend({ messageId: 'w0' }))
        .yieldsNothing()
      given(...held)
        .when(talk.receive({ messageId: 'w0', fetched: true }))
        .yieldsNothing()
    }
  })
  it('of a message withheld is for ever, also when what was missed is fetched', () => {
    given(talk.receive({ channel: talk.disabled }), talk.unsend())
      .when(talk.receive({ fetched: true }))
      .yieldsNothing()
    given(talk.unsend(), talk.receive({ channel: talk.disabled }))
      .when(talk.receive({ fetched: true }))
      .yieldsNothing()
  })
  it('of a message that is remembered no more needs no place in the memory', () => {
    const past = { knownElsewhere: true, elsewhere: {} }
    const talked = Array.from({ length: 300 }, (_, index) => talk.receive({ messageId: `m${index}` }))
    const state = given(...talked, talk.unsend({ messageId: 'm0', ...past })).state()
    expect(state.amendments).toEqual([])
    expect(indexNeeded(state, 'm0')).toBe(state.revision)
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
  it('is refused on a deleted channel', () => {
    given(talk.receive())
      .when(talk.react({ channel: talk.deleted }))
      .refuses('channel-deleted')
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
          equalsAttempt: false,
        },
        personal: { text: 'hi' },
      })
    expect(isVisible(talk.echo())).toBe(true)
  })
  it('says whether it may be what this desk has just sent', () => {
    const equals = (...commands: readonly ConversationCommand[]) =>
      given(talk.receive(), ...commands)
        .when(talk.echo())
        .events()
        .flatMap((event) => (event.type === 'MessageEchoed' ? [event.data.equalsAttempt] : []))
    expect(equals(talk.reply(), talk.begin())).toEqual([true])
    expect(equals(talk.reply())).toEqual([false])
    expect(equals(talk.reply({ text: 'ho' }), talk.begin({ textDigest: 'digest of ho' }))).toEqual([false])
    expect(equals(talk.reply(), talk.begin(), talk.sent({ messageId: 'e2' }))).toEqual([false])
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

describe('a reaction of which only a receipt was kept', () => {
  const unseen = talk.react({ at: NOON + MINUTE, channel: talk.disabled })
  const shown = { reaction: 'love' }
  const reactionOf = (commands: readonly ConversationCommand[], last: ConversationCommand) =>
    given(...commands)
      .when(last)
      .events()
      .filter(({ type }) => type === 'ReactionChanged')
      .map(({ personal }) => personal)

  it('is shown when it is delivered again, once', () => {
    const again = talk.react({ at: NOON + MINUTE, ...shown })
    expect(reactionOf([talk.receive(), unseen], again)).toEqual([expect.objectContaining(shown)])
    given(talk.receive(), unseen, again).when(again).yieldsNothing()
  })

  it('is shown when it is fetched, though the list does not say since when it is', () => {
    const fetched = talk.react({ at: NOON + HOUR, metaAt: NOON, fetched: true, ...shown })
    expect(reactionOf([talk.receive(), unseen], fetched)).toEqual([expect.objectContaining(shown)])
  })

  it('stays a receipt while nothing is kept, and is not replaced by an older one that is delivered', () => {
    given(talk.receive(), unseen).when(unseen).yieldsNothing()
    given(talk.receive(), unseen)
      .when(talk.react({ at: NOON + HOUR, metaAt: NOON, ...shown }))
      .yieldsNothing()
  })
})
