import type { MessageReceived, MessageUnsent, MessageWithheld } from '../domain/conversation/events.ts'
import type { ChannelId, ConversationId, CustomerId, MessageId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection, Recorded } from './projection.ts'
import { channelOf, conversationOf } from './scope.ts'

/** A receipt without content: what a customer sent while the channel was disabled. */
export interface MissedDocument {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly customerId: CustomerId
  readonly messageId: MessageId
  readonly at: Instant
}

type Seen = MessageWithheld | MessageReceived | MessageUnsent

const concerns = ({ type, data }: Seen): boolean => {
  switch (type) {
    case 'MessageWithheld':
      return data.reason === 'channel-disabled'
    case 'MessageReceived':
      return data.recovered === true
    case 'MessageUnsent':
      return true
  }
}

/** What was missed while channels were disabled and could still be fetched from Meta. Key: conversation and message. */
export const missed: Projection<Seen, MissedDocument> = {
  name: 'missed',
  version: 1,
  types: ['MessageWithheld', 'MessageReceived', 'MessageUnsent'],
  keys: (recorded) =>
    concerns(recorded.event) ? [`${conversationOf(recorded)}/${recorded.event.data.messageId}`] : [],
  evolve: (_, recorded: Recorded<Seen>) => {
    const { event, scope } = recorded
    if (event.type !== 'MessageWithheld') return undefined
    const { messageId, at } = event.data
    return {
      conversationId: conversationOf(recorded),
      channelId: channelOf(recorded),
      customerId: scope.customerId ?? '',
      messageId,
      at,
    }
  },
  indexes: {
    /** channel, conversation, message time */
    channel: ({ channelId, conversationId, at }) => [[channelId, conversationId, at]],
  },
  counters: ({ channelId }) => [[channelId]],
}
