import { refuse } from './refusal.ts'

/** Largest id that a host or Meta may give: 255 bytes of UTF-8, so that an e-mail address fits. */
export const MAX_ID_BYTES = 255

/** The length that people mean: code points, so an emoji outside the basic plane is 1. Half of a pair counts as 1. */
export const codePoints = (text: string): number => {
  let count = 0
  for (let index = 0; index < text.length; index += text.codePointAt(index)! > 0xffff ? 2 : 1) count += 1
  return count
}

/** Bytes in UTF-8; half of a surrogate pair counts as the 3 bytes of its replacement. */
export const utf8Bytes = (text: string): number => {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const point = text.codePointAt(index)!
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (point > 0xffff) index += 1
  }
  return bytes
}

/** Index (in code units) of the first half of a surrogate pair that stands alone, or -1. */
export const loneSurrogateAt = (text: string): number => {
  for (let index = 0; index < text.length; index += 1) {
    const point = text.codePointAt(index)!
    if (point >= 0xd800 && point <= 0xdfff) return index
    if (point > 0xffff) index += 1
  }
  return -1
}

const MANY_MARKS = /[\p{M}\uff9e\uff9f]{30}(?=[\p{M}\uff9e\uff9f])/gu
const JOINER = '\u034f'

/**
 * The text in a normal form, in time that grows with its length. Of combining marks no more than 30 follow each other: normalization
 * sorts them, so 100,000 in a row would take half a minute. A joiner that nobody sees stands between them, also where the text was
 * in that form already.
 * @see https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format (Stream-Safe Text Process)
 */
export const normalized = (text: string, form: 'NFC' | 'NFKC'): string =>
  text.replace(MANY_MARKS, `$&${JOINER}`).normalize(form)

/**
 * Whether nobody would see anything: nothing, white space, what has no width or no ink. The blank pattern of Braille, a notehead and a
 * filler are letters to Unicode, and empty on every screen.
 */
export const isBlank = (text: string): boolean =>
  /^[\s\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2800\u{16fe4}\u{1d159}]*$/u.test(text)

/** What was given, short enough for a refusal: numbers and words as they are, 40 code points of a text at most. */
export const given = (value: unknown): string => {
  if (typeof value === 'string') return Array.from(value.slice(0, 80)).slice(0, 40).join('').toWellFormed()
  if (value === null || ['number', 'boolean', 'bigint', 'undefined'].includes(typeof value)) return String(value)
  return Array.isArray(value) ? 'list' : typeof value
}

const requireString = (field: string, value: unknown): string =>
  typeof value === 'string' ? value : refuse('invalid', { field, expected: 'text', given: given(value) })

const requireWellFormed = (field: string, text: string): void => {
  const index = loneSurrogateAt(text)
  if (index >= 0) refuse('lone-surrogate', { field, index })
}

/** PostgreSQL stores no NUL in JSON and no screen shows one. */
const requireNoNul = (field: string, text: string): void => {
  const index = text.indexOf('\0')
  if (index >= 0) refuse('invalid', { field, expected: 'no NUL', given: `NUL at ${index}` })
}

/**
 * Text that somebody wrote, given back unchanged.
 * @throws Refusal `invalid` (no text, or NUL in it), `lone-surrogate`, `empty` (also white space only), `too-long` (code points)
 */
export const requireText = (field: string, value: unknown, limit: number): string => {
  const text = requireString(field, value)
  requireWellFormed(field, text)
  requireNoNul(field, text)
  if (isBlank(text)) refuse('empty', { field })
  const actual = codePoints(text)
  if (actual > limit) refuse('too-long', { field, limit, actual, unit: 'code points' })
  return text
}

/** Every control character, line breaks and NUL included. */
const CONTROL = /\p{Cc}/u

const requireOneLine = (field: string, text: string): void => {
  const index = text.search(CONTROL)
  if (index < 0) return
  const code = text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')
  refuse('invalid', { field, expected: 'no control characters', given: `U+${code} at ${index}` })
}

/**
 * A name that people see: one line, without the white space around it, which is neither counted nor kept.
 * @throws Refusal as {@link requireText}, and `invalid` for control characters
 */
export const requireName = (field: string, value: unknown, limit: number): string => {
  const name = requireString(field, value).trim()
  requireWellFormed(field, name)
  requireOneLine(field, name)
  return requireText(field, name, limit)
}

/**
 * An id that the host or Meta gave, unchanged: one line of at most {@link MAX_ID_BYTES}.
 * @throws Refusal `invalid`, `lone-surrogate`, `empty`, `too-long` (bytes)
 */
export const requireId = (field: string, value: unknown): string => {
  const id = requireString(field, value)
  requireWellFormed(field, id)
  requireOneLine(field, id)
  if (isBlank(id)) refuse('empty', { field })
  const actual = utf8Bytes(id)
  if (actual > MAX_ID_BYTES) refuse('too-long', { field, limit: MAX_ID_BYTES, actual, unit: 'bytes' })
  return id
}

/** One of a few words, or `invalid`. */
export const requireOneOf = <Word extends string>(field: string, value: unknown, words: readonly Word[]): Word =>
  words.find((word) => word === value) ??
  refuse('invalid', { field, expected: `one of ${words.join(', ')}`, given: given(value) })
