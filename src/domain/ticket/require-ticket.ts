import type { Actor } from '../actor.ts'
import type { TicketId } from '../ids.ts'
import { refuse } from '../refusal.ts'
import type { ClosedTicket, TicketState, WorkedTicket } from './state.ts'

/** @throws Refusal `ticket-not-found` */
export const requireOpened = (state: TicketState, ticketId: TicketId): WorkedTicket | ClosedTicket =>
  state.status === 'none' ? refuse('ticket-not-found', { ticketId }) : state

/** Whoever may not work on it does not even learn whether it is there. @throws Refusal `not-associated`, `ticket-not-found` */
export const requireWorkable = (
  state: TicketState,
  data: { readonly actor: Actor; readonly mayWork: boolean; readonly ticketId: TicketId },
): WorkedTicket | ClosedTicket => {
  if (data.actor.kind !== 'system' && !data.mayWork) refuse('not-associated', {})
  return requireOpened(state, data.ticketId)
}

/** @throws Refusal `not-associated`, `ticket-not-found`, `ticket-closed` */
export const requireNotClosed = (state: TicketState, data: Parameters<typeof requireWorkable>[1]): WorkedTicket => {
  const ticket = requireWorkable(state, data)
  if (ticket.status !== 'closed') return ticket
  return refuse('ticket-closed', { ticketId: data.ticketId, closedAt: ticket.closedAt })
}
