const HOUR = 3_600_000

/** How Meta lets a business write at one instant. */
export type ReplyWindow = 'never-opened' | 'standard' | 'human-agent' | 'expired'

/** Which of the disputed events open the window. Meta's pages disagree about both. */
export interface OpeningPolicy {
  /** A mention in a story arrives as a message, but is not in the list of openers. Default true. */
  readonly storyMention: boolean
  /** "Send a Message" (May 5, 2026) lists a reaction, no other page does. Default false. */
  readonly reaction: boolean
}

/**
 * The simulator's own rule, written apart from the library's so that each can judge the other.
 *
 * Half-open from the newest opener: [0, 24 h) `standard`, [24 h, 7 d) `human-agent`, then `expired`.
 *
 * @param opener Meta's timestamp (epoch ms) of the customer's newest window-opening act, if any.
 * @param at The instant in question, epoch ms.
 * @see https://developers.facebook.com/docs/messenger-platform/send-messages ("Standard Messaging", May 5, 2026)
 */
export const replyWindowAt = (opener: number | undefined, at: number): ReplyWindow => {
  if (opener === undefined) return 'never-opened'
  const age = at - opener
  if (age < 24 * HOUR) return 'standard'
  return age < 7 * 24 * HOUR ? 'human-agent' : 'expired'
}
