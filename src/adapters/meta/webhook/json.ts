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

/** How many objects and lists a body holds, and how deeply they are nested. Reading them takes hundreds of times as long as this. */
export const structureOf = (body: Uint8Array): { readonly structures: number; readonly levels: number } => {
  let structures = 0
  let level = 0
  let levels = 0
  let isText = false
  for (let at = 0; at < body.byteLength; at++) {
    const byte = body[at]!
    if (byte === QUOTE) isText = !isText
    else if (isText) at += byte === BACKSLASH ? 1 : 0
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      structures++
      if (++level > levels) levels = level
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) level--
  }
  return { structures, levels }
}

// Ids come as JSON numbers in places and exceed 2^53. Only a body with such a number pays for the slower reading.
const LONG_NUMBER = /[:[,]\s*-?\d{16}/
/** Where a text begins, or an integer that may be too long. */
const TEXT_OR_INTEGER = /"|-?\d{16,}/g
const STARTS_VALUE = /[:[,\s]/
const ENDS_VALUE = /[\],}\s]/

/**
 * `JSON.parse`, but for integers above 2^53: those stay exact, as text.
 *
 * @throws SyntaxError if it is not JSON
 */
export const parseJson = (text: string): Json => JSON.parse(LONG_NUMBER.test(text) ? withExactIntegers(text) : text)

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

/** Levels that `JSON.stringify` can take on any stack: where it overflows, that alone takes 30 milliseconds. */
const SHALLOW = 1_000

/** `JSON.stringify`, also for what is nested so deeply that it overflows the stack. */
export const jsonText = (value: Json): string => (isDeeper(value, SHALLOW) ? deepText(value) : JSON.stringify(value))

interface OpenLevel {
  readonly it: readonly Json[] & JsonObject
  readonly names: readonly string[] | undefined
  next: number
  isEmpty: boolean
}

/** With a stack of its own. */
const deepText = (value: Json): string => {
  let text = ''
  const open: OpenLevel[] = []
  const write = (it: Json): void => {
    if (typeof it !== 'object' || it === null) {
      text += JSON.stringify(it)
      return
    }
    const names = Array.isArray(it) ? undefined : Object.keys(it)
    text += names === undefined ? '[' : '{'
    open.push({ it: it as OpenLevel['it'], names, next: 0, isEmpty: true })
  }
  write(value)
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const { it, names } = level
    const at = level.next++
    if (at === (names ?? it).length) {
      text += names === undefined ? ']' : '}'
      open.pop()
      continue
    }
    const name = names?.[at]
    const member = name === undefined ? it[at] : it[name]
    if (member === undefined) continue
    if (!level.isEmpty) text += ','
    level.isEmpty = false
    if (name !== undefined) text += `${JSON.stringify(name)}:`
    write(member)
  }
  return text
}
