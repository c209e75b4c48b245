import type { Actor } from '../actor.ts'
import type { Command } from '../command.ts'
import type {
  AgentId,
  ConversationId,
  CustomerId,
  Episode,
  MessageId,
  Mid,
  ReplyId,
  Revision,
  TicketId,
} from '../ids.ts'
import type { Instant } from '../instant.ts'
import type { ChannelFacts, ChannelThen } from './channel-facts.ts'
import type { MessageContent, MessageOutline, PersonalContent } from './content.ts'
import type { MediaKind, Part, RejectionReason } from './events.ts'

/** What every command carries. `at` is the instant of the decision, now. */
interface Asked {
  readonly conversationId: ConversationId
  readonly channel: ChannelFacts
  /** The channel as it stood at {@link channelNeededAsOf}; absent: as it is now. */
  readonly whenDue?: ChannelFacts
  /**
   * How the channel stood at every instant, oldest first, where {@link asksHowChannelStood}; absent: as its facts tell, which know
   * its last interruption only.
   */
  readonly channelThen?: readonly ChannelThen[]
  readonly at: Instant
}
interface ByActor extends Asked {
  readonly actor: Actor
}
/** Something that Meta delivered about this customer. */
interface Delivered extends Asked {
  readonly customerId: CustomerId
  readonly messageId: MessageId
  /** Meta's timestamp. `at` is the time of receipt. */
  readonly metaAt: Instant
  readonly standby?: boolean
  /** Answered by an index that is proven to cover what the state no longer remembers; absent: not asked, not needed. */
  readonly knownElsewhere?: boolean
  /** What the same index says of the message, where the state does not hold it. */
  readonly elsewhere?: PastMessage
}
/** What an index says of a message that the state does not remember, or that has not come yet. */
export interface PastMessage {
  /** Its author took it back. */
  readonly unsent?: boolean
  /** Only a receipt of it was kept. */
  readonly withheld?: boolean
  /** The episode that it carried as a message of the customer. */
  readonly episode?: Episode
  /** It is a message of the customer that carried no episode. */
  readonly loose?: boolean
  /** Where it was recorded; absent: it is not in the log yet. */
  readonly revision?: Revision
}
/** What a conversation needs of its latest ticket, read at the ticket's head; absent when there is none. */
export interface TicketFacts {
  readonly ticketId: TicketId
  readonly status: 'open' | 'closed'
  readonly closedAt?: Instant
}

/** A message of the customer. A known one: nothing to do. One older than its channel's connection is recorded but starts no conversion. */
export type ReceiveMessage = Command<
  'ReceiveMessage',
  Delivered & {
    readonly mid?: Mid
    readonly content: MessageContent
    readonly latestTicket?: TicketFacts
    /** Somebody asked Meta for what was missed: it may bring what was withheld while the channel was disabled, and nothing of a blocked customer. */
    readonly fetched?: boolean
  }
>
export type ReceiveEcho = Command<
  'ReceiveEcho',
  Delivered & { readonly mid: Mid; readonly content: MessageContent; readonly textDigest?: string }
>
export type ReceiveEdit = Command<'ReceiveEdit', Delivered & { readonly text: string; readonly numEdit: number }>
export type ReceiveUnsend = Command<'ReceiveUnsend', Delivered & { readonly by: 'customer' | 'business' }>
export type ReceiveReaction = Command<
  'ReceiveReaction',
  Delivered & {
    readonly by: 'customer' | 'business'
    readonly action: 'react' | 'unreact'
    readonly reaction?: string
    readonly emoji?: string
    /** Keyed digest of `reaction` and `emoji`; needed only to order two reactions of one instant. */
    readonly digest?: string
    /** Read from Meta's list, which says how a side reacts now and not since when. Takes the place of a receipt. */
    readonly fetched?: boolean
  }
>
export type ReceiveSeen = Command<'ReceiveSeen', Delivered>
export type ReceiveReferral = Command<
  'ReceiveReferral',
  Delivered & { readonly source?: string; readonly type?: string; readonly ref?: string }
>
export type ReceiveThreadControl = Command<
  'ReceiveThreadControl',
  Delivered & {
    readonly change: 'passed' | 'taken' | 'requested'
    readonly ownerAppId: string | null
    readonly previousAppId: string | null
    /** Whether the new owner is this desk's own app; absent: not known, then `passed` is taken to be to us and `taken` from us. */
    readonly ours?: boolean
    readonly metadata?: string
  }
>

/**
 * Gives a message of an unknown kind the content that can be read now in what was kept of it. For administrators, in every state of
 * customer and channel but `deleted`: nothing is received, for the content stands in the log already. Nothing to do: the message was
 * taken back, or no more of it can be read than before. Whoever asks knows that the message has come and how it stands.
 */
/** The content of a message of the business, which was not kept while the channel was disabled. */
export type RecoverContent = Command<
  'RecoverContent',
  Asked & { readonly messageId: MessageId; readonly content: MessageContent }
>
export type ReadMessageAgain = Command<
  'ReadMessageAgain',
  ByActor & {
    readonly messageId: MessageId
    /** As it stands in the log. */
    readonly outline: MessageOutline
    readonly personal: PersonalContent
    /** What is read in it now. */
    readonly content: MessageContent
  }
>

/** Writes what was due at `at`, or ended with its channel, and nothing else: the command of the deadline worker. */
export type SettleDue = Command<'SettleDue', Asked>
export type LearnProfile = Command<
  'LearnProfile',
  Asked & { readonly name?: string; readonly username?: string; readonly pictureUrl?: string }
>

export type PickUp = Command<'PickUp', ByActor>
/** `seen` is the assignee its author saw: refused `assignee-changed` if that is no longer so. `to: null` is the queue. */
export type Transfer = Command<'Transfer', ByActor & { readonly to: AgentId | null; readonly seen: AgentId | null }>
export type EndConversation = Command<'EndConversation', ByActor>
export type ReopenConversation = Command<'ReopenConversation', ByActor>
export type AddNote = Command<'AddNote', ByActor & { readonly noteId: string; readonly text: string }>
export type BlockCustomer = Command<'BlockCustomer', ByActor & { readonly reason?: string }>
export type UnblockCustomer = Command<'UnblockCustomer', ByActor>
export type MarkRead = Command<'MarkRead', ByActor & { readonly upTo: Revision }>
export type ConvertByHand = Command<'ConvertByHand', ByActor & { readonly latestTicket?: TicketFacts }>
/** "Not needed": takes a pending conversion away without ending the conversation. */
export type DismissConversion = Command<'DismissConversion', ByActor>

export type QueueReply = Command<
  'QueueReply',
  ByActor & {
    readonly replyId: ReplyId
    readonly text?: string
    readonly media?: readonly { readonly kind: MediaKind; readonly url: string }[]
    readonly replyTo?: MessageId
    /** What the index says of the quoted message, where `indexNeeded`; absent: it has not read so far. */
    readonly quotable?: boolean
    /** Send and end: the conversation ends in the same commit. */
    readonly andEnd?: boolean
  }
>
/** Takes a reply back that was not attempted yet. */
export type WithdrawReply = Command<'WithdrawReply', ByActor & { readonly replyId: ReplyId }>
/** Sends the missing parts again. */
export type ResendReply = Command<
  'ResendReply',
  ByActor & { readonly replyId: ReplyId; readonly mayArriveTwice?: boolean }
>

/** A step of one attempt. */
interface OfAttempt extends Asked {
  readonly replyId: ReplyId
  readonly part: number
  readonly attempt: number
}
/**
 * Before the call to Meta. Checks every refusal of `QueueReply` again and chooses the tag; what is refused here is recorded as
 * `ReplyRejected`, not thrown. Refused `attempt-out-of-turn` unless this is the next attempt of the next part, `lease-lost` for an old epoch.
 */
export type BeginAttempt = Command<
  'BeginAttempt',
  OfAttempt & {
    readonly parts?: readonly Part[]
    readonly textDigest?: string
    readonly epoch: number
    readonly worker: string
  }
>
export type RecordSent = Command<
  'RecordSent',
  OfAttempt & { readonly messageId: MessageId; readonly mid: Mid; readonly settledBy: 'answer' | 'look' }
>
export type RecordAttemptFailed = Command<
  'RecordAttemptFailed',
  OfAttempt & {
    readonly reason: 'throttled' | 'no-connection' | 'authorization' | 'media-not-fetched'
    readonly code?: string
    readonly tookChannel?: true
    readonly retryAt: Instant
  }
>
/** Also claims the oldest echo of equal content that came since the attempt, if there is one. */
export type RecordOutcomeUnknown = Command<'RecordOutcomeUnknown', OfAttempt & { readonly code?: string }>
export type RecordLook = Command<
  'RecordLook',
  OfAttempt & { readonly found: null | { readonly messageId: MessageId; readonly mid: Mid } }
>
export type RecordUnconfirmed = Command<'RecordUnconfirmed', OfAttempt>
export type RejectReply = Command<
  'RejectReply',
  Asked & {
    readonly replyId: ReplyId
    readonly part: number
    readonly attempt?: number
    readonly reason: RejectionReason
    readonly code?: string
  }
>

export type ConversationCommand =
  | ReceiveMessage
  | ReceiveEcho
  | ReceiveEdit
  | ReceiveUnsend
  | ReceiveReaction
  | ReceiveSeen
  | ReceiveReferral
  | ReceiveThreadControl
  | ReadMessageAgain
  | RecoverContent
  | SettleDue
  | LearnProfile
  | PickUp
  | Transfer
  | EndConversation
  | ReopenConversation
  | AddNote
  | BlockCustomer
  | UnblockCustomer
  | MarkRead
  | ConvertByHand
  | DismissConversion
  | QueueReply
  | WithdrawReply
  | ResendReply
  | BeginAttempt
  | RecordSent
  | RecordAttemptFailed
  | RecordOutcomeUnknown
  | RecordLook
  | RecordUnconfirmed
  | RejectReply
