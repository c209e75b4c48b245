import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelDecider, channelFacts, type ChannelEvent } from '../../../src/domain/channel/index.ts'
import {
  asksHowChannelStood,
  type ChannelThen,
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
  nextDelivery,
} from '../../../src/domain/conversation/index.ts'
import { DAY, HOUR } from '../../../src/domain/instant.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { associated, authorization, created, disabled, enabled, removed } from '../channel/history.ts'
import { automation, NOON } from '../people.ts'
import * as talk from './talk.ts'
import { after, given } from './talk.ts'
import { holds, tells } from '../../holds.ts'

const rejected = (reason: string, at: number, changes: object = {}): ConversationEvent =>
  ({ type: 'ReplyRejected', data: { replyId: 'reply-1', part: 0, reason, at, ...changes } }) as ConversationEvent
const queued = [talk.receive(), talk.reply()]
/** Disabled at 10 minutes and enabled again at 20. */
const again = talk.having({ stops: 1, stoppedAt: after(10), enabledSince: after(20) })
const stopped = talk.having({ status: 'disabled', stops: 1, stoppedAt: after(10), enabledSince: null })

describe('a reply that waited when its channel was disabled', () => {
  it('is rejected as of that instant by the next decision, also after the channel was enabled again', () => {
    for (const channel of [stopped, again]) {
      given(...queued)
        .when(talk.settleDue(after(30), channel))
        .yields(rejected('channel-disabled', after(10)))
      const [first] = given(...queued)
        .when(talk.addNote({ at: after(30), channel }))
        .events()
      expect(first).toEqual(rejected('channel-disabled', after(10)))
    }
  })
  it('is what delivery settles first, also while it waits for its time or for authorization', () => {
    const throttled = [...queued, talk.begin(), talk.failed({ retryAt: after(600) })]
    for (const channel of [stopped, again, talk.having({ ...again, authorization: 'lost' })]) {
      expect(nextDelivery(given(...queued).state(), channel, after(30))).toEqual({ kind: 'settle' })
      expect(nextDelivery(given(...throttled).state(), channel, after(30))).toEqual({ kind: 'settle' })
      given(...throttled)
        .when(talk.settleDue(after(30), channel))
        .yields(rejected('channel-disabled', after(10)))
    }
  })
  it('leaves no reply that was asked for afterwards, also of the same instant', () => {
    const later = [talk.receive(), talk.reply({ at: after(21), channel: again })]
    given(...later)
      .when(talk.settleDue(after(30), again))
      .yieldsNothing()
    expect(nextDelivery(given(...later).state(), again, after(30)).kind).toBe('attempt')
    const atOnce = talk.having({ stops: 1, stoppedAt: NOON, enabledSince: NOON })
    given(...queued)
      .when(talk.settleDue(NOON, atOnce))
      .yields(rejected('channel-disabled', NOON))
    given(talk.receive(), talk.reply({ channel: atOnce }))
      .when(talk.settleDue(NOON, atOnce))
      .yieldsNothing()
  })
  it('is told by the instants where its event is of an earlier release', () => {
    const old = talk.history(...queued).map((event) => {
      if (event.type !== 'ReplyQueued') return event
      const { stops: _, ...data } = event.data
      return { ...event, data }
    })
    const settle = (channel: typeof again) =>
      conversationDecider.decide(
        talk.settleDue(after(30), channel),
        old.reduce(conversationDecider.evolve, conversationDecider.initialState()),
      )
    expect(settle(again)).toEqual([rejected('channel-disabled', after(10))])
    expect(settle(talk.having({ stops: 1, stoppedAt: NOON - HOUR, enabledSince: NOON }))).toEqual([])
  })
  it('is rejected once, and can be sent again when the channel is enabled', () => {
    const ended = [...queued, talk.settleDue(after(30), again)]
    given(...ended)
      .when(talk.settleDue(after(40), again))
      .yieldsNothing()
    const resent = given(...ended, talk.resend({ at: after(41), channel: again })).state()
    expect(nextDelivery(resent, again, after(42)).kind).toBe('attempt')
    // Sent again, it can be stopped again.
    const twice = talk.having({ stops: 2, stoppedAt: after(50), enabledSince: after(55) })
    given(...ended, talk.resend({ at: after(41), channel: again }))
      .when(talk.settleDue(after(59), twice))
      .yields(rejected('channel-disabled', after(50)))
  })
  it('keeps the parts that were sent, and ends', () => {
    const parts = [
      { kind: 'text', from: 0, to: 900 },
      { kind: 'text', from: 900, to: 1_200 },
    ] as const
    const long = [talk.receive(), talk.reply({ text: 'x'.repeat(1_200) }), talk.begin({ parts })]
    given(...long, talk.sent())
      .when(talk.settleDue(after(30), again))
      .yields(rejected('channel-disabled', after(10), { part: 1 }))
    // It was under way then: the part that was called stays, the next one does not leave.
    const slow = [...long, talk.settleDue(after(15), stopped), talk.sent({ at: after(25), channel: again })]
    expect(nextDelivery(given(...slow).state(), again, after(30))).toEqual({ kind: 'settle' })
    given(...slow)
      .when(talk.settleDue(after(30), again))
      .yields(rejected('channel-disabled', after(10), { part: 1 }))
  })
  it('is left alone while something of it may be on its way, and rejected when nothing was', () => {
    const inFlight = [...queued, talk.begin()]
    given(...inFlight)
      .when(talk.settleDue(after(15), stopped))
      .yieldsNothing()
    given(...inFlight, talk.unknown())
      .when(talk.settleDue(after(15), stopped))
      .yieldsNothing()
    given(...inFlight, talk.failed({ at: after(25), channel: again }))
      .when(talk.settleDue(after(30), again))
      .yields(rejected('channel-disabled', after(10)))
  })
  it('is never begun by a worker that has not noticed', () => {
    given(...queued)
      .when(talk.begin({ at: after(30), channel: again }))
      .refuses('attempt-out-of-turn')
  })
  it('is rejected for the deletion of its channel in the same way', () => {
    const events = given(...queued)
      .when(talk.settleDue(after(20), talk.deletedAt(10)))
      .events()
    expect(events).toContainEqual(rejected('channel-deleted', after(10)))
  })
})

describe('a reply that was being sent when its customer was blocked', () => {
  const inFlight = [...queued, talk.begin({ at: after(1) }), talk.block({ at: after(2) })]
  const unblocked = [...inFlight, talk.unblock({ at: after(3) })]
  const failed = talk.failed({ at: after(4), retryAt: after(5) })
  it('is rejected as of that instant when the call delivered nothing, also after the customer was unblocked', () => {
    for (const before of [inFlight, unblocked]) {
      given(...before)
        .when(talk.settleDue(after(3)))
        .yieldsNothing()
      expect(nextDelivery(given(...before, failed).state(), talk.channel, after(6))).toEqual({ kind: 'settle' })
      given(...before, failed)
        .when(talk.settleDue(after(6)))
        .yields(rejected('blocked', after(2)))
    }
  })
  it('keeps the parts that were sent, and ends', () => {
    const parts = [
      { kind: 'text', from: 0, to: 1 },
      { kind: 'text', from: 1, to: 2 },
    ] as const
    given(
      talk.receive(),
      talk.reply(),
      talk.begin({ parts }),
      talk.block({ at: after(2) }),
      talk.unblock({ at: after(3) }),
      talk.sent({ at: after(4) }),
    )
      .when(talk.settleDue(after(6)))
      .yields(rejected('blocked', after(2), { part: 1 }))
  })
  it('can be sent again when the customer is unblocked', () => {
    const resent = given(...unblocked, failed, talk.settleDue(after(6)), talk.resend({ at: after(7) })).state()
    expect(nextDelivery(resent, talk.channel, after(8)).kind).toBe('attempt')
  })
  it('is rejected for what came first of the block and the stop of its channel', () => {
    const stops = (minutes: number) =>
      talk.having({ stops: 1, stoppedAt: after(minutes), enabledSince: after(minutes + 1) })
    const settled = (minutes: number) => given(...unblocked, failed).when(talk.settleDue(after(20), stops(minutes)))
    settled(10).yields(rejected('blocked', after(2)))
    settled(1).yields(rejected('channel-disabled', after(1)))
  })
})

describe('the reason of a rejection', () => {
  it('is the one that held first, whoever notices when', () => {
    const far = talk.having({ stops: 1, stoppedAt: NOON + 8 * DAY, enabledSince: null, status: 'disabled' })
    const reasons = (...commands: readonly ConversationCommand[]) =>
      talk
        .history(...queued, ...commands)
        .flatMap((event) => (event.type === 'ReplyRejected' ? [event.data.reason] : []))
    expect(reasons(talk.block({ at: after(30), channel: again }))).toEqual(['channel-disabled'])
    expect(reasons(talk.settleDue(NOON + 9 * DAY, far))).toEqual(['window-expired'])
    expect(reasons(talk.block({ at: NOON + 8 * DAY }))).toEqual(['window-expired'])
  })

  type Act = 'disable' | 'enable' | 'remove' | 'associate' | 'restrict' | 'connect' | 'block' | 'unblock'
  type Step = {
    readonly act: Act | 'write' | 'reply' | 'automate' | 'note' | 'deliver' | 'call' | 'fail'
    readonly hours: number
  }
  const step: fc.Arbitrary<Step> = fc.record({
    act: fc.oneof(
      fc.constantFrom('disable', 'disable', 'enable', 'enable', 'enable'),
      fc.constantFrom('remove', 'associate', 'associate', 'restrict', 'connect', 'connect', 'note'),
      fc.constantFrom('block', 'unblock', 'unblock', 'write', 'write', 'write'),
      { weight: 3, arbitrary: fc.constantFrom('reply', 'reply', 'automate', 'deliver', 'call', 'fail') },
    ),
    hours: fc.constantFrom(1, 1, 1, 2, 5, 23, 90),
  })

  /** How things stood in one hour. */
  interface Hour {
    readonly disabled: boolean
    readonly blocked: boolean
    readonly removed: boolean
    readonly restricted: boolean
    readonly anchor: number
  }
  const why = (hour: Hour, at: number, automated: boolean): readonly string[] => {
    const age = at - hour.anchor
    return [
      ...(hour.removed && !automated ? ['not-associated'] : []),
      ...(hour.disabled ? ['channel-disabled'] : []),
      ...(hour.blocked ? ['blocked'] : []),
      ...(age >= 168 ? ['window-expired'] : automated && age >= 24 ? ['human-agent-only'] : []),
      ...(hour.restricted ? ['authorization-restricted'] : []),
    ]
  }
  const kind = (reason: string) => (reason === 'human-agent-only' ? 'window-expired' : reason)

  interface Expected {
    readonly id: string
    readonly since: number
    readonly automated: boolean
    stoppedAt?: number
    ended?: { readonly reason: string; readonly at: number }
  }

  /** Hour by hour and without thinking: whoever ends it, the reason is the one that had held without a break for longest. */
  const play = (steps: readonly Step[]) => {
    const hours: Hour[] = [{ disabled: false, blocked: false, removed: false, restricted: false, anchor: 0 }]
    const replies: Expected[] = []
    let called: Expected | undefined
    const end = (reply: Expected, at: number) => {
      let reasons = why(hours[at] as Hour, at, reply.automated)
      for (let before = at - 1; before >= reply.since; before -= 1) {
        const held = why(hours[before] as Hour, before, reply.automated)
        const both = held.filter((reason) => reasons.some((later) => kind(later) === kind(reason)))
        if (both.length === 0) break
        reasons = both
      }
      reply.ended = { reason: reasons[0] ?? 'none', at }
    }

    let channelState = [created, associated('bob', 1), associated('eve', 2)].reduce(
      channelDecider.evolve,
      channelDecider.initialState(),
    )
    const then: ChannelThen[] = [{ from: NOON, channel: channelFacts(channelState) as ChannelThen['channel'] }]
    let state: ConversationState = conversationDecider.initialState()
    const events: ConversationEvent[] = []
    const apply = (command: ConversationCommand): boolean => {
      const channel = channelFacts(channelState) as ChannelThen['channel']
      const plain = { ...command, data: { ...command.data, channel } } as ConversationCommand
      const asks = asksHowChannelStood(state, plain)
      try {
        const decided = conversationDecider.decide(
          (asks ? { ...plain, data: { ...plain.data, channelThen: then } } : plain) as ConversationCommand,
          state,
        )
        state = decided.reduce(conversationDecider.evolve, state)
        events.push(...decided)
        return decided.length > 0
      } catch (error) {
        if (isRefusal(error)) return false
        throw error
      }
    }
    const bob = talk.bob
    const eve = talk.eve
    let now = 0
    apply(talk.receive({ at: NOON }))
    for (const [index, { act, hours: pass }] of steps.entries()) {
      const last = hours.at(-1) as Hour
      for (let hour = 1; hour < pass; hour += 1) hours.push(last)
      now += pass
      const at = NOON + now * HOUR
      const change = (event: ChannelEvent, hour: Partial<Hour>) => {
        channelState = channelDecider.evolve(channelState, { ...event, data: { ...event.data, at } } as ChannelEvent)
        then.push({ from: at, channel: channelFacts(channelState) as ChannelThen['channel'] })
        hours.push({ ...last, ...hour })
      }
      const waiting = replies.filter((reply) => reply.ended === undefined && reply !== called)
      switch (act) {
        case 'disable':
          if (last.disabled) hours.push(last)
          else {
            change(disabled, { disabled: true })
            for (const reply of waiting) end(reply, now)
            if (called !== undefined) called.stoppedAt ??= now
          }
          continue
        case 'enable':
          change(enabled, { disabled: false })
          continue
        case 'remove':
          change(removed('bob', 1), { removed: true })
          continue
        case 'associate':
          change(associated('bob', 3 + index), { removed: false })
          continue
        case 'restrict':
          change(authorization('restricted', '10'), { restricted: true })
          continue
        case 'connect':
          change(authorization('connected', 'signed-in'), { restricted: false })
          continue
        case 'block':
          hours.push({ ...last, blocked: true })
          if (!last.blocked) {
            for (const reply of waiting) end(reply, now)
            if (called !== undefined) called.stoppedAt ??= now
          }
          apply(talk.block({ actor: eve, at }))
          continue
        case 'unblock':
          hours.push({ ...last, blocked: false })
          apply(talk.unblock({ actor: eve, at }))
          continue
        case 'write':
          hours.push({ ...last, anchor: called === undefined ? now : last.anchor })
          if (called === undefined) apply(talk.receive({ at, messageId: `w${index}` }))
          continue
        case 'note':
          hours.push(last)
          apply(talk.addNote({ actor: eve, at, noteId: `n${index}` }))
          continue
        case 'reply':
        case 'automate': {
          hours.push(last)
          const automated = act === 'automate'
          const asked = apply(talk.reply({ at, replyId: `r${index}`, actor: automated ? automation : bob }))
          if (asked) replies.push({ id: `r${index}`, since: now, automated })
          expect(asked).toBe(why(last, now, automated).length === 0 && waiting.length < 16)
          continue
        }
        case 'deliver':
        case 'call': {
          hours.push(last)
          const next = nextDelivery(state, channelFacts(channelState) as ChannelThen['channel'], at)
          if (next.kind === 'settle') apply(talk.settleDue(at))
          const [head] = waiting
          if (head === undefined || called !== undefined) continue
          const attempt = nextDelivery(state, channelFacts(channelState) as ChannelThen['channel'], at)
          if (attempt.kind !== 'attempt') continue
          if (why(last, now, head.automated).length > 0) end(head, now)
          const { replyId, part, attempt: number } = attempt
          apply(talk.begin({ at, replyId, part, attempt: number }))
          if (head.ended === undefined) {
            if (act === 'call') called = head
            else apply(talk.failed({ at, replyId, part, attempt: number, retryAt: at }))
          }
          continue
        }
        case 'fail': {
          hours.push(last)
          if (called === undefined) continue
          const next = nextDelivery(state, talk.channel, at)
          if (next.kind !== 'in-flight')
            throw new Error(`the model believes that a call is under way, not ${next.kind}`)
          apply(talk.failed({ at, replyId: next.replyId, part: next.part, attempt: next.attempt, retryAt: at }))
          if (called.stoppedAt !== undefined) end(called, called.stoppedAt)
          called = undefined
          continue
        }
      }
    }
    apply(talk.settleDue(NOON + now * HOUR))
    return { events, replies }
  }

  it('agrees with a naive model in every history of channel, customer and delivery', () => {
    let ended = 0
    let stoppedFirst = 0
    let runs = 0
    holds(
      fc.property(fc.array(step, { minLength: 4, maxLength: 30 }), (steps) => {
        runs += 1
        const { events, replies } = play(steps)
        const actual = events.flatMap(({ type, data }) =>
          type === 'ReplyRejected' ? [{ id: data.replyId, reason: data.reason, at: (data.at - NOON) / HOUR }] : [],
        )
        const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1)
        const expected = replies.flatMap(({ id, ended: end }) => (end === undefined ? [] : [{ id, ...end }]))
        expect(actual.toSorted(byId)).toEqual(expected.toSorted(byId))
        tells(expected.length > 0)
        ended += expected.length
        stoppedFirst += expected.filter(({ reason }) => reason !== 'channel-disabled').length
      }),
      { floor: 0.2, numRuns: 2_000 },
    )
    expect(ended).toBeGreaterThan(runs / 5)
    expect(stoppedFirst).toBeGreaterThan(runs / 40)
  })
})
