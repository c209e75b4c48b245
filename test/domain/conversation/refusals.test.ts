import { describe, expect, it } from 'vitest'
import type { ConversationCommand, ConversationState } from '../../../src/domain/conversation/index.ts'
import { whyNotReply } from '../../../src/domain/conversation/why-not-reply.ts'
import { DAY } from '../../../src/domain/instant.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { agent, automation, CHANNEL, NOON, stranger, system } from '../people.ts'
import { given, stateOf } from './talk.ts'
import * as talk from './talk.ts'

// What is refused says what and which: code and every fact.

const refusal = (before: readonly ConversationCommand[], command: ConversationCommand): readonly unknown[] => {
  try {
    const happened = given(...before)
      .when(command)
      .events()
    return ['allowed', talk.types(happened)]
  } catch (error) {
    if (isRefusal(error)) return [error.code, error.facts]
    throw error
  }
}
const came = [talk.receive()]
const queued = [talk.receive(), talk.reply()]
const inFlight = [...queued, talk.begin()]
const lost = [...inFlight, talk.unknown()]
const invalid = (field: string, expected: string, given: string) => ['invalid', { field, expected, given }]
const outOfTurn = ['attempt-out-of-turn', { replyId: 'reply-1' }]
const unknownReply = ['reply-not-found', { replyId: 'other' }]
const deleted = ['channel-deleted', { channelId: CHANNEL }]
const other = { replyId: 'other' }
const picture = { kind: 'image', url: 'https://cdn.example/a.jpg' } as const
const parts = '1 to 32 parts of the reply'

describe('a refusal says what and which', () => {
  const gone = { channel: talk.deleted }
  it.each<[string, readonly ConversationCommand[], ConversationCommand, readonly unknown[]]>([
    ['a message', came, talk.receive({ messageId: 'm2', ...gone }), deleted],
    ['an echo', came, talk.echo(gone), deleted],
    ['an edit', came, talk.edit(gone), deleted],
    ['a reaction', came, talk.react(gone), deleted],
    ['a receipt', came, talk.seen(gone), deleted],
    ['a referral', came, talk.referral(gone), deleted],
    ['a word about the thread', came, talk.threadControl(gone), deleted],
    ['a profile', came, talk.learnProfile(gone), deleted],
    ['a content read again', came, talk.readAgain(gone), deleted],
    ['a note', came, talk.addNote(gone), deleted],
    ['a withdrawal', queued, talk.withdraw(gone), deleted],
    ['a reply', came, talk.reply(gone), deleted],
    ['a resend', queued, talk.resend(gone), deleted],
    ['who hands over', came, talk.transfer(gone), deleted],
    ['a reply', came, talk.reply({ channel: talk.disabled }), ['channel-disabled', { channelId: CHANNEL }]],
    [
      'a reply',
      came,
      talk.reply({ channel: talk.having({ authorization: 'restricted' }) }),
      ['authorization-restricted', { channelId: CHANNEL }],
    ],
    ['a reply', [talk.echo()], talk.reply(), ['window-never-opened', { attemptedAt: NOON }]],
    [
      'a reply',
      came,
      talk.reply({ at: NOON + 7 * DAY }),
      ['window-expired', { anchor: NOON, expiredAt: NOON + 7 * DAY, attemptedAt: NOON + 7 * DAY }],
    ],
    [
      'an automation',
      came,
      talk.reply({ actor: automation, at: NOON + DAY }),
      ['human-agent-only', { standardUntil: NOON + DAY, humanAgentUntil: NOON + 7 * DAY, attemptedAt: NOON + DAY }],
    ],
    [
      'a person',
      came,
      talk.reply({ at: NOON + DAY, channel: talk.having({ humanAgent: 'refused' }) }),
      ['human-agent-refused', { standardUntil: NOON + DAY, attemptedAt: NOON + DAY }],
    ],
    [
      'an automation',
      [talk.receive(), talk.threadControl()],
      talk.reply({ actor: automation }),
      ['other-app-in-control', { ownerAppId: '99' }],
    ],
    [
      'an automation',
      [talk.receive({ standby: true })],
      talk.reply({ actor: automation }),
      ['other-app-in-control', { ownerAppId: null }],
    ],
    [
      'another than the assignee',
      [talk.receive(), talk.pickUp()],
      talk.reply({ actor: talk.eve, channel: talk.having({ assigneeOnly: true }) }),
      ['not-the-assignee', { assignee: 'bob' }],
    ],
    ['a blocked customer', [talk.receive(), talk.block()], talk.reply(), ['blocked', {}]],
    [
      'a medium',
      came,
      talk.reply({ media: [{ ...picture, kind: 'hologram' as never }] }),
      invalid('media[0].kind', 'image, video, audio, file', 'hologram'),
    ],
    [
      'a second medium',
      came,
      talk.reply({ media: [picture, { ...picture, url: 'ftp://cdn.example/a' }] }),
      invalid('media[1].url', 'an https link', 'ftp:'),
    ],
    [
      'a link without a scheme',
      came,
      talk.reply({ media: [{ ...picture, url: '/a.jpg' }] }),
      invalid('media[0].url', 'an https link', 'something else'),
    ],
    [
      'a long id',
      came,
      talk.reply({ replyId: 'r'.repeat(65) }),
      ['too-long', { field: 'replyId', limit: 64, actual: 65, unit: 'bytes' }],
    ],
    ['no id', came, talk.reply({ replyId: '' }), ['empty', { field: 'replyId' }]],
    [
      'a long id of a note',
      came,
      talk.addNote({ noteId: 'n'.repeat(65) }),
      ['too-long', { field: 'noteId', limit: 64, actual: 65, unit: 'bytes' }],
    ],
    [
      'an automation without a name',
      came,
      talk.reply({ actor: { ...automation, id: '' } as never }),
      ['empty', { field: 'actor.id' }],
    ],
    ['a place that is none', came, talk.markRead({ upTo: -1 }), invalid('upTo', 'a revision', '-1')],
    ['a place that is none', came, talk.markRead({ upTo: 0.5 }), invalid('upTo', 'a revision', '0.5')],
    [
      'a reply that is sent',
      [...inFlight, talk.sent()],
      talk.withdraw(),
      ['reply-state', { replyId: 'reply-1', status: 'sent' }],
    ],
    ['a reply that is not there', queued, talk.withdraw(other), unknownReply],
    ['a reply of a person', queued, talk.withdraw({ actor: automation }), ['reply-not-found', { replyId: 'reply-1' }]],
    ['a resend of one that is not there', queued, talk.resend(other), unknownReply],
    ['an attempt of one that is not there', queued, talk.begin(other), unknownReply],
    ['an outcome of one that is not there', queued, talk.sent(other), unknownReply],
    ['an attempt that is not next', queued, talk.begin({ attempt: 2 }), outOfTurn],
    ['an attempt that is not next', queued, talk.begin({ part: 1 }), outOfTurn],
    ['an outcome of no attempt', queued, talk.sent(), outOfTurn],
    ['a failure of no attempt', queued, talk.failed(), outOfTurn],
    ['a failure of a later part', inFlight, talk.failed({ part: 1, attempt: 0 }), outOfTurn],
    ['an unknown outcome of a later attempt', inFlight, talk.unknown({ attempt: 2 }), outOfTurn],
    [
      'an end without an attempt while one is open',
      lost,
      talk.reject('media-refused', { attempt: undefined as never }),
      outOfTurn,
    ],
    ['no cut', queued, talk.begin({ parts: undefined as never }), invalid('parts', parts, 'none')],
    ['an empty cut', queued, talk.begin({ parts: [] }), invalid('parts', parts, '0 parts')],
    [
      'a cut of too many',
      queued,
      talk.begin({ parts: Array.from({ length: 33 }, () => talk.whole) }),
      invalid('parts', parts, '33 parts'),
    ],
    [
      'a customer who wrote nothing else',
      [talk.receive(), talk.convert()],
      talk.convert(),
      ['already-converted', { ticketId: `${talk.CONVERSATION}.1` }],
    ],
    [
      'whoever has seen another',
      [talk.receive(), talk.pickUp()],
      talk.transfer({ seen: 'eve' }),
      ['assignee-changed', { assignee: 'bob', seen: 'eve' }],
    ],
  ])('%s', (_, before, command, expected) => {
    expect(refusal(before, command)).toEqual(expected)
  })

  it('also to whoever only asks whether they may answer', () => {
    const why = (...[state, actor = agent]: readonly [ConversationState, typeof agent?]) => {
      const { code, facts } = whyNotReply(state, talk.channel, actor, NOON) ?? {}
      return [code, facts]
    }
    expect(why(given().state())).toEqual(['conversation-not-found', {}])
    expect(why(stateOf(...came), stranger)).toEqual(['not-associated', {}])
    expect(why(stateOf(...came))).toEqual([undefined, undefined])
    expect(why(stateOf(talk.receive(), talk.end()))).toEqual(['conversation-ended', {}])
    expect(why(stateOf(talk.receive(), talk.end(), talk.block()))).toEqual(['blocked', {}])
    expect(why(stateOf(...came), system)).toEqual(['not-associated', {}])
  })
})
