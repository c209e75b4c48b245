import type { ExpectedRevision, NewEvent } from '../application/ports/event-store.ts'
import { MAX_EVENT_BYTES } from '../application/ports/event-store.ts'
import { EventTooLarge } from '../application/ports/store-errors.ts'

/** An event as texts: JSON escapes NUL and lone surrogates, so any engine keeps it as it is. */
export interface EventText {
  readonly id: string
  readonly type: string
  readonly version: number
  readonly data: string
  readonly personal: string | null
  readonly meta: string
  readonly recordedAt: number
}

const jsonObject = (member: string, value: unknown): string => {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new TypeError(`${member} of an event cannot be written as JSON`, { cause })
  }
  if (typeof value !== 'object' || value === null || text === undefined || !text.startsWith('{'))
    throw new TypeError(`${member} of an event must be a JSON object`)
  return text
}

/** A UTF-16 unit takes 3 bytes of UTF-8 at most: only long texts need the exact count. */
const MAX_BYTES_PER_UNIT = 3

const toText = (event: NewEvent): EventText => {
  if (typeof event.id !== 'string' || event.id === '') throw new TypeError('an event needs an id')
  if (typeof event.type !== 'string' || event.type === '') throw new TypeError('an event needs a type')
  if (!Number.isSafeInteger(event.version)) throw new TypeError('version of an event must be a whole number')
  if (!Number.isSafeInteger(event.recordedAt)) throw new TypeError('recordedAt of an event must be whole milliseconds')
  const data = jsonObject('data', event.data)
  const personal = event.personal === undefined ? null : jsonObject('personal', event.personal)
  const meta = jsonObject('meta', event.meta)
  const units = data.length + meta.length + (personal?.length ?? 0)
  if (units * MAX_BYTES_PER_UNIT > MAX_EVENT_BYTES) {
    const bytes = new TextEncoder().encode(data + meta + (personal ?? '')).length
    if (bytes > MAX_EVENT_BYTES) throw new EventTooLarge(MAX_EVENT_BYTES, bytes)
  }
  return { id: event.id, type: event.type, version: event.version, data, personal, meta, recordedAt: event.recordedAt }
}

/**
 * The events of one append as texts, before anything is queued.
 * @throws TypeError, EventTooLarge
 */
export const eventTexts = (
  stream: string,
  expected: ExpectedRevision,
  events: readonly NewEvent[],
): readonly EventText[] => {
  if (typeof stream !== 'string' || stream === '') throw new TypeError('an append needs a stream')
  if (events.length === 0) throw new TypeError('an append needs at least one event')
  if (typeof expected === 'number' ? !Number.isSafeInteger(expected) || expected < 0 : !EXPECTED.has(expected))
    throw new TypeError(`not an expected revision: ${expected}`)
  return events.map(toText)
}

const EXPECTED: ReadonlySet<string> = new Set(['none', 'exists', 'any'])
