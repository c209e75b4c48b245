import type { ActorRef } from '../actor.ts'
import type { DomainEvent } from '../event.ts'
import type { ChannelId, ConversationId } from '../ids.ts'
import type { Instant } from '../instant.ts'

/** An administrator who is not associated with the channel read in it (S11): allowed, and recorded. */
export type ReadByAdministrator = DomainEvent<
  'ReadByAdministrator',
  {
    readonly channelId: ChannelId
    /** Absent when a list was read. */
    readonly conversationId?: ConversationId
    readonly what: 'inbox' | 'transcript' | 'search' | 'deliveries' | 'pending-conversions' | 'tickets'
    readonly by: ActorRef
    readonly at: Instant
  }
>

export type AccessEvent = ReadByAdministrator
