import { actorRef, isHuman } from '../actor.ts'
import { refuse } from '../refusal.ts'
import { codePoints, requireId } from '../text.ts'
import { assignedByAnswer } from './assignment.ts'
import { isOnItsWay } from './attempts.ts'
import type { QueueReply, ResendReply, WithdrawReply } from './commands.ts'
import { episodeOfBusiness } from './episode.ts'
import type { ConversationEvent, ReplyQueued } from './events.ts'
import { ended } from './life-cycle.ts'
import { requireShortId } from './limits.ts'
import { findReply, type ReplyState } from './replies.ts'
import { requireReplyContent, requireRoomInQueue } from './reply-content.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { mayAnswer, requireStarted } from './who-may.ts'
import { whyNotReply } from './why-not-reply.ts'

/** Somebody answers. Answering a conversation that nobody holds takes it; `andEnd` ends it in the same commit. */
export const queueReply = ({ data }: QueueReply, given: ConversationState): readonly ConversationEvent[] => {
  const { channel, actor, at, replyId } = data
  if (mayAnswer(data) && given.status === 'started' && given.replies.ids.includes(replyId)) return []
  const why = whyNotReply(given, channel, actor, at)
  if (why !== undefined) throw why
  const state = requireStarted(given)
  requireShortId('replyId', replyId)
  if (actor.kind !== 'system') requireId('actor.id', actor.id)
  requireReplyContent(data, state)
  requireRoomInQueue(state.replies.waiting.length)
  const by = { by: actorRef(actor), at }
  return [...assignedByAnswer(state, data), replyQueued(data, state), ...(data.andEnd === true ? ended(state, by) : [])]
}

const replyQueued = (
  { actor, at, replyId, text, media = [], replyTo, channel: { stops } }: QueueReply['data'],
  { episodes }: StartedConversation,
): ReplyQueued => {
  const episode = episodeOfBusiness(episodes, at)
  return {
    type: 'ReplyQueued',
    data: {
      replyId,
      author: actorRef(actor),
      hasText: text !== undefined,
      length: codePoints(text ?? ''),
      media: media.map(({ kind }) => ({ kind })),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(episode === undefined ? {} : { episode }),
      stops,
      at,
    },
    personal: {
      ...(text === undefined ? {} : { text }),
      ...(media.length === 0 ? {} : { mediaUrls: media.map(({ url }) => url) }),
    },
  }
}

/**
 * Withdraws a reply of which no part was or may have been sent. Does nothing for one that was rejected.
 * @throws Refusal `reply-state`
 */
export const withdrawReply = ({ data }: WithdrawReply, given: ConversationState): readonly ConversationEvent[] => {
  const { channel, replyId, actor, at } = data
  if (!mayAnswer(data)) refuse('not-associated', {})
  if (channel.status === 'deleted') refuse('channel-deleted', { channelId: channel.channelId })
  const state = requireStarted(given)
  const reply = knownReply(state, replyId)
  // An automation takes back its own only.
  if (actor.kind === 'automation' && reply?.author.id !== actor.id) refuse('reply-not-found', { replyId })
  if (reply?.status === 'rejected' && !reply.doubt) return []
  if (reply === undefined || reply.status !== 'waiting')
    return refuse('reply-state', { replyId, status: reply?.status ?? endOf(state, replyId) })
  if (isOnItsWay(state.attempts, replyId)) refuse('reply-state', { replyId, status: 'attempted' })
  if (reply.sentParts > 0 || reply.doubt) refuse('reply-state', { replyId, status: 'partly-sent' })
  return [{ type: 'ReplyRejected', data: { replyId, part: 0, reason: 'withdrawn', at } }]
}

/** How a reply ended that is remembered by its id alone. */
const endOf = ({ replies }: StartedConversation, replyId: string): 'sent' | 'too-old' =>
  replies.forgotten.includes(replyId) ? 'too-old' : 'sent'

/** Undefined: it was sent, or ended long ago. @throws Refusal `reply-not-found` */
const knownReply = ({ replies }: StartedConversation, replyId: string): ReplyState | undefined => {
  const reply = findReply(replies, replyId)
  return reply === undefined && !replies.ids.includes(replyId) ? refuse('reply-not-found', { replyId }) : reply
}

/**
 * A person sends the missing parts again.
 * @throws Refusal `may-arrive-twice` unless the author accepts it where the outcome of a part is open; `reply-state`
 */
export const resendReply = ({ data }: ResendReply, given: ConversationState): readonly ConversationEvent[] => {
  const { channel, actor, at, replyId, mayArriveTwice = false } = data
  if (!isHuman(actorRef(actor))) refuse('not-associated', {})
  const why = whyNotReply(given, channel, actor, at)
  if (why !== undefined) throw why
  const state = requireStarted(given)
  const reply = knownReply(state, replyId)
  if (reply === undefined) return refuse('reply-state', { replyId, status: endOf(state, replyId) })
  if (reply.status === 'sent') return refuse('reply-state', { replyId, status: 'sent' })
  if (reply.status === 'waiting') return []
  if (reply.doubt && !mayArriveTwice) refuse('may-arrive-twice', { replyId })
  requireRoomInQueue(state.replies.waiting.length)
  return [
    ...assignedByAnswer(state, data),
    {
      type: 'ReplyRequeued',
      data: { replyId, by: actorRef(actor), mayArriveTwice: reply.doubt, stops: channel.stops, at },
    },
  ]
}
