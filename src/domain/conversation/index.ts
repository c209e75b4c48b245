/** The conversation: what may happen between a customer and a channel, and what follows from it. */
export type * from './channel-facts.ts'
export type * from './commands.ts'
export type * from './content.ts'
export type * from './events.ts'
export { conversationDecider } from './decider.ts'
export type { ConversationState, NoConversation, StartedConversation } from './state.ts'
export {
  HUMAN_AGENT_WINDOW,
  type ReplyWindow,
  replyWindow,
  replyWindowOf,
  STANDARD_WINDOW,
  TAG_MARGIN,
} from './reply-window.ts'
export { whyNotReply } from './why-not-reply.ts'
export { effectiveAssignee } from './assignment.ts'
export { ECHO_GRACE, type NextDelivery, nextDelivery } from './next-delivery.ts'
export { nextDue } from './due-first.ts'
export { channelNeededAsOf } from './conversion.ts'
export { tookChannel } from './replies.ts'
export { asksHowChannelStood } from './stopped-replies.ts'
export { latestTicketOf } from './episode.ts'
export { indexNeeded, isWithheld, knowsMessage } from './messages.ts'
export { otherAppInControl } from './thread-control.ts'
export { MAX_REPLY_LENGTH, MAX_REPLY_MEDIA } from './reply-content.ts'
export { MAX_NOTE_LENGTH } from './notes-and-reading.ts'
export { isNewerReaction, isUnsent, pastMessage, type ReactionOrder } from './amendments.ts'
export type { Dropped } from './delivered.ts'
export { whyDropped } from './why-dropped.ts'
export { isEvidenceFor, type PastMessageOfOurs } from './look.ts'
