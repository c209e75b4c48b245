import type { AccessEvent } from './access/events.ts'
import type { AccountEvent } from './account/events.ts'
import type { ChannelEvent } from './channel/events.ts'
import type { ConversationEvent } from './conversation/events.ts'
import type { IntakeEvent } from './intake/events.ts'
import type { OrganizationEvent } from './organization/events.ts'
import type { TicketEvent } from './ticket/events.ts'

/** Everything that can stand in the log. */
export type DeskEvent =
  | OrganizationEvent
  | AccountEvent
  | ChannelEvent
  | ConversationEvent
  | TicketEvent
  | IntakeEvent
  | AccessEvent

export type DeskEventType = DeskEvent['type']
