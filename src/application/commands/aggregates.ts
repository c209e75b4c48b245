import {
  accountDecider,
  type AccountCommand,
  type AccountEvent,
  type AccountState,
} from '../../domain/account/index.ts'
import {
  channelDecider,
  type ChannelCommand,
  type ChannelEvent,
  type ChannelState,
} from '../../domain/channel/index.ts'
import {
  conversationDecider,
  type ConversationCommand,
  type ConversationEvent,
  type ConversationState,
} from '../../domain/conversation/index.ts'
import {
  organizationDecider,
  type OrganizationCommand,
  type OrganizationEvent,
  type OrganizationState,
} from '../../domain/organization/index.ts'
import { ticketDecider, type TicketCommand, type TicketEvent, type TicketState } from '../../domain/ticket/index.ts'
import type { Aggregate } from './streams.ts'

// `foldVersion` rises when the fold of an aggregate or the shape of its state changes: older snapshots are then ignored.

export const organizations: Aggregate<OrganizationState, OrganizationCommand, OrganizationEvent> = {
  name: 'organization',
  decider: organizationDecider,
  foldVersion: 2,
}
export const accounts: Aggregate<AccountState, AccountCommand, AccountEvent> = {
  name: 'account',
  decider: accountDecider,
  foldVersion: 1,
}
export const channels: Aggregate<ChannelState, ChannelCommand, ChannelEvent> = {
  name: 'channel',
  decider: channelDecider,
  foldVersion: 3,
}
export const conversations: Aggregate<ConversationState, ConversationCommand, ConversationEvent> = {
  name: 'conversation',
  decider: conversationDecider,
  foldVersion: 13,
}
export const tickets: Aggregate<TicketState, TicketCommand, TicketEvent> = {
  name: 'ticket',
  decider: ticketDecider,
  foldVersion: 1,
}
