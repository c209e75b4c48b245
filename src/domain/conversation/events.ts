import type { ActorRef } from '../actor.ts'
import type { DomainEvent } from '../event.ts'
import type {
  AccountId,
  AgentId,
  ChannelId,
  ConversationId,
  CustomerId,
  DepartmentId,
  Episode,
  MessageId,
  Mid,
  OrganizationId,
  ReplyId,
  Revision,
  TicketId,
} from '../ids.ts'
import type { Instant } from '../instant.ts'
import type { ConversionPolicy } from '../channel/settings.ts'
import type { ConversionCause, TakenMessages } from '../ticket/events.ts'
import type { MessageOutline, PersonalContent } from './content.ts'

/** The two times of something that Meta delivered. */
export interface Times {
  /** Message time: the smaller of Meta's time and the receipt. Orders the transcript, anchors the window, starts the delay. */
  readonly at: Instant
  /** Meta's own timestamp. */
  readonly metaAt: Instant
  /** When the webhook reached us. */
  readonly receivedAt: Instant
}

/** The first event of every conversation: a customer on a channel, for ever. */
export type ConversationStarted = DomainEvent<
  'ConversationStarted',
  {
    readonly conversationId: ConversationId
    readonly organizationId: OrganizationId
    readonly channelId: ChannelId
    readonly accountId: AccountId
    readonly customerId: CustomerId
    readonly at: Instant
  }
>

/** A message of the customer, of any kind. `episode` is the one it joined or started, if it is convertible. */
export type MessageReceived = DomainEvent<
  'MessageReceived',
  Times & {
    readonly messageId: MessageId
    readonly mid?: Mid
    readonly outline: MessageOutline
    /** Whether it opens the reply window; decided once, folds read no setting. */
    readonly opens: boolean
    readonly convertible: boolean
    /** It came while another app held the thread. */
    readonly standby?: true
    readonly episode?: Episode
    /** It joins a ticket closed not long ago and reopens it. */
    readonly reopensTicket?: true
    /** Messages of the business from outside this desk that were written after it and came before it: they belong to its episode now. */
    readonly joined?: readonly MessageId[]
    /** When it came only a receipt was kept of it; its content was fetched from Meta afterwards. */
    readonly recovered?: true
    /** Its author took it back before it came: nothing of it is kept. */
    readonly unsent?: true
  },
  PersonalContent
>
/** What a customer sent while blocked, or while the channel was disabled: neither shown nor kept, but it moves the window. */
export type MessageWithheld = DomainEvent<
  'MessageWithheld',
  Times & {
    readonly messageId: MessageId
    readonly mid?: Mid
    readonly opens: boolean
    readonly reason: 'blocked' | 'channel-disabled'
    /** Whether it came while another app held the thread. Absent in what earlier releases wrote: not known. */
    readonly standby?: boolean
    /** Its author took it back before it came. */
    readonly unsent?: true
  }
>
/**
 * What was kept of a message of an unknown kind could be read later on, or the content of a message of the business was fetched later
 * on: its shape and content from here on, for good or until more of it can be read. It moves nothing else: no window, no episode,
 * nobody's unread.
 */
export type MessageReadAgain = DomainEvent<
  'MessageReadAgain',
  {
    readonly messageId: MessageId
    readonly outline: MessageOutline
    /** It was fetched after the channel was enabled again. */
    readonly recovered?: true
    readonly by: ActorRef
    readonly at: Instant
  },
  PersonalContent
>
/** The newest text of a message of either side, by `numEdit`. */
export type MessageEdited = DomainEvent<
  'MessageEdited',
  Times & {
    readonly messageId: MessageId
    readonly numEdit: number
    /** It shows nothing: the customer is blocked, or the channel disabled, or nothing is kept of the message. */
    readonly hidden?: true
  },
  { readonly text?: string }
>
/** The author took a message back. Its content is gone from here on, in every view. May come before its message. */
export type MessageUnsent = DomainEvent<
  'MessageUnsent',
  Times & {
    readonly messageId: MessageId
    readonly by: 'customer' | 'business'
    /** The message has come, so long ago that the state held it no longer. */
    readonly past?: true
    /** The episode that counts that past message as one of the customer's, unless it is a ticket; 0: it is in none. */
    readonly leaves?: Episode
  }
>
/** A reaction to a message of either side; a new one replaces the old one of the same side. */
export type ReactionChanged = DomainEvent<
  'ReactionChanged',
  Times & {
    readonly messageId: MessageId
    readonly by: 'customer' | 'business'
    readonly action: 'react' | 'unreact'
    readonly opens: boolean
    /** Keyed digest of what was felt: settles which of two reactions of one instant is the newest, in any order of arrival. */
    readonly digest?: string
    /** It moves the window and shows nothing: a newer one is known, or the customer is blocked, or the channel disabled. */
    readonly hidden?: true
  },
  { readonly reaction?: string; readonly emoji?: string }
>
/** The customer has seen this message of ours, and everything of ours before it. */
export type MessageSeen = DomainEvent<
  'MessageSeen',
  Times & {
    readonly messageId: MessageId
    /** It shows nothing: the customer is blocked, or the channel disabled. */
    readonly hidden?: true
  }
>
/** The customer followed an ig.me link into this thread. */
export type ReferralReceived = DomainEvent<
  'ReferralReceived',
  Times & {
    readonly messageId: MessageId
    readonly opens: boolean
    readonly source?: string
    readonly type?: string
    /** It moves the window and shows nothing: the customer is blocked, or the channel disabled. */
    readonly hidden?: true
  },
  { readonly ref?: string }
>
/** Which app may write in this thread (Meta's conversation routing). */
export type ThreadControlChanged = DomainEvent<
  'ThreadControlChanged',
  Times & {
    readonly messageId: MessageId
    readonly change: 'passed' | 'taken' | 'requested'
    readonly ownerAppId: string | null
    readonly previousAppId: string | null
    /** Whether the owner is this desk's own app; absent: not known. */
    readonly ours?: boolean
  },
  { readonly metadata?: string }
>
/**
 * The business account sent this: our own send (`settles`), or a reply made outside this desk.
 * An echo that came before the answer to our call has no `settles`; the later `ReplyPartSent` with the same message joins them.
 */
export type MessageEchoed = DomainEvent<
  'MessageEchoed',
  Times & {
    readonly messageId: MessageId
    readonly mid: Mid
    readonly outline: MessageOutline
    readonly standby?: true
    /** Keyed digest of the text, for joining with an attempt of equal text. */
    readonly textDigest?: string
    /**
     * Whether an attempt with an open outcome equals it: then it may be a message of ours, and its `ReplyPartSent` says so.
     * Absent in what earlier releases wrote.
     */
    readonly equalsAttempt?: boolean
    readonly episode?: Episode
    /** It was taken back before it came: nothing of it is kept. */
    readonly unsent?: true
    /** Its content was not kept; it can be fetched. Absent in what earlier releases wrote. */
    readonly withheld?: 'channel-disabled'
  },
  PersonalContent
>

/** A deadline passed without the customer writing. Written once per kind and anchor; no decision reads it. */
export type ReplyWindowExpired = DomainEvent<
  'ReplyWindowExpired',
  { readonly kind: 'standard' | 'human-agent'; readonly anchor: Instant; readonly at: Instant }
>

/** From a message of the customer on a channel with a delay: the first of its episode, or of an episode that began without one. */
export type ConversionScheduled = DomainEvent<
  'ConversionScheduled',
  {
    readonly episode: Episode
    readonly startedBy: MessageId
    readonly dueAt: Instant
    readonly policy: ConversionPolicy
    readonly at: Instant
  }
>
/**
 * An episode without a due time: the channel does not convert by itself. By hand it can still be converted, and the first message
 * that comes when the channel has a delay schedules it.
 */
export type EpisodeStarted = DomainEvent<
  'EpisodeStarted',
  { readonly episode: Episode; readonly startedBy: MessageId; readonly at: Instant }
>
/** The earliest message of the episode is another one: an older one came late, or the earliest was taken back. */
export type ConversionRescheduled = DomainEvent<
  'ConversionRescheduled',
  { readonly episode: Episode; readonly dueAt: Instant; readonly at: Instant }
>
export type ConversionCancelled = DomainEvent<
  'ConversionCancelled',
  {
    readonly episode: Episode
    readonly reason: 'ended' | 'blocked' | 'unsent' | 'not-needed' | 'answered' | 'channel-deleted'
    readonly by: ActorRef
    readonly at: Instant
  }
>
/** The episode became a ticket. The ticket is opened from this event, with ids derived from it, redone until done. */
export type ConversationConverted = DomainEvent<
  'ConversationConverted',
  {
    readonly episode: Episode
    readonly ticketId: TicketId
    readonly cause: ConversionCause
    readonly firstRevision: Revision
    readonly lastRevision: Revision
    /** By hand: beside its episode it takes what is in no ticket yet. Absent: there was nothing else. */
    readonly takes?: TakenMessages
    readonly subjectMessageId: MessageId | null
    readonly firstCustomerMessageAt: Instant
    readonly assignee: AgentId | null
    readonly departmentId: DepartmentId
    /** The due time of the episode, or when it was asked for. */
    readonly at: Instant
    readonly by: ActorRef
  }
>

/** The conversation is in somebody's hands, by the number of their association: who is removed holds nothing any more. */
export type ConversationAssigned = DomainEvent<
  'ConversationAssigned',
  {
    readonly agentId: AgentId
    readonly association: number
    readonly how: 'picked-up' | 'answered' | 'transferred'
    readonly by: ActorRef
    readonly at: Instant
  }
>
export type ConversationReturned = DomainEvent<
  'ConversationReturned',
  { readonly how: 'transferred' | 'customer-wrote'; readonly by: ActorRef; readonly at: Instant }
>
export type ConversationEnded = DomainEvent<'ConversationEnded', { readonly by: ActorRef; readonly at: Instant }>
/** `by.kind` is `system` when a customer's message reopened it. */
export type ConversationReopened = DomainEvent<'ConversationReopened', { readonly by: ActorRef; readonly at: Instant }>
export type NoteAdded = DomainEvent<
  'NoteAdded',
  { readonly noteId: string; readonly by: ActorRef; readonly at: Instant },
  { readonly text?: string }
>
export type CustomerBlocked = DomainEvent<
  'CustomerBlocked',
  { readonly by: ActorRef; readonly at: Instant },
  { readonly reason?: string }
>
export type CustomerUnblocked = DomainEvent<'CustomerUnblocked', { readonly by: ActorRef; readonly at: Instant }>
/** An agent has read everything up to and including that revision. */
export type ConversationRead = DomainEvent<
  'ConversationRead',
  { readonly agentId: AgentId; readonly upTo: Revision; readonly at: Instant }
>
/** The name and user name of the customer as Meta gives them; learnt after the fact, never needed to receive. */
export type CustomerProfileLearned = DomainEvent<
  'CustomerProfileLearned',
  { readonly at: Instant },
  { readonly name?: string; readonly username?: string; readonly pictureUrl?: string }
>

export type MediaKind = 'image' | 'video' | 'audio' | 'file'

/** An agent (or an automation) wants this sent. `media` go first, then the text. */
export type ReplyQueued = DomainEvent<
  'ReplyQueued',
  {
    readonly replyId: ReplyId
    readonly author: ActorRef
    readonly hasText: boolean
    /** Code points. */
    readonly length: number
    readonly media: readonly { readonly kind: MediaKind }[]
    readonly replyTo?: MessageId
    /** The episode that its messages belong to. */
    readonly episode?: Episode
    /** How often its channel had been disabled by then. Absent in what earlier releases wrote. */
    readonly stops?: number
    readonly at: Instant
  },
  { readonly text?: string; readonly mediaUrls?: readonly string[] }
>
/** One Meta message of a reply: medium number `index` (or several pictures together), or the code units [from, to) of the text. */
export type Part =
  | { readonly kind: 'media'; readonly indexes: readonly number[] }
  | { readonly kind: 'text'; readonly from: number; readonly to: number }

/**
 * Written before the call to Meta: from here on the outcome may be unknown.
 * The first attempt of a reply stores its cut into parts, which is never computed again.
 */
export type ReplyAttempted = DomainEvent<
  'ReplyAttempted',
  {
    readonly replyId: ReplyId
    /** 0-based. */
    readonly part: number
    /** 1-based, counted per part. */
    readonly attempt: number
    /** All parts, in the first attempt of the reply only. */
    readonly parts?: readonly Part[]
    /** What the message carries: nothing, or Meta's HUMAN_AGENT tag. */
    readonly tag: 'none' | 'human-agent'
    /** Keyed digest of the text of this part. */
    readonly textDigest?: string
    /** The lease's epoch: a lower one than the newest is refused. */
    readonly epoch: number
    /** The incarnation of the process that holds the call. */
    readonly worker: string
    readonly at: Instant
  }
>
/** Who wrote a reply, or had it sent again, and when it was written. */
export interface Written {
  readonly by: ActorRef['kind']
  readonly at: Instant
}
/** How it became certain that Meta took the part. */
export type SettledBy = 'answer' | 'echo' | 'text' | 'look'
/**
 * Meta took the part, as this message. Once for each attempt; a second one for the same attempt names another message:
 * Meta's own answer came late and corrects what equal text had settled, and the message named before is a reply from outside.
 */
export type ReplyPartSent = DomainEvent<
  'ReplyPartSent',
  {
    readonly replyId: ReplyId
    readonly part: number
    readonly attempt: number
    readonly messageId: MessageId
    readonly mid: Mid
    readonly settledBy: SettledBy
    /** The episode that this message of ours belongs to. */
    readonly episode?: Episode
    /** Absent in what earlier releases wrote. */
    readonly written?: Written
    /** It was taken back before this was known. */
    readonly unsent?: true
    readonly at: Instant
  }
>
/** For certain nothing was delivered; it is tried again at `retryAt`. */
export type ReplyAttemptFailed = DomainEvent<
  'ReplyAttemptFailed',
  {
    readonly replyId: ReplyId
    readonly part: number
    readonly attempt: number
    readonly reason: 'throttled' | 'no-connection' | 'authorization' | 'media-not-fetched'
    /** Meta's code and subcode, such as `613/2534040`. */
    readonly code?: string
    /** The authorization of the channel changed because of it. Absent in what earlier releases wrote. */
    readonly tookChannel?: true
    readonly retryAt: Instant
    readonly at: Instant
  }
>
/** The call ended without an answer that tells: timeout, crash, 5xx, codes 1 and 2. Never repeated by itself. */
export type ReplyOutcomeUnknown = DomainEvent<
  'ReplyOutcomeUnknown',
  {
    readonly replyId: ReplyId
    readonly part: number
    readonly attempt: number
    readonly code?: string
    readonly at: Instant
  }
>
/** Meta's conversation was looked at once. Not finding it proves nothing. */
export type ReplyLookedFor = DomainEvent<
  'ReplyLookedFor',
  {
    readonly replyId: ReplyId
    readonly part: number
    readonly attempt: number
    readonly found: boolean
    readonly at: Instant
  }
>
/**
 * Automatic settling has ended without evidence: only an agent may resend. After a `ReplyPartSent` settled by text it takes that back:
 * Meta's late answer to another attempt named the same message.
 */
export type ReplyUnconfirmed = DomainEvent<
  'ReplyUnconfirmed',
  { readonly replyId: ReplyId; readonly part: number; readonly attempt: number; readonly at: Instant }
>
/**
 * The part is sent by another attempt, and this one ended without proof of its own: nothing follows for the reply.
 * `unknown`: it may have arrived as well; an echo of equal text can still tell.
 */
export type ReplyAttemptSuperseded = DomainEvent<
  'ReplyAttemptSuperseded',
  {
    readonly replyId: ReplyId
    readonly part: number
    readonly attempt: number
    readonly outcome: 'nothing-delivered' | 'unknown'
    readonly code?: string
    readonly at: Instant
  }
>
/** Why a reply can never leave, as far as we know. */
export type RejectionReason =
  | 'window-expired'
  | 'window-never-opened'
  | 'human-agent-only'
  | 'human-agent-refused'
  | 'channel-disabled'
  | 'channel-deleted'
  | 'authorization-restricted'
  | 'blocked'
  | 'not-associated'
  | 'not-the-assignee'
  | 'other-app-in-control'
  | 'withdrawn'
  | 'content-gone'
  /** Meta itself said that the window is closed. */
  | 'meta-window-closed'
  /** The person cannot be reached: gone, blocked the business, or never existed. */
  | 'customer-unavailable'
  | 'media-refused'
  | 'message-refused'
  | 'not-permitted'
/** Ends the reply: `rejected` if no part was sent, else `partly-sent`. */
export type ReplyRejected = DomainEvent<
  'ReplyRejected',
  {
    readonly replyId: ReplyId
    readonly part: number
    /** Absent if no attempt of this part was made. */
    readonly attempt?: number
    readonly reason: RejectionReason
    /** Meta's code and subcode, if Meta refused. */
    readonly code?: string
    readonly at: Instant
  }
>
/** An agent sends the missing parts again; `mayArriveTwice` was accepted if the outcome of one was unknown. */
export type ReplyRequeued = DomainEvent<
  'ReplyRequeued',
  {
    readonly replyId: ReplyId
    readonly by: ActorRef
    readonly mayArriveTwice: boolean
    /** As in `ReplyQueued`. */
    readonly stops?: number
    readonly at: Instant
  }
>

export type ConversationEvent =
  | ConversationStarted
  | MessageReceived
  | MessageWithheld
  | MessageReadAgain
  | MessageEdited
  | MessageUnsent
  | ReactionChanged
  | MessageSeen
  | ReferralReceived
  | ThreadControlChanged
  | MessageEchoed
  | ReplyWindowExpired
  | EpisodeStarted
  | ConversionScheduled
  | ConversionRescheduled
  | ConversionCancelled
  | ConversationConverted
  | ConversationAssigned
  | ConversationReturned
  | ConversationEnded
  | ConversationReopened
  | NoteAdded
  | CustomerBlocked
  | CustomerUnblocked
  | ConversationRead
  | CustomerProfileLearned
  | ReplyQueued
  | ReplyAttempted
  | ReplyPartSent
  | ReplyAttemptFailed
  | ReplyOutcomeUnknown
  | ReplyLookedFor
  | ReplyUnconfirmed
  | ReplyAttemptSuperseded
  | ReplyRejected
  | ReplyRequeued
