import { HUMAN_AGENT_WINDOW, STANDARD_WINDOW } from '../domain/conversation/reply-window.ts'
import type { ConversationEvent } from '../domain/conversation/events.ts'
import type { AccountId, ChannelId, ConversationId, OrganizationId } from '../domain/ids.ts'
import { DAY, type Instant } from '../domain/instant.ts'
import type { IntakeEvent } from '../domain/intake/events.ts'
import type { OrganizationEvent } from '../domain/organization/events.ts'
import type { Projection, Recorded } from './projection.ts'

/** How long the body of a quarantined event is kept. */
export const QUARANTINE_FOR: number = 30 * DAY

/** Something that must happen at a moment; `null` where nothing is due any more. */
export type Deadline =
  | {
      readonly kind: 'conversation'
      readonly conversationId: ConversationId
      /** The newest anchor of the reply window, and whether its two ends are written. */
      readonly anchor: Instant | null
      readonly standardWritten: boolean
      readonly humanAgentWritten: boolean
      readonly conversionDueAt: Instant | null
    }
  | {
      readonly kind: 'channel-slot'
      readonly organizationId: OrganizationId
      readonly channelId: ChannelId
      readonly accountId: AccountId
      readonly dueAt: Instant
    }
  | { readonly kind: 'quarantine'; readonly quarantineId: string; readonly dueAt: Instant }

type OfConversation = Extract<Deadline, { kind: 'conversation' }>

/** The earliest instant at which something is due; null: nothing is. */
export const dueAtOf = (deadline: Deadline): Instant | null => {
  if (deadline.kind !== 'conversation') return deadline.dueAt
  const { anchor, standardWritten, humanAgentWritten, conversionDueAt } = deadline
  const ends = [
    ...(anchor === null || standardWritten ? [] : [anchor + STANDARD_WINDOW]),
    ...(anchor === null || humanAgentWritten ? [] : [anchor + HUMAN_AGENT_WINDOW]),
    ...(conversionDueAt === null ? [] : [conversionDueAt]),
  ]
  return ends.length === 0 ? null : Math.min(...ends)
}

type Seen = ConversationEvent | OrganizationEvent | IntakeEvent

const keyOf = ({ event, scope }: Recorded<Seen>): string => {
  switch (event.type) {
    case 'ChannelSlotTaken':
    case 'ChannelSlotConfirmed':
    case 'ChannelSlotReleased':
      return `slot/${event.data.channelId}`
    case 'EventQuarantined':
    case 'QuarantineRerun':
    case 'QuarantineExpired':
      return `quarantine/${event.data.quarantineId}`
    default:
      return scope.conversationId ?? ''
  }
}

const anchored = (deadline: OfConversation, opens: boolean, at: Instant): OfConversation =>
  opens && (deadline.anchor === null || at > deadline.anchor)
    ? { ...deadline, anchor: at, standardWritten: false, humanAgentWritten: false }
    : deadline

/** Everything that must happen at a moment, ordered by due time. One document per conversation. */
export const deadlines: Projection<Seen, Deadline> = {
  name: 'deadlines',
  version: 1,
  types: [
    'MessageReceived',
    'MessageWithheld',
    'ReactionChanged',
    'ReferralReceived',
    'ReplyWindowExpired',
    'ConversionScheduled',
    'ConversionRescheduled',
    'ConversionCancelled',
    'ConversationConverted',
    'ChannelSlotTaken',
    'ChannelSlotConfirmed',
    'ChannelSlotReleased',
    'EventQuarantined',
    'QuarantineRerun',
    'QuarantineExpired',
  ],
  keys: (recorded) => [keyOf(recorded)],
  evolve: (document, { event, scope }) => {
    const deadline: OfConversation =
      document?.kind === 'conversation'
        ? document
        : {
            kind: 'conversation',
            conversationId: scope.conversationId ?? '',
            anchor: null,
            standardWritten: false,
            humanAgentWritten: false,
            conversionDueAt: null,
          }
    switch (event.type) {
      case 'MessageReceived':
      case 'MessageWithheld':
      case 'ReactionChanged':
      case 'ReferralReceived':
        return anchored(deadline, event.data.opens, event.data.at)
      case 'ReplyWindowExpired':
        if (event.data.anchor !== deadline.anchor) return deadline
        return event.data.kind === 'standard'
          ? { ...deadline, standardWritten: true }
          : { ...deadline, humanAgentWritten: true }
      case 'ConversionScheduled':
      case 'ConversionRescheduled':
        return { ...deadline, conversionDueAt: event.data.dueAt }
      case 'ConversionCancelled':
      case 'ConversationConverted':
        return { ...deadline, conversionDueAt: null }
      case 'ChannelSlotTaken': {
        const { organizationId, channelId, accountId, completeBy } = event.data
        return { kind: 'channel-slot', organizationId, channelId, accountId, dueAt: completeBy }
      }
      case 'EventQuarantined':
        return {
          kind: 'quarantine',
          quarantineId: event.data.quarantineId,
          dueAt: event.data.expiresAt ?? event.data.receivedAt + QUARANTINE_FOR,
        }
      case 'QuarantineRerun':
        return event.data.outcome === 'quarantined' ? document : undefined
      case 'ChannelSlotConfirmed':
      case 'ChannelSlotReleased':
      case 'QuarantineExpired':
        return undefined
      default:
        return document
    }
  },
  indexes: {
    /** the earliest instant at which something is due */
    due: (deadline) => {
      const dueAt = dueAtOf(deadline)
      return dueAt === null ? [] : [[dueAt]]
    },
  },
}
