import {
  conversationDecider,
  ECHO_GRACE,
  type ConversationEvent,
  type StartedConversation,
} from '../domain/conversation/index.ts'
import type { ChannelId, ConversationId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection, Recorded } from './projection.ts'
import { channelOf, conversationOf } from './scope.ts'

/** Everything that happens to replies. */
type OfReplies = Extract<
  ConversationEvent,
  {
    readonly type:
      | 'ReplyQueued'
      | 'ReplyAttempted'
      | 'ReplyPartSent'
      | 'ReplyAttemptFailed'
      | 'ReplyAttemptSuperseded'
      | 'ReplyOutcomeUnknown'
      | 'ReplyLookedFor'
      | 'ReplyUnconfirmed'
      | 'ReplyRejected'
      | 'ReplyRequeued'
  }
>

const TYPES: Readonly<Record<OfReplies['type'], true>> = {
  ReplyQueued: true,
  ReplyAttempted: true,
  ReplyPartSent: true,
  ReplyAttemptFailed: true,
  ReplyAttemptSuperseded: true,
  ReplyOutcomeUnknown: true,
  ReplyLookedFor: true,
  ReplyUnconfirmed: true,
  ReplyRejected: true,
  ReplyRequeued: true,
}

/** What a conversation has to do with its replies: the part of its state from which delivery takes its next step. */
export interface OutboxDocument {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly replies: StartedConversation['replies']
  readonly attempts: StartedConversation['attempts']
  /** When the newest of these events happened. */
  readonly at: Instant
}

const { evolve: evolveConversation, initialState } = conversationDecider

/** A conversation of which nothing is known but its replies. */
const bare = evolveConversation(initialState(), {
  type: 'ConversationStarted',
  data: { conversationId: '', organizationId: '', channelId: '', accountId: '', customerId: '', at: 0 },
}) as StartedConversation

const evolve = (document: OutboxDocument | undefined, recorded: Recorded<OfReplies>): OutboxDocument | undefined => {
  const { event } = recorded
  const { replies, attempts } = document ?? bare
  // The domain's own fold, so that this list and what delivery decides cannot come to differ.
  const state = evolveConversation({ ...bare, replies, attempts }, event) as StartedConversation
  const isDone =
    state.replies.waiting.length === 0 &&
    state.replies.unfinished.length === 0 &&
    state.attempts.open.every(({ status }) => status === 'refused')
  if (isDone) return undefined
  return {
    conversationId: conversationOf(recorded),
    channelId: channelOf(recorded),
    // Ids of replies and echoes serve other decisions.
    replies: { ...state.replies, ids: [], forgotten: [] },
    attempts: { ...state.attempts, echoes: [] },
    at: event.data.at,
  }
}

/**
 * When delivery has something to do; undefined: only if somebody asks for it.
 * A call in flight counts at once: its process may be gone. What waits for authorization counts too: the channel may have changed.
 */
export const readyAt = ({ replies, attempts, at }: OutboxDocument): Instant | undefined => {
  const call = attempts.open.find(({ status }) => status === 'in-flight')
  if (call !== undefined) return call.since
  const open = attempts.open.find(({ status }) => status === 'unknown' || status === 'looked')
  if (open !== undefined) return open.status === 'unknown' ? open.since + ECHO_GRACE : open.since
  const [reply] = replies.waiting
  return reply === undefined ? undefined : (reply.retryAt ?? at)
}

/** Where delivery finds its work, in this process or after any crash. Key: the conversation. Gone when nothing can be sent any more. */
export const outbox: Projection<OfReplies, OutboxDocument> = {
  name: 'outbox',
  // Rises with the domain's fold, too: its documents are parts of the state.
  version: 3,
  types: Object.keys(TYPES),
  keys: (recorded) => [conversationOf(recorded)],
  evolve,
  indexes: {
    /** when there is something to do */
    ready: (document) => {
      const at = readyAt(document)
      return at === undefined ? [] : [[at]]
    },
    /** channel, when there is something to do */
    channel: (document) => {
      const at = readyAt(document)
      return at === undefined ? [] : [[document.channelId, at]]
    },
  },
}
