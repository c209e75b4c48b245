import type { Json, JsonObject } from '../../../application/ports/json.ts'

// Written by hand and not with the schema library: a webhook may carry 1,000 events, and what is unreadable here must
// become a named outcome of one event and never an exception.

export const asObject = (value: Json | undefined): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !isList(value) ? value : undefined

export const asList = (value: Json | undefined): readonly Json[] | undefined => (isList(value) ? value : undefined)

/** A text with something in it. */
export const asText = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** An id: Meta writes them as text, in places as a number. */
export const asId = (value: Json | undefined): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined
}

/** The id of a party, as in `{"sender":{"id":"…"}}`. */
export const idOf = (value: Json | undefined): string | undefined => asId(asObject(value)?.['id'])

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
