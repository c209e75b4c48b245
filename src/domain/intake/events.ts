import type { ActorRef } from '../actor.ts'
import type { DomainEvent } from '../event.ts'
import type { AccountId, MessageId } from '../ids.ts'
import type { Instant } from '../instant.ts'

/**
 * Delivered events of one account, each counted as exactly one of the outcomes.
 * `received` is counted at the door, apart from them: `received = recorded + duplicates + ignored + quarantined + unanswered`.
 */
export interface IntakeCounts {
  readonly received: number
  readonly recorded: number
  readonly duplicates: number
  readonly ignored: number
  readonly quarantined: number
  /** Not durable when the answer was due: Meta got 503 and delivers again. */
  readonly unanswered: number
}

/**
 * Delivered events of one account that were decided together, counted in the commit of what they made happen. All of them were
 * received; what is left out is nought.
 */
export interface DeliveriesDecided {
  readonly accountId: AccountId
  readonly recorded?: number
  readonly duplicates?: number
  /** By reason. */
  readonly ignored?: Readonly<Record<string, number>>
}

/** Webhook requests were taken in; durable before their 200. What {@link DeliveriesDecided} has counted is not among them. `''` stands for bodies that name no account. */
export type DeliveriesCounted = DomainEvent<
  'DeliveriesCounted',
  {
    readonly counts: Readonly<Record<AccountId, IntakeCounts>>
    /** Ignored events by reason, over all accounts. */
    readonly ignored: Readonly<Record<string, number>>
    readonly at: Instant
  }
>
/** One delivered event that nobody could place. What came is in `personal`, as JSON text. */
export type EventQuarantined = DomainEvent<
  'EventQuarantined',
  {
    readonly quarantineId: string
    readonly accountId: AccountId
    readonly reason: string
    /** What was not understood, without content: a member's name, a type. */
    readonly detail: string
    /** Bytes. */
    readonly size: number
    /** From when on what came is shown no more. Absent: 30 days after receipt. */
    readonly expiresAt?: Instant
    /** Messages of which it holds something, so that an unsend reaches them; at most 1,000. Absent in what earlier releases wrote. */
    readonly messages?: readonly MessageId[]
    /** Set if it is the unsend of a message: it could not be placed, but is honoured. */
    readonly unsends?: MessageId
    readonly receivedAt: Instant
  },
  { readonly raw?: string }
>
/** The author took back a message that stands in a quarantined body: nothing of it is shown or run again any more. */
export type QuarantinedMessageUnsent = DomainEvent<
  'QuarantinedMessageUnsent',
  { readonly quarantineId: string; readonly messageId: MessageId; readonly at: Instant }
>
/** A quarantined event was run again. `quarantined` again: it stays, with the newest reason. */
export type QuarantineRerun = DomainEvent<
  'QuarantineRerun',
  {
    readonly quarantineId: string
    readonly accountId: AccountId
    readonly outcome: 'recorded' | 'duplicate' | 'ignored' | 'quarantined'
    readonly reason?: string
    readonly by: ActorRef
    readonly at: Instant
  }
>
/**
 * The age limit of quarantined bodies has passed: what came is shown and run again no more, the count stays. Bodies kept beside the
 * log are deleted; those in the log (up to 256 KiB, as `raw`) stay there until personal content is sealed and its key destroyed.
 */
export type QuarantineExpired = DomainEvent<
  'QuarantineExpired',
  { readonly quarantineId: string; readonly accountId: AccountId; readonly at: Instant }
>

export type IntakeEvent =
  | DeliveriesCounted
  | EventQuarantined
  | QuarantinedMessageUnsent
  | QuarantineRerun
  | QuarantineExpired
