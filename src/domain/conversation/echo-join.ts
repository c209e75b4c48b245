import type { Instant } from '../instant.ts'
import { isUnsent } from './amendments.ts'
import { type AttemptKey, callInFlight, findAttempt, isOpen, mayBe } from './attempts.ts'
import { heldMessage } from './messages.ts'
import type { MessageEchoed, ReplyPartSent } from './events.ts'
import { likenessOfEcho } from './likeness.ts'
import { findReply, writtenOf } from './replies.ts'
import type { ConversationState, StartedConversation } from './state.ts'

/**
 * Which attempts equal content settles, once no call is in flight: each open attempt, oldest first, takes the oldest unclaimed echo
 * that was recorded since it was attempted and equals it. One echo settles one attempt. Late evidence wins over `unconfirmed`.
 * What Meta refused comes last, the newest first: it has arrived only if nothing else explains the echo.
 */
export const settledByText = (state: ConversationState, at: Instant): readonly ReplyPartSent[] => {
  if (state.status === 'none' || state.attempts.echoes.length === 0 || callInFlight(state.attempts)) return []
  const unclaimed = [...state.attempts.echoes]
  const settled: ReplyPartSent[] = []
  const { open } = state.attempts
  const unsettled = open.filter((attempt) => isOpen(attempt) && attempt.status !== 'refused')
  const refused = open.filter(({ status }) => status === 'refused').toReversed()
  for (const attempt of [...unsettled, ...refused]) {
    const place = unclaimed.findIndex((echo) => mayBe(attempt, echo))
    const [echo] = place < 0 ? [] : unclaimed.splice(place, 1)
    if (echo !== undefined) settled.push(partSent(state, attempt, echo, 'text', at))
  }
  return settled
}

/** Whether an echo could be the message of an attempt whose outcome is open. */
export const equalsOpenAttempt = (
  state: ConversationState,
  echo: Pick<MessageEchoed['data'], 'outline' | 'textDigest' | 'metaAt'>,
): boolean => {
  const likeness = likenessOfEcho(echo)
  if (state.status === 'none' || likeness === null) return false
  const candidate = { likeness, revision: state.revision + 1, metaAt: echo.metaAt }
  return state.attempts.open.some((attempt) => mayBe(attempt, candidate))
}

/** A part is sent, as this message. It belongs to one episode: that of its echo, if that came first. */
export const partSent = (
  state: StartedConversation,
  key: AttemptKey,
  { messageId, mid }: Pick<ReplyPartSent['data'], 'messageId' | 'mid'>,
  settledBy: ReplyPartSent['data']['settledBy'],
  at: Instant,
): ReplyPartSent => {
  const held = heldMessage(state.messages, messageId)
  const { replyId, part, attempt } = key
  const known = findAttempt(state.attempts, key)
  const reply = findReply(state.replies, replyId)
  const episode = held === undefined ? (known ?? reply)?.episode : held[3]
  const written = known?.written ?? (reply && writtenOf(reply))
  return {
    type: 'ReplyPartSent',
    data: {
      replyId,
      part,
      attempt,
      messageId,
      mid,
      settledBy,
      ...(episode ? { episode } : {}),
      ...(written === undefined ? {} : { written }),
      ...(isUnsent(state, messageId) ? { unsent: true } : {}),
      at,
    },
  }
}
