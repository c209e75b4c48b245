import type {
  MessageEchoed,
  MessageReadAgain,
  MessageReceived,
  MessageUnsent,
  MessageWithheld,
  ReplyPartSent,
} from '../domain/conversation/events.ts'
import type { ChannelId, ConversationId, CustomerId, MessageId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection, Recorded } from './projection.ts'
import { channelOf, conversationOf } from './scope.ts'

/** A receipt without content: what a customer sent, or the business from elsewhere, while the channel was disabled. */
export interface MissedDocument {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly customerId: CustomerId
  readonly messageId: MessageId
  readonly by: 'customer' | 'business'
  readonly at: Instant
}

type Seen = MessageWithheld | MessageReceived | MessageEchoed | MessageReadAgain | ReplyPartSent | MessageUnsent

/** What its author took back can never be fetched, whichever came first. */
const concerns = ({ type, data }: Seen): boolean => {
  switch (type) {
    case 'MessageWithheld':
      return data.reason === 'channel-disabled' && data.unsent !== true
    case 'MessageReceived':
      return data.recovered === true
    case 'MessageEchoed':
      return data.withheld !== undefined
    // What a reply of this desk holds needs no fetching.
    case 'ReplyPartSent':
    case 'MessageReadAgain':
    case 'MessageUnsent':
      return true
  }
}

/** The key of a message. */
export const missedKey = (conversationId: ConversationId, messageId: MessageId): string =>
  `${conversationId}/${messageId}`

/** What was missed while channels were disabled and could still be fetched from Meta. Key: conversation and message. */
export const missed: Projection<Seen, MissedDocument> = {
  name: 'missed',
  version: 3,
  types: ['MessageWithheld', 'MessageReceived', 'MessageEchoed', 'MessageReadAgain', 'ReplyPartSent', 'MessageUnsent'],
  keys: (recorded) =>
    concerns(recorded.event) ? [missedKey(conversationOf(recorded), recorded.event.data.messageId)] : [],
  evolve: (_, recorded: Recorded<Seen>) => {
    const { event, scope } = recorded
    if (event.type !== 'MessageWithheld' && event.type !== 'MessageEchoed') return undefined
    const { messageId, at } = event.data
    return {
      conversationId: conversationOf(recorded),
      channelId: channelOf(recorded),
      customerId: scope.customerId ?? '',
      messageId,
      by: event.type === 'MessageEchoed' ? 'business' : 'customer',
      at,
    }
  },
  indexes: {
    /** channel, conversation, message time */
    channel: ({ channelId, conversationId, at }) => [[channelId, conversationId, at]],
  },
  counters: ({ channelId }) => [[channelId]],
}
