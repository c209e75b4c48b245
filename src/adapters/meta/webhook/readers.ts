import type { Json, JsonObject } from '../../../application/ports/json.ts'
import { LIMITS } from './limits.ts'
import { overLimit, unreadable, type Verdict } from './verdict.ts'

// Written by hand and not with the schema library: a webhook may carry 1,000 events, and what is unreadable here must
// become a named outcome of one event and never an exception.

/** Ends the reading of one event. Caught where an event begins, so that no reader of an id or a flag can forget its rule. */
export class NotReadable extends Error {
  readonly verdict: Verdict
  constructor(verdict: Verdict) {
    super(verdict.outcome)
    this.verdict = verdict
  }
}

export const asObject = (value: Json | undefined): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !isList(value) ? value : undefined

export const asList = (value: Json | undefined): readonly Json[] | undefined => (isList(value) ? value : undefined)

/** A text with something in it. */
export const asText = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/**
 * An id: Meta writes them as text, in places as a number.
 *
 * @param field as it is called in the detail of a quarantined event
 * @throws NotReadable if it has more than 512 bytes: no index could hold it
 */
export const asId = (value: Json | undefined, field: string): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : bounded(value, field)
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined
}

/** The id of a party, as in `{"sender":{"id":"…"}}`. @throws NotReadable as {@link asId} */
export const idOf = (value: Json | undefined, field: string): string | undefined =>
  asId(asObject(value)?.['id'], `${field}.id`)

/** The same text. @throws NotReadable if it has more UTF-8 bytes than the limit, which is that of an id */
export const bounded = (text: string, field: string, limit: number = LIMITS.idBytes): string => {
  // No code unit takes more than 3 bytes.
  if (text.length * 3 <= limit) return text
  const bytes = Buffer.byteLength(text, 'utf8')
  if (bytes > limit) throw new NotReadable(overLimit(field, bytes, limit, 'bytes'))
  return text
}

/**
 * A flag: Meta's pages print `true` in places and `"true"` in others. Absent and null are false.
 *
 * @throws NotReadable if it is neither: taken as false, it could turn an unsend into an empty message
 */
export const asFlag = (value: Json | undefined, field: string): boolean => {
  if (value === undefined || value === null || value === false || value === true) return value === true
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  if (text === 'true' || text === 'false') return text === 'true'
  throw new NotReadable(unreadable(`${field} is neither true nor false`))
}

/** Whether objects and lists in it are nested more than so many levels. */
export const isDeeper = (value: Json | undefined, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (isList(value)) return value.some((item) => isDeeper(item, levels - 1))
  for (const name in value) if (isDeeper(value[name], levels - 1)) return true
  return false
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
