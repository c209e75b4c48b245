import type { TicketEvent } from './events.ts'
import type { TicketState } from './state.ts'

export const evolveTicket = (state: TicketState, event: TicketEvent): TicketState => {
  if (event.type === 'TicketOpened') {
    if (state.status !== 'none') return state
    const { at, ...data } = event.data
    return { status: 'open', ...data, openedAt: at }
  }
  if (state.status === 'none') return state
  switch (event.type) {
    case 'MessageThreaded':
      return { ...state, lastRevision: Math.max(state.lastRevision, event.data.revision) }
    case 'TicketAssigned':
      return { ...state, assignee: event.data.assignee }
    case 'TicketStatusChanged':
      return state.status === 'closed' ? state : { ...state, status: event.data.status }
    case 'TicketClosed':
      return state.status === 'closed' ? state : { ...state, status: 'closed', closedAt: event.data.at }
    case 'TicketReopened': {
      if (state.status !== 'closed') return state
      const { closedAt: _, ...rest } = state
      return { ...rest, status: 'open' }
    }
  }
}
