import type { ThreadMessage } from './commands.ts'
import type { TicketEvent } from './events.ts'
import { requireOpened } from './require-ticket.ts'
import type { TicketState } from './state.ts'

/**
 * A later message of the conversation belongs to the ticket. What is within its range already is nothing to do, so a repetition
 * does not open again what was closed in between. A closed ticket stays closed unless the conversation decided otherwise.
 */
export const threadMessage = ({ data }: ThreadMessage, state: TicketState): readonly TicketEvent[] => {
  const { ticketId, messageId, revision, reopens, at } = data
  const ticket = requireOpened(state, ticketId)
  if (revision <= ticket.lastRevision) return []
  const threaded: TicketEvent = { type: 'MessageThreaded', data: { ticketId, messageId, revision, at } }
  if (!reopens || ticket.status !== 'closed') return [threaded]
  return [threaded, { type: 'TicketReopened', data: { ticketId, by: 'customer', at } }]
}
