import type { ActorRef } from '../../domain/actor.ts'
import type { MessageOutline, PersonalContent } from '../../domain/conversation/content.ts'
import type { ConversationEvent, MediaKind, SettledBy } from '../../domain/conversation/events.ts'
import type { ChannelId, ConversationId, Episode, MessageId, Mid, ReplyId, Revision } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import type { ReplyProgress } from '../reply-progress.ts'

interface Item {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
}
interface Placed extends Item {
  /** Message time; orders the transcript. */
  readonly at: Instant
  readonly revision: Revision
}

/** The newest reaction of one side. */
export interface ReactionMark {
  readonly metaAt: Instant
  readonly action: 'react' | 'unreact'
  readonly digest: string
  readonly reaction?: string
  readonly emoji?: string
}

/** What happened to a message after it was sent. */
export interface Marks {
  /** The newest text, by `numEdit`; without text if that was forgotten. */
  readonly edit?: { readonly numEdit: number; readonly at: Instant; readonly text?: string }
  readonly customer?: ReactionMark
  readonly business?: ReactionMark
  /** Its content is gone, for ever. */
  readonly unsent?: { readonly at: Instant; readonly by: 'customer' | 'business' }
  /** The customer has seen it, and everything of ours before it. */
  readonly seenAt?: Instant
}

/** A message of the customer, or a reply made outside this desk. */
export interface MessageItem extends Placed {
  readonly kind: 'message'
  readonly origin: 'customer' | 'outside'
  readonly messageId: MessageId
  readonly mid?: Mid
  readonly outline: MessageOutline
  /** Gone when it was taken back or forgotten. Its text is that of the newest edit: see `textOf`. */
  readonly content?: PersonalContent
  readonly standby?: true
  readonly episode?: Episode
  /** It came while the channel was disabled, and was fetched afterwards. */
  readonly recovered?: true
  readonly marks: Marks
}

/** One Meta message of a reply of this desk, with the content that was sent. Shown within its reply, never by itself. */
export interface PartItem extends Placed {
  readonly kind: 'part'
  readonly messageId: MessageId
  readonly mid: Mid
  readonly replyId: ReplyId
  readonly part: number
  readonly settledBy: SettledBy
  readonly content?: PartContent
  /** What equal text had joined to the reply: a message of its own again if Meta's late answer names another one. */
  readonly echo?: MessageItem
  readonly marks: Marks
}

/** Something was said about a message that has not come. Not shown. */
export interface AwaitedItem extends Item {
  readonly kind: 'awaited'
  readonly messageId: MessageId
  readonly marks: Marks
}

export interface Medium {
  readonly kind: MediaKind
  readonly url?: string
}
/** What one Meta message of a reply holds. Texts joined give the text as it was written. */
export type PartContent =
  | { readonly kind: 'text'; readonly text?: string }
  | { readonly kind: 'media'; readonly media: readonly Medium[] }

/** What somebody sent from this desk: one bubble over its parts. What was sent stands in the parts: see `assembleReply`. */
export interface ReplyItem extends Placed {
  readonly kind: 'reply'
  readonly replyId: ReplyId
  readonly author: ActorRef
  /** Who sent the missing parts again. */
  readonly resentBy?: ActorRef
  readonly episode?: Episode
  readonly replyTo?: MessageId
  readonly hasText: boolean
  readonly mediaKinds: readonly MediaKind[]
  /** All of it, before the first attempt cuts it. */
  readonly text?: string
  readonly mediaUrls?: readonly string[]
  /** The cut, without what was sent. */
  readonly cut?: readonly (PartContent | null)[]
  readonly progress: ReplyProgress
}

/** A private note of an agent. Never part of a ticket. */
export interface NoteItem extends Placed {
  readonly kind: 'note'
  readonly noteId: string
  readonly by: ActorRef
  readonly text?: string
}

/** The events that a transcript shows as they are. */
export type SystemEventType =
  | 'ConversationAssigned'
  | 'ConversationReturned'
  | 'ConversationEnded'
  | 'ConversationReopened'
  | 'ConversionScheduled'
  | 'ConversionCancelled'
  | 'ConversationConverted'
  | 'CustomerBlocked'
  | 'CustomerUnblocked'
  | 'ReplyWindowExpired'
  | 'ThreadControlChanged'
  | 'ReferralReceived'
export type SystemEvent = Extract<ConversationEvent, { readonly type: SystemEventType }>

type Shown<Event extends SystemEvent> = Event extends SystemEvent ? Pick<Event, 'type' | 'data'> : never

/** Something that happened to the conversation, as the event says it. */
export interface SystemItem extends Placed {
  readonly kind: 'system'
  readonly event: Shown<SystemEvent>
  /** Why a customer was blocked. */
  readonly reason?: string
}

export type TranscriptDocument = MessageItem | PartItem | AwaitedItem | ReplyItem | NoteItem | SystemItem

/** The key of a message of either side, a part of a reply among them. */
export const messageKey = (conversationId: ConversationId, messageId: MessageId): string =>
  `${conversationId}/${messageId}`
/** The key of a reply: hosts choose these ids, so they stand apart. */
export const replyKey = (conversationId: ConversationId, replyId: ReplyId): string => `${conversationId}/r:${replyId}`
/** The key of a note or a system entry. */
export const entryKey = (conversationId: ConversationId, revision: Revision): string =>
  `${conversationId}/e:${revision}`
/** The key of what says that an episode became a ticket. */
export const conversionKey = (conversationId: ConversationId, episode: Episode): string =>
  `${conversationId}/c:${episode}`
