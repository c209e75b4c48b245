import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { ConversationCommand } from '../../src/domain/conversation/index.ts'
import {
  customers,
  endOfPrefix,
  matchesTerms,
  MAX_TOKENS,
  preview,
  searchTerms,
  tokensOf,
} from '../../src/projections/index.ts'
import { normalized } from '../../src/domain/text.ts'
import * as talk from '../domain/conversation/talk.ts'
import { CHANNEL } from '../domain/people.ts'
import { fold, places, recorded } from './fold.ts'
import { holds, tells } from '../holds.ts'

/** Whether a reader of the index would find the text: one term in the index, the others in the text. */
const finds = (query: string, text: string): boolean => {
  const terms = searchTerms(query)
  const [first] = terms
  if (first === undefined) return false
  const end = first.prefix ? endOfPrefix(first.token) : first.token
  const tokens = tokensOf(text)
  return tokens.some((token) => token >= first.token && token <= end) && matchesTerms(tokens, terms)
}

describe('the tokens of a text', () => {
  it.each([
    ['Where is my ORDER? #1234', ['where', 'is', 'my', 'order', '1234']],
    ['ＡＢＣ ｶﾀｶﾅ', ['abc', 'カタ', 'タカ', 'カナ', 'ナ']],
    ['注文した', ['注文', '文し', 'した', 'た']],
    ['iPhone買った', ['iphone', '買っ', 'った', 'た']],
    ['Größe café', ['größe', 'café']],
    ['👍 !!!', []],
    ['a a A', ['a']],
    [Array.from({ length: 70 }, (_, n) => `w${n}`).join(' '), Array.from({ length: 64 }, (_, n) => `w${n}`)],
    [`${'x'.repeat(41)} ${'ö'.repeat(40)}`, ['x'.repeat(40), 'ö'.repeat(40)]],
    ['注', ['注']],
    ['\u0301 a', ['a']],
  ])('of %s are its words, or pairs of characters where nobody writes spaces', (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens)
  })

  it('are bounded, whatever the text', () => {
    holds(
      fc.property(fc.string({ unit: 'binary', maxLength: 150 }), (text) => {
        const tokens = tokensOf(text)
        tells(tokens.length > 0)
        expect(tokens.length).toBeLessThanOrEqual(MAX_TOKENS)
        expect(new Set(tokens).size).toBe(tokens.length)
        expect(tokens.filter((token) => token.length > 40 || !token.isWellFormed())).toEqual([])
      }),
      { floor: 0.25 },
    )
  })
})

describe('long texts', () => {
  const marks = fc.constantFrom('\u0301', '\u0316', '\uff9e', '\uff9f', '\u3099', 'a', '\u034f')
  /** The longest run of marks that was ever asked to be sorted: normalization takes the square of it. */
  const longestRun = (work: () => unknown): number => {
    const normalize = vi.spyOn(String.prototype, 'normalize')
    try {
      work()
      const runs = normalize.mock.contexts.flatMap(
        (text) => String(text).match(/(?:(?!\u034f)[\p{M}\uff9e\uff9f])+/gu) ?? [],
      )
      return Math.max(0, ...runs.map(({ length }) => length))
    } finally {
      normalize.mockRestore()
    }
  }
  it('are cut into tokens in time that grows with their length, whatever they hold', () => {
    holds(
      fc.property(fc.array(marks, { maxLength: 400, size: 'max' }), (parts) => {
        const text = `${parts.join('')}${'\u0301\u0316'.repeat(50)} end`
        expect(longestRun(() => tokensOf(text))).toBeLessThanOrEqual(30)
        expect(longestRun(() => normalized(text, 'NFC'))).toBeLessThanOrEqual(30)
        expect(tokensOf(text)).toContain('end')
        tells(parts.length > 30)
      }),
      { floor: 0.5 },
    )
  })
  it('are in the same normal form as ever unless they hold more than 30 marks in a row', () => {
    const part = fc.oneof(marks, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
    holds(
      fc.property(
        fc.array(part, { maxLength: 30, size: 'max' }),
        fc.constantFrom('NFC' as const, 'NFKC' as const),
        (parts, form) => {
          const text = parts.join('')
          expect(normalized(text, form)).toBe(text.normalize(form))
          tells(text.normalize(form) !== text)
        },
      ),
      { floor: 0.2 },
    )
    const thirty = `a${'\u0316\u0301'.repeat(15)}`
    expect(normalized(thirty, 'NFC')).toBe(thirty.normalize('NFC'))
  })
  it('are looked for by each of their words once, in the order of the first', () => {
    const words = Array.from({ length: 20_000 }, (_, n) => `w${n % 9_000}`)
    const findIndex = vi.spyOn(Array.prototype, 'findIndex')
    expect(new Set(searchTerms(`${words.join(' ')} `).map(({ token }) => token)).size).toBe(9_000)
    const compared = findIndex.mock.contexts.reduce<number>((sum, list) => sum + (list as unknown[]).length, 0)
    findIndex.mockRestore()
    expect(compared).toBeLessThan(1_000_000)
  })
})

describe('searching', () => {
  it.each([
    ['order', 'Where is my order?'],
    ['ord', 'Where is my order?'],
    ['ORDER where', 'Where is my order?'],
    ['my ord', 'Where is my order?'],
    ['注文', '先週注文した商品'],
    ['商', '先週注文した商品'],
    ['品', '先週注文した商品'],
    ['注文した', '先週注文した商品'],
    ['ﾊﾝｶｸ', '半角はハンカクと読む'],
  ])('for %s finds %s', (query, text) => expect(finds(query, text)).toBe(true))

  it.each([
    ['ord ', 'Where is my order?'],
    ['rder', 'Where is my order?'],
    ['order late', 'Where is my order?'],
    ['品注', '先週注文した商品'],
    ['?', 'Where is my order?'],
    ['', 'Where is my order?'],
  ])('for %j does not find %s', (query, text) => expect(finds(query, text)).toBe(false))

  it.each<readonly [string, readonly (readonly [string, boolean])[]]>([
    [
      'where order',
      [
        ['where', false],
        ['order', true],
      ],
    ],
    [
      'where order ',
      [
        ['where', false],
        ['order', false],
      ],
    ],
    [
      'a orders a',
      [
        ['orders', false],
        ['a', false],
      ],
    ],
    [
      'ab abcd ab',
      [
        ['abcd', false],
        ['ab', false],
      ],
    ],
    [
      '注文 late',
      [
        ['注文', false],
        ['late', true],
      ],
    ],
    [
      '注 late ',
      [
        ['late', false],
        ['注', true],
      ],
    ],
    ['!', []],
  ])('for %s looks for the most telling first', (query, terms) => {
    expect(searchTerms(query)).toEqual(terms.map(([token, prefix]) => ({ token, prefix })))
  })

  it('holds a text against every term', () => {
    const term = (token: string, prefix: boolean) => ({ token, prefix })
    expect(matchesTerms(['order', 'late'], [term('ord', true), term('late', false)])).toBe(true)
    expect(matchesTerms(['order', 'late'], [term('ord', false)])).toBe(false)
    expect(matchesTerms(['order', 'late'], [term('order', false), term('early', false)])).toBe(false)
    expect(matchesTerms([], [])).toBe(true)
  })

  it('finds a text by any of its words, whole or as far as typed', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/)
    holds(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(), (words, which, length) => {
        const one = words[which % words.length] ?? ''
        tells(words.length > 1)
        expect(finds(one, words.join(' '))).toBe(true)
        expect(finds(one.slice(0, 1 + (length % one.length)), words.join(' '))).toBe(true)
      }),
      { floor: 0.5 },
    )
  })

  it('finds a run of Japanese by every piece of it', () => {
    const kana = fc.string({
      unit: fc.constantFrom(...Array.from('注文した商品まだ届かない')),
      minLength: 1,
      maxLength: 30,
    })
    holds(
      fc.property(kana, fc.nat(), fc.nat(), (text, from, length) => {
        const start = from % text.length
        tells(text.length > 1)
        expect(finds(text.slice(start, start + 1 + (length % (text.length - start))), text)).toBe(true)
      }),
      { floor: 0.7 },
    )
  })

  it('know when a profile was read last, so that every process knows whether it is old', () => {
    const commands = [
      talk.receive(),
      talk.learnProfile({ at: talk.after(1) }),
      talk.learnProfile({ at: talk.after(9) }),
    ]
    expect([...fold(customers, recorded(talk.history(...commands))).values()]).toMatchObject([
      { learnedAt: talk.after(9) },
    ])
  })

  it('finds customers by name and user name, as soon as they have written', () => {
    const tokens = (...commands: readonly ConversationCommand[]) =>
      places(customers, fold(customers, recorded(talk.history(...commands))), 'search').map(({ entry }) => entry[1])
    const profile = talk.learnProfile({ name: 'Hana Kato', username: 'hana.k' })
    expect(tokens(talk.unsend(), profile)).toEqual([])
    expect(tokens(talk.receive(), profile)).toEqual(expect.arrayContaining(['hana', 'kato', 'k']))
    expect(places(customers, fold(customers, recorded(talk.history(talk.receive()))), 'search')[0]?.entry[0]).toBe(
      CHANNEL,
    )
  })
})

describe('a preview', () => {
  it.each([
    ['short', 'short'],
    ['  two\n\nlines ', 'two lines'],
    [`${'a'.repeat(159)}👨‍👩‍👧`, 'a'.repeat(159)],
    [`${'a'.repeat(159)}🇯🇵🇯🇵`, 'a'.repeat(159)],
    [`${'a'.repeat(159)}🇯🇵`, 'a'.repeat(159)],
    [`${'a'.repeat(159)}🇯bc`, `${'a'.repeat(159)}🇯`],
    [`${'a'.repeat(158)}🇯🇵🇯`, `${'a'.repeat(158)}🇯🇵`],
    [`${'a'.repeat(158)}👍🏽!`, `${'a'.repeat(158)}👍🏽`],
    [`${'a'.repeat(159)}👍🏽`, 'a'.repeat(159)],
    [`${'a '.repeat(79)}b c`, `${'a '.repeat(79)}b`],
    [`${'a'.repeat(158)}🇯🇵🇯🇵`, `${'a'.repeat(158)}🇯🇵`],
    [`${'a'.repeat(159)}e\u0301e\u0301`, 'a'.repeat(159)],
    ['👍'.repeat(200), '👍'.repeat(160)],
    ['\u0301'.repeat(300), '\u0301'.repeat(160)],
  ])('of %j is one line that breaks no character', (text, expected) => expect(preview(text)).toBe(expected))

  it('never holds half a character, nor more than 160 code points', () => {
    holds(
      fc.property(fc.string({ unit: 'binary', maxLength: 250 }), (text) => {
        tells(preview(text) !== '')
        expect(preview(text).isWellFormed()).toBe(true)
        expect(Array.from(preview(text)).length).toBeLessThanOrEqual(160)
      }),
      { floor: 0.5 },
    )
  })
})
