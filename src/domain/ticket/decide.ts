import type { TicketCommand } from './commands.ts'
import type { TicketEvent } from './events.ts'
import { openTicket } from './open-ticket.ts'
import type { TicketState } from './state.ts'
import { threadMessage } from './thread-message.ts'
import { assignTicket, changeTicketStatus, closeTicket, reopenTicket } from './work-on-ticket.ts'

export const decideTicket = (command: TicketCommand, state: TicketState): readonly TicketEvent[] => {
  switch (command.type) {
    case 'OpenTicket':
      return openTicket(command, state)
    case 'ThreadMessage':
      return threadMessage(command, state)
    case 'AssignTicket':
      return assignTicket(command, state)
    case 'ChangeTicketStatus':
      return changeTicketStatus(command, state)
    case 'CloseTicket':
      return closeTicket(command, state)
    case 'ReopenTicket':
      return reopenTicket(command, state)
  }
}
