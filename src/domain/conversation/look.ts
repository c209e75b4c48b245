import type { Instant } from '../instant.ts'
import type { MessageId } from '../ids.ts'
import { type AttemptKey, CLOCKS_APART, findAttempt } from './attempts.ts'
import { heldMessage } from './messages.ts'
import type { ConversationState } from './state.ts'

/** How much earlier than the attempt, by Meta's clock, its message may seem to have been sent. */
const LOOK_BACK: number = CLOCKS_APART

/** A message of the business account, as Meta's conversation shows it. */
export interface PastMessageOfOurs {
  readonly messageId: MessageId
  /** Meta's time. */
  readonly at: Instant
  readonly textDigest?: string
  /** Number of attachments; Meta's list does not always tell their kinds. */
  readonly attachments: number
}

/**
 * Whether a message found in Meta's conversation is evidence for an attempt: of equal text, or for media of equal count,
 * sent since about then, and no message that is known already.
 */
export const isEvidenceFor = (state: ConversationState, key: AttemptKey, message: PastMessageOfOurs): boolean => {
  if (state.status === 'none' || heldMessage(state.messages, message.messageId) !== undefined) return false
  const attempt = findAttempt(state.attempts, key)
  if (attempt === undefined || attempt.likeness === null || message.at < attempt.attemptedAt - LOOK_BACK) return false
  if (message.textDigest !== undefined)
    return message.attachments === 0 && attempt.likeness === `text ${message.textDigest}`
  return attempt.likeness.startsWith('media ') && message.attachments === countOf(attempt.likeness)
}

const countOf = (likeness: string): number =>
  likeness
    .slice('media '.length)
    .split(' ')
    .reduce((sum, kind) => sum + Number(kind.split('*')[1] ?? 0), 0)
