import { DAY, type Instant, SECOND } from '../instant.ts'
import type { ConversationState } from './state.ts'

/** From the customer's message to the end of the 24 hours in which anyone may answer. */
export const STANDARD_WINDOW: number = DAY
/** From the customer's message to the end of the 7 days in which a person may answer. */
export const HUMAN_AGENT_WINDOW: number = 7 * DAY
/** So close to the end of the 24 hours a person's reply already carries the HUMAN_AGENT tag, where Meta granted it. */
export const TAG_MARGIN: number = 60 * SECOND

/** How a business may write to a customer at one instant. */
export type ReplyWindow =
  | {
      readonly state: 'never-opened'
      readonly anchor?: never
      readonly standardUntil?: never
      readonly humanAgentUntil?: never
    }
  | {
      readonly state: 'standard' | 'human-agent' | 'expired'
      /** The newest instant at which the customer opened the window. */
      readonly anchor: Instant
      /** The first instant at which automations may no longer write. */
      readonly standardUntil: Instant
      /** The first instant at which nobody may write any more. */
      readonly humanAgentUntil: Instant
    }

/**
 * The 24-hour rule and the 7-day rule: the only truth about whether the business may write.
 *
 * `standard` for 24 hours after the customer last wrote, `human-agent` until 7 days, then `expired`; `never-opened` without an anchor.
 * Half-open: the boundary instant is already the stricter state. An instant before the anchor counts as the anchor's.
 * @see https://developers.facebook.com/docs/messenger-platform/send-messages ("Standard Messaging", "Human Agent", May 5, 2026)
 */
export const replyWindow = (anchor: Instant | undefined, at: Instant): ReplyWindow => {
  if (anchor === undefined) return { state: 'never-opened' }
  const standardUntil = anchor + STANDARD_WINDOW
  const humanAgentUntil = anchor + HUMAN_AGENT_WINDOW
  const state = at < standardUntil ? 'standard' : at < humanAgentUntil ? 'human-agent' : 'expired'
  return { state, anchor, standardUntil, humanAgentUntil }
}

/** {@link replyWindow} of a conversation, from its newest anchor on. */
export const replyWindowOf = (state: ConversationState, at: Instant): ReplyWindow =>
  replyWindow(state.status === 'started' ? (state.window.anchor ?? undefined) : undefined, at)

/** What a conversation remembers of its window. `written` are the expiries of this anchor that are in the log; no other decision reads them. */
export interface WindowMemory {
  readonly anchor: Instant | null
  readonly written: readonly ('standard' | 'human-agent')[]
  /** Newest instants at which a reaction opened it: one that a newer one has replaced has nothing else by which it is known again. */
  readonly reacted: readonly Instant[]
}

/** The anchor never moves back; a new one has not expired. */
export const moveAnchor = (window: WindowMemory, opens: boolean, at: Instant): WindowMemory =>
  opens && (window.anchor === null || at > window.anchor) ? { ...window, anchor: at, written: [] } : window
