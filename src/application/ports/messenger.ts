import type { ConnectedAccount } from '../../domain/channel/events.ts'
import type { MediaKind, Part } from '../../domain/conversation/events.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { IncomingContent } from './platform.ts'

/** With whose hands a call is made. */
export interface Sender {
  readonly account: ConnectedAccount
  readonly token: string
}

/** One Meta message. */
export interface OutgoingMessage {
  readonly customerId: string
  readonly text?: string
  readonly media?: readonly { readonly kind: MediaKind; readonly url: string }[]
  /** Meta's id of the quoted message. */
  readonly replyToMid?: string
  readonly tag: 'none' | 'human-agent'
}

/** What a call that was refused means, by Meta's codes. */
export type SendFailure =
  /** For certain not delivered: wait. `retryAfter` in milliseconds, as far as Meta said. */
  | {
      readonly kind: 'throttled'
      readonly code: string
      readonly retryAfter?: number
      readonly scope: 'account' | 'app'
    }
  /** For certain not delivered: the connection was never made. */
  | { readonly kind: 'no-connection' }
  | { readonly kind: 'outcome-unknown'; readonly code?: string }
  | { readonly kind: 'window-closed'; readonly code: string }
  | {
      readonly kind: 'authorization-suspended' | 'authorization-lost' | 'authorization-restricted'
      readonly code: string
      /**
       * What was refused: the `token`, before anything else was looked at; the `account`, whatever is asked for it; or a
       * `permission`, which the call may have needed alone. Default `account`.
       */
      readonly about?: 'token' | 'account' | 'permission'
    }
  | { readonly kind: 'other-app-in-control'; readonly code: string }
  | {
      readonly kind: 'give-up'
      readonly code: string
      readonly why: 'customer-unavailable' | 'media-refused' | 'message-refused' | 'not-permitted'
      /** Media could not be fetched: may be tried once more. */
      readonly retryOnce?: true
      /** The HUMAN_AGENT tag was refused: Meta has not given this app the Human Agent feature. */
      readonly ofTag?: true
    }

export type SendResult = { readonly kind: 'sent'; readonly mid: string } | SendFailure

/** A message as the platform's own list of the conversation shows it. */
export interface PastMessage {
  readonly mid: string
  /** Epoch milliseconds, to the second. */
  readonly at: number
  readonly from: 'business' | 'customer'
  /** As a webhook would have given it; `raw` holds what is not understood. */
  readonly content: IncomingContent
  /** One of each side at most; when is not known. */
  readonly reactions?: readonly PastReaction[]
}

export interface PastReaction {
  readonly by: 'business' | 'customer'
  readonly reaction?: string
  readonly emoji?: string
}

export interface SendOptions {
  readonly signal?: AbortSignal
  /** Asked right before the call leaves, after it has waited for its turn; if not, nothing is sent: `no-connection`. */
  readonly mayLeave?: () => boolean
}

/** Meta's Send API and what belongs to it. No call throws for an answer of Meta's. */
export interface Messenger {
  /** Cuts a reply into what Meta takes at once: pictures first, then text of at most 1,000 UTF-8 bytes a part. Pure. */
  cut(reply: { readonly text?: string; readonly media?: readonly { readonly kind: MediaKind }[] }): readonly Part[]
  /**
   * The part of the platform's rates that is this process's from now on, above 0 and at most 1: with many processes each
   * spends only its share.
   */
  use?(part: number): void
  send(sender: Sender, message: OutgoingMessage, options?: SendOptions): Promise<SendResult>
  react(
    sender: Sender,
    reaction: {
      readonly customerId: string
      readonly mid: string
      readonly action: 'react' | 'unreact'
      readonly emoji?: string
    },
  ): Promise<{ readonly kind: 'done' } | SendFailure>
  signal(
    sender: Sender,
    action: { readonly customerId: string; readonly action: 'typing-on' | 'typing-off' | 'seen' },
  ): Promise<{ readonly kind: 'done' } | SendFailure>
  /**
   * Whether the token gives access to the account; absent: nobody can tell. `another` with an `accountId`: the id given is another
   * one of the same account, the app-scoped id or that of its Page, and webhooks name this one.
   */
  showsAccount?(
    sender: Sender,
  ): Promise<{ readonly kind: 'shown' } | { readonly kind: 'another'; readonly accountId?: AccountId } | SendFailure>
  profile(
    sender: Sender,
    customerId: string,
  ): Promise<
    | { readonly kind: 'found'; readonly name?: string; readonly username?: string; readonly pictureUrl?: string }
    /** Gone, or blocked the business; or the customer has not agreed yet, which their next message does. */
    | { readonly kind: 'unavailable'; readonly why?: 'consent-missing' }
    | SendFailure
  >
  /**
   * The messages of the thread with this customer, newest first, back to an instant (default: the newest 20) and as far as the platform
   * tells what is in them: Meta documents that of the newest 20 only.
   */
  history(
    sender: Sender,
    customerId: string,
    options?: { readonly since?: number },
  ): Promise<{ readonly kind: 'found'; readonly messages: readonly PastMessage[] } | SendFailure>
}
