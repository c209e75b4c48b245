import type { Instant } from '../domain/instant.ts'
import type { OpenTicketStatus, TicketEvent, TicketOpened } from '../domain/ticket/events.ts'
import type { Projection } from './projection.ts'

/** A ticket as lists show it. Its messages are those of the conversation in its range that carry its episode. */
export interface TicketDocument extends Omit<TicketOpened['data'], 'at'> {
  readonly status: OpenTicketStatus | 'closed'
  readonly openedAt: Instant
  readonly changedAt: Instant
  readonly closedAt: Instant | null
}

const opened = ({ at, ...data }: TicketOpened['data']): TicketDocument => ({
  ...data,
  status: 'open',
  openedAt: at,
  changedAt: at,
  closedAt: null,
})

const changed = (ticket: TicketDocument, event: Exclude<TicketEvent, TicketOpened>): TicketDocument => {
  const { at } = event.data
  switch (event.type) {
    case 'MessageThreaded':
      return { ...ticket, lastRevision: Math.max(ticket.lastRevision, event.data.revision), changedAt: at }
    case 'TicketAssigned':
      return { ...ticket, assignee: event.data.assignee, changedAt: at }
    case 'TicketStatusChanged':
      return ticket.status === 'closed' ? ticket : { ...ticket, status: event.data.status, changedAt: at }
    case 'TicketClosed':
      return { ...ticket, status: 'closed', closedAt: at, changedAt: at }
    case 'TicketReopened':
      return { ...ticket, status: 'open', closedAt: null, changedAt: at }
  }
}

/** All tickets. */
export const tickets: Projection<TicketEvent, TicketDocument> = {
  name: 'tickets',
  version: 2,
  types: ['TicketOpened', 'MessageThreaded', 'TicketAssigned', 'TicketStatusChanged', 'TicketClosed', 'TicketReopened'],
  keys: ({ event }) => [event.data.ticketId],
  evolve: (document, { event }) =>
    event.type === 'TicketOpened' ? (document ?? opened(event.data)) : document && changed(document, event),
  indexes: {
    /** channel, opening */
    channel: ({ channelId, openedAt }) => [[channelId, openedAt]],
    /** channel, status, opening */
    status: ({ channelId, status, openedAt }) => [[channelId, status, openedAt]],
    /** conversation, episode */
    conversation: ({ conversationId, episode }) => [[conversationId, episode]],
  },
}
