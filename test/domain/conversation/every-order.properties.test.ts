import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
  otherAppInControl,
} from '../../../src/domain/conversation/index.ts'
import { MINUTE, SECOND } from '../../../src/domain/instant.ts'
import { inbox, waitingSince } from '../../../src/projections/index.ts'
import { fold, recorded } from '../../projections/fold.ts'
import { holds, tells } from '../../holds.ts'
import { NOON } from '../people.ts'
import * as talk from './talk.ts'
import { after, given } from './talk.ts'
import { saidIn, ticketsOf } from './tickets-of.ts'

// By Meta's times: whatever arrives first, the same has happened. All of it arrives before anything is due.

type Delivery = (at: number) => ConversationCommand

const opening = talk.having({ reactionOpensWindow: true })
const minute = fc.nat({ max: 9 })
const deliveries: fc.Arbitrary<readonly Delivery[]> = fc
  .array(
    fc.record({
      what: fc.oneof(
        { weight: 4, arbitrary: fc.constant('message') },
        { weight: 3, arbitrary: fc.constant('echo') },
        fc.constantFrom('reaction', 'control', 'edit', 'seen', 'referral', 'unsend'),
      ),
      sent: minute,
      which: minute,
      flag: fc.boolean(),
    }),
    { minLength: 2, maxLength: 14 },
  )
  .map((list) =>
    list.map(({ what, sent, which, flag }, index): Delivery => {
      const id = `x${String(index).padStart(2, '0')}`
      const metaAt = after(sent)
      const standby = flag ? { standby: true } : {}
      return (at) => {
        const of = { at, metaAt, channel: opening, messageId: id }
        if (what === 'message') return talk.receive({ ...of, ...standby, mid: id, content: talk.text(`text ${id}`) })
        if (what === 'echo') return talk.echo({ ...of, ...standby, textDigest: `digest ${id}` })
        if (what === 'referral') return talk.referral(of)
        const about = { ...of, messageId: `x0${which % 4}` }
        if (what === 'seen') return talk.seen(about)
        if (what === 'unsend')
          return talk.unsend({ ...about, by: list[which % 4]?.what === 'echo' ? 'business' : 'customer' })
        if (what === 'edit') return talk.edit({ ...about, numEdit: index + 1, text: `edit ${index}` })
        if (what === 'reaction') return talk.react({ ...about, reaction: flag ? 'love' : 'wow', digest: id })
        return talk.threadControl({
          ...of,
          change: flag ? 'taken' : 'passed',
          ownerAppId: flag ? `9${which}` : '1',
          ours: !flag,
        })
      }
    }),
  )
const twoOrders = deliveries.chain((list) =>
  fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length })),
)

const deliver = (list: readonly Delivery[]) => {
  let state: ConversationState = conversationDecider.initialState()
  const events: ConversationEvent[] = []
  const apply = (command: ConversationCommand): void => {
    const decided = conversationDecider.decide(command, state)
    state = decided.reduce(conversationDecider.evolve, state)
    events.push(...decided)
  }
  for (const [index, delivery] of list.entries()) apply(delivery(after(20) + index * SECOND))
  const before = state
  const document = fold(inbox, recorded(events)).get(talk.CONVERSATION)
  apply(talk.settleDue(after(120), opening))
  const opened = events.flatMap(({ data }) => ('opens' in data && data.opens ? [data.at] : []))
  const said = saidIn(events)
  const someUnsent = said.some(({ unsent }) => unsent)
  // Where an episode ended because all of it was taken back, what the business wrote then is in it or in the next.
  const compared = new Set(said.filter((one) => !one.unsent && (!someUnsent || one.isCustomers)).map(({ id }) => id))
  return {
    said: said.map(({ id, unsent }) => `${id} ${unsent}`).toSorted(),
    anchors: [...new Set(opened)].toSorted((one, other) => one - other),
    thread: before.status === 'started' && [otherAppInControl(before), before.thread?.ownerAppId ?? null],
    shownThread: document?.thread?.otherApp,
    tickets: ticketsOf(events).map((ids) => ids.filter((id) => compared.has(id)).toSorted()),
    subject: events.flatMap(({ type, data }) => (type === 'ConversationConverted' ? [data.subjectMessageId] : [])),
    waiting: document && waitingSince(document),
    lines: document?.lines.map((line) => ({ ...line, revision: 0 })),
    activity: document?.visible === true && document.lastActivityAt,
  }
}

describe('in every order of delivery', () => {
  it('there are the same messages, anchors, holder of the thread, tickets and waiting', () => {
    holds(
      fc.property(twoOrders, ([list, shuffled]) => {
        const one = deliver(list)
        expect(deliver(shuffled)).toEqual(one)
        tells(one.tickets.length > 0 && list.some((each, at) => each !== shuffled[at]))
      }),
      { floor: 0.5, numRuns: 2_000 },
    )
  })

  it('a late standby message of an earlier time silences no automation', () => {
    const late = talk.receive({ messageId: 'm2', standby: true, at: after(5), metaAt: after(1) })
    expect(otherAppInControl(given(talk.receive({ at: after(2) }), late).state())).toBe(false)
    expect(otherAppInControl(given(late, talk.receive({ at: after(2) })).state())).toBe(false)
    const standby = talk.receive({ messageId: 'm3', standby: true, at: after(6) })
    expect(otherAppInControl(given(talk.receive({ at: after(2) }), late, standby).state())).toBe(true)
  })
  it('a message of which nothing is kept says who holds the thread, and one that is fetched says nothing', () => {
    const { disabled } = talk
    const standby = talk.receive({ messageId: 'm2', standby: true, at: after(2), channel: disabled })
    const ours = talk.receive({ messageId: 'm3', at: after(3), channel: disabled })
    const holds = (...commands: readonly ConversationCommand[]) => {
      const events = talk.history(...commands)
      const { thread } = fold(inbox, recorded(events)).get(talk.CONVERSATION) ?? {}
      const state = events.reduce(conversationDecider.evolve, conversationDecider.initialState())
      expect(thread?.otherApp).toBe(otherAppInControl(state))
      return otherAppInControl(state)
    }
    expect(holds(talk.receive(), standby)).toBe(true)
    expect(holds(talk.receive(), ours, standby)).toBe(false)
    const blocked = talk.receive({ messageId: 'm2', standby: true, at: after(2) })
    expect(holds(talk.receive(), talk.block({ at: after(1) }), blocked, talk.unblock({ at: after(3) }))).toBe(true)
    const fetched = talk.receive({ messageId: 'm2', fetched: true, at: after(9), metaAt: after(2) })
    expect(holds(talk.receive(), standby, fetched)).toBe(true)
    // Earlier releases did not record it.
    const old = talk.history(talk.receive(), standby).map((event): ConversationEvent => {
      if (event.type !== 'MessageWithheld') return event
      const { standby: _, ...data } = event.data
      return { ...event, data }
    })
    const state = old.reduce(conversationDecider.evolve, conversationDecider.initialState())
    expect(otherAppInControl(state)).toBe(false)
  })
  it('a reaction that a newer one has replaced leaves its anchor, once', () => {
    const newer = talk.react({ at: NOON + 10 * MINUTE, channel: opening })
    const older = talk.react({ at: NOON + 11 * MINUTE, metaAt: after(3), channel: opening })
    const [receipt] = given(talk.receive(), newer).when(older).events()
    expect(receipt).toMatchObject({ type: 'ReactionChanged', data: { at: after(3), opens: true, hidden: true } })
    expect(receipt).not.toHaveProperty('personal')
    given(talk.receive(), newer, older).when(older).yieldsNothing()
  })
  it('what the business wrote while an episode ran that was cancelled is in the ticket by hand that takes it', () => {
    const m = (number: number, minutes: number) => talk.receive({ messageId: `m${number}`, at: after(minutes) })
    const cancelled = [m(1, 0), talk.settleDue(after(60)), m(2, 100), talk.dismiss({ at: after(101) })]
    const written = (minutes: number) => talk.echo({ at: after(minutes), metaAt: after(102) })
    const ends = [talk.settleDue(after(170)), talk.convert({ at: after(171) })]
    for (const order of [
      [written(102), m(3, 110)],
      [m(3, 110), written(111)],
    ]) {
      const tickets = ticketsOf(talk.history(...cancelled, ...order, ...ends)).map((ids) => ids.toSorted())
      expect(tickets).toEqual([['m1'], ['m3'], ['e1', 'm2']])
    }
    // What is written now belongs to what runs now, though that began with an older message.
    const older = talk.receive({ messageId: 'm3', at: after(110), metaAt: after(90) })
    const now = talk.echo({ at: after(120) })
    expect(ticketsOf(talk.history(...cancelled, older, now, ...ends))).toEqual([['m1'], ['m3', 'e1'], ['m2']])
  })
  it('what the business wrote before the customer did is in no ticket of what came after it', () => {
    const early = talk.echo({ messageId: 'e1', at: after(9), metaAt: after(1) })
    const written = talk.receive({ at: after(9), metaAt: after(2) })
    for (const order of [
      [early, written],
      [written, early],
    ])
      expect(ticketsOf(talk.history(...order, talk.settleDue(after(62))))).toEqual([['m1']])
    // Nor does it leave every ticket when a message comes that is older still.
    const older = talk.receive({ messageId: 'm0', at: after(70), metaAt: NOON })
    expect(ticketsOf(talk.history(early, written, talk.settleDue(after(62)), older))).toEqual([['e1', 'm1', 'm0']])
    expect(
      ticketsOf(
        talk.history(written, talk.settleDue(after(62)), {
          ...early,
          data: { ...early.data, at: after(70) },
        } as ConversationCommand),
      ),
    ).toEqual([['m1']])
  })
})
