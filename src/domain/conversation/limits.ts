import { refuse } from '../refusal.ts'
import { requireId, utf8Bytes } from '../text.ts'

/**
 * The bounds of the folded state. It is snapshotted and must stay under 64 KiB whatever happens,
 * also with ids of 255 bytes: a test fills every one of them.
 */
export const LIMITS = {
  /** Newest messages remembered by id; for older ones an index answers. */
  messages: 256,
  /**
   * Messages whose edits, unsend and reactions are remembered, some of them waiting for the message itself. Beyond them an index
   * answers for an unsend; of an edit or a reaction only its place in the order is forgotten, views order them again.
   */
  amendments: 24,
  /** Replies that wait or are being sent; more are refused. */
  waitingReplies: 16,
  /** Replies that ended without being wholly sent and can be sent again. */
  unfinishedReplies: 8,
  /** Newest ids of replies, so that a repeated command sends nothing twice. */
  replyIds: 64,
  /** Attempts without a certain outcome, or settled by text only. */
  attempts: 12,
  /** Echoes that could still settle an attempt. */
  echoes: 8,
  /** Newest agents whose reading is remembered. */
  readers: 16,
  /** Newest ids of notes. */
  notes: 16,
  /** Newest reactions that opened the window. */
  openingReactions: 16,
  /** Newest runs of cancelled episodes, between episodes that became tickets, of which a message that is taken back is counted out. */
  looseEpisodes: 32,
  /** Newest tickets that a late message can still join. */
  tickets: 64,
} as const

/** The list with one more at its end, without the oldest ones beyond the limit. */
export const newest = <Item>(list: readonly Item[], item: Item, limit: number): readonly Item[] =>
  list.length < limit ? [...list, item] : [...list.slice(list.length - limit + 1), item]

/** Bytes of an id that the state remembers many of: room for a UUID and a prefix. */
const MAX_SHORT_ID = 64

/** @throws Refusal as `requireId`, and `too-long` over 64 bytes */
export const requireShortId = (field: string, id: string): void => {
  requireId(field, id)
  const actual = utf8Bytes(id)
  if (actual > MAX_SHORT_ID) refuse('too-long', { field, limit: MAX_SHORT_ID, actual, unit: 'bytes' })
}
