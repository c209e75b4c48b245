import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
} from '../../../src/domain/conversation/index.ts'
import { DAY, HOUR, MINUTE } from '../../../src/domain/instant.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { NOON } from '../people.ts'
import * as talk from './talk.ts'
import { after, given } from './talk.ts'
import { saidIn, ticketsOf } from './tickets-of.ts'
import { holds, tells } from '../../holds.ts'

const tickets = (...commands: readonly ConversationCommand[]) => ticketsOf(talk.history(...commands))
const m = (number: number, minutes: number, changes: object = {}) =>
  talk.receive({ messageId: `m${number}`, at: after(minutes), ...changes })
/** A message of before the channel was connected that comes now. */
const old = (number: number, minutes: number) => m(number, minutes, { metaAt: NOON - 2 * HOUR })

describe('converting by hand takes every message that is in no ticket yet', () => {
  it.each<[string, readonly ConversationCommand[]]>([
    ['not needed', [talk.dismiss({ at: after(1) })]],
    ['ended', [talk.end({ at: after(1) })]],
    ['blocked and unblocked', [talk.block({ at: after(1) }), talk.unblock({ at: after(1) })]],
  ])('also what came before its conversion was %s', (_, cancels) => {
    expect(tickets(m(1, 0), ...cancels, m(2, 2), talk.convert({ at: after(3) }))).toEqual([['m1', 'm2']])
    // An automatic conversion takes its episode, and one by hand afterwards what that left.
    const automatic = [m(1, 0), ...cancels, m(2, 2), talk.settleDue(after(62))]
    expect(tickets(...automatic)).toEqual([['m2']])
    expect(tickets(...automatic, talk.convert({ at: after(63) }))).toEqual([['m2'], ['m1']])
    expect(tickets(...automatic, m(3, 63), talk.convert({ at: after(64) }))).toEqual([['m2'], ['m1', 'm3']])
  })
  it('names them by first and last revision, and says that it takes more than its episode', () => {
    const [converted] = given(m(1, 0), talk.dismiss({ at: after(1) }), m(2, 2))
      .when(talk.convert({ at: after(3) }))
      .events()
    expect(converted?.data).toMatchObject({
      episode: 2,
      firstRevision: 1,
      lastRevision: 4,
      takes: { to: 4, since: NOON },
      subjectMessageId: 'm1',
      firstCustomerMessageAt: NOON,
    })
  })
  it('also what is older than the connection of the channel, which starts no conversion by itself', () => {
    const [converted] = given(old(1, 0))
      .when(talk.convert({ at: after(1) }))
      .events()
    expect(converted).toMatchObject({ type: 'ConversationConverted', data: { episode: 1, subjectMessageId: 'm1' } })
    expect(talk.types(talk.history(old(1, 0), talk.settleDue(NOON + DAY)))).not.toContain('ConversationConverted')
    expect(tickets(old(1, 0), m(2, 1), old(3, 2), talk.settleDue(after(61)))).toEqual([['m2']])
    expect(tickets(old(1, 0), m(2, 1), old(3, 2), talk.convert({ at: after(3) }))).toEqual([['m1', 'm2', 'm3']])
    // The next episode has a number of its own.
    const later = [old(1, 0), talk.convert({ at: after(1) }), m(2, 2), talk.convert({ at: after(3) })]
    expect(tickets(...later)).toEqual([['m1'], ['m2']])
  })
  it('also answers that were given meanwhile', () => {
    const answered = [
      m(1, 0),
      talk.dismiss({ at: after(1) }),
      talk.reply({ at: after(2) }),
      m(2, 3),
      talk.echo({ at: after(4) }),
    ]
    expect(tickets(...answered, talk.convert({ at: after(5) }))).toEqual([['m1', 'reply-1', 'm2', 'e1']])
  })
  it('and nothing twice', () => {
    const once = [old(1, 0), m(2, 1), talk.convert({ at: after(2) })]
    given(...once)
      .when(talk.convert({ at: after(3) }))
      .refuses('already-converted')
    given(...once, talk.echo({ at: after(3) }))
      .when(talk.convert({ at: after(4) }))
      .refuses('already-converted')
    given(m(1, 0), talk.dismiss({ at: after(1) }), talk.convert({ at: after(2) }))
      .when(talk.convert({ at: after(3) }))
      .refuses('already-converted')
  })
  it('but nothing that the customer has taken back, also where the state has dropped it', () => {
    const gone = talk.unsend({ at: after(2) })
    given(old(1, 0), gone)
      .when(talk.convert({ at: after(3) }))
      .refuses('nothing-to-convert')
    const cancelled = [m(1, 0), talk.dismiss({ at: after(1) }), m(2, 1)]
    const [converted] = given(...cancelled, gone)
      .when(talk.convert({ at: after(3) }))
      .events()
    expect(converted?.data).toMatchObject({ subjectMessageId: 'm2', firstCustomerMessageAt: after(1) })
    const echoes = Array.from({ length: 300 }, (_, index) => talk.echo({ messageId: `e${index}`, at: after(1) }))
    const past = (elsewhere: object) => talk.unsend({ at: after(2), knownElsewhere: true, elsewhere })
    given(old(1, 0), ...echoes, past({ loose: true, revision: 1 }))
      .when(talk.convert({ at: after(3) }))
      .refuses('nothing-to-convert')
    given(
      m(1, 0),
      talk.dismiss({ at: after(1) }),
      m(2, 1),
      talk.unsend({ messageId: 'm2', at: after(1) }),
      ...echoes,
      past({ episode: 1, revision: 1 }),
    )
      .when(talk.convert({ at: after(3) }))
      .refuses('nothing-to-convert')
  })
  it('but nothing of any of many cancelled episodes that was taken back', () => {
    const each = (make: (number: number) => readonly ConversationCommand[]) =>
      Array.from({ length: 80 }, (_, number) => make(number)).flat()
    const dismissed = each((number) => [m(number, number), talk.dismiss({ at: after(number) })])
    const takenBack = each((number) => [talk.unsend({ messageId: `m${number}`, at: after(80) })])
    given(...dismissed, ...takenBack)
      .when(talk.convert({ at: after(81) }))
      .refuses('nothing-to-convert')
    const [converted] = given(...dismissed, ...takenBack.slice(0, 40), ...takenBack.slice(41))
      .when(talk.convert({ at: after(81) }))
      .events()
    expect(converted?.data).toMatchObject({ subjectMessageId: 'm40', firstCustomerMessageAt: after(40) })
  })
  it('also what the state has dropped', () => {
    const echoes = Array.from({ length: 300 }, (_, index) => talk.echo({ messageId: `e${index}`, at: after(2) }))
    const [[...first] = []] = tickets(
      m(1, 0),
      talk.dismiss({ at: after(1) }),
      ...echoes,
      talk.convert({ at: after(3) }),
    )
    expect(first).toHaveLength(301)
    expect(first[0]).toBe('m1')
  })
})

type Step = {
  readonly do:
    | 'write'
    | 'old'
    | 'late'
    | 'echo'
    | 'unsend'
    | 'dismiss'
    | 'end'
    | 'block'
    | 'unblock'
    | 'convert'
    | 'reply'
  readonly minutes: number
  readonly which: number
}
const steps = fc.array(
  fc.record<Step>({
    do: fc.oneof(
      { weight: 4, arbitrary: fc.constant('write' as const) },
      { weight: 4, arbitrary: fc.constantFrom('old', 'late', 'echo', 'reply', 'unsend') },
      { weight: 3, arbitrary: fc.constantFrom('dismiss', 'end', 'block', 'unblock', 'unblock') },
      { weight: 1, arbitrary: fc.constant('convert' as const) },
    ),
    minutes: fc.constantFrom(0, 1, 1, 5, 61),
    which: fc.nat({ max: 20 }),
  }),
  { minLength: 3, maxLength: 40 },
)

const play = (list: readonly Step[]) => {
  let state: ConversationState = conversationDecider.initialState()
  const events: ConversationEvent[] = []
  let now = 0
  const checks: { readonly events: number; readonly refused: boolean }[] = []
  for (const [index, step] of list.entries()) {
    now += step.minutes
    const at = after(now)
    const of = { at, messageId: `x${index}` }
    const commands: Readonly<Record<Step['do'], ConversationCommand>> = {
      write: talk.receive(of),
      old: talk.receive({ ...of, metaAt: NOON - 2 * HOUR - step.which * MINUTE }),
      late: talk.receive({ ...of, metaAt: at - step.which * 5 * MINUTE }),
      echo: talk.echo({ ...of, textDigest: `digest ${index}`, metaAt: at - step.which * MINUTE }),
      reply: talk.reply({ at, replyId: `r${index}` }),
      unsend: talk.unsend({ at, messageId: `x${step.which}` }),
      dismiss: talk.dismiss({ at }),
      end: talk.end({ at }),
      block: talk.block({ at }),
      unblock: talk.unblock({ at }),
      convert: talk.convert({ at }),
    }
    let refused = false
    try {
      for (const command of [talk.settleDue(at), commands[step.do]]) {
        const decided = conversationDecider.decide(command, state)
        state = decided.reduce(conversationDecider.evolve, state)
        events.push(...decided)
      }
    } catch (error) {
      if (!isRefusal(error)) throw error
      refused = true
    }
    if (step.do === 'convert') checks.push({ events: events.length, refused })
  }
  return { events, checks }
}

describe('in any history of a conversation', () => {
  it('every message is in one ticket at most, and by hand all are, unless the customer has written nothing else', () => {
    holds(
      fc.property(steps, (list) => {
        const { events, checks } = play(list)
        const all = ticketsOf(events).flat()
        const converted = new Set(
          events.flatMap((event) => (event.type === 'ConversationConverted' ? [event.data.episode] : [])),
        )
        for (const { id, episode } of saidIn(events)) if (converted.has(episode ?? 0)) expect(all).toContain(id)
        expect(new Set(all).size).toBe(all.length)
        for (const check of checks) {
          const until = events.slice(0, check.events)
          const held = new Set(ticketsOf(until).flat())
          const left = saidIn(until).filter(({ id, isCustomers, unsent }) => isCustomers && !unsent && !held.has(id))
          expect(left).toEqual([])
          const last = until.at(-1)
          if (!check.refused && last?.type === 'ConversationConverted') {
            const own = new Set(ticketsOf(until).at(-1))
            expect(saidIn(until).some(({ id, isCustomers, unsent }) => isCustomers && !unsent && own.has(id))).toBe(
              true,
            )
            expect(saidIn(until).filter(({ id, unsent }) => !unsent && !held.has(id))).toEqual([])
            tells(last.data.takes !== undefined)
          }
        }
      }),
      { floor: 0.1, numRuns: 2_000 },
    )
  })
})
