import { describe, expect, it } from 'vitest'
import { type ConversationCommand, type ConversationEvent, whyDropped } from '../../../src/domain/conversation/index.ts'
import { NOON } from '../people.ts'
import { after, eventsOf, given, stateOf } from './talk.ts'
import * as talk from './talk.ts'

// Whole events: what is only looked at in part may change in the rest.

const came = [talk.receive()]
const queued = [talk.receive(), talk.reply()]
const inFlight = [...queued, talk.begin()]
const lost = [...inFlight, talk.unknown()]

describe('what is decided is recorded whole', () => {
  const times = (minutes: number) => ({ at: after(minutes), metaAt: after(minutes), receivedAt: after(minutes) })
  it.each<[string, readonly ConversationCommand[], ConversationCommand, readonly ConversationEvent[]]>([
    [
      'a note',
      came,
      talk.addNote(),
      [{ type: 'NoteAdded', data: { noteId: 'n1', by: talk.byBob, at: NOON }, personal: { text: 'a regular' } }],
    ],
    [
      'a block with its reason',
      came,
      talk.block({ reason: 'spam' }),
      [
        { type: 'CustomerBlocked', data: { by: talk.byBob, at: NOON }, personal: { reason: 'spam' } },
        { type: 'ConversionCancelled', data: { episode: 1, reason: 'blocked', by: talk.byBob, at: NOON } },
      ],
    ],
    [
      'a block without one',
      [talk.echo()],
      talk.block(),
      [{ type: 'CustomerBlocked', data: { by: talk.byBob, at: NOON } }],
    ],
    [
      'the end of a block',
      [talk.receive(), talk.block()],
      talk.unblock(),
      [{ type: 'CustomerUnblocked', data: { by: talk.byBob, at: NOON } }],
    ],
    [
      'an end',
      came,
      talk.end(),
      [
        { type: 'ConversionCancelled', data: { episode: 1, reason: 'ended', by: talk.byBob, at: NOON } },
        { type: 'ConversationEnded', data: { by: talk.byBob, at: NOON } },
      ],
    ],
    [
      'a new beginning',
      [talk.receive(), talk.end()],
      talk.reopen(),
      [{ type: 'ConversationReopened', data: { by: talk.byBob, at: NOON } }],
    ],
    [
      'a message on an ended one',
      [talk.receive(), talk.pickUp(), talk.end()],
      talk.receive({ messageId: 'm2' }),
      [
        expect.objectContaining({ type: 'MessageReceived' }),
        { type: 'ConversationReopened', data: { by: { kind: 'system' }, at: NOON } },
        { type: 'ConversationReturned', data: { how: 'customer-wrote', by: { kind: 'system' }, at: NOON } },
        expect.objectContaining({ type: 'ConversionScheduled' }),
      ],
    ],
    [
      'how far an agent has read',
      came,
      talk.markRead({ upTo: 99 }),
      [{ type: 'ConversationRead', data: { agentId: 'bob', upTo: 2, at: NOON } }],
    ],
    [
      'a profile',
      came,
      talk.learnProfile({ username: 'ann', pictureUrl: 'https://cdn/p' }),
      [
        {
          type: 'CustomerProfileLearned',
          data: { at: NOON },
          personal: { name: 'Ann', username: 'ann', pictureUrl: 'https://cdn/p' },
        },
      ],
    ],
    [
      'a referral',
      came,
      talk.referral({ type: 'OPEN_THREAD' }),
      [
        {
          type: 'ReferralReceived',
          data: { ...times(0), messageId: 'r1', opens: true, source: 'SHORTLINK', type: 'OPEN_THREAD' },
          personal: { ref: 'spring' },
        },
      ],
    ],
    [
      'a referral to a blocked one',
      [talk.receive(), talk.block()],
      talk.referral(),
      [{ type: 'ReferralReceived', data: { ...times(0), messageId: 'r1', opens: true, hidden: true } }],
    ],
    [
      'a word about the thread',
      came,
      talk.threadControl({ ours: false, metadata: 'm' }),
      [
        {
          type: 'ThreadControlChanged',
          data: { ...times(0), messageId: 't1', change: 'taken', ownerAppId: '99', previousAppId: '1', ours: false },
          personal: { metadata: 'm' },
        },
      ],
    ],
    ['a receipt', came, talk.seen(), [{ type: 'MessageSeen', data: { ...times(0), messageId: 'e1' } }]],
    [
      'a receipt of a blocked one',
      [talk.receive(), talk.block()],
      talk.seen(),
      [{ type: 'MessageSeen', data: { ...times(0), messageId: 'e1', hidden: true } }],
    ],
    [
      'an edit',
      came,
      talk.edit(),
      [{ type: 'MessageEdited', data: { ...times(0), messageId: 'm1', numEdit: 1 }, personal: { text: 'hullo' } }],
    ],
    [
      'an edit of a blocked one',
      [talk.receive(), talk.block()],
      talk.edit(),
      [{ type: 'MessageEdited', data: { ...times(0), messageId: 'm1', numEdit: 1, hidden: true } }],
    ],
    [
      'a reaction',
      came,
      talk.react({ emoji: '❤', digest: 'd' }),
      [
        {
          type: 'ReactionChanged',
          data: { ...times(0), messageId: 'm1', by: 'customer', action: 'react', opens: false, digest: 'd' },
          personal: { reaction: 'love', emoji: '❤' },
        },
      ],
    ],
    [
      'a reaction that is taken away',
      [talk.receive(), talk.react()],
      talk.react({ action: 'unreact', at: after(1) }),
      [
        {
          type: 'ReactionChanged',
          data: { ...times(1), messageId: 'm1', by: 'customer', action: 'unreact', opens: false },
        },
      ],
    ],
    [
      'a withdrawal',
      queued,
      talk.withdraw(),
      [{ type: 'ReplyRejected', data: { replyId: 'reply-1', part: 0, reason: 'withdrawn', at: NOON } }],
    ],
    [
      'a failure',
      inFlight,
      talk.failed({ code: '4', tookChannel: true }),
      [
        {
          type: 'ReplyAttemptFailed',
          data: {
            replyId: 'reply-1',
            part: 0,
            attempt: 1,
            reason: 'throttled',
            code: '4',
            tookChannel: true,
            retryAt: after(1),
            at: NOON,
          },
        },
      ],
    ],
    [
      'a rejection',
      inFlight,
      talk.reject('message-refused', { code: '100' }),
      [
        {
          type: 'ReplyRejected',
          data: { replyId: 'reply-1', part: 0, attempt: 1, reason: 'message-refused', code: '100', at: NOON },
        },
      ],
    ],
    [
      'that nobody knows',
      lost.slice(0, -1),
      talk.unknown({ code: 'timeout' }),
      [{ type: 'ReplyOutcomeUnknown', data: { replyId: 'reply-1', part: 0, attempt: 1, code: 'timeout', at: NOON } }],
    ],
    [
      'a look',
      lost,
      talk.look(),
      [{ type: 'ReplyLookedFor', data: { replyId: 'reply-1', part: 0, attempt: 1, found: false, at: NOON } }],
    ],
    [
      'that it stays open',
      [...lost, talk.look()],
      talk.giveUp(),
      [{ type: 'ReplyUnconfirmed', data: { replyId: 'reply-1', part: 0, attempt: 1, at: NOON } }],
    ],
    [
      'a resend',
      [...lost, talk.look(), talk.giveUp()],
      talk.resend({ mayArriveTwice: true, actor: talk.eve }),
      [
        {
          type: 'ReplyRequeued',
          data: { replyId: 'reply-1', by: talk.byEve, mayArriveTwice: true, stops: 0, at: NOON },
        },
      ],
    ],
    [
      'a hand-over',
      [talk.receive(), talk.pickUp()],
      talk.transfer({ seen: 'bob' }),
      [
        {
          type: 'ConversationAssigned',
          data: { agentId: 'eve', association: 2, how: 'transferred', by: talk.byBob, at: NOON },
        },
      ],
    ],
    [
      'a return to the queue',
      [talk.receive(), talk.pickUp()],
      talk.transfer({ seen: 'bob', to: null }),
      [{ type: 'ConversationReturned', data: { how: 'transferred', by: talk.byBob, at: NOON } }],
    ],
    [
      'not needed',
      came,
      talk.dismiss(),
      [{ type: 'ConversionCancelled', data: { episode: 1, reason: 'not-needed', by: talk.byBob, at: NOON } }],
    ],
    [
      'an unsend of the last message',
      came,
      talk.unsend({ at: after(1) }),
      [
        { type: 'MessageUnsent', data: { ...times(1), messageId: 'm1', by: 'customer' } },
        { type: 'ConversionCancelled', data: { episode: 1, reason: 'unsent', by: { kind: 'system' }, at: after(1) } },
      ],
    ],
  ])('%s', (_, before, command, expected) => {
    expect(eventsOf(before, command)).toEqual(expected)
  })

  it('nothing of a profile of which nothing is known, or of nobody', () => {
    const empty = {
      ...talk.learnProfile(),
      data: { conversationId: talk.CONVERSATION, channel: talk.channel, at: NOON },
    }
    given(...came)
      .when(empty as ConversationCommand)
      .yieldsNothing()
    given().when(talk.learnProfile()).yieldsNothing()
    for (const one of ['name', 'username', 'pictureUrl'])
      expect(
        eventsOf(came, { ...empty, data: { ...empty.data, [one]: 'x' } } as ConversationCommand)[0]?.personal,
      ).toEqual({ [one]: 'x' })
  })

  it.each([[0], [-1], [0.5], [Number.NaN]])('no edit of the number %s, nor one without a text', (numEdit) => {
    given(...came)
      .when(talk.edit({ numEdit }))
      .yieldsNothing()
    given(...came)
      .when(talk.edit({ text: '' }))
      .yieldsNothing()
  })
})

describe('why something delivered is not recorded', () => {
  it.each<[string, readonly ConversationCommand[], ConversationCommand, string]>([
    ['an edit again', [talk.receive(), talk.edit()], talk.edit(), 'known'],
    ['an older edit', [talk.receive(), talk.edit({ numEdit: 2 })], talk.edit(), 'superseded'],
    ['an edit of what was taken back', [talk.receive(), talk.unsend()], talk.edit(), 'already-unsent'],
    ['a reaction again', [talk.receive(), talk.react()], talk.react(), 'known'],
    [
      'an older reaction',
      [talk.receive(), talk.react({ at: after(1) })],
      talk.react({ reaction: 'sad' }),
      'superseded',
    ],
    ['a reaction to what was taken back', [talk.receive(), talk.unsend()], talk.react(), 'already-unsent'],
    ['a receipt again', [talk.receive(), talk.seen()], talk.seen(), 'known'],
    ['an older receipt', [talk.receive(), talk.seen({ at: after(1) })], talk.seen({ messageId: 'e0' }), 'superseded'],
    [
      'a receipt of the same time',
      [talk.receive(), talk.seen({ messageId: 'e2' })],
      talk.seen({ messageId: 'e1' }),
      'superseded',
    ],
    ['a message again', came, talk.receive(), 'known'],
    ['an unsend again', [talk.receive(), talk.unsend()], talk.unsend(), 'known'],
  ])('%s', (_, before, command, expected) => {
    given(...before)
      .when(command)
      .yieldsNothing()
    expect(whyDropped(command, given(...before).state())).toBe(expected)
  })
  it('unless it is: of one instant the greater id is the newer receipt', () => {
    const before = [talk.receive(), talk.seen({ messageId: 'e1' })]
    expect(talk.types(eventsOf(before, talk.seen({ messageId: 'e2' })))).toEqual(['MessageSeen'])
    expect(stateOf(...before, talk.seen({ messageId: 'e2' })).seen).toEqual({ messageId: 'e2', metaAt: NOON })
  })
})
