import type { ChannelEvent } from '../domain/channel/events.ts'
import type { ConversationEvent } from '../domain/conversation/events.ts'
import {
  type AccountId,
  type ChannelId,
  type ConversationId,
  type MessageId,
  type OrganizationId,
  type Revision,
  type TicketId,
  ticketIdOf,
} from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { IntakeEvent } from '../domain/intake/events.ts'
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
      readonly kind: 'unsend'
      readonly messageId: MessageId
      /** Quarantined bodies that hold something of it, oldest first. */
      readonly quarantined: readonly string[]
      /** When it was taken back, if it was. */
      readonly unsentAt?: Instant
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

type Unsending = Extract<
  ConversationEvent | IntakeEvent,
  { type: 'MessageUnsent' | 'EventQuarantined' | 'QuarantinedMessageUnsent' }
>
type Ticketed = Extract<
  ConversationEvent | TicketEvent,
  {
    type:
      | 'ConversationConverted'
      | 'TicketOpened'
      | 'MessageThreaded'
      | 'MessageReceived'
      | 'MessageEchoed'
      | 'ReplyQueued'
  }
>
type Seen = Unsending | Ticketed | Extract<ChannelEvent, { type: 'ChannelDeleted' }>

const UNSEND = 'unsend/'
const unsendKey = (messageId: MessageId): string => `${UNSEND}${messageId}`

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
    case 'EventQuarantined': {
      const { messages = [], unsends } = event.data
      return [...new Set(unsends === undefined ? messages : [...messages, unsends])].map(unsendKey)
    }
    case 'QuarantinedMessageUnsent':
    case 'MessageUnsent':
      return [unsendKey(event.data.messageId)]
  }
}

/** Of a message: which quarantined bodies hold it, and whether it was taken back, in whatever order that came. */
const evolveUnsend = (document: FollowUp | undefined, event: Unsending, messageId: MessageId): FollowUp => {
  const known = document?.kind === 'unsend' ? document : { kind: 'unsend' as const, messageId, quarantined: [] }
  switch (event.type) {
    case 'MessageUnsent':
      return { ...known, unsentAt: known.unsentAt ?? event.data.receivedAt }
    case 'EventQuarantined': {
      const { quarantineId, messages = [], unsends, receivedAt } = event.data
      return {
        ...known,
        ...(messages.includes(messageId) ? { quarantined: [...known.quarantined, quarantineId] } : {}),
        ...(unsends === messageId ? { unsentAt: known.unsentAt ?? receivedAt } : {}),
      }
    }
    case 'QuarantinedMessageUnsent':
      return { ...known, quarantined: known.quarantined.filter((id) => id !== event.data.quarantineId) }
  }
}

/** Opens tickets, threads messages onto them, settles deleted channels, and strikes what was unsent from quarantined bodies: redone until done. */
export const followUps: Projection<Seen, FollowUp> = {
  name: 'follow-ups',
  version: 2,
  types: [
    'ConversationConverted',
    'TicketOpened',
    'MessageThreaded',
    'MessageReceived',
    'MessageEchoed',
    'ReplyQueued',
    'ChannelDeleted',
    'MessageUnsent',
    'EventQuarantined',
    'QuarantinedMessageUnsent',
  ],
  keys: keysOf,
  evolve: (document, { event, scope, revision, position }, key) => {
    if (
      event.type === 'MessageUnsent' ||
      event.type === 'EventQuarantined' ||
      event.type === 'QuarantinedMessageUnsent'
    )
      return evolveUnsend(document, event, key.slice(UNSEND.length))
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
    }
  },
  indexes: {
    /** since: tickets to open, messages to thread */
    pending: (document) =>
      document.kind === 'ticket' && (!document.opened || document.threads.length > 0) ? [[document.since]] : [],
    /** unsend: what of it stands in quarantine */
    unsends: (document) =>
      document.kind === 'unsend' && document.unsentAt !== undefined && document.quarantined.length > 0
        ? [[document.unsentAt]]
        : [],
    /** deletion: of every channel ever deleted */
    deletions: (document) => (document.kind === 'deletion' ? [[document.since]] : []),
  },
}
