import type { ChannelEvent } from '../domain/channel/events.ts'
import type { ConversationEvent } from '../domain/conversation/events.ts'
import {
  type AccountId,
  type ChannelId,
  type ConversationId,
  type OrganizationId,
  type Revision,
  type TicketId,
  ticketIdOf,
} from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { TicketEvent } from '../domain/ticket/events.ts'
import type { Projection, Recorded } from './projection.ts'

/** What one stream decided and another has still to take up. */
export type FollowUp =
  | {
      readonly kind: 'ticket'
      readonly ticketId: TicketId
      readonly conversationId: ConversationId
      /** Where the `ConversationConverted` stands that the ticket is opened from. */
      readonly convertedAt: Revision
      readonly opened: boolean
      /** Messages that came after the conversion and belong to the ticket, oldest first. */
      readonly threads: readonly {
        readonly messageId: string
        readonly revision: Revision
        readonly reopens: boolean
        readonly at: Instant
      }[]
      readonly since: Instant
    }
  | {
      readonly kind: 'deletion'
      readonly channelId: ChannelId
      readonly organizationId: OrganizationId
      readonly accountId: AccountId
      readonly pendingConversions: 'convert' | 'discard'
      readonly position: string
      readonly since: Instant
    }

type Seen = ConversationEvent | TicketEvent | Extract<ChannelEvent, { type: 'ChannelDeleted' }>

const keysOf = ({ event, scope }: Recorded<Seen>): readonly string[] => {
  switch (event.type) {
    case 'ChannelDeleted':
      return [`deletion/${event.data.channelId}`]
    case 'ConversationConverted':
    case 'TicketOpened':
    case 'MessageThreaded':
      return [event.data.ticketId]
    case 'MessageReceived':
    case 'MessageEchoed':
    case 'ReplyQueued':
      return event.data.episode === undefined ? [] : [ticketIdOf(scope.conversationId ?? '', event.data.episode)]
    default:
      return []
  }
}

/** Opens tickets, threads messages onto them, and settles deleted channels: redone until done. */
export const followUps: Projection<Seen, FollowUp> = {
  name: 'follow-ups',
  version: 1,
  types: [
    'ConversationConverted',
    'TicketOpened',
    'MessageThreaded',
    'MessageReceived',
    'MessageEchoed',
    'ReplyQueued',
    'ChannelDeleted',
  ],
  keys: keysOf,
  evolve: (document, { event, scope, revision, position }) => {
    if (event.type === 'ChannelDeleted') {
      const { channelId, organizationId, accountId, pendingConversions, at } = event.data
      return { kind: 'deletion', channelId, organizationId, accountId, pendingConversions, position, since: at }
    }
    if (event.type === 'ConversationConverted') {
      const { ticketId, at } = event.data
      const conversationId = scope.conversationId ?? ''
      return { kind: 'ticket', ticketId, conversationId, convertedAt: revision, opened: false, threads: [], since: at }
    }
    // A message of an episode that is not a ticket yet is found by the ticket when it is opened.
    if (document?.kind !== 'ticket') return document
    switch (event.type) {
      case 'TicketOpened':
        return { ...document, opened: true }
      case 'MessageThreaded':
        return { ...document, threads: document.threads.filter((thread) => thread.revision > event.data.revision) }
      case 'MessageReceived':
      case 'MessageEchoed':
      case 'ReplyQueued': {
        const messageId = event.type === 'ReplyQueued' ? event.data.replyId : event.data.messageId
        const reopens = event.type === 'MessageReceived' && event.data.reopensTicket === true
        return { ...document, threads: [...document.threads, { messageId, revision, reopens, at: event.data.at }] }
      }
      default:
        return document
    }
  },
  indexes: {
    /** since: tickets to open, messages to thread */
    pending: (document) =>
      document.kind === 'ticket' && (!document.opened || document.threads.length > 0) ? [[document.since]] : [],
    /** deletion: of every channel ever deleted */
    deletions: (document) => (document.kind === 'deletion' ? [[document.since]] : []),
  },
}
