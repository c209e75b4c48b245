import { isUtf8 } from 'node:buffer'

import type { Json, JsonObject } from '../../../application/ports/json.ts'
import { isDeeper } from './readers.ts'

/** The bytes of a body as text. What is not UTF-8 becomes U+FFFD: one bad byte must not cost a whole batch. */
export const bodyText = (body: Uint8Array): string => {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** A body that is not JSON, kept whole: as text, or as base64 if it is not even text. */
export const bodyAsIs = (body: Uint8Array): string =>
  isUtf8(body) ? bodyText(body) : `data:;base64,${Buffer.from(body).toString('base64')}`

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const OPEN_OBJECT = 0x7b
const CLOSE_LIST = 0x5d
const CLOSE_OBJECT = 0x7d

/** Levels of objects and lists that are read as values: twice what an event may have. */
const READ_LEVELS = 128

/**
 * How many objects and lists a body holds in those levels and right below, where each is set aside as one. Reading them takes
 * hundreds of times as long as this.
 */
export const structuresOf = (body: Uint8Array): number => {
  let structures = 0
  let level = 0
  let isText = false
  for (let at = 0; at < body.byteLength; at++) {
    const byte = body[at]!
    if (byte === QUOTE) isText = !isText
    else if (isText) at += byte === BACKSLASH ? 1 : 0
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) structures += level++ <= READ_LEVELS ? 1 : 0
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) level--
  }
  return structures
}

// Ids come as JSON numbers in places and exceed 2^53. Only a body with such a number pays for the slower reading.
const LONG_NUMBER = /[:[,]\s*-?\d{16}/
/** Where a text begins, or an integer that may be too long. */
const TEXT_OR_INTEGER = /"|-?\d{16,}/g
const STARTS_VALUE = /[:[,\s]/
const ENDS_VALUE = /[\],}\s]/

/** What is nested too deeply to be read, as it came. Its members cannot be seen. */
class Unread {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  get text(): string {
    return this.#text
  }
}

/**
 * `JSON.parse`, but for integers above 2^53: those stay exact, as text. What is nested deeper than {@link READ_LEVELS} is an
 * object without members, which {@link jsonText} writes as it came.
 *
 * @throws SyntaxError if it is not JSON
 */
export const parseJson = (text: string): Json => {
  const { shallow, parts } = text.length > 2 * READ_LEVELS ? setAside(text) : { shallow: text, parts: [] }
  const value = JSON.parse(LONG_NUMBER.test(shallow) ? withExactIntegers(shallow) : shallow) as Json
  return parts.length === 0 ? value : withUnread(value, parts, 1)
}

/** The same JSON, in which a list of one number stands for each part that is nested too deeply: at its level nothing else does. */
const setAside = (text: string): { readonly shallow: string; readonly parts: readonly string[] } => {
  const parts: string[] = []
  let shallow = ''
  let copied = 0
  let level = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) at = endOfText(text, at) - 1
    else if (unit === OPEN_LIST || unit === OPEN_OBJECT) {
      if (level++ !== READ_LEVELS) continue
      shallow += text.slice(copied, at)
      copied = at
    } else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) {
      if (--level !== READ_LEVELS) continue
      shallow += `[${parts.length}]`
      parts.push(text.slice(copied, at + 1))
      copied = at + 1
    }
  }
  return { shallow: shallow + text.slice(copied), parts }
}

/** Puts what was set aside into its places. */
const withUnread = (value: Json, parts: readonly string[], level: number): Json => {
  if (typeof value !== 'object' || value === null) return value
  if (level > READ_LEVELS) return new Unread(parts[(value as readonly number[])[0]!]!) as unknown as Json
  const members = value as Record<string, Json>
  for (const name in members) members[name] = withUnread(members[name]!, parts, level + 1)
  return value
}

/** The same JSON with quotes round those integers. A reviver would do, but it overflows the stack where JSON.parse does not. */
const withExactIntegers = (text: string): string => {
  const parts: string[] = []
  let copied = 0
  TEXT_OR_INTEGER.lastIndex = 0
  for (let found = TEXT_OR_INTEGER.exec(text); found !== null; found = TEXT_OR_INTEGER.exec(text)) {
    const [token] = found
    const end = token === '"' ? endOfText(text, found.index) : found.index + token.length
    TEXT_OR_INTEGER.lastIndex = end
    const isInteger =
      token !== '"' && STARTS_VALUE.test(text[found.index - 1] ?? '') && ENDS_VALUE.test(text[end] ?? '')
    // What begins with a 0 is no JSON and must stay none.
    if (!isInteger || /^-?0/.test(token) || Number.isSafeInteger(Number(token))) continue
    parts.push(text.slice(copied, found.index), '"', token, '"')
    copied = end
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(copied)
}

/** The place behind the quote that closes a text; the end where none does. */
const endOfText = (text: string, start: number): number => {
  for (let at = start + 1; ;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return quote + 1
    at = quote + 1
  }
}

/** Levels above which something may be unread: an event has fewer in another envelope than in its own. */
const SHALLOW = READ_LEVELS - 16

/** Whether all of it was read. */
export const isWhole = (value: Json): boolean => !isDeeper(value, SHALLOW)

/** `JSON.stringify`, with what was not read as it came. */
export const jsonText = (value: Json): string => (isWhole(value) ? JSON.stringify(value) : textWithUnread(value))

const textWithUnread = (value: Json | undefined): string => {
  if (value instanceof Unread) return value.text
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  if (Array.isArray(value)) return `[${value.map((item: Json) => textWithUnread(item)).join(',')}]`
  const members = Object.entries(value as JsonObject).filter(([, member]) => member !== undefined)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${textWithUnread(member)}`).join(',')}}`
}
