import type { MessageId } from '../ids.ts'

/** What a message mainly is. `unknown` keeps what came, so that it can be read again when support arrives. */
export type MessageKind =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'file'
  | 'sticker'
  | 'like'
  | 'share'
  | 'post'
  | 'reel'
  | 'story'
  | 'story-reply'
  | 'story-mention'
  | 'quick-reply'
  | 'postback'
  | 'product'
  | 'template'
  | 'view-once'
  | 'unsupported'
  | 'unknown'

export type AttachmentKind =
  | 'image'
  | 'video'
  | 'audio'
  | 'file'
  | 'sticker'
  | 'like'
  | 'share'
  | 'post'
  | 'reel'
  | 'story'
  | 'story-mention'
  | 'product'
  | 'template'
  | 'view-once'
  | 'unknown'

/** Something that the customer was offered to tap. */
export interface Button {
  readonly title: string
  readonly url?: string
  /** What a tap sends back to the app that offered it. */
  readonly payload?: string
}

/** One attachment as Meta delivered it. */
export interface Attachment {
  readonly kind: AttachmentKind
  /** Meta's own word, kept when `kind` is `unknown`. */
  readonly type?: string
  readonly url?: string
  readonly title?: string
  readonly mediaId?: string
  /** Of a template, or of one of its elements. */
  readonly buttons?: readonly Button[]
}

/** Where a customer came from: an ad, an ig.me link, a shop page. Untrusted input. */
export interface Referral {
  readonly source?: string
  readonly type?: string
  readonly ref?: string
  readonly adId?: string
  readonly adTitle?: string
  readonly productId?: string
  readonly mediaUrl?: string
}

/** All of one message, as it is handed in. */
export interface MessageContent {
  readonly kind: MessageKind
  readonly text?: string
  readonly attachments: readonly Attachment[]
  /** The quoted message. */
  readonly replyTo?: MessageId
  /** The story that is answered; members may be missing singly. */
  readonly story?: { readonly id?: string; readonly url?: string; readonly linkStickerUrl?: string }
  /** Payload of a tapped quick reply or button. */
  readonly payload?: string
  /** Offered with the message, in an echo. */
  readonly quickReplies?: readonly Button[]
  readonly referral?: Referral
  /** What came, as JSON text, for kinds that we do not understand yet. */
  readonly raw?: string
}

/** The part of a message that stays for ever: its shape. */
export interface MessageOutline {
  readonly kind: MessageKind
  readonly hasText: boolean
  readonly attachments: readonly {
    readonly kind: AttachmentKind
    /** S17: the attachment was not received; a placeholder stands in its place. */
    readonly placeholder?: true
  }[]
  readonly replyTo?: MessageId
  readonly fromAd?: true
}

/** The part of a message that can be forgotten. Its attachments stand at the same places as those of the outline. */
export interface PersonalContent {
  readonly text?: string
  readonly attachments?: readonly Omit<Attachment, 'kind'>[]
  readonly story?: NonNullable<MessageContent['story']>
  readonly payload?: string
  readonly quickReplies?: readonly Button[]
  readonly referral?: Referral
  readonly raw?: string
}
