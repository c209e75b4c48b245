import type { ConversionPolicy } from '../domain/channel/settings.ts'
import type { ConversationEvent } from '../domain/conversation/events.ts'
import type { ChannelId, ConversationId, CustomerId, Episode, MessageId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection } from './projection.ts'
import { conversationOf } from './scope.ts'

/** A run of messages that becomes a ticket by itself, unless somebody says otherwise before. */
export interface PendingConversion {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly customerId: CustomerId
  readonly episode: Episode
  readonly startedBy: MessageId
  readonly scheduledAt: Instant
  readonly dueAt: Instant
  readonly policy: ConversionPolicy
}

/** The conversions that are still to come, by due time. */
export const pendingConversions: Projection<ConversationEvent, PendingConversion> = {
  name: 'pending-conversions',
  version: 2,
  types: ['ConversionScheduled', 'ConversionRescheduled', 'ConversionCancelled', 'ConversationConverted'],
  keys: (recorded) => [`${conversationOf(recorded)}/${(recorded.event.data as { readonly episode: Episode }).episode}`],
  evolve: (document, { event, scope }) => {
    switch (event.type) {
      case 'ConversionScheduled': {
        const { episode, startedBy, dueAt, policy, at } = event.data
        const { conversationId = '', channelId = '', customerId = '' } = scope
        return { conversationId, channelId, customerId, episode, startedBy, scheduledAt: at, dueAt, policy }
      }
      case 'ConversionRescheduled':
        return document && { ...document, dueAt: event.data.dueAt }
      default:
        return undefined
    }
  },
  indexes: {
    /** channel, due time */
    channel: ({ channelId, dueAt }) => [[channelId, dueAt]],
  },
}
