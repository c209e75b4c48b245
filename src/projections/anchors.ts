import type {
  MessageReceived,
  MessageWithheld,
  ReactionChanged,
  ReferralReceived,
} from '../domain/conversation/events.ts'
import type { ConversationId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection } from './projection.ts'
import { conversationOf } from './scope.ts'

/** An instant at which the customer opened the reply window. */
export interface AnchorDocument {
  readonly conversationId: ConversationId
  readonly at: Instant
}

/**
 * Every anchor of every reply window, so that the window at any earlier instant can be told: the greatest one until then.
 * Key: conversation and revision.
 */
export const anchors: Projection<
  MessageReceived | MessageWithheld | ReactionChanged | ReferralReceived,
  AnchorDocument
> = {
  name: 'anchors',
  version: 1,
  types: ['MessageReceived', 'MessageWithheld', 'ReactionChanged', 'ReferralReceived'],
  keys: (recorded) => (recorded.event.data.opens ? [`${conversationOf(recorded)}/${recorded.revision}`] : []),
  evolve: (_, recorded) => ({ conversationId: conversationOf(recorded), at: recorded.event.data.at }),
  indexes: {
    /** conversation, instant */
    conversation: ({ conversationId, at }) => [[conversationId, at]],
  },
}
