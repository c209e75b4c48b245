import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  channelNeededAsOf,
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
  nextDue,
} from '../../../src/domain/conversation/index.ts'
import { DAY, HOUR, MINUTE } from '../../../src/domain/instant.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { NOON } from '../people.ts'
import * as talk from './talk.ts'
import { holds, tells } from '../../holds.ts'

const { decide, evolve, initialState } = conversationDecider

/** Something that is asked or delivered; the number makes ids. */
const makers: readonly ((at: number, channel: typeof talk.channel, id: number, late: number) => ConversationCommand)[] =
  [
    (at, channel, id) => talk.receive({ at, channel, messageId: `m${id}` }),
    (at, channel, id, late) => talk.receive({ at, channel, messageId: `m${id}`, metaAt: at - late * MINUTE }),
    (at, channel, id, late) => talk.receive({ at, channel, messageId: `m${id % 5}`, metaAt: at - late * MINUTE }),
    (at, channel, id, late) => talk.echo({ at, channel, messageId: `e${id}`, metaAt: at - late * MINUTE }),
    (at, channel, id) => talk.unsend({ at, channel, messageId: `m${id % 5}` }),
    (at, channel, id) => talk.edit({ at, channel, messageId: `m${id % 5}`, numEdit: 1 + (id % 3) }),
    (at, channel, id) => talk.react({ at, channel, messageId: `m${id % 5}` }),
    (at, channel) => talk.seen({ at, channel }),
    (at, channel, id) => talk.referral({ at, channel, messageId: `r${id}` }),
    (at, channel, id) => talk.threadControl({ at, channel, messageId: `t${id}` }),
    (at, channel) => talk.end({ at, channel }),
    (at, channel) => talk.reopen({ at, channel }),
    (at, channel) => talk.pickUp({ at, channel }),
    (at, channel) => talk.transfer({ at, channel, seen: 'bob' }),
    (at, channel) => talk.block({ at, channel }),
    (at, channel) => talk.unblock({ at, channel }),
    (at, channel) => talk.convert({ at, channel }),
    (at, channel) => talk.dismiss({ at, channel }),
    (at, channel, id) => talk.addNote({ at, channel, noteId: `n${id}` }),
    (at, channel) => talk.markRead({ at, channel, upTo: 3 }),
    (at, channel, id) => talk.reply({ at, channel, replyId: `reply-${id % 2}`, andEnd: id % 7 === 0 }),
    (at, channel, id) => talk.begin({ at, channel, replyId: `reply-${id % 2}` }),
    (at, channel, id) => talk.sent({ at, channel, replyId: `reply-${id % 2}`, messageId: `s${id % 4}` }),
    (at, channel, id) => talk.echo({ at, channel, messageId: `s${id % 4}`, textDigest: `${id % 2}` }),
    (at, channel, id) => talk.unknown({ at, channel, replyId: `reply-${id % 2}` }),
    (at, channel, id) => talk.giveUp({ at, channel, replyId: `reply-${id % 2}` }),
  ]

/** From there on they are about replies. */
const asksForReply = (maker: (typeof makers)[number]): boolean => maker(NOON, talk.channel, 1, 0).type === 'QueueReply'

const channels = fc
  .record({
    status: fc.constantFrom('enabled', 'enabled', 'disabled'),
    delay: fc.constantFrom(1, 60, 60, 1_440, 'never'),
    afterTicket: fc.constantFrom('new-ticket', 'thread-while-open'),
    cancelOnAnswer: fc.boolean(),
  })
  .map(({ status, ...conversion }) => ({
    ...talk.converting({ ...conversion } as Partial<typeof talk.channel.conversion>),
    status,
  }))
const step = fc.record({
  what: fc.oneof(
    fc.nat({ max: 3 }),
    fc.nat({ max: makers.length - 1 }),
    fc.integer({ min: makers.findIndex(asksForReply), max: makers.length - 1 }),
  ),
  pass: fc.constantFrom(0, MINUTE, 20 * MINUTE, HOUR, HOUR + 1, DAY, 8 * DAY),
  late: fc.constantFrom(0, 5, 45, 90),
  channel: channels,
  moves: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('sales', 'care', 'bob leaves', 'bob comes back') },
  ),
  deletes: fc.oneof(
    { weight: 30, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('convert', 'discard') },
  ),
})
/** What is asked or delivered, and what becomes of the channel meanwhile. */
interface History {
  readonly commands: readonly ConversationCommand[]
  /** When the channel was deleted, if it was. */
  readonly deletedAt: number | undefined
  readonly channelAt: (at: number) => typeof talk.channel
}
/** The channel after somebody moved it, or an agent left or came. */
const moved = (channel: typeof talk.channel, how: string | undefined, at: number): typeof talk.channel => {
  const { bob, ...others } = channel.agents
  const isLive = channel.deletion === null
  switch (how) {
    case undefined:
      return channel
    case 'bob leaves':
      return bob === undefined ? channel : { ...channel, agents: others, staffedSince: at }
    case 'bob comes back':
      return bob === undefined && isLive ? { ...channel, agents: { ...others, bob: at } } : channel
    default:
      return how !== channel.departmentId && isLive ? { ...channel, departmentId: how, staffedSince: at } : channel
  }
}
const histories = fc.array(step, { minLength: 1, maxLength: 40 }).map((list): History => {
  let at = NOON
  const stood = [{ from: -Infinity, channel: talk.channel }]
  const channelAt = (instant: number): typeof talk.channel =>
    stood.findLast(({ from }) => from <= instant)?.channel ?? talk.channel
  const commands = list.map(({ what, pass, late, channel: { status, conversion }, moves, deletes }, index) => {
    at += pass
    // Two commands of one instant see one channel.
    const changes = pass > 0 || index === 0
    let channel = moved(channelAt(at), changes ? moves : undefined, at)
    if (changes && deletes !== undefined && channel.deletion === null) {
      channel = { ...channel, status: 'deleted', deletion: { at, pendingConversions: deletes } }
    }
    stood.push({ from: at, channel })
    const facts = channel.deletion === null ? { ...channel, status, conversion } : { ...channel, conversion }
    return (makers[what] ?? talk.receive)(at, facts, index, late)
  })
  return { commands, deletedAt: channelAt(Infinity).deletion?.at, channelAt }
})

/** Refused: nothing happens. */
const attempt = (command: ConversationCommand, state: ConversationState): readonly ConversationEvent[] => {
  try {
    return decide(command, state)
  } catch (error) {
    if (isRefusal(error)) return []
    throw error
  }
}

const END = NOON + 1_000 * DAY

/** What happens when deadlines are settled the instant they pass, or only by what comes next. */
const run = ({ commands, deletedAt, channelAt }: History, scheduler: 'prompt' | 'late') => {
  let state = initialState()
  const events: ConversationEvent[] = []
  const apply = (command: ConversationCommand): number => {
    const asOf = channelNeededAsOf(state, command.data)
    const given = asOf === undefined ? {} : { whenDue: channelAt(asOf) }
    const decided = attempt({ ...command, data: { ...command.data, ...given } } as ConversationCommand, state)
    state = decided.reduce(evolve, state)
    events.push(...decided)
    return decided.length
  }
  let last = -Infinity
  const settle = (at: number): number => apply(talk.settleDue(at, channelAt(at)))
  const settleUntil = (at: number): void => {
    for (let due = nextDue(state); due !== undefined && due <= at; due = nextDue(state)) {
      // What came late was due before anybody knew of it.
      if (settle(Math.max(due, last)) === 0) throw new Error('due, and nothing to settle')
    }
  }
  for (const command of [...commands, talk.settleDue(END, channelAt(END))]) {
    const { at, channel } = command.data
    if (scheduler === 'prompt') {
      if (deletedAt !== undefined && channel.deletion !== null) {
        settleUntil(deletedAt)
        settle(deletedAt)
      }
      settleUntil(at)
    }
    apply(command)
    last = at
  }
  return { state, events }
}

describe('any history', () => {
  it('is the same when the scheduler was late', () => {
    holds(
      fc.property(histories, (history) => {
        const { events } = run(history, 'prompt')
        tells(events.some(({ type }) => type === 'ConversationConverted' || type === 'ReplyWindowExpired'))
        expect(run(history, 'late').events).toEqual(events)
      }),
      { floor: 0.4, numRuns: 1_000 },
    )
  })

  it('has every message in one episode at most, and every episode in one ticket at most', () => {
    holds(
      fc.property(histories, (history) => {
        const { events } = run(history, 'late')
        const episodes = new Map<string, number | undefined>()
        const received = new Set<string>()
        const tickets = new Set<string>()
        for (const [revision, event] of events.entries()) {
          if (event.type === 'MessageReceived') {
            expect(received).not.toContain(event.data.messageId)
            received.add(event.data.messageId)
          }
          if (event.type === 'MessageReceived' || event.type === 'MessageEchoed' || event.type === 'ReplyPartSent') {
            const { messageId, episode } = event.data
            expect(episodes.get(messageId) ?? episode).toBe(episode)
            episodes.set(messageId, episode)
          }
          if (event.type === 'ConversationConverted') {
            const { ticketId, episode, firstRevision, lastRevision } = event.data
            expect(tickets).not.toContain(ticketId)
            tells(true)
            tickets.add(ticketId)
            expect(ticketId).toBe(`${talk.CONVERSATION}.${episode}`)
            const before = events.slice(0, revision)
            const joined = new Set(
              before.flatMap(({ type, data }) =>
                type === 'MessageReceived' && data.episode === episode ? (data.joined ?? []) : [],
              ),
            )
            const ofEpisode = before.flatMap(({ data }, index) =>
              'messageId' in data && (('episode' in data && data.episode === episode) || joined.has(data.messageId))
                ? [index]
                : [],
            )
            if (event.data.takes === undefined) expect(firstRevision).toBe(ofEpisode[0])
            else expect(firstRevision).toBeLessThanOrEqual(ofEpisode[0] ?? Infinity)
            expect(lastRevision).toBeGreaterThanOrEqual(ofEpisode.at(-1) ?? 0)
            expect(lastRevision).toBeLessThan(revision)
          }
        }
      }),
      { floor: 0.3, numRuns: 1_000 },
    )
  })

  it('lets no answer take away a message that was written after it', () => {
    holds(
      fc.property(histories, (history) => {
        let answered = -Infinity
        const newest = new Map<number | undefined, number>()
        for (const { type, data } of run(history, 'late').events) {
          if (type === 'MessageReceived') {
            newest.set(data.episode, Math.max(newest.get(data.episode) ?? -Infinity, data.at))
          }
          if (type === 'MessageEchoed' || type === 'ReplyAttempted') answered = Math.max(answered, data.at)
          if (type === 'ConversionCancelled' && data.reason === 'answered') {
            tells(true)
            expect(newest.get(data.episode)).toBeLessThanOrEqual(answered)
          }
        }
      }),
      { floor: 0.003, numRuns: 1_000 },
    )
  })

  it('folds alike from JSON, from a snapshot, and when all personal content is gone', () => {
    holds(
      fc.property(histories, (history) => {
        let state = initialState()
        let snapshot = initialState()
        let forgotten = initialState()
        for (const command of history.commands) {
          const decided = attempt(command, state)
          expect(attempt(command, snapshot)).toEqual(decided)
          for (const event of decided) {
            const { personal: _, ...rest } = JSON.parse(JSON.stringify(event)) as ConversationEvent
            state = evolve(state, event)
            snapshot = JSON.parse(
              JSON.stringify(evolve(snapshot, JSON.parse(JSON.stringify(event)) as ConversationEvent)),
            ) as ConversationState
            forgotten = evolve(forgotten, rest)
          }
        }
        tells(state.revision > 2)
        expect(snapshot).toStrictEqual(state)
        expect(forgotten).toEqual(state)
        expect(JSON.stringify(state)).not.toContain('hello')
      }),
      { floor: 0.4, numRuns: 500 },
    )
  })

  it('counts its revision by events', () => {
    holds(
      fc.property(histories, (history) => {
        const { state, events } = run(history, 'late')
        tells(events.length > 0)
        expect(state.revision).toBe(events.length - 1)
      }),
      { floor: 0.6 },
    )
  })

  it('folds an event that is newer than the code, and a stream without a beginning, without throwing', () => {
    const newer = { type: 'SomethingNew', data: {} } as unknown as ConversationEvent
    expect(evolve(evolve(initialState(), newer), newer).revision).toBe(1)
    const events = talk.history(talk.receive())
    expect([...events, newer].reduce(evolve, initialState()).revision).toBe(events.length)
  })
})
