import { describe, expect, it } from 'vitest'
import type { ConversationCommand } from '../../src/domain/conversation/index.ts'
import { inbox, waitingSince } from '../../src/projections/index.ts'
import {
  answered,
  callEnded,
  isUnsure,
  lastAnswer,
  mayHaveAnswered,
  noAnswer,
  NOBODY_WAITS,
  tookBack,
  unansweredSince,
  type Waiting,
  wrote,
} from '../../src/projections/inbox/waiting.ts'
import * as talk from '../domain/conversation/talk.ts'
import { fold, recorded } from './fold.ts'

const at = (minutes: number) => talk.after(minutes)
const since = (...commands: readonly ConversationCommand[]) => {
  const document = fold(inbox, recorded(talk.history(...commands))).get(talk.CONVERSATION)
  return document && waitingSince(document)
}

// What is kept of who waits, as a whole. `+m5` is a message of the customer at 5, `=a5` an answer, `-m5` an unsend, `!a5` no answer,
// `?a5` what may be one and `.` the end of the call that tells.

const after = (text: string, from: Waiting = NOBODY_WAITS): Waiting =>
  text
    .split(' ')
    .filter((step) => step !== '')
    .reduce((waiting, step) => {
      const id = step.slice(1)
      const at = Number(/\d+/.exec(id)?.[0])
      if (step.startsWith('+')) return wrote(waiting, id, at)
      if (step.startsWith('=')) return answered(waiting, id, at)
      if (step.startsWith('?')) return mayHaveAnswered(waiting, id, at)
      if (step === '.') return callEnded(waiting)
      return step.startsWith('!') ? noAnswer(waiting, id) : tookBack(waiting, id)
    }, from)
const answersOf = (waiting: Waiting) => [unansweredSince(waiting), lastAnswer(waiting), isUnsure(waiting)]

const NONE = { answeredAt: null, since: null, until: null, count: 0, first: null }
/** So many messages of the customer, one after the other, from 100 on. */
const many = (count: number, from = 100): string => Array.from({ length: count }, (_, n) => `+m${from + n}`).join(' ')
const itemsOf = (count: number, from: number) =>
  Array.from({ length: count }, (_, n) => [`m${from + n}`, from + n, 'customer'])

describe('who waits', () => {
  it.each<readonly [string, readonly (readonly [string, number, string])[], number | undefined, number | null]>([
    ['', [], undefined, null],
    ['+m5', [['m5', 5, 'customer']], 5, null],
    [
      '+m5 +m3',
      [
        ['m3', 3, 'customer'],
        ['m5', 5, 'customer'],
      ],
      3,
      null,
    ],
    [
      '+m5b +m5a',
      [
        ['m5a', 5, 'customer'],
        ['m5b', 5, 'customer'],
      ],
      5,
      null,
    ],
    ['+m5 +m5', [['m5', 5, 'customer']], 5, null],
    [
      '+m5 =a7',
      [
        ['m5', 5, 'customer'],
        ['a7', 7, 'answer'],
      ],
      undefined,
      7,
    ],
    [
      '=a5 +m5',
      [
        ['a5', 5, 'answer'],
        ['m5', 5, 'customer'],
      ],
      undefined,
      5,
    ],
    [
      '=a5 +m5 +m6',
      [
        ['a5', 5, 'answer'],
        ['m5', 5, 'customer'],
        ['m6', 6, 'customer'],
      ],
      6,
      5,
    ],
    [
      '+m3 =a4 =a6 +m8 -a6',
      [
        ['m3', 3, 'customer'],
        ['a4', 4, 'answer'],
        ['m8', 8, 'customer'],
      ],
      8,
      4,
    ],
    ['+m3 =a4 -a4', [['m3', 3, 'customer']], 3, null],
    ['+m3 =a4 !a4', [['m3', 3, 'customer']], 3, null],
    ['+m3 -m3 -m9', [], undefined, null],
  ])('after "%s"', (steps, items, since, answeredAt) => {
    expect(after(steps)).toEqual({ items, older: null })
    expect(answersOf(after(steps))).toEqual([since, answeredAt, false])
  })

  it('is kept one by one for 24 messages, and of those that are older in sum', () => {
    expect(after(many(24))).toEqual({ items: itemsOf(24, 100), older: null })
    expect(after(many(26))).toEqual({
      items: itemsOf(24, 102),
      older: { answeredAt: null, since: 100, until: 101, count: 2, first: 100 },
    })
    expect(answersOf(after(many(26)))).toEqual([100, null, false])
  })

  it('keeps four answers one by one, and the newest of those that are older in sum', () => {
    const steps = '+m1 =a2 +m3 +m4 =a5 =a6 =a7 =a8'
    expect(after(steps)).toEqual({
      items: [
        ['m3', 3, 'customer'],
        ['m4', 4, 'customer'],
        ['a5', 5, 'answer'],
        ['a6', 6, 'answer'],
        ['a7', 7, 'answer'],
        ['a8', 8, 'answer'],
      ],
      older: { ...NONE, answeredAt: 2, first: 1 },
    })
    expect(after('=a9', after(steps)).older).toEqual({ ...NONE, answeredAt: 5, first: 1 })
    expect(answersOf(after(steps))).toEqual([undefined, 8, false])
    expect(answersOf(after('-a5 -a6 -a7 -a8', after(steps)))).toEqual([3, 2, false])
    expect(answersOf(after('-a5 -a6 -a7 -a8 -m3 -m4', after(steps)))).toEqual([undefined, 2, false])
  })

  it('takes a message of the instant of the last older answer as answered', () => {
    const steps = '=a2 +m2 =a5 =a6 =a7 =a8 =a9'
    expect(after(steps).older).toEqual({ ...NONE, answeredAt: 5, first: 2 })
    expect(after('=a2 +m2 =a5 =a6 =a7 =a8').older).toEqual({ ...NONE, answeredAt: 2, first: null })
    expect(after(many(23), after('=a2 +m2 =a5 -a5')).older).toEqual({ ...NONE, answeredAt: 2 })
    expect(after(many(24), after('=a2 +m2')).older).toEqual({ ...NONE, answeredAt: 2, first: 2 })
  })

  it('counts in sum what the customer wrote after the last answer that is in sum too', () => {
    expect(after(`=a2 ${many(26)}`).older).toEqual({ answeredAt: 2, since: 100, until: 101, count: 2, first: 100 })
    expect(answersOf(after(`=a2 ${many(26)}`))).toEqual([100, 2, false])
    // One that comes late, and is newer than that answer, counts too.
    expect(answersOf(after(`=a2 ${many(26)} +m50`))).toEqual([50, 2, false])
    expect(after(`=a2 ${many(26)} +m50`).older).toMatchObject({ since: 50, until: 101, count: 3 })
    expect(after(`=a2 ${many(26)} +m1`).older).toMatchObject({ since: 100, count: 2, first: 1 })
    expect(after(`+m1 =a2 ${many(23)}`)).toMatchObject({ items: { 0: ['a2', 2, 'answer'] }, older: { since: 1 } })
    expect(answersOf(after(`+m1 =a2 ${many(23)}`))).toEqual([100, 2, false])
    expect(after(`+m1 =a2 ${many(25)}`).older).toEqual({ answeredAt: 2, since: 100, until: 100, count: 1, first: 1 })
  })

  it('takes what may be an answer for none while nobody knows', () => {
    expect(answersOf(after('+m1 ?a2'))).toEqual([1, null, false])
    expect(answersOf(after('+m1 ?a2 .'))).toEqual([undefined, 2, false])
    expect(answersOf(after('+m1 ?a2 !a2 .'))).toEqual([1, null, false])
    const certain = after('+m1 =a2')
    expect(after('.', certain)).toBe(certain)
    // Beyond what is kept one by one it is no answer, and no message of the customer.
    expect(after(`?a2 ${many(24)}`)).toEqual({ items: itemsOf(24, 100), older: null })
    expect(after(`+m1 ?a2 ${many(24)}`).older).toEqual({ ...NONE, since: 1, until: 1, count: 1, first: 1 })
    expect(after('?a50', after(many(26)))).toEqual(after(many(26)))
    // As answers they count among the four that are kept one by one.
    expect(after('+m1 ?a2 ?a3 ?a4 ?a5 ?a6').older).toBeNull()
    expect(after('+m1 ?a2 ?a3 ?a4 ?a5 ?a6 .').older).toEqual({ ...NONE, answeredAt: 2, first: 1 })
  })

  describe('with something in sum', () => {
    // 100 and 101 are in sum, 102 to 125 one by one.
    const full = after(many(26))
    const OLDER = { answeredAt: null, since: 100, until: 101, count: 2, first: 100 }

    it.each<readonly [string, object, number | undefined, number | null, boolean]>([
      ['+m50', { ...OLDER, since: 50, count: 3, first: 50 }, 50, null, false],
      ['+m101b', { ...OLDER, count: 3 }, 100, null, false],
      ['=a50', { ...OLDER, answeredAt: 50, isUnsure: true }, 100, 50, true],
      ['=a101', { ...NONE, answeredAt: 101, first: 100 }, 102, 101, false],
      ['=a101 +m50', { ...NONE, answeredAt: 101, first: 50 }, 102, 101, false],
      ['=a101 =a60', { ...NONE, answeredAt: 101, first: 100 }, 102, 101, false],
      ['=a50 +m50', { ...OLDER, answeredAt: 50, first: 50, isUnsure: true }, 50, 50, true],
      ['-m100', { ...OLDER, isUnsure: true }, 100, null, true],
      ['-m100 =a126', { ...OLDER, until: 102, count: 3, isUnsure: true }, undefined, 126, false],
      ['-m110', OLDER, 100, null, false],
    ])('after "%s"', (steps, older, since, answeredAt, unsure) => {
      const waiting = after(steps, full)
      expect(waiting.older).toEqual(older)
      expect(answersOf(waiting)).toEqual([since, answeredAt, unsure])
    })

    it('and nothing one by one', () => {
      const emptied = after(Array.from({ length: 24 }, (_, n) => `-m${102 + n}`).join(' '), full)
      expect(emptied).toEqual({ items: [], older: OLDER })
      expect(answersOf(emptied)).toEqual([100, null, false])
      expect(after('+m101', emptied)).toEqual({ items: [], older: { ...OLDER, count: 3 } })
      expect(after('+m102', emptied)).toEqual({ items: [['m102', 102, 'customer']], older: OLDER })
      const onlyAnswers = after('-m1 =a2 =a3 =a4 =a5 =a6 -a3 -a4 -a5 -a6')
      expect(onlyAnswers).toEqual({ items: [], older: { ...NONE, answeredAt: 2 } })
      expect(after('+m2', onlyAnswers)).toEqual({ items: [], older: { ...NONE, answeredAt: 2, first: 2 } })
      expect(answersOf(after('-x9', onlyAnswers))).toEqual([undefined, 2, true])
      expect(after('+m1', onlyAnswers).older).toEqual({ ...NONE, answeredAt: 2, first: 1 })
    })
  })
})

describe('a message from outside that equals what is being sent', () => {
  const bot = { kind: 'automation', id: 'bot', organizationId: 'acme' } as const
  const other = { replyId: 'reply-2', actor: bot }
  // By Meta's time it is older than the call.
  const echo = talk.echo({ metaAt: at(-10), at: at(1) })
  const called = [talk.receive({ at: at(-30) }), talk.reply({ actor: bot }), talk.reply(other), talk.begin(), echo]
  it('answers the customer once the call has ended, by a failure or a refusal too', () => {
    expect(since(...called)).toBe(at(-30))
    expect(since(...called, talk.failed({ at: at(2) }))).toBeUndefined()
    expect(since(...called, talk.reject('message-refused', { at: at(2) }))).toBeUndefined()
  })
  it('does not while only another reply was withdrawn', () =>
    expect(since(...called, talk.withdraw({ ...other, at: at(2) }))).toBe(at(-30)))
})
