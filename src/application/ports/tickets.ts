import type { TicketEvent } from '../../domain/ticket/events.ts'

/** For hosts that own their tickets: told of every ticket event at least once, in order per ticket, always with the same ids. */
export interface Tickets {
  receive(event: TicketEvent, eventId: string): Promise<void>
}
