import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { isRefusal, type RefusalCode } from '../../src/domain/refusal.ts'
import {
  codePoints,
  given,
  isBlank,
  loneSurrogateAt,
  requireId,
  requireName,
  requireOneOf,
  requireText,
  utf8Bytes,
} from '../../src/domain/text.ts'
import { holds, tells } from '../holds.ts'

const refusal = (action: () => unknown): { code: RefusalCode; facts: unknown } => {
  try {
    action()
  } catch (error) {
    if (isRefusal(error)) return { code: error.code, facts: error.facts }
    throw error
  }
  throw new Error('not refused')
}

describe('lengths', () => {
  it('counts an emoji outside the basic plane once, and each code point of a family', () => {
    expect(codePoints('😀')).toBe(1)
    expect(codePoints('👨‍👩‍👧')).toBe(5)
    expect(codePoints('窓口')).toBe(2)
    expect(['\uffffa', '\u{10000}a'].map(codePoints)).toEqual([2, 2])
    expect(['\u007f', '\u0080', '\u07ff', '\u0800', '\uffffa', '\u{10000}a'].map(utf8Bytes)).toEqual([1, 2, 2, 3, 4, 5])
  })

  it('agrees with the string iterator on any text', () =>
    holds(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        tells(text !== '')
        expect(codePoints(text)).toBe([...text].length)
      }),
      { floor: 0.5 },
    ))

  it('agrees with UTF-8 on the bytes of any text, also with half pairs', () => {
    const encoder = new TextEncoder()
    holds(
      fc.property(anyText, (text) => {
        tells(text !== '')
        expect(utf8Bytes(text)).toBe(encoder.encode(text).length)
      }),
      { floor: 0.5 },
    )
  })

  it('finds the half of a surrogate pair that stands alone', () => {
    expect(loneSurrogateAt('a😀')).toBe(-1)
    expect(loneSurrogateAt('a\ud83d')).toBe(1)
    expect(loneSurrogateAt('😀\ude00')).toBe(2)
    expect(['\ud7ff', '\ud800', '\udbff', '\udc00', '\udfff', '\ue000'].map(loneSurrogateAt)).toEqual([
      -1, 0, 0, 0, 0, -1,
    ])
    // The last code point that is one unit long takes no other with it.
    expect(loneSurrogateAt('\uffff\ud800')).toBe(1)
    holds(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), anyText, halves), (text) => {
        tells(!text.isWellFormed())
        expect(loneSurrogateAt(text) === -1).toBe(text.isWellFormed())
      }),
      { floor: 0.1 },
    )
  })
})

/** Halves of surrogate pairs, some of which meet. */
const halves = fc.string({ unit: fc.constantFrom('a', '\ud83d', '\ude00') })
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))

describe('what is written', () => {
  it('is kept unchanged, white space and line breaks too', () =>
    expect(requireText('text', ' a\nb ', 10)).toBe(' a\nb '))

  it('is refused empty when nobody would see anything', () => {
    const blanks = [
      '\u2800',
      '\u2800 \u2800',
      '\u3164',
      '\u115f\u1160',
      '\uffa0',
      '\u00ad',
      '\u2066\u2069',
      '\u{e0020}',
      '\u{1d159}',
    ]
    for (const text of ['', ' \n\t', '\u3000', '\u200b\u200d', '\ufeff', '\u180e', '\ufff9', '\u0001', ...blanks]) {
      expect(isBlank(text)).toBe(true)
      expect(refusal(() => requireText('text', text, 10))).toEqual({ code: 'empty', facts: { field: 'text' } })
    }
  })

  it('is there as soon as somebody sees something among blanks', () => {
    for (const text of ['\u2800a', '\u2801', '\u3164가', '❤\ufe0f', '.', '👨‍👩‍👧']) expect(isBlank(text)).toBe(false)
  })

  it('is refused over its limit in code points, and allowed at it', () => {
    expect(requireText('text', '😀'.repeat(3), 3)).toBe('😀😀😀')
    expect(refusal(() => requireText('text', '😀'.repeat(4), 3))).toEqual({
      code: 'too-long',
      facts: { field: 'text', limit: 3, actual: 4, unit: 'code points' },
    })
  })

  it('is refused with a lone surrogate or NUL, naming the place and not the text', () => {
    expect(refusal(() => requireText('text', 'ab\ud800', 10))).toEqual({
      code: 'lone-surrogate',
      facts: { field: 'text', index: 2 },
    })
    expect(refusal(() => requireText('text', '\ud800b', 10))).toEqual({
      code: 'lone-surrogate',
      facts: { field: 'text', index: 0 },
    })
    expect(refusal(() => requireText('text', '\0b', 10))).toEqual({
      code: 'invalid',
      facts: { field: 'text', expected: 'no NUL', given: 'NUL at 0' },
    })
    expect(refusal(() => requireText('text', 'secret\0', 10))).toEqual({
      code: 'invalid',
      facts: { field: 'text', expected: 'no NUL', given: 'NUL at 6' },
    })
  })

  it('is refused when it is no text at all', () =>
    expect(refusal(() => requireText('text', 7, 10))).toEqual({
      code: 'invalid',
      facts: { field: 'text', expected: 'text', given: '7' },
    }))
})

describe('names', () => {
  it('lose the white space around them before they are counted', () =>
    expect(requireName('name', `  ${'n'.repeat(5)}\n`, 5)).toBe('nnnnn'))

  it('are one line', () =>
    expect(refusal(() => requireName('name', 'a\nb', 5))).toEqual({
      code: 'invalid',
      facts: { field: 'name', expected: 'no control characters', given: 'U+000A at 1' },
    }))
})

describe('ids', () => {
  it('are the words of others and kept as they are', () => expect(requireId('agentId', ' 窓 ')).toBe(' 窓 '))

  it('have at most 255 bytes', () => {
    expect(requireId('agentId', 'é'.repeat(127))).toHaveLength(127)
    expect(refusal(() => requireId('agentId', 'é'.repeat(128)))).toEqual({
      code: 'too-long',
      facts: { field: 'agentId', limit: 255, actual: 256, unit: 'bytes' },
    })
  })

  it('are not empty', () => expect(refusal(() => requireId('agentId', '')).code).toBe('empty'))
})

describe('words', () => {
  it('are one of those there are', () => {
    expect(requireOneOf('size', 'big', ['big', 'small'])).toBe('big')
    expect(refusal(() => requireOneOf('size', 'huge', ['big', 'small']))).toEqual({
      code: 'invalid',
      facts: { field: 'size', expected: 'one of big, small', given: 'huge' },
    })
  })
})

describe('what was given', () => {
  it('is short and well-formed in a refusal, whatever it was', () =>
    holds(
      fc.property(fc.oneof(fc.anything(), anyText), (value) => {
        const shown = given(value)
        tells(shown !== '')
        expect(codePoints(shown)).toBeLessThanOrEqual(40)
        expect(shown.isWellFormed()).toBe(true)
      }),
      { floor: 0.5 },
    ))
})
