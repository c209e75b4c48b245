import type { ActorRef } from '../domain/actor.ts'
import type {
  ConversationEvent,
  Part,
  RejectionReason,
  ReplyAttemptFailed,
  SettledBy,
} from '../domain/conversation/events.ts'
import type { ChannelId, ConversationId, MessageId, Mid, ReplyId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection } from './projection.ts'

/** Where a reply stands. */
export type DeliveryStatus = 'queued' | 'attempted' | 'sent' | 'partly-sent' | 'rejected' | 'unconfirmed'

/** One call to Meta. */
export interface DeliveryAttempt {
  readonly part: number
  readonly attempt: number
  readonly at: Instant
  readonly tag: 'none' | 'human-agent'
  readonly epoch: number
  readonly worker: string
  readonly outcome: 'in-flight' | 'sent' | 'failed' | 'unknown' | 'looked-for' | 'unconfirmed' | 'rejected'
  readonly endedAt?: Instant
  readonly settledBy?: SettledBy
  readonly messageId?: MessageId
  readonly mid?: Mid
  readonly reason?: RejectionReason | ReplyAttemptFailed['data']['reason']
  /** Meta's code and subcode. */
  readonly code?: string
  readonly retryAt?: Instant
}

/** A reply with every attempt of every part: what happened to it, provable later. Holds no content. */
export interface DeliveryDocument {
  readonly replyId: ReplyId
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly author: ActorRef
  readonly queuedAt: Instant
  readonly status: DeliveryStatus
  /** The cut; empty before the first attempt. */
  readonly parts: readonly Part[]
  /** How many parts Meta took. */
  readonly sentParts: number
  readonly attempts: readonly DeliveryAttempt[]
  /** Why it was rejected. */
  readonly reason?: RejectionReason
  readonly resent: readonly { readonly by: ActorRef; readonly at: Instant; readonly mayArriveTwice: boolean }[]
}

/** A reply that is throttled for hours is attempted again and again: the first attempts and the newest are kept, the log has all. */
export const MAX_ATTEMPTS = 200
const FIRST_KEPT = 20

const withAttempt = (attempts: readonly DeliveryAttempt[], attempt: DeliveryAttempt): readonly DeliveryAttempt[] =>
  attempts.length < MAX_ATTEMPTS ? [...attempts, attempt] : [...attempts.toSpliced(FIRST_KEPT, 1), attempt]

type Key = Pick<DeliveryAttempt, 'part' | 'attempt'>

const changedAttempt = (
  document: DeliveryDocument,
  { part, attempt }: Key,
  change: Partial<DeliveryAttempt>,
): readonly DeliveryAttempt[] =>
  document.attempts.map((each) => (each.part === part && each.attempt === attempt ? { ...each, ...change } : each))

const ended = (document: DeliveryDocument, status: DeliveryStatus): DeliveryStatus =>
  status !== 'sent' && document.sentParts > 0 && status !== 'unconfirmed' ? 'partly-sent' : status

/** The delivery after one of its events. */
export const delivered = (document: DeliveryDocument, event: ConversationEvent): DeliveryDocument => {
  switch (event.type) {
    case 'ReplyAttempted': {
      const { part, attempt, at, tag, epoch, worker, parts } = event.data
      return {
        ...document,
        status: 'attempted',
        parts: parts ?? document.parts,
        attempts: withAttempt(document.attempts, { part, attempt, at, tag, epoch, worker, outcome: 'in-flight' }),
      }
    }
    case 'ReplyPartSent': {
      const { part, messageId, mid, settledBy, at } = event.data
      const sentParts = Math.max(document.sentParts, part + 1)
      const whole = sentParts >= document.parts.length
      // Late evidence on a reply that had ended sends no further part by itself.
      const status = whole
        ? 'sent'
        : document.status === 'attempted' || document.status === 'queued'
          ? 'attempted'
          : 'partly-sent'
      // Meta may have refused what it delivered all the same.
      const { reason: _, ...arrived } = document
      return {
        ...(whole ? arrived : document),
        sentParts,
        status,
        attempts: changedAttempt(document, event.data, { outcome: 'sent', messageId, mid, settledBy, endedAt: at }),
      }
    }
    case 'ReplyAttemptFailed': {
      const { reason, code, retryAt, at } = event.data
      return {
        ...document,
        status: 'queued',
        attempts: changedAttempt(document, event.data, {
          outcome: 'failed',
          reason,
          retryAt,
          endedAt: at,
          ...(code === undefined ? {} : { code }),
        }),
      }
    }
    case 'ReplyOutcomeUnknown': {
      const { code, at } = event.data
      return {
        ...document,
        attempts: changedAttempt(document, event.data, {
          outcome: 'unknown',
          endedAt: at,
          ...(code === undefined ? {} : { code }),
        }),
      }
    }
    case 'ReplyAttemptSuperseded': {
      const { outcome, code, part, attempt, at } = event.data
      return {
        ...document,
        attempts: document.attempts.map((each) => {
          if (each.part !== part || each.attempt !== attempt) return each
          const { settledBy: _, messageId: _message, mid: _mid, ...open } = each
          return {
            ...open,
            outcome: outcome === 'unknown' ? 'unconfirmed' : 'failed',
            endedAt: at,
            ...(code === undefined ? {} : { code }),
          }
        }),
      }
    }
    case 'ReplyLookedFor':
      return event.data.found
        ? document
        : { ...document, attempts: changedAttempt(document, event.data, { outcome: 'looked-for' }) }
    case 'ReplyUnconfirmed':
      return {
        ...document,
        status: 'unconfirmed',
        sentParts: Math.min(document.sentParts, event.data.part),
        attempts: document.attempts.map((each) => {
          if (each.part !== event.data.part || each.attempt !== event.data.attempt) return each
          const { settledBy: _, messageId: __, mid: ___, ...open } = each
          return { ...open, outcome: 'unconfirmed' }
        }),
      }
    case 'ReplyRejected': {
      const { reason, code, attempt, part, at } = event.data
      const attempts =
        attempt === undefined
          ? document.attempts
          : changedAttempt(
              document,
              { part, attempt },
              { outcome: 'rejected', reason, endedAt: at, ...(code === undefined ? {} : { code }) },
            )
      return { ...document, status: ended(document, 'rejected'), reason, attempts }
    }
    case 'ReplyRequeued': {
      const { by, at, mayArriveTwice } = event.data
      const { reason: _, ...open } = document
      return { ...open, status: 'queued', resent: [...document.resent, { by, at, mayArriveTwice }] }
    }
    default:
      return document
  }
}

/** All replies of the desk, with every attempt. */
export const deliveries: Projection<ConversationEvent, DeliveryDocument> = {
  name: 'deliveries',
  version: 3,
  types: [
    'ReplyQueued',
    'ReplyAttempted',
    'ReplyPartSent',
    'ReplyAttemptFailed',
    'ReplyAttemptSuperseded',
    'ReplyOutcomeUnknown',
    'ReplyLookedFor',
    'ReplyUnconfirmed',
    'ReplyRejected',
    'ReplyRequeued',
  ],
  keys: ({ event }) => [(event.data as { readonly replyId: ReplyId }).replyId],
  evolve: (document, { event, scope }) => {
    if (event.type !== 'ReplyQueued') return document && delivered(document, event)
    const { replyId, author, at } = event.data
    const { conversationId = '', channelId = '' } = scope
    return {
      replyId,
      conversationId,
      channelId,
      author,
      queuedAt: at,
      status: 'queued',
      parts: [],
      sentParts: 0,
      attempts: [],
      resent: [],
    }
  },
  indexes: {
    /** channel, when it was asked for */
    channel: ({ channelId, queuedAt }) => [[channelId, queuedAt]],
    /** channel, status, when it was asked for */
    status: ({ channelId, status, queuedAt }) => [[channelId, status, queuedAt]],
    /** conversation, when it was asked for */
    conversation: ({ conversationId, queuedAt }) => [[conversationId, queuedAt]],
  },
}
