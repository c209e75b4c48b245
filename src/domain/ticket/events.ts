import type { ActorRef } from '../actor.ts'
import type { DomainEvent } from '../event.ts'
import type {
  AgentId,
  ChannelId,
  ConversationId,
  CustomerId,
  DepartmentId,
  Episode,
  MessageId,
  OrganizationId,
  Revision,
  TicketId,
} from '../ids.ts'
import type { Instant } from '../instant.ts'

/** `closed` is not among them: closing and reopening are events of their own. */
export type OpenTicketStatus = 'open' | 'pending' | 'on-hold'

/** What made the ticket. */
export type ConversionCause = 'by-time' | 'by-hand' | 'channel-deleted'

/**
 * What a ticket made by hand takes beside its episode: of the messages from its first revision to `to` those that carry no episode, or
 * one that is no ticket of its own.
 */
export interface TakenMessages {
  readonly to: Revision
  /** No message that it takes is older, by message time. */
  readonly since: Instant
}

/**
 * A ticket was made from an episode. Its messages are those of the conversation up to its last revision that carry this episode, and
 * those between the two revisions (both inclusive) that it takes beside them: see `isInTicket`. Its subject refers to a message, so that forgetting the message forgets the subject.
 */
export type TicketOpened = DomainEvent<
  'TicketOpened',
  {
    readonly ticketId: TicketId
    readonly organizationId: OrganizationId
    readonly channelId: ChannelId
    readonly departmentId: DepartmentId
    readonly conversationId: ConversationId
    readonly customerId: CustomerId
    readonly episode: Episode
    readonly firstRevision: Revision
    readonly lastRevision: Revision
    /** Absent: its episode is all that it holds. */
    readonly takes?: TakenMessages
    readonly subjectMessageId: MessageId | null
    readonly cause: ConversionCause
    readonly assignee: AgentId | null
    /** When the customer first wrote in the episode: what a service level counts from. */
    readonly firstCustomerMessageAt: Instant
    /** When the ticket was due or asked for. */
    readonly at: Instant
  }
>
/** A later message of the conversation belongs to this ticket: the range now ends there. */
export type MessageThreaded = DomainEvent<
  'MessageThreaded',
  { readonly ticketId: TicketId; readonly messageId: MessageId; readonly revision: Revision; readonly at: Instant }
>
export type TicketAssigned = DomainEvent<
  'TicketAssigned',
  { readonly ticketId: TicketId; readonly assignee: AgentId | null; readonly by: ActorRef; readonly at: Instant }
>
export type TicketStatusChanged = DomainEvent<
  'TicketStatusChanged',
  { readonly ticketId: TicketId; readonly status: OpenTicketStatus; readonly by: ActorRef; readonly at: Instant }
>
export type TicketClosed = DomainEvent<
  'TicketClosed',
  { readonly ticketId: TicketId; readonly by: ActorRef; readonly at: Instant }
>
/** `by: 'customer'`: a message came within the reopening interval. */
export type TicketReopened = DomainEvent<
  'TicketReopened',
  { readonly ticketId: TicketId; readonly by: ActorRef | 'customer'; readonly at: Instant }
>

export type TicketEvent =
  | TicketOpened
  | MessageThreaded
  | TicketAssigned
  | TicketStatusChanged
  | TicketClosed
  | TicketReopened
