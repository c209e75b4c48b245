import { describe, expect, it } from 'vitest'
import {
  asksHowChannelStood,
  type ChannelThen,
  type ConversationCommand,
  conversationDecider,
  type ConversationState,
} from '../../../src/domain/conversation/index.ts'
import { DAY } from '../../../src/domain/instant.ts'
import { automation, NOON } from '../people.ts'
import { after, given } from './talk.ts'
import * as talk from './talk.ts'

// Of which instant and for which reason a reply that waits is rejected, where the channel has changed more than once.

const queued = [talk.receive(), talk.reply()]
const enabled = (stops: number, from: number, more: object = {}) =>
  talk.having({ stops, enabledSince: from, stoppedAt: from, ...more })
const disabled = (stops: number, stoppedAt: number, more: object = {}) =>
  talk.having({ status: 'disabled', stops, stoppedAt, enabledSince: null, ...more })
/** `BeginAttempt`, `SettleDue` and so on with the channel as it is now and as it was. */
const as = (command: ConversationCommand, then: readonly ChannelThen[]): ConversationCommand =>
  ({ ...command, data: { ...command.data, channel: then.at(-1)?.channel, channelThen: then } }) as ConversationCommand
const rejections = (before: ConversationState, command: ConversationCommand): readonly unknown[] =>
  conversationDecider
    .decide(command, before)
    .flatMap(({ type, data }) => (type === 'ReplyRejected' ? [[data.reason, data.at]] : []))
/** Recorded by a release that did not count how often the channel had been disabled. */
const withoutStops = (...commands: readonly ConversationCommand[]): ConversationState => {
  const old = talk.history(...commands).map((event) => {
    if (event.type !== 'ReplyQueued') return event
    const { stops: _, ...data } = event.data
    return { ...event, data }
  })
  return talk.fold(conversationDecider.initialState(), ...old)
}

describe('a reply of an earlier release', () => {
  const twice: readonly ChannelThen[] = [
    { from: NOON - DAY, channel: enabled(0, NOON - DAY) },
    { from: after(10), channel: disabled(1, after(10)) },
    { from: after(20), channel: enabled(1, after(20), { stoppedAt: after(10) }) },
    { from: after(30), channel: disabled(2, after(30)) },
    { from: after(40), channel: enabled(2, after(40), { stoppedAt: after(30) }) },
  ]
  it.each([
    [0, after(10)],
    [9, after(10)],
    [15, after(15)],
    [25, after(30)],
    [45, undefined],
  ])('that was asked for %i minutes after noon is rejected as of the first stop after it', (minutes, expected) => {
    const state = withoutStops(talk.receive(), talk.reply({ at: after(minutes) }))
    const found = rejections(state, as(talk.settleDue(after(50)), twice))
    expect(found).toEqual(expected === undefined ? [] : [['channel-disabled', expected]])
  })
})

describe('the reason that held first', () => {
  it('is none that ended at the very instant at which another began', () => {
    const then: readonly ChannelThen[] = [
      { from: NOON - DAY, channel: enabled(0, NOON - DAY) },
      { from: after(5), channel: enabled(0, NOON - DAY, { authorization: 'restricted' }) },
      { from: after(20), channel: disabled(1, after(20)) },
    ]
    const state = given(...queued).state()
    expect(rejections(state, as(talk.settleDue(after(30)), then))).toEqual([['channel-disabled', after(20)]])
    // One that goes on held first.
    const both = then.with(2, { from: after(20), channel: disabled(1, after(20), { authorization: 'restricted' }) })
    expect(rejections(state, as(talk.settleDue(after(30)), both))).toEqual([['authorization-restricted', after(20)]])
  })
  it('is the first of the two window ends that closes the window for the author', () => {
    const stopped = disabled(1, NOON + 8 * DAY)
    const reasons = (actor: typeof automation | typeof talk.bob, more: object = {}) => {
      const state = given(talk.receive(), talk.reply({ actor })).state()
      const then: readonly ChannelThen[] = [
        { from: NOON - DAY, channel: enabled(0, NOON - DAY, more) },
        { from: NOON + 8 * DAY, channel: { ...stopped, ...more } },
      ]
      return rejections(state, as(talk.settleDue(NOON + 9 * DAY), then)).map((each) => (each as [string])[0])
    }
    expect(reasons(automation)).toEqual(['human-agent-only'])
    expect(reasons(talk.bob, { humanAgent: 'refused' })).toEqual(['human-agent-refused'])
    expect(reasons(talk.bob)).toEqual(['window-expired'])
  })
})

describe('how the channel stood before', () => {
  const asks = (before: readonly ConversationCommand[], command: ConversationCommand) =>
    asksHowChannelStood(given(...before).state(), command)
  const late = NOON + 25 * 60 * 60_000
  const automated = talk.reply({ replyId: 'reply-2', actor: automation })
  it.each<[boolean, string, readonly ConversationCommand[], ConversationCommand]>([
    [false, 'a conversation does not exist', [], talk.block()],
    [false, 'nothing waits and the customer is blocked', [talk.receive()], talk.block()],
    [true, 'a reply waits and the customer is blocked', queued, talk.block()],
    [false, 'a reply waits and a note is added', queued, talk.addNote()],
    [true, 'a reply was stopped and a note is added', queued, talk.addNote({ channel: disabled(1, after(1)) })],
    [false, 'nothing waits and a note is added', [talk.receive()], talk.addNote({ channel: disabled(1, after(1)) })],
    [false, 'a reply begins that may leave', queued, talk.begin()],
    [true, 'a reply begins that may not', queued, talk.begin({ at: NOON + 8 * DAY })],
    [true, 'a reply begins and another may not leave', [...queued, automated], talk.begin({ at: late })],
  ])('matters (%s) where %s', (expected, _, before, command) => {
    expect(asks(before, command)).toBe(expected)
  })
})
