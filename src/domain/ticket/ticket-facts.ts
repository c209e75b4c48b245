import type { TicketFacts } from '../conversation/commands.ts'
import type { TicketState } from './state.ts'

/** What a conversation needs of its latest ticket; undefined while there is none. */
export const ticketFacts = (state: TicketState): TicketFacts | undefined => {
  if (state.status === 'none') return undefined
  if (state.status !== 'closed') return { ticketId: state.ticketId, status: 'open' }
  return { ticketId: state.ticketId, status: 'closed', closedAt: state.closedAt }
}
