import type { Decider } from '../decider.ts'
import type { TicketCommand } from './commands.ts'
import { decideTicket } from './decide.ts'
import { evolveTicket } from './evolve.ts'
import type { TicketEvent } from './events.ts'
import { initialTicket, type TicketState } from './state.ts'

export type * from './commands.ts'
export type * from './events.ts'
export type { ClosedTicket, NoTicket, TicketState, WorkedTicket } from './state.ts'
export { isInTicket, type TicketRange } from './is-in-ticket.ts'
export { ticketFacts } from './ticket-facts.ts'

/** One episode of a conversation as work to be done. */
export const ticketDecider: Decider<TicketState, TicketCommand, TicketEvent> = {
  initialState: initialTicket,
  decide: decideTicket,
  evolve: evolveTicket,
}
