import type { Actor } from '../actor.ts'
import type { Command } from '../command.ts'
import type { AgentId, MessageId, Revision, TicketId } from '../ids.ts'
import type { Instant } from '../instant.ts'
import type { OpenTicketStatus, TicketOpened } from './events.ts'

interface ByActor {
  readonly actor: Actor
  /** Whether the actor is an associated agent of the ticket's channel or an administrator of its organization, read at the channel's head. */
  readonly mayWork: boolean
  readonly ticketId: TicketId
  readonly at: Instant
}

/** Repeated with the same id: nothing to do. */
export type OpenTicket = Command<'OpenTicket', TicketOpened['data']>
/** `reopens`: the conversation decided that this customer's message reopens a ticket closed not long ago. */
export type ThreadMessage = Command<
  'ThreadMessage',
  {
    readonly ticketId: TicketId
    readonly messageId: MessageId
    readonly revision: Revision
    readonly reopens: boolean
    readonly at: Instant
  }
>
/** `assigneeMayWork: false`: the assignee is not associated with the ticket's channel, which is refused; absent: nobody asked. */
export type AssignTicket = Command<
  'AssignTicket',
  ByActor & { readonly assignee: AgentId | null; readonly assigneeMayWork?: boolean }
>
export type ChangeTicketStatus = Command<'ChangeTicketStatus', ByActor & { readonly status: OpenTicketStatus }>
export type CloseTicket = Command<'CloseTicket', ByActor>
export type ReopenTicket = Command<'ReopenTicket', ByActor>

export type TicketCommand = OpenTicket | ThreadMessage | AssignTicket | ChangeTicketStatus | CloseTicket | ReopenTicket
