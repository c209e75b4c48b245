import type { MessageEchoed, MessageReadAgain, MessageReceived, MessageUnsent } from '../domain/conversation/events.ts'
import type { ChannelId, ConversationId, CustomerId, MessageId, Revision } from '../domain/ids.ts'
import type { Projection, Recorded } from './projection.ts'
import { channelOf, conversationOf } from './scope.ts'

/** A message of which something was not understood, and what came was kept: where that stands, and none of it. */
export interface UnknownMessageDocument {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly customerId: CustomerId
  readonly messageId: MessageId
  /** Of the event that holds what came. */
  readonly revision: Revision
}

type Seen = MessageReceived | MessageEchoed | MessageReadAgain | MessageUnsent

/** The key of a message. */
export const unknownMessageKey = (conversationId: ConversationId, messageId: MessageId): string =>
  `${conversationId}/${messageId}`

/** What may be read again when support arrives: what was kept of messages of unknown kinds, unless they were taken back. */
export const unknownMessages: Projection<Seen, UnknownMessageDocument> = {
  name: 'unknown-messages',
  version: 1,
  types: ['MessageReceived', 'MessageEchoed', 'MessageReadAgain', 'MessageUnsent'],
  keys: (recorded) => [unknownMessageKey(conversationOf(recorded), recorded.event.data.messageId)],
  evolve: (_, recorded: Recorded<Seen>) => {
    const { event, scope, revision } = recorded
    if (event.type === 'MessageUnsent' || event.personal?.raw === undefined) return undefined
    return {
      conversationId: conversationOf(recorded),
      channelId: channelOf(recorded),
      customerId: scope.customerId ?? '',
      messageId: event.data.messageId,
      revision,
    }
  },
  indexes: {
    /** channel, conversation, revision */
    channel: ({ channelId, conversationId, revision }) => [[channelId, conversationId, revision]],
  },
}
