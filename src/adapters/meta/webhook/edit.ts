import type { Json, JsonObject } from '../../../application/ports/json.ts'
import { asId, asText } from './readers.ts'
import type { Addressed } from './thread.ts'
import { ignored, read, unreadable, type Verdict } from './verdict.ts'

/**
 * Edits that are none: number 0, or without a text. Meta is seen to send them for NEW messages, often without sender and
 * recipient; to take one at its word would empty a message.
 */
export const emptyEdit = (edit: JsonObject): Verdict | undefined => {
  if (asCount(edit['num_edit']) === 0) return ignored('edit-zero')
  return edit['text'] === undefined || edit['text'] === null || edit['text'] === ''
    ? ignored('edit-without-text')
    : undefined
}

/**
 * `message_edit`: the newest text by `num_edit`, which one page prints as text and another as a number.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message_edits (Apr 9, 2024)
 */
export const readEdit = (edit: JsonObject, { thread }: Addressed): Verdict => {
  const mid = asId(edit['mid'], 'message_edit.mid')
  const text = asText(edit['text'])
  const numEdit = asCount(edit['num_edit'])
  if (mid === undefined) return unreadable('message_edit.mid is missing')
  if (text === undefined) return unreadable('message_edit.text is no text')
  if (numEdit === undefined) return unreadable('message_edit.num_edit is missing or no number')
  return read({ ...thread, kind: 'edit', mid, text, numEdit })
}

const asCount = (value: Json | undefined): number | undefined => {
  const count = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined
}
