import type { IndexPart, IndexPlace } from '../application/ports/views.ts'

/*
 * Texts that every engine compares alike.
 *
 * The result uses U+0002 to U+D7FF and U+E001 to U+FFFE as they are, and escapes the rest in characters of the basic
 * plane. There UTF-16 units (JavaScript), UTF-8 bytes (SQLite BINARY, PostgreSQL "C") and code points sort the same.
 */
const ESCAPED = /[\u0000-\u0002\ud800-\ue000\uffff]/ // eslint-disable-line no-control-regex
const ESCAPES = /\u0002([0-2])|\ue000([0-9a-f]{4})|\uffff([0-9a-f]{6})/g

const escapeCodePoint = (codePoint: number, character: string): string => {
  if (codePoint <= 2) return `\u0002${codePoint}`
  if (codePoint >= 0xd800 && codePoint <= 0xe000) return `\ue000${codePoint.toString(16)}`
  if (codePoint >= 0xffff) return `\uffff${codePoint.toString(16).padStart(6, '0')}`
  return character
}

/** Any text, NUL and lone surrogates too, as text that any engine can store; sorts by code point, keeps prefixes. */
export const storableText = (text: string): string => {
  if (!ESCAPED.test(text)) return text
  let escaped = ''
  for (const character of text) escaped += escapeCodePoint(character.codePointAt(0) as number, character)
  return escaped
}

/** What {@link storableText} was given. */
export const originalText = (stored: string): string =>
  ESCAPED.test(stored)
    ? stored.replace(ESCAPES, (_, control?: string, surrogate?: string, high?: string) =>
        String.fromCodePoint(control === undefined ? Number.parseInt(surrogate ?? high ?? '', 16) : Number(control)),
      )
    : stored

const END = '\u0001'
const NULL = '0'
const NUMBER = '1'
const STRING = '2'
/** Stands before the key and below every part, so that an entry sorts before the entries it is a prefix of. */
const KEY = '/'
/** Above every part: the end of all entries that begin alike. */
const BEYOND = '3'

/** 64 characters in their own order. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~'
const DIGITS_PER_WORD = 6
const NUMBER_WIDTH = 2 * DIGITS_PER_WORD
const SIGN = 0x80000000

const bits = new DataView(new ArrayBuffer(8))

const wordToText = (word: number): string =>
  DIGITS.charAt(word >>> 30) +
  DIGITS.charAt((word >>> 24) & 63) +
  DIGITS.charAt((word >>> 18) & 63) +
  DIGITS.charAt((word >>> 12) & 63) +
  DIGITS.charAt((word >>> 6) & 63) +
  DIGITS.charAt(word & 63)

const textToWord = (text: string): number => {
  let word = 0
  for (let at = 0; at < text.length; at += 1) word = ((word << 6) | DIGITS.indexOf(text.charAt(at))) >>> 0
  return word
}

/** The bits of a double, turned so that they sort as unsigned numbers. */
const numberToText = (value: number): string => {
  if (!Number.isFinite(value)) throw new TypeError(`an index entry must hold finite numbers, not ${value}`)
  bits.setFloat64(0, value === 0 ? 0 : value)
  const high = bits.getUint32(0)
  const low = bits.getUint32(4)
  return high >= SIGN
    ? wordToText(~high >>> 0) + wordToText(~low >>> 0)
    : wordToText((high | SIGN) >>> 0) + wordToText(low)
}

const textToNumber = (text: string): number => {
  const high = textToWord(text.slice(0, DIGITS_PER_WORD))
  const low = textToWord(text.slice(DIGITS_PER_WORD))
  bits.setUint32(0, high >= SIGN ? high ^ SIGN : ~high)
  bits.setUint32(4, high >= SIGN ? low : ~low)
  return bits.getFloat64(0)
}

const encodePart = (part: IndexPart): string => {
  if (part === null) return NULL
  if (typeof part === 'number') return NUMBER + numberToText(part)
  if (typeof part === 'string') return STRING + storableText(part) + END
  throw new TypeError(`an index entry must hold texts, numbers and null, not ${typeof part}`)
}

/** An index entry as one text that sorts like the tuple: null, then numbers, then texts by code point. */
export const encodeEntry = (parts: readonly IndexPart[]): string => {
  let entry = ''
  for (const part of parts) entry += encodePart(part)
  return entry
}

/** Parts up to the end or the key; `end` is where they ended. */
const decodeParts = (text: string): { readonly parts: readonly IndexPart[]; readonly end: number } => {
  const parts: IndexPart[] = []
  let at = 0
  while (at < text.length && text.charAt(at) !== KEY) {
    const kind = text.charAt(at)
    const end = kind === NULL ? at + 1 : kind === NUMBER ? at + 1 + NUMBER_WIDTH : text.indexOf(END, at)
    if ((kind !== NULL && kind !== NUMBER && kind !== STRING) || end < 0 || end > text.length)
      throw new TypeError('not a place in an index')
    parts.push(
      kind === NULL
        ? null
        : kind === NUMBER
          ? textToNumber(text.slice(at + 1, end))
          : originalText(text.slice(at + 1, end)),
    )
    at = kind === STRING ? end + 1 : end
  }
  return { parts, end: at }
}

/** The parts that {@link encodeEntry} was given. */
export const decodeEntry = (entry: string): readonly IndexPart[] => decodeParts(entry).parts

/** A place in an index: an entry and the (storable) key of its document. Sorts by entry, then key. */
export interface Place {
  readonly entry: string
  readonly key: string
}

/** The cursor of a hit. */
export const encodePlace = (place: Place): string => place.entry + KEY + place.key

/** @throws TypeError when the text is no cursor. */
export const decodePlace = (cursor: string): Place => {
  const { end } = decodeParts(cursor)
  if (end === cursor.length) throw new TypeError('not a place in an index')
  return { entry: cursor.slice(0, end), key: cursor.slice(end + 1) }
}

/** A place as it is answered. */
export const indexPlace = (place: Place): IndexPlace => ({
  key: originalText(place.key),
  cursor: encodePlace(place),
  entry: decodeEntry(place.entry),
})

const placeBelow = (one: Place, other: Place): boolean =>
  one.entry < other.entry || (one.entry === other.entry && one.key < other.key)

/** From `first` (inclusive) to `beyond` (exclusive), in index order whatever the direction. */
export interface PlaceRange {
  readonly first: Place
  readonly beyond: Place
}

/** The places that a query may visit. A cursor from elsewhere cannot leave the range of the query. */
export const placeRange = (query: {
  readonly prefix: readonly IndexPart[]
  readonly from?: IndexPart
  readonly to?: IndexPart
  readonly backwards?: boolean
  readonly after?: string
}): PlaceRange => {
  const prefix = encodeEntry(query.prefix)
  const first: Place = { entry: query.from === undefined ? prefix : prefix + encodePart(query.from), key: '' }
  const beyond: Place = { entry: (query.to === undefined ? prefix : prefix + encodePart(query.to)) + BEYOND, key: '' }
  if (query.after === undefined) return { first, beyond }
  const after = decodePlace(query.after)
  if (query.backwards === true) return { first, beyond: placeBelow(after, beyond) ? after : beyond }
  // U+0001 begins no storable character: nothing lies between a key and the key with it.
  const next: Place = { entry: after.entry, key: after.key + END }
  return { first: placeBelow(first, next) ? next : first, beyond }
}
