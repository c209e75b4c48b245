import type { OpenTicket } from './commands.ts'
import type { TicketEvent } from './events.ts'
import type { TicketState } from './state.ts'

/** Asked again until it is done, always with the same id: the second time there is nothing to do. */
export const openTicket = ({ data }: OpenTicket, state: TicketState): readonly TicketEvent[] =>
  state.status === 'none' ? [{ type: 'TicketOpened', data }] : []
