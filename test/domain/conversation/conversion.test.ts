import { describe, expect, it } from 'vitest'
import {
  channelNeededAsOf,
  type ConversationCommand,
  type ConversationConverted,
  latestTicketOf,
  nextDue,
  type StartedConversation,
  type TicketFacts,
} from '../../../src/domain/conversation/index.ts'
import { DAY, SECOND } from '../../../src/domain/instant.ts'
import { automation, NOON } from '../people.ts'
import * as talk from './talk.ts'

const { after, given } = talk
const TICKET = `${talk.CONVERSATION}.1`
const m2 = (minutes: number, fields: Parameters<typeof talk.receive>[0] = {}) =>
  talk.receive({ messageId: 'm2', at: after(minutes), ...fields })
const converted = (changes: Partial<ConversationConverted['data']> = {}): ConversationConverted => ({
  type: 'ConversationConverted',
  data: {
    episode: 1,
    ticketId: TICKET,
    cause: 'by-time',
    firstRevision: 1,
    lastRevision: 1,
    subjectMessageId: 'm1',
    firstCustomerMessageAt: NOON,
    assignee: null,
    departmentId: 'sales',
    at: after(60),
    by: { kind: 'system' },
    ...changes,
  },
})
const episodeOf = (commands: readonly ConversationCommand[], command: ConversationCommand) =>
  (
    given(...commands)
      .when(command)
      .events()
      .find(({ type }) => type === 'MessageReceived')?.data as { episode?: number } | undefined
  )?.episode

describe('what is due', () => {
  it('becomes a ticket 60 minutes after the message, and not a millisecond before', () => {
    given(talk.receive())
      .when(talk.settleDue(after(60) - 1))
      .yieldsNothing()
    given(talk.receive())
      .when(talk.settleDue(after(60)))
      .yields(converted())
  })
  it('is dated when it was due, however late it is settled', () => {
    given(talk.receive())
      .when(talk.settleDue(NOON + 30 * DAY))
      .yields(
        converted(),
        { type: 'ReplyWindowExpired', data: { kind: 'standard', anchor: NOON, at: NOON + DAY } },
        { type: 'ReplyWindowExpired', data: { kind: 'human-agent', anchor: NOON, at: NOON + 7 * DAY } },
      )
  })
  it('is written once', () => {
    given(talk.receive(), talk.settleDue(NOON + 30 * DAY))
      .when(talk.settleDue(NOON + 31 * DAY))
      .yieldsNothing()
    given().when(talk.settleDue(NOON)).yieldsNothing()
  })
  it('is settled before whatever is decided next', () => {
    const events = given(talk.receive()).when(m2(90)).events()
    expect(talk.types(events)).toEqual(['ConversationConverted', 'MessageReceived', 'ConversionScheduled'])
    expect(events[0]).toEqual(converted())
    expect(events[1]?.data).toMatchObject({ episode: 2 })
  })
  it('goes to the department and the agent of then, whoever has the channel by now', () => {
    const moved = talk.having({ departmentId: 'care', agents: { eve: 2 }, staffedSince: after(65) })
    const held = [talk.receive(), talk.pickUp()]
    const command = talk.settleDue(after(70), moved)
    expect(channelNeededAsOf(given(...held).state(), command.data)).toBe(after(60))
    given(...held)
      .when({ ...command, data: { ...command.data, whenDue: talk.channel } } as ConversationCommand)
      .yields(converted({ assignee: 'bob' }))
    given(...held)
      .when(talk.settleDue(after(60), { ...moved, staffedSince: after(60) }))
      .yields(converted({ departmentId: 'care' }))
  })
  it('asks for the channel as it stood before only if it was due before the channel changed', () => {
    const since = (minutes: number) => talk.having({ staffedSince: after(minutes) })
    const asOf = (
      at: number,
      channel: typeof talk.channel,
      state = given(talk.receive()).state(),
    ): number | undefined => channelNeededAsOf(state, { at: after(at), channel })
    expect(asOf(59, since(65))).toBeUndefined()
    expect(asOf(70, since(60))).toBeUndefined()
    expect(asOf(70, since(61))).toBe(after(60))
    expect(asOf(70, since(61), given(talk.receive(), talk.end()).state())).toBeUndefined()
    expect(asOf(70, since(61), given().state())).toBeUndefined()
    // It came so late that it was due at once: nobody can have decided on it before.
    const late = given(talk.receive({ at: after(90), metaAt: NOON })).state()
    expect(asOf(95, since(80), late)).toBeUndefined()
    expect(asOf(95, since(92), late)).toBe(after(90))
    // Whoever leaves a deleted channel still held what its deletion converts.
    const left = (how: 'convert' | 'discard') => ({ ...talk.deletedAt(5, how), staffedSince: after(7) })
    expect(asOf(8, left('convert'))).toBe(after(5))
    expect(asOf(8, left('discard'))).toBeUndefined()
  })
  it('is left alone when the command is refused', () => {
    given(talk.receive())
      .when(talk.end({ at: after(90), actor: automation }))
      .refuses('not-associated')
  })
  it('is known ahead', () => {
    expect(nextDue(given().state())).toBeUndefined()
    expect(nextDue(given(talk.echo()).state())).toBeUndefined()
    expect(nextDue(given(talk.receive()).state())).toBe(after(60))
    expect(nextDue(given(talk.receive(), talk.settleDue(after(60))).state())).toBe(NOON + DAY)
    expect(nextDue(given(talk.receive(), talk.settleDue(NOON + DAY)).state())).toBe(NOON + 7 * DAY)
    expect(nextDue(given(talk.receive(), talk.settleDue(NOON + 7 * DAY)).state())).toBeUndefined()
  })
  it('forgets an expiry when the customer writes again', () => {
    const state = given(talk.receive(), m2(60)).state()
    expect(nextDue(state)).toBe(after(120))
  })
})

describe('an episode longer than the memory of messages', () => {
  const messages = Array.from({ length: 300 }, (_, index) => talk.receive({ messageId: `m${index}` }))
  const unsends = messages.map((_, index) =>
    talk.unsend({
      messageId: `m${index}`,
      at: after(1),
      // Asked of the index for what the state has dropped.
      ...(index < 44 ? { knownElsewhere: true, elsewhere: { episode: 1 } } : {}),
    }),
  )
  it('ends when the customer takes back all of it, in any order', () => {
    for (const all of [unsends, unsends.toReversed()]) {
      const events = given(...messages, ...all.slice(0, -1))
        .when(all.at(-1) as ConversationCommand)
        .events()
      expect(events.at(-1)).toMatchObject({ type: 'ConversionCancelled', data: { episode: 1, reason: 'unsent' } })
      given(...messages, ...all)
        .when(talk.settleDue(after(60)))
        .yieldsNothing()
      given(...messages, ...all)
        .when(talk.convert({ at: after(2) }))
        .refuses('nothing-to-convert')
    }
  })
  it('goes on with what is left, and is about a text that is left', () => {
    const [ticket] = given(...messages, ...unsends.slice(0, 299))
      .when(talk.settleDue(after(60)))
      .events()
    expect(ticket).toEqual(converted({ lastRevision: 301, subjectMessageId: 'm299' }))
  })
  it('keeps its due time until the times of all that is left are remembered', () => {
    const spread = messages.map((_, index) => talk.receive({ messageId: `m${index}`, at: NOON + index * SECOND }))
    const taken = unsends.map(
      (command) => ({ ...command, data: { ...command.data, at: after(6) } }) as ConversationCommand,
    )
    const dueAfter = (count: number) => nextDue(given(...spread, ...taken.slice(0, count)).state())
    expect(dueAfter(43)).toBe(after(60))
    expect(dueAfter(44)).toBe(after(60) + 44 * SECOND)
    expect(dueAfter(45)).toBe(after(60) + 45 * SECOND)
  })
  it('is not touched by an unsend of an older one', () => {
    const { episodes } = given(
      ...messages,
      talk.unsend({ messageId: 'old', knownElsewhere: true, elsewhere: {} }),
      talk.unsend({ messageId: 'older', knownElsewhere: true, elsewhere: { episode: 7 } }),
    ).state() as StartedConversation
    expect(episodes.latest?.present).toBe(300)
  })
})

describe('an episode', () => {
  it('is joined by later messages, which do not move its due time', () => {
    expect(talk.types(given(talk.receive()).when(m2(59)).events())).toEqual(['MessageReceived'])
    expect(episodeOf([talk.receive()], m2(59))).toBe(1)
  })
  it('is due earlier when an older message arrives late', () => {
    const events = given(talk.receive())
      .when(m2(5, { metaAt: after(-10) }))
      .events()
    expect(events.at(-1)).toEqual({
      type: 'ConversionRescheduled',
      data: { episode: 1, dueAt: after(50), at: after(-10) },
    })
  })
  it('is joined by an older message that comes after many more tickets', () => {
    const many = Array.from({ length: 50 }, (_, number) =>
      talk.receive({ messageId: `x${number}`, at: after(number * 61) }),
    )
    const late = (minutes: number) => talk.receive({ messageId: 'late', at: after(50 * 61), metaAt: after(minutes) })
    for (const number of [0, 1, 20, 48]) {
      expect(episodeOf(many, late(number * 61 + 59))).toBe(number + 1)
      expect(episodeOf(many, late(number * 61 + 60))).toBe(number + 2)
    }
  })
  it('is due later when its earliest message is taken back, in whatever order that comes', () => {
    const [first, second, taken] = [talk.receive(), m2(5), talk.unsend({ at: after(10) })] as const
    expect(given(first, second).when(taken).events().at(-1)).toEqual({
      type: 'ConversionRescheduled',
      data: { episode: 1, dueAt: after(65), at: after(10) },
    })
    expect(nextDue(given(talk.unsend(), first, second).state())).toBe(after(65))
    expect(nextDue(given(second, first, taken).state())).toBe(after(65))
    given(first, second, taken)
      .when(talk.settleDue(after(65)))
      .yields(converted({ firstCustomerMessageAt: after(5), subjectMessageId: 'm2', lastRevision: 3, at: after(65) }))
    // Not of another message.
    expect(
      talk.types(
        given(first, second)
          .when(talk.unsend({ messageId: 'm2', at: after(10) }))
          .events(),
      ),
    ).toEqual(['MessageUnsent'])
    // Nor once it is due, or was cancelled.
    expect(
      talk.types(
        given(first, second, talk.dismiss({ at: after(6) }))
          .when(taken)
          .events(),
      ),
    ).toEqual(['MessageUnsent'])
    expect(
      talk.types(
        given(first, second)
          .when(talk.unsend({ at: after(61) }))
          .events(),
      ),
    ).toEqual(['ConversationConverted', 'MessageUnsent'])
  })
  it('that began without a delay keeps its due time when a message is taken back', () => {
    const never = talk.receive({ channel: talk.converting({ delay: 'never' }) })
    expect(nextDue(given(never, m2(600), talk.unsend({ at: after(601) })).state())).toBe(after(660))
    expect(nextDue(given(never, m2(600), talk.unsend({ messageId: 'm2', at: after(601) })).state())).toBe(after(660))
  })
  it('that became a ticket takes the message that is older than its due time', () => {
    const before = [talk.receive(), m2(61)]
    const outcome = given(...before).when(talk.receive({ messageId: 'm3', at: after(62), metaAt: after(59) }))
    expect(talk.types(outcome.events())).toEqual(['MessageReceived'])
    expect(outcome.events()[0]?.data).toMatchObject({ episode: 1 })
    expect(episodeOf(before, talk.receive({ messageId: 'm3', at: after(62), metaAt: after(60) }))).toBe(2)
  })
  it('keeps the policy it was scheduled with', () => {
    const faster = talk.converting({ delay: 1 })
    given(talk.receive())
      .when(talk.settleDue(after(2), faster))
      .yieldsNothing()
    const events = given(talk.receive())
      .when(m2(2, { channel: faster, metaAt: after(-1) }))
      .events()
    expect(events.at(-1)?.data).toMatchObject({ dueAt: after(59) })
  })
  it('without a delay is never due, and can be converted by hand', () => {
    const never = talk.converting({ delay: 'never' })
    given(talk.receive({ channel: never }))
      .when(talk.settleDue(after(6000)))
      .events()
    expect(talk.types(talk.history(talk.receive({ channel: never })))).toContain('EpisodeStarted')
    expect(talk.types(talk.history(talk.receive({ channel: never }), talk.settleDue(NOON + 9 * DAY)))).not.toContain(
      'ConversationConverted',
    )
    expect(
      given(talk.receive({ channel: never }))
        .when(talk.convert())
        .events(),
    ).toEqual([converted({ cause: 'by-hand', at: NOON, by: talk.byBob })])
    given(talk.receive({ channel: never }))
      .when(talk.dismiss())
      .refuses('no-pending-conversion')
  })
  it('that began without a delay is scheduled by the first message that comes when there is one', () => {
    const never = talk.receive({ channel: talk.converting({ delay: 'never' }) })
    const m3 = (at: number, sent = at) => talk.receive({ messageId: 'm3', at: after(at), metaAt: after(sent) })
    given(never)
      .when(m2(600, { channel: talk.converting({ delay: 'never' }) }))
      .events()
      .forEach(({ type }) => expect(type).toBe('MessageReceived'))
    const events = given(never).when(m2(600)).events()
    expect(events[0]?.data).toMatchObject({ episode: 1 })
    expect(events[1]).toEqual({
      type: 'ConversionScheduled',
      data: { episode: 1, startedBy: 'm2', dueAt: after(660), policy: talk.channel.conversion, at: after(600) },
    })
    expect(events).toHaveLength(2)
    expect(nextDue(given(never, m2(600), m3(605)).state())).toBe(after(660))
    // In whatever order they come.
    expect(nextDue(given(never, m2(605), m3(606, 600)).state())).toBe(after(660))
    given(never, m2(600))
      .when(talk.settleDue(after(660)))
      .yields(converted({ lastRevision: 3, at: after(660) }))
  })
  it('holds both sides from its first to its last message', () => {
    const events = given(talk.receive(), talk.echo({ at: after(1) }), talk.addNote(), m2(5))
      .when(talk.settleDue(after(60)))
      .events()
    // Start, message, schedule, echo, note, message.
    expect(events).toEqual([converted({ lastRevision: 5 })])
  })
  it('is about its first text, else its first message, of those that were not taken back', () => {
    const image = talk.receive({ content: { kind: 'image', attachments: [{ kind: 'image' }] } })
    const subject = (...commands: readonly ConversationCommand[]) =>
      (
        given(...commands)
          .when(talk.settleDue(after(60)))
          .events()[0] as ConversationConverted
      ).data.subjectMessageId
    expect(subject(image)).toBe('m1')
    expect(subject(image, m2(1))).toBe('m2')
    expect(subject(image, m2(1), talk.unsend({ messageId: 'm2' }))).toBe('m1')
  })
  it('is not stopped by an answer, unless the channel says so', () => {
    expect(
      talk.types(
        given(talk.receive())
          .when(talk.echo({ at: after(1) }))
          .events(),
      ),
    ).toEqual(['MessageEchoed'])
    const facts = talk.converting({ cancelOnAnswer: true })
    const pending = talk.receive({ channel: facts })
    const cancelled = {
      type: 'ConversionCancelled',
      data: { episode: 1, reason: 'answered', by: { kind: 'system' }, at: after(1) },
    }
    expect(
      given(pending)
        .when(talk.echo({ at: after(1) }))
        .events()
        .at(-1),
    ).toEqual(cancelled)
    expect(given(pending, talk.reply(), talk.begin()).when(talk.sent()).events().at(-1)?.data).toMatchObject({
      reason: 'answered',
      by: talk.byBob,
    })
    expect(
      talk.types(
        given(pending, talk.reply({ actor: automation }), talk.begin())
          .when(talk.sent())
          .events(),
      ),
    ).toEqual(['ReplyPartSent'])
    expect(
      talk.types(
        given(pending, talk.reply({ actor: automation }), talk.begin())
          .when(talk.echo())
          .events(),
      ),
    ).toEqual(['MessageEchoed'])
  })
})

describe('where an answer takes a pending conversion away', () => {
  const channel = talk.converting({ cancelOnAnswer: true })
  const first = talk.receive({ channel })
  const second = (minutes: number) => m2(minutes, { channel })
  const cancels = (...commands: readonly ConversationCommand[]) =>
    talk
      .types(
        given(...commands.slice(0, -1))
          .when(commands.at(-1) as ConversationCommand)
          .events(),
      )
      .includes('ConversionCancelled')

  it('a reply from outside does not, if the customer wrote after it and it came late', () => {
    expect(cancels(first, second(2), talk.echo({ at: after(3), metaAt: after(1) }))).toBe(false)
    expect(cancels(first, second(2), talk.echo({ at: after(3), metaAt: after(2) }))).toBe(true)
    // The older message may come last.
    expect(cancels(second(2), { ...first }, talk.echo({ at: after(3), metaAt: after(1) }))).toBe(false)
    given(first, second(2), talk.echo({ at: after(3), metaAt: after(1) }))
      .when(talk.settleDue(after(60)))
      .yields(converted({ lastRevision: 4 }))
  })
  const bot = { at: after(1), actor: automation }
  const outside = (minutes: number) => talk.echo({ messageId: 'e9', at: after(minutes) })
  it('one from outside does, also while an automation sends the same text, once that has turned out to be another message', () => {
    const calling = [first, talk.reply(bot), talk.begin({ at: after(1) })]
    expect(cancels(...calling, outside(2))).toBe(false)
    expect(cancels(...calling, outside(2), talk.sent({ at: after(3) }))).toBe(true)
    expect(cancels(...calling, outside(2), talk.echo({ at: after(2) }), talk.unknown({ at: after(3) }))).toBe(true)
    expect(cancels(...calling, outside(2), talk.failed({ reason: 'no-connection', at: after(3) }))).toBe(true)
    // It may be the automation's, or is.
    expect(cancels(...calling, outside(2), talk.unknown({ at: after(3) }))).toBe(false)
    expect(cancels(...calling, outside(2), talk.sent({ messageId: 'e9', at: after(3) }))).toBe(false)
    // The customer has written since.
    expect(cancels(...calling, outside(2), second(3), talk.sent({ at: after(4) }))).toBe(false)
  })
  it('one that was taken back before it came does not', () => {
    const gone = talk.unsend({ messageId: 'e1', by: 'business', at: after(2) })
    expect(cancels(first, gone, talk.echo({ at: after(3) }))).toBe(false)
    expect(cancels(first, talk.reply(), talk.begin({ at: after(1) }), gone, talk.sent({ at: after(3) }))).toBe(false)
    const foreign = talk.unsend({ messageId: 'e9', by: 'business', at: after(2) })
    expect(cancels(first, talk.reply(bot), talk.begin(), outside(2), foreign, talk.sent({ at: after(3) }))).toBe(false)
  })
  it.each([
    ['the answer to our call', talk.sent],
    ['an echo of equal text', talk.echo],
    ['a look at the conversation', (of: object) => talk.look({ found: { messageId: 'e1', mid: 'mid-e1' }, ...of })],
  ])('our own reply does not, if the customer wrote after it was attempted, as %s says', (what, settle) => {
    const attempted = [talk.reply({ at: after(1) }), talk.begin({ at: after(1) })]
    const unknown = what.startsWith('the answer') ? [] : [talk.unknown({ at: after(2) })]
    expect(cancels(first, ...attempted, second(2), ...unknown, settle({ at: after(3) }))).toBe(false)
    expect(cancels(first, second(0.5), ...attempted, ...unknown, settle({ at: after(3) }))).toBe(true)
  })
})

describe('a cancelled conversion', () => {
  const reasonAfter = (command: ConversationCommand) => {
    const cancelled = given(talk.receive())
      .when(command)
      .events()
      .find(({ type }) => type === 'ConversionCancelled')
    return (cancelled?.data as { reason?: string } | undefined)?.reason
  }
  it('says why', () => {
    expect(reasonAfter(talk.end())).toBe('ended')
    expect(reasonAfter(talk.block())).toBe('blocked')
    expect(reasonAfter(talk.unsend())).toBe('unsent')
    expect(reasonAfter(talk.dismiss())).toBe('not-needed')
    expect(reasonAfter(talk.settleDue(NOON, talk.deletedAt(0, 'discard')))).toBe('channel-deleted')
  })
  it('is not due any more; the next message starts another episode', () => {
    const dismissed = [talk.receive(), talk.dismiss()]
    given(...dismissed)
      .when(talk.settleDue(after(61)))
      .yieldsNothing()
    expect(episodeOf(dismissed, m2(5))).toBe(2)
  })
  it('is refused where nothing is pending, and quiet the second time', () => {
    given(talk.receive())
      .when(talk.dismiss({ at: after(60) }))
      .refuses('no-pending-conversion')
    given(talk.echo()).when(talk.dismiss()).refuses('no-pending-conversion')
    given(talk.receive(), talk.dismiss()).when(talk.dismiss()).yieldsNothing()
    given(talk.receive())
      .when(talk.dismiss({ actor: talk.mallory }))
      .refuses('not-associated')
    given(talk.receive())
      .when(talk.dismiss({ channel: talk.deleted }))
      .refuses('channel-deleted')
  })
})

describe('converting by hand', () => {
  it('makes the ticket now', () => {
    given(talk.receive(), talk.pickUp())
      .when(talk.convert({ at: after(5) }))
      .yields(converted({ cause: 'by-hand', at: after(5), by: talk.byBob, assignee: 'bob' }))
  })
  it('is allowed at any time: expired, disabled, blocked, ended, dismissed', () => {
    const hand = { cause: 'by-hand', by: talk.byBob } as const
    const never = talk.converting({ delay: 'never' })
    const late = NOON + 9 * DAY
    expect(
      given(talk.receive({ channel: never }))
        .when(talk.convert({ at: late }))
        .events()
        .at(-1),
    ).toEqual(converted({ ...hand, at: late }))
    given(talk.receive())
      .when(talk.convert({ channel: talk.disabled }))
      .yields(converted({ ...hand, at: NOON }))
    for (const command of [talk.block(), talk.end(), talk.dismiss()]) {
      given(talk.receive(), command)
        .when(talk.convert())
        .yields(converted({ ...hand, at: NOON }))
    }
  })
  it('is refused the second time, with the ticket', () => {
    given(talk.receive(), talk.convert()).when(talk.convert()).refuses('already-converted', { ticketId: TICKET })
    given(talk.receive())
      .when(talk.convert({ at: after(60) }))
      .refuses('already-converted', { ticketId: TICKET })
    given(talk.receive(), talk.convert())
      .when(talk.convert({ latestTicket: { ticketId: TICKET, status: 'open' } }))
      .refuses('already-converted')
  })
  it('is refused where nothing came since the last ticket', () => {
    given(talk.receive(), talk.convert())
      .when(talk.convert({ latestTicket: { ticketId: TICKET, status: 'closed', closedAt: NOON } }))
      .refuses('nothing-to-convert')
    given(talk.receive(), talk.unsend()).when(talk.convert()).refuses('nothing-to-convert')
    given(talk.receive(), talk.convert(), m2(5), talk.unsend({ messageId: 'm2' }))
      .when(talk.convert())
      .refuses('nothing-to-convert')
    given(talk.echo()).when(talk.convert()).refuses('nothing-to-convert')
  })
  it('is refused to whoever is not associated, then on a deleted channel', () => {
    given(talk.receive())
      .when(talk.convert({ actor: talk.mallory, channel: talk.deleted }))
      .refuses('not-associated', {})
    given(talk.receive())
      .when(talk.convert({ actor: automation }))
      .refuses('not-associated')
    given(talk.receive())
      .when(talk.convert({ channel: talk.deleted }))
      .refuses('channel-deleted')
    given().when(talk.convert()).refuses('conversation-not-found')
  })
})

describe('after a ticket', () => {
  const open = { ticketId: TICKET, status: 'open' } as const
  const threading = talk.converting({ afterTicket: 'thread-while-open' })
  const before = [talk.receive(), talk.convert({ at: after(5) })]
  const next = (minutes: number, ticket: { readonly latestTicket?: TicketFacts } = {}, channel = threading) =>
    given(...before)
      .when(m2(minutes, { channel, ...ticket }))
      .events()
  const closed = { latestTicket: { ...open, status: 'closed', closedAt: after(10) } } as const

  it('a message starts a new episode and a new 60 minutes', () => {
    expect(next(10, {}, talk.channel).at(-1)?.data).toMatchObject({ episode: 2, dueAt: after(70) })
  })
  it('a message joins the open ticket where the policy says so', () => {
    expect(talk.types(next(10, { latestTicket: open }))).toEqual(['MessageReceived'])
    expect(next(10, { latestTicket: open })[0]?.data).toMatchObject({ episode: 1 })
    expect(next(10)[0]?.data).toMatchObject({ episode: 1 })
  })
  it('a message reopens a ticket closed not long ago', () => {
    expect(next(69, closed)[0]?.data).toMatchObject({ episode: 1, reopensTicket: true })
    expect(next(70, closed)[0]?.data).toMatchObject({ episode: 2 })
    const short = talk.converting({ afterTicket: 'thread-while-open', reopenWithin: 5 })
    expect(next(14, closed, short)[0]?.data).toMatchObject({ episode: 1, reopensTicket: true })
    expect(next(15, closed, short)[0]?.data).toMatchObject({ episode: 2 })
    const never = talk.converting({ afterTicket: 'thread-while-open', delay: 'never' })
    expect(next(11, closed, never)[0]?.data).toMatchObject({ episode: 2 })
  })
  it('the newest one is known by name', () => {
    expect(latestTicketOf(given().state())).toBeUndefined()
    expect(latestTicketOf(given(...before).state())).toBe(TICKET)
    expect(latestTicketOf(given(...before, m2(10), talk.settleDue(after(70))).state())).toBe(`${talk.CONVERSATION}.2`)
  })
})

describe('a deleted channel', () => {
  const pending = [talk.receive({ channel: talk.converting({ cancelOnAnswer: true }) }), talk.reply(), talk.begin()]
  // Bob answered, so it is his.
  const answered = { lastRevision: 4, assignee: 'bob' } as const
  const discarded = {
    type: 'ConversionCancelled',
    data: { episode: 1, reason: 'channel-deleted', by: { kind: 'system' }, at: after(5) },
  }
  it('converts what is pending, or not, as its deletion said', () => {
    given(talk.receive())
      .when(talk.settleDue(after(6), talk.deletedAt(5)))
      .yields(converted({ cause: 'channel-deleted', at: after(5) }))
    expect(
      given(talk.receive())
        .when(talk.settleDue(after(6), talk.deletedAt(5, 'discard')))
        .events(),
    ).toEqual([discarded])
    for (const how of ['convert', 'discard'] as const) {
      given(talk.receive(), talk.settleDue(after(6), talk.deletedAt(5, how)))
        .when(talk.settleDue(after(61), talk.deletedAt(5, how)))
        .yieldsNothing()
    }
    given()
      .when(talk.settleDue(after(6), talk.deleted))
      .yieldsNothing()
  })
  it('had converted what was due before', () => {
    for (const how of ['convert', 'discard'] as const) {
      given(talk.receive())
        .when(talk.settleDue(after(61), talk.deletedAt(60, how)))
        .yields(converted())
    }
  })
  it('leaves an episode without a due time alone', () => {
    given(talk.receive({ channel: talk.converting({ delay: 'never' }) }))
      .when(talk.settleDue(after(6), talk.deletedAt(5)))
      .yieldsNothing()
  })
  it.each([
    ['an unsend', talk.unsend],
    ['a late answer of Meta', talk.sent],
  ] as const)('takes nothing back because of %s: what was due or deleted before it is settled first', (_what, late) => {
    const events = (channel: typeof talk.channel) =>
      given(...pending)
        .when(late({ at: after(66), channel }))
        .events()
    const [happened] = talk.types(
      given(...pending)
        .when(late())
        .events(),
    )
    const outcomes = [
      [talk.deletedAt(65, 'discard'), converted(answered)],
      [talk.deletedAt(5, 'convert'), converted({ ...answered, cause: 'channel-deleted', at: after(5) })],
      [talk.deletedAt(5, 'discard'), discarded],
    ] as const
    for (const [channel, first] of outcomes) {
      const [settled, ...rest] = events(channel)
      expect(settled).toEqual(first)
      expect(talk.types(rest)).toEqual([happened])
    }
  })
})
