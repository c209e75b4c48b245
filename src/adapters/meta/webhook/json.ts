import { isUtf8 } from 'node:buffer'

import type { Json } from '../../../application/ports/json.ts'

/** The bytes of a body as text. What is not UTF-8 becomes U+FFFD: one bad byte must not cost a whole batch. */
export const bodyText = (body: Uint8Array): string => {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** A body that is not JSON, kept whole: as text, or as base64 if it is not even text. */
export const bodyAsIs = (body: Uint8Array): string =>
  isUtf8(body) ? bodyText(body) : `data:;base64,${Buffer.from(body).toString('base64')}`

// Ids come as JSON numbers in places and exceed 2^53. Only a body with such a number pays for the slower reading.
const LONG_NUMBER = /[:[,]\s*-?\d{16}/
const INTEGER = /^-?\d+$/

/**
 * `JSON.parse`, but for integers above 2^53: those stay exact, as text.
 *
 * @throws SyntaxError if it is not JSON
 */
export const parseJson = (text: string): Json => (LONG_NUMBER.test(text) ? JSON.parse(text, exact) : JSON.parse(text))

const exact = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  return source !== undefined && INTEGER.test(source) ? source : value
}
