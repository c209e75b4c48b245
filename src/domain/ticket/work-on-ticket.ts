import { actorRef } from '../actor.ts'
import { refuse } from '../refusal.ts'
import { requireId, requireOneOf } from '../text.ts'
import type { AssignTicket, ChangeTicketStatus, CloseTicket, ReopenTicket } from './commands.ts'
import type { TicketEvent } from './events.ts'
import { requireNotClosed, requireWorkable } from './require-ticket.ts'
import type { TicketState } from './state.ts'

export const assignTicket = ({ data }: AssignTicket, state: TicketState): readonly TicketEvent[] => {
  const ticket = requireNotClosed(state, data)
  const { ticketId, actor, at } = data
  const assignee = data.assignee === null ? null : requireId('assignee', data.assignee)
  if (assignee === ticket.assignee) return []
  if (assignee !== null && data.assigneeMayWork === false) refuse('target-not-associated', { agentId: assignee })
  return [{ type: 'TicketAssigned', data: { ticketId, assignee, by: actorRef(actor), at } }]
}

export const changeTicketStatus = ({ data }: ChangeTicketStatus, state: TicketState): readonly TicketEvent[] => {
  const ticket = requireNotClosed(state, data)
  const { ticketId, actor, at } = data
  const status = requireOneOf('status', data.status, ['open', 'pending', 'on-hold'])
  if (status === ticket.status) return []
  return [{ type: 'TicketStatusChanged', data: { ticketId, status, by: actorRef(actor), at } }]
}

export const closeTicket = ({ data }: CloseTicket, state: TicketState): readonly TicketEvent[] => {
  const { status } = requireWorkable(state, data)
  const { ticketId, actor, at } = data
  return status === 'closed' ? [] : [{ type: 'TicketClosed', data: { ticketId, by: actorRef(actor), at } }]
}

/** A reopened ticket is `open`, whatever it was before it was closed. */
export const reopenTicket = ({ data }: ReopenTicket, state: TicketState): readonly TicketEvent[] => {
  const { status } = requireWorkable(state, data)
  const { ticketId, actor, at } = data
  return status === 'closed' ? [{ type: 'TicketReopened', data: { ticketId, by: actorRef(actor), at } }] : []
}
