import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import { metaMessenger } from '../../../src/adapters/meta/index.ts'
import { holds, tells } from '../../holds.ts'

// Properties over long texts.
vi.setConfig({ testTimeout: 120_000 })

const { cut } = metaMessenger()
const MAX = 1_000
const size = (text: string) => Buffer.byteLength(text)
const graphemes = (text: string) => [...new Intl.Segmenter('en').segment(text)]

const cutText = (text: string): readonly string[] =>
  cut({ text }).map((part) => {
    if (part.kind !== 'text') throw new Error(part.kind)
    return text.slice(part.from, part.to)
  })

const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const mixed = ['あ', '。', '字', ' ', '\n', '👨‍👩‍👧‍👦', 'e\u0301', '\r\n', 'a', '\u0301', 'ก', 'ำ', '👩\u200d']
const long = { minLength: 300, maxLength: 1_600, size: 'max' } as const
/** Texts of which most need a cut. */
const anyText = fc
  .oneof(
    fc.string({ maxLength: 1_600, unit: 'grapheme' }),
    fc.string({ ...long, minLength: 1_001, unit: 'grapheme-ascii' }),
    fc.string({ ...long, unit: 'grapheme' }),
    fc.string({ ...long, unit: fc.constantFrom(...mixed) }),
    fc.array(word, { minLength: 100, maxLength: 300 }).map((words) => words.join(' ')),
  )
  .map((text) => [...text].slice(0, 1_600).join(''))

describe('A reply', () => {
  it('of up to 1,000 bytes is one part, untouched', () => {
    for (const text of ['a', ' a ', 'x'.repeat(1_000), 'あ'.repeat(333), '  \n']) {
      expect(cut({ text })).toEqual([{ kind: 'text', from: 0, to: text.length }])
    }
  })

  it('without text or media has no part', () => {
    expect(cut({})).toEqual([])
    expect(cut({ text: '' })).toEqual([])
  })

  it('sends media first, each by itself, then the text', () => {
    expect(cut({ text: 'hi', media: [{ kind: 'image' }, { kind: 'video' }] })).toEqual([
      { kind: 'media', indexes: [0] },
      { kind: 'media', indexes: [1] },
      { kind: 'text', from: 0, to: 2 },
    ])
  })

  it('of 1,600 ASCII characters is two parts', () => {
    expect(cutText('Lorem ipsum dolor sit amet. '.repeat(60).slice(0, 1_600))).toHaveLength(2)
  })
})

describe('The cut', () => {
  it('is between sentences, also when the first part stays short', () => {
    const [first, second] = [`${'a'.repeat(398)}.`, `B ${'b '.repeat(349)}b.`]
    expect(cutText(`${first} ${second}`)).toEqual([first, second])
  })

  it('is between words within a sentence that fits nowhere', () => {
    const parts = cutText('wordy '.repeat(266).trim())
    expect(parts.every((part) => part.split(' ').every((it) => it === 'wordy'))).toBe(true)
  })

  it('is between words in scripts without spaces', () => {
    const parts = cutText('東京都は日本の首都です'.repeat(60))
    expect(parts.length).toBe(2)
    expect(parts.every((part) => size(part) > 900)).toBe(true)
  })

  it('is between graphemes within a word that fits nowhere', () => {
    const family = '👨‍👩‍👧‍👦'
    const parts = cutText(`x${family.repeat(100)}`)
    expect(parts.every((part) => part.replaceAll(family, '').replace('x', '') === '')).toBe(true)
  })

  it('is between code points within a grapheme that fits nowhere', () => {
    const zalgo = `a${'\u0301'.repeat(1_200)}`
    const parts = cutText(zalgo)
    expect(parts.join('')).toBe(zalgo)
    expect(parts.map(size)).toEqual([999, 1_000, 402])
    const chain = '👩\u200d'.repeat(300)
    expect(cutText(chain).join('')).toBe(chain)
    expect(cutText(chain).every((part) => part.isWellFormed() && size(part) <= MAX)).toBe(true)
  })

  it('keeps a link whole if it fits', () => {
    const link = `https://shop.example/${'path/'.repeat(150)}?q=what.is?that!x=1`
    for (const text of [`${'word '.repeat(150)}${link} and more`, `${'あ'.repeat(200)}${link}`, `${link} ${link}`]) {
      expect(cutText(text).some((part) => part.includes(link))).toBe(true)
    }
    const inJapanese = `${'あ'.repeat(250)}${link}${'を見てください'.repeat(30)}`
    expect(cutText(inJapanese).some((part) => part.includes(link))).toBe(true)
  })

  it('cuts a link that fits nowhere without losing any of it', () => {
    // The second begins with a letter that only ignoring case makes one of a link.
    for (const start of ['https://shop.example/', '\u017f://shop.example/']) {
      const link = `${start}${'x'.repeat(1_500)}`
      expect(cutText(link).join('')).toBe(link)
    }
  })

  it('comes behind as much as fits of a unit that fits nowhere', () => {
    const long = `B ${'b '.repeat(800)}b.`
    const [first = ''] = cutText(`A short one. ${long}`)
    expect(first.startsWith('A short one. B b')).toBe(true)
    expect(size(first)).toBeGreaterThan(990)
    const word = 'w'.repeat(1_500)
    expect(cutText(`A short one ${word}`)[0]).toBe(`A short one ${'w'.repeat(988)}`)
  })

  it('is right before a link that does not fit, and right behind one', () => {
    const words = 'word '.repeat(100).trim()
    const link = `https://shop.example/${'x'.repeat(800)}`
    expect(cutText(`${words} ${link}`)).toEqual([words, link])
    expect(cutText(`${link} ${words}`)).toEqual([`${link} ${words.slice(0, 174)}`, words.slice(175)])
    const after = '見'.repeat(200)
    expect(cutText(`${link}${after}`)[0]?.startsWith(link)).toBe(true)
  })

  it('counts the bytes of every length of character', () => {
    const lengths = { '\u007f': 1, '\u0080': 2, '\u07ff': 2, '\u0800': 3, '\uffff': 3, '\u{10000}': 4 }
    for (const [character, length] of Object.entries(lengths)) {
      const text = character.repeat(Math.floor(MAX / length))
      const filled = text + 'x'.repeat(MAX - size(text))
      expect(size(filled)).toBe(MAX)
      expect(cutText(filled)).toEqual([filled])
      expect(cutText(`${filled}${character}`).join('')).toBe(`${filled}${character}`)
      expect(
        cutText(`${filled}${character}`)
          .map(size)
          .every((bytes) => bytes <= MAX),
      ).toBe(true)
    }
  })

  it('keeps white space that carries a mark', () => {
    const marked = ' \u0301b'
    expect(cutText(`${'a'.repeat(1_000)}${marked}`)).toEqual(['a'.repeat(1_000), marked])
    for (const length of [996, 997, 998, 999, 1_000])
      expect(cutText(`${'a'.repeat(length)}${marked}`).join('')).toBe(`${'a'.repeat(length)}${marked}`)
  })

  it('drops white space at the cuts and nowhere else', () => {
    const [a, b] = ['a'.repeat(900), `b  ${'b'.repeat(600)}`]
    expect(cutText(`${a} \n\n  ${b}`)).toEqual([a, b])
  })

  it('makes no part of white space alone', () => {
    expect(cutText(`${' '.repeat(1_500)}hi`)).toEqual(['hi'])
    expect(cutText(`${'a'.repeat(1_000)}${' '.repeat(500)}`)).toEqual(['a'.repeat(1_000)])
  })

  it('takes at most a few milliseconds for 1,600 characters of any script', () => {
    const texts = ['x', 'あ', '👋🏽', 'word ', 'a. ', 'http://a '].map((it) => it.repeat(1_600).slice(0, 1_600))
    for (const text of texts) cut({ text })
    // Of this process only: others may have the machine meanwhile.
    const before = process.cpuUsage()
    for (const text of texts) cut({ text })
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(200)
  })
})

// Shrinking a text of 1,600 characters could take minutes.
const bounded = { interruptAfterTimeLimit: 8_000 } as const

describe('Whatever the text, its parts', () => {
  it('hold at most 1,000 bytes, are not empty and stand in order without overlap', () => {
    holds(
      fc.property(anyText, (text) => {
        let before = 0
        tells(size(text) > MAX)
        for (const part of cut({ text })) {
          if (part.kind !== 'text') throw new Error('media')
          expect(part.from).toBeGreaterThanOrEqual(before)
          expect(part.to).toBeGreaterThan(part.from)
          expect(size(text.slice(part.from, part.to))).toBeLessThanOrEqual(MAX)
          before = part.to
        }
      }),
      { ...bounded, floor: 0.2 },
    )
  })

  it('give the text but for white space at the cuts', () => {
    holds(
      fc.property(anyText, (text) => {
        let at = 0
        tells(size(text) > MAX)
        for (const part of cut({ text })) {
          if (part.kind !== 'text') throw new Error('media')
          expect(text.slice(at, part.from)).toMatch(/^\s*$/)
          at = part.to
        }
        expect(text.slice(at)).toMatch(/^\s*$/)
      }),
      { ...bounded, floor: 0.2 },
    )
  })

  it('tear neither a surrogate pair nor a grapheme that fits', () => {
    const tooLong = (text: string) => graphemes(text).some(({ segment }) => size(segment) > MAX)
    holds(
      fc.property(anyText, (text) => {
        tells(size(text) > MAX)
        const borders = new Set([...graphemes(text).map(({ index }) => index), text.length])
        for (const part of cut({ text })) {
          if (part.kind !== 'text') throw new Error('media')
          expect(text.slice(part.from, part.to).isWellFormed()).toBe(true)
          expect((borders.has(part.from) && borders.has(part.to)) || tooLong(text)).toBe(true)
        }
      }),
      { ...bounded, floor: 0.2 },
    )
  })

  it('hold every link that fits as a whole', () => {
    const link = fc.webUrl({ withQueryParameters: true, withFragments: true }).filter((url) => size(url) <= MAX)
    holds(
      fc.property(fc.array(fc.oneof(word, link), { minLength: 50, maxLength: 120 }), link, (words, url) => {
        const text = [...words.slice(0, 40), url, ...words.slice(40)].join(' ')
        tells(size(text) > MAX)
        expect(cutText(text).some((part) => part.includes(url))).toBe(true)
      }),
      { ...bounded, floor: 0.5 },
    )
  })

  it('cut no sentence that fits', () => {
    const sentence = fc
      .array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 60, size: 'max' })
      .map((it) => `A${it.join(' ')}.`)
    holds(
      fc.property(fc.array(sentence, { minLength: 12, maxLength: 25 }), (sentences) => {
        tells(cutText(sentences.join(' ')).length > 1)
        expect(cutText(sentences.join(' ')).join(' ')).toBe(sentences.join(' '))
        for (const part of cutText(sentences.join(' '))) expect(part).toMatch(/^A.*\.$/s)
      }),
      { ...bounded, floor: 0.5 },
    )
  })
})
