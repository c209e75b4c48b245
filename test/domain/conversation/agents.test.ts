import { describe, expect, it } from 'vitest'
import { type ConversationCommand, effectiveAssignee } from '../../../src/domain/conversation/index.ts'
import { DAY } from '../../../src/domain/instant.ts'
import { administrator, automation, byAda, NOON, stranger, system } from '../people.ts'
import * as talk from './talk.ts'

const { given } = talk
const assigned = (
  agentId: string,
  association: number,
  how: 'picked-up' | 'answered' | 'transferred',
  by: object = talk.byBob,
) => ({
  type: 'ConversationAssigned' as const,
  data: { agentId, association, how, by: by as typeof talk.byBob, at: NOON },
})

describe('picking up', () => {
  it('takes a conversation that nobody holds', () => {
    given(talk.receive())
      .when(talk.pickUp())
      .yields(assigned('bob', 1, 'picked-up'))
  })
  it('is nothing the second time', () => {
    given(talk.receive(), talk.pickUp()).when(talk.pickUp()).yieldsNothing()
  })
  it('is refused when somebody else holds it, it is ended, or nobody may', () => {
    given(talk.receive(), talk.pickUp())
      .when(talk.pickUp({ actor: talk.eve }))
      .refuses('assignee-changed', { assignee: 'bob', seen: null })
    given(talk.receive(), talk.end()).when(talk.pickUp()).refuses('conversation-ended')
    given(talk.receive())
      .when(talk.pickUp({ actor: administrator }))
      .refuses('not-associated')
    given(talk.receive())
      .when(talk.pickUp({ actor: system }))
      .refuses('not-associated')
    given().when(talk.pickUp()).refuses('conversation-not-found')
  })
})

describe('the assignee', () => {
  it('is nobody from the instant of their removal, also when associated again', () => {
    const state = given(talk.receive(), talk.pickUp()).state()
    expect(effectiveAssignee(state, talk.channel)).toBe('bob')
    expect(effectiveAssignee(state, talk.having({ agents: { eve: 2 } }))).toBeNull()
    expect(effectiveAssignee(state, talk.having({ agents: { bob: 3 } }))).toBeNull()
    expect(effectiveAssignee(given().state(), talk.channel)).toBeNull()
  })
  it('who was removed does not stand in the way of another', () => {
    const channel = talk.having({ agents: { eve: 2 } })
    given(talk.receive(), talk.pickUp())
      .when(talk.pickUp({ actor: talk.eve, channel }))
      .yields(assigned('eve', 2, 'picked-up', talk.byEve))
  })
})

describe('a transfer', () => {
  it('hands over to an associated agent, or back to the queue', () => {
    given(talk.receive(), talk.pickUp())
      .when(talk.transfer({ seen: 'bob' }))
      .yields(assigned('eve', 2, 'transferred'))
    given(talk.receive(), talk.pickUp())
      .when(talk.transfer({ seen: 'bob', to: null }))
      .yields({ type: 'ConversationReturned', data: { how: 'transferred', by: talk.byBob, at: NOON } })
  })
  it('to who holds it already is nothing', () => {
    given(talk.receive())
      .when(talk.transfer({ to: null }))
      .yieldsNothing()
    given(talk.receive(), talk.pickUp())
      .when(talk.transfer({ to: 'bob', seen: 'bob' }))
      .yieldsNothing()
  })
  it('of two at once only one wins', () => {
    given(talk.receive(), talk.pickUp(), talk.transfer({ seen: 'bob' }))
      .when(talk.transfer({ seen: 'bob', to: null, actor: talk.eve }))
      .refuses('assignee-changed', { assignee: 'eve', seen: 'bob' })
  })
  it('is an administrator’s too, of that organization', () => {
    given(talk.receive())
      .when(talk.transfer({ actor: administrator }))
      .yields(assigned('eve', 2, 'transferred', byAda))
    given(talk.receive())
      .when(talk.transfer({ actor: stranger }))
      .refuses('not-associated')
    given(talk.receive())
      .when(talk.transfer({ actor: talk.mallory }))
      .refuses('not-associated')
    given(talk.receive())
      .when(talk.transfer({ actor: automation }))
      .refuses('not-associated')
  })
  it('to somebody who is not associated is refused', () => {
    given(talk.receive())
      .when(talk.transfer({ to: 'mallory' }))
      .refuses('target-not-associated', { agentId: 'mallory' })
  })
  it('goes on where the window has expired, the channel is disabled or the customer blocked, not where it is ended', () => {
    const events = given(talk.receive())
      .when(talk.transfer({ at: NOON + 8 * DAY, channel: talk.disabled }))
      .events()
    expect(events.at(-1)?.type).toBe('ConversationAssigned')
    expect(given(talk.receive(), talk.block()).when(talk.transfer()).events()).toHaveLength(1)
    given(talk.receive(), talk.end()).when(talk.transfer()).refuses('conversation-ended')
  })
})

describe('ending and reopening', () => {
  it('ends, and takes the pending conversion away', () => {
    given(talk.receive())
      .when(talk.end())
      .yields(
        { type: 'ConversionCancelled', data: { episode: 1, reason: 'ended', by: talk.byBob, at: NOON } },
        { type: 'ConversationEnded', data: { by: talk.byBob, at: NOON } },
      )
    given(talk.receive(), talk.end()).when(talk.end()).yieldsNothing()
  })
  it('reopens', () => {
    given(talk.receive(), talk.end())
      .when(talk.reopen())
      .yields({ type: 'ConversationReopened', data: { by: talk.byBob, at: NOON } })
    given(talk.receive()).when(talk.reopen()).yieldsNothing()
  })
  it('may be done by the host itself', () => {
    expect(
      given(talk.receive())
        .when(talk.end({ actor: system }))
        .events(),
    ).toHaveLength(2)
  })
})

describe('blocking', () => {
  it('blocks, rejects what waits, and takes the pending conversion away', () => {
    given(talk.receive(), talk.reply())
      .when(talk.block({ reason: 'spam' }))
      .yields(
        { type: 'CustomerBlocked', data: { by: talk.byBob, at: NOON }, personal: { reason: 'spam' } },
        { type: 'ReplyRejected', data: { replyId: 'reply-1', part: 0, reason: 'blocked', at: NOON } },
        { type: 'ConversionCancelled', data: { episode: 1, reason: 'blocked', by: talk.byBob, at: NOON } },
      )
    given(talk.receive(), talk.block()).when(talk.block()).yieldsNothing()
    given(talk.receive())
      .when(talk.block({ reason: ' ' }))
      .refuses('empty')
  })
  it('leaves alone what is on its way', () => {
    const events = given(talk.receive(), talk.reply(), talk.begin()).when(talk.block()).events()
    expect(talk.types(events)).toEqual(['CustomerBlocked', 'ConversionCancelled'])
  })
  it('unblocks', () => {
    given(talk.receive(), talk.block())
      .when(talk.unblock())
      .yields({ type: 'CustomerUnblocked', data: { by: talk.byBob, at: NOON } })
    given(talk.receive()).when(talk.unblock()).yieldsNothing()
  })
})

describe('notes and reading', () => {
  it('keeps a note, also on an expired, disabled or ended conversation', () => {
    given(talk.receive())
      .when(talk.addNote())
      .yields({ type: 'NoteAdded', data: { noteId: 'n1', by: talk.byBob, at: NOON }, personal: { text: 'a regular' } })
    given(talk.receive(), talk.addNote()).when(talk.addNote()).yieldsNothing()
    const events = given(talk.receive(), talk.end())
      .when(talk.addNote({ at: NOON + 9 * DAY, channel: talk.disabled }))
      .events()
    expect(events.at(-1)?.type).toBe('NoteAdded')
  })
  it('refuses an empty note, one too long, and half a character', () => {
    given(talk.receive())
      .when(talk.addNote({ text: ' ' }))
      .refuses('empty', { field: 'text' })
    given(talk.receive())
      .when(talk.addNote({ text: 'x'.repeat(10_001) }))
      .refuses('too-long', { field: 'text', limit: 10_000, actual: 10_001, unit: 'code points' })
    given(talk.receive())
      .when(talk.addNote({ text: 'a\ud800' }))
      .refuses('lone-surrogate', { field: 'text', index: 1 })
    expect(
      given(talk.receive())
        .when(talk.addNote({ text: '😀'.repeat(10_000) }))
        .events(),
    ).toHaveLength(1)
  })
  it('marks as read, at most to the end, never back', () => {
    given(talk.receive())
      .when(talk.markRead())
      .yields({ type: 'ConversationRead', data: { agentId: 'bob', upTo: 1, at: NOON } })
    given(talk.receive())
      .when(talk.markRead({ upTo: 99 }))
      .yields({ type: 'ConversationRead', data: { agentId: 'bob', upTo: 2, at: NOON } })
    given(talk.receive(), talk.markRead()).when(talk.markRead()).yieldsNothing()
    given(talk.receive())
      .when(talk.markRead({ upTo: 0.5 }))
      .refuses('invalid')
    given(talk.receive())
      .when(talk.markRead({ actor: administrator }))
      .refuses('not-associated')
  })
})

const commands: readonly (readonly [string, (fields: object) => ConversationCommand])[] = [
  ['PickUp', talk.pickUp],
  ['Transfer', talk.transfer],
  ['EndConversation', talk.end],
  ['ReopenConversation', talk.reopen],
  ['AddNote', talk.addNote],
  ['BlockCustomer', talk.block],
  ['UnblockCustomer', talk.unblock],
  ['MarkRead', talk.markRead],
  ['ConvertByHand', talk.convert],
  ['DismissConversion', talk.dismiss],
  ['QueueReply', talk.reply],
  ['WithdrawReply', talk.withdraw],
  ['ResendReply', talk.resend],
]
describe.each(commands)('%s', (_name, command) => {
  it('tells who is not associated nothing else, whatever there is', () => {
    for (const actor of [
      talk.mallory,
      stranger,
      { ...talk.bob, organizationId: 'other' },
      { ...talk.bob, id: '__proto__' },
    ]) {
      given(talk.receive())
        .when(command({ actor, channel: talk.deleted }))
        .refuses('not-associated', {})
      given().when(command({ actor })).refuses('not-associated', {})
    }
  })
  it('is refused where there is no conversation', () => {
    given().when(command({})).refuses('conversation-not-found')
  })
  if (command === talk.markRead)
    it('is allowed on a deleted channel too, and on no channel that is not theirs', () => {
      const events = given(talk.receive())
        .when(talk.markRead({ channel: talk.deleted }))
        .events()
      // After what the deletion itself made due.
      expect(events.at(-1)).toEqual({ type: 'ConversationRead', data: { agentId: 'bob', upTo: 1, at: NOON } })
      given(talk.receive())
        .when(talk.markRead({ channel: talk.deleted, actor: { kind: 'system' } }))
        .refuses('not-associated')
    })
  else
    it('is refused on a deleted channel', () => {
      given(talk.receive())
        .when(command({ channel: talk.deleted }))
        .refuses('channel-deleted')
    })
})
