import type { RecordedEvent } from '../application/ports/event-store.ts'
import type { JsonObject } from '../application/ports/json.ts'
import { LogDamaged } from '../application/ports/store-errors.ts'

/** An event of the log whose parts are still texts. */
export interface RecordedText extends Omit<RecordedEvent, 'data' | 'personal' | 'meta'> {
  readonly data: unknown
  readonly personal: unknown
  readonly meta: unknown
}

const objectIn = (text: unknown): JsonObject => {
  const value: unknown = JSON.parse(text as string)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('no object')
  return value as JsonObject
}

/** The event with its parts read. @throws LogDamaged when one of them is no JSON object: an append takes nothing else */
export const recordedEvent = ({ data, personal, meta, ...event }: RecordedText): RecordedEvent => {
  try {
    const read = { ...event, data: objectIn(data), meta: objectIn(meta) }
    return personal === null ? read : { ...read, personal: objectIn(personal) }
  } catch {
    // The message of the cause would hold a part of the text.
    throw new LogDamaged(event)
  }
}
