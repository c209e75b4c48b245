import type { Instant } from '../instant.ts'
import type { OpenTicketStatus, TicketOpened } from './events.ts'

export interface NoTicket {
  readonly status: 'none'
}
/** What its opening said, with the range and the assignee as they are now. */
interface Opened extends Omit<TicketOpened['data'], 'at'> {
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
