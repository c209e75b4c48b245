import type { MessageContent } from '../../domain/conversation/content.ts'

/** The two sides of an Instagram thread, told from the account id and never from a position. */
interface Thread {
  readonly accountId: string
  readonly customerId: string
  /** Meta's timestamp in epoch milliseconds. */
  readonly metaAt: number
  readonly standby: boolean
}

/** Content as the platform reads it: quotes name Meta's message id. */
export type IncomingContent = Omit<MessageContent, 'replyTo'> & { readonly replyToMid?: string }

/** One thing that happened on Instagram. `key` identifies it where Meta gives no message id of its own. */
export type Incoming =
  | (Thread & {
      readonly kind: 'message'
      readonly key: string
      readonly mid?: string
      readonly content: IncomingContent
    })
  | (Thread & { readonly kind: 'echo'; readonly mid: string; readonly content: IncomingContent })
  | (Thread & { readonly kind: 'edit'; readonly mid: string; readonly text: string; readonly numEdit: number })
  | (Thread & { readonly kind: 'unsend'; readonly mid: string; readonly by: 'customer' | 'business' })
  | (Thread & {
      readonly kind: 'reaction'
      readonly mid: string
      readonly by: 'customer' | 'business'
      readonly action: 'react' | 'unreact'
      readonly reaction?: string
      readonly emoji?: string
    })
  | (Thread & { readonly kind: 'seen'; readonly mid: string })
  | (Thread & {
      readonly kind: 'referral'
      readonly key: string
      readonly source?: string
      readonly type?: string
      readonly ref?: string
    })
  | (Thread & {
      readonly kind: 'thread-control'
      readonly key: string
      readonly change: 'passed' | 'taken' | 'requested'
      readonly ownerAppId: string | null
      readonly previousAppId: string | null
      readonly metadata?: string
    })
  | {
      readonly kind: 'policy'
      readonly key: string
      readonly accountId: string
      readonly metaAt: number
      readonly action: string
      readonly reason?: string
    }
  | {
      readonly kind: 'app-roles'
      readonly key: string
      readonly accountId: string
      readonly metaAt: number
      readonly roles: Readonly<Record<string, readonly string[]>>
    }

/** Why an event is of no interest to this product. */
export type IgnoredReason =
  | 'other-object'
  | 'empty-entry'
  | 'bare-event'
  | 'dashboard-test'
  | 'self'
  | 'comment'
  | 'mention'
  | 'insights'
  | 'opt-in'
  | 'edit-zero'
  | 'edit-without-text'

/** Why an event waits for somebody to look at it. */
export type QuarantineReason =
  | 'not-json'
  | 'unreadable-envelope'
  | 'unreadable-member'
  | 'unknown-member'
  | 'account-not-a-party'
  /** Larger, deeper or more of it than this product takes: `detail` says field, size and limit. */
  | 'over-limit'
  | 'account-of-no-live-channel'

/** What became of one delivered event in the parser. */
export type ParsedEvent =
  | { readonly outcome: 'read'; readonly accountId: string; readonly incoming: Incoming; readonly raw: () => string }
  | { readonly outcome: 'ignored'; readonly accountId: string; readonly reason: IgnoredReason }
  | {
      readonly outcome: 'quarantined'
      readonly accountId: string
      readonly reason: QuarantineReason
      readonly detail: string
      /** It holds several events, beyond those that one body may have: its `raw` is a body that can be read by itself. */
      readonly rest?: true
      readonly raw: () => string
    }

/** A message by Meta's ids. */
export interface MentionedMessage {
  readonly accountId: string
  readonly mid: string
}

/** Meta's webhooks: the handshake, the signature, the reading. `accountId` is `''` where a body names none. */
export interface Platform {
  /** Answers the handshake of a GET: the challenge if mode and token match, else undefined. */
  handshake(url: URL): string | undefined
  /** Whether a header has the form of a signature. Asked before a body is read: without one nothing is. */
  isSignature(signature: string | null): boolean
  /** Whether one of the app secrets signed exactly these bytes. Constant time; false for anything malformed. */
  verify(signature: string | null, body: Uint8Array): boolean
  /** Whether it is the signature of what a body was before somebody read and wrote its JSON. Only asked to explain a refusal. */
  isWrittenAgain(signature: string | null, body: Uint8Array): boolean
  /** Never throws. Gives one item per delivered event, in the order of the body; `raw` is the event in its envelope as JSON text. */
  parse(body: Uint8Array): readonly ParsedEvent[]
  /** The messages of which a quarantined `raw` holds something, each as account and message id. Never throws. */
  messagesIn(raw: string): readonly MentionedMessage[]
  /** The same `raw` without anything that these messages said; undefined: nothing of it can be kept. Never throws. */
  without(raw: string, isUnsent: (message: MentionedMessage) => boolean): string | undefined
  /** Reads what `raw` of a content kept, with what is understood now; undefined: it is no message. Never throws. */
  readAgain(raw: string): IncomingContent | undefined
}
