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
import type { ConversionCause, OpenTicketStatus } from './events.ts'

export interface NoTicket {
  readonly status: 'none'
}
interface Opened {
  readonly ticketId: TicketId
  readonly organizationId: OrganizationId
  readonly channelId: ChannelId
  readonly departmentId: DepartmentId
  readonly conversationId: ConversationId
  readonly customerId: CustomerId
  readonly episode: Episode
  readonly firstRevision: Revision
  /** Of the newest message that belongs to the ticket. */
  readonly lastRevision: Revision
  readonly subjectMessageId: MessageId | null
  readonly cause: ConversionCause
  readonly assignee: AgentId | null
  readonly firstCustomerMessageAt: Instant
  readonly openedAt: Instant
}
export interface WorkedTicket extends Opened {
  readonly status: OpenTicketStatus
}
export interface ClosedTicket extends Opened {
  readonly status: 'closed'
  readonly closedAt: Instant
}
export type TicketState = NoTicket | WorkedTicket | ClosedTicket

export const initialTicket = (): TicketState => ({ status: 'none' })
