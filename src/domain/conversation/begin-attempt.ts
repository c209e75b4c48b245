import { isHuman } from '../actor.ts'
import { refuse } from '../refusal.ts'
import { isSameAttempt } from './attempts.ts'
import type { BeginAttempt } from './commands.ts'
import { requireParts } from './cut.ts'
import type { ConversationEvent, ReplyAttempted } from './events.ts'
import { nextDelivery } from './next-delivery.ts'
import { findReply, type ReplyState } from './replies.ts'
import { replyWindowOf, TAG_MARGIN } from './reply-window.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { firstReason } from './stopped-replies.ts'
import { requireStarted } from './who-may.ts'

/**
 * Written before the call to Meta. What may not be sent any more is rejected here, with the reason.
 * @throws Refusal `lease-lost`, `attempt-out-of-turn`, `reply-not-found`, `invalid` for a cut that is none
 */
export const beginAttempt = ({ data }: BeginAttempt, given: ConversationState): readonly ConversationEvent[] => {
  const { channel, at, replyId, part, attempt, epoch, worker, textDigest } = data
  const state = requireStarted(given)
  const current = state.attempts.epoch
  if (epoch < current) refuse('lease-lost', { epoch, current })
  const reply = findReply(state.replies, replyId)
  if (reply === undefined && !state.replies.ids.includes(replyId)) refuse('reply-not-found', { replyId })
  const next = nextDelivery(state, channel, at)
  if (reply === undefined || next.kind !== 'attempt' || !isSameAttempt(next, data)) {
    return refuse('attempt-out-of-turn', { replyId })
  }
  const reason = firstReason(state, reply, data, at)
  if (reason !== undefined) return [{ type: 'ReplyRejected', data: { replyId, part, reason, at } }]
  return [
    {
      type: 'ReplyAttempted',
      data: {
        replyId,
        part,
        attempt,
        ...(next.needsCut ? { parts: requireParts(data.parts, reply.media.length) } : {}),
        tag: tagOf(reply, state, data),
        ...(textDigest === undefined ? {} : { textDigest }),
        epoch,
        worker,
        at,
      },
    },
  ]
}

/**
 * What the message carries: a person's reply has the HUMAN_AGENT tag from 24 hours on, and already a minute before
 * where Meta granted it, because Meta's clock decides when it arrives.
 */
const tagOf = (
  { author }: ReplyState,
  state: StartedConversation,
  { channel, at }: BeginAttempt['data'],
): ReplyAttempted['data']['tag'] => {
  if (!isHuman(author)) return 'none'
  const window = replyWindowOf(state, at)
  if (window.state === 'human-agent') return 'human-agent'
  const isNearEnd = window.state === 'standard' && window.standardUntil - at <= TAG_MARGIN
  return isNearEnd && channel.humanAgent === 'granted' ? 'human-agent' : 'none'
}
