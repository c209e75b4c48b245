import type { TicketEvent } from '../../domain/ticket/events.ts'

/**
 * For hosts that own their tickets: told of every ticket event at least once, in order per ticket, always with the same ids.
 *
 * What `receive` rejects, or does not answer within 30 seconds, is told again later and later, for ever, before anything else of that
 * ticket; other tickets go on. After a crash the newest events come again: an event of a known id is nothing new. Where views are lost,
 * or are of each process alone, what has come since the first event that waits comes again; on a copied log, everything does.
 */
export interface Tickets {
  receive(event: TicketEvent, eventId: string): Promise<void>
}
