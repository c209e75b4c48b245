import type { ActorRef } from '../actor.ts'
import type { ReplyId, Revision } from '../ids.ts'
import { type Instant, SECOND } from '../instant.ts'
import { type AttemptKey, callInFlight, unsettledAttempt } from './attempts.ts'
import type { ChannelFacts } from './channel-facts.ts'
import type { Part } from './events.ts'
import { partOf } from './replies.ts'
import type { ConversationState } from './state.ts'
import { stoppedReplies } from './stopped-replies.ts'
import { whyNotSend } from './why-not-reply.ts'

/** How long an echo has to settle an unknown outcome before Meta's conversation is looked at. */
export const ECHO_GRACE: number = 10 * SECOND

/** What the delivery of one conversation has to do next. */
export type NextDelivery =
  /** Replies wait that can never leave, because their channel was disabled or deleted meanwhile: `SettleDue` rejects them. */
  | { readonly kind: 'settle' }
  /** Nothing is asked for. */
  | { readonly kind: 'idle' }
  /** `BeginAttempt` with these: it may turn out to be refused, which is recorded. */
  | (AttemptKey & {
      readonly kind: 'attempt'
      readonly author: ActorRef
      /** Whether the command must bring the cut into parts. */
      readonly needsCut: boolean
      /** What the part is, once the reply is cut. */
      readonly content?: Part
      /** Where the `ReplyQueued` with its text and media stands. */
      readonly revision: Revision
    })
  /** A call to Meta is under way; if that worker is gone, `RecordOutcomeUnknown`. */
  | (AttemptKey & { readonly kind: 'in-flight'; readonly worker: string; readonly since: Instant })
  /** Look for it in Meta's conversation, once: `RecordLook`. */
  | (AttemptKey & { readonly kind: 'look'; readonly since: Instant })
  /** Automatic settling has ended: `RecordUnconfirmed`. */
  | (AttemptKey & { readonly kind: 'declare-unconfirmed' })
  /** Ask again at `until`, or when the channel has changed. */
  | { readonly kind: 'wait'; readonly replyId: ReplyId; readonly until?: Instant }

const IDLE: NextDelivery = { kind: 'idle' }

/**
 * The next step, one call at a time: later parts wait until an unknown outcome is settled, later replies until automatic settling has ended.
 * What is refused for good is attempted at once, so that its rejection is recorded; what only lacks authorization waits.
 */
export const nextDelivery = (state: ConversationState, channel: ChannelFacts, at: Instant): NextDelivery => {
  if (state.status === 'none') return IDLE
  if (stoppedReplies(state, channel).length > 0) return { kind: 'settle' }
  const { attempts, replies } = state
  const lacksAuthorization = channel.authorization === 'suspended' || channel.authorization === 'lost'
  const call = callInFlight(attempts)
  if (call !== undefined) return { kind: 'in-flight', ...keyOf(call), worker: call.worker, since: call.since }
  const open = unsettledAttempt(attempts)
  if (open !== undefined) {
    if (open.status === 'looked' || channel.status === 'deleted') return { kind: 'declare-unconfirmed', ...keyOf(open) }
    if (at < open.since + ECHO_GRACE) return { kind: 'wait', replyId: open.replyId, until: open.since + ECHO_GRACE }
    return lacksAuthorization
      ? { kind: 'wait', replyId: open.replyId }
      : { kind: 'look', ...keyOf(open), since: open.since }
  }
  const [reply] = replies.waiting
  if (reply === undefined) return IDLE
  if (whyNotSend(state, channel, reply.author, at) === undefined) {
    if (reply.retryAt !== null && at < reply.retryAt) return { kind: 'wait', replyId: reply.id, until: reply.retryAt }
    if (lacksAuthorization) return { kind: 'wait', replyId: reply.id }
  }
  const content = partOf(reply, reply.sentParts)
  return {
    kind: 'attempt',
    replyId: reply.id,
    part: reply.sentParts,
    attempt: reply.attempts + 1,
    author: reply.author,
    needsCut: reply.parts === null,
    ...(content === undefined ? {} : { content }),
    revision: reply.revision,
  }
}

const keyOf = ({ replyId, part, attempt }: AttemptKey): AttemptKey => ({ replyId, part, attempt })
