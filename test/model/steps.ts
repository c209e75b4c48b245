/** What can happen in a history. Instants are milliseconds since its beginning; names are short, so that a history can be read. */
export type AccountName = 'A' | 'B'
export type CustomerName = 'x' | 'y' | 'z'
export type ActorName = 'aki' | 'ben' | 'sato' | 'bot' | 'moss'

interface OnThread {
  readonly account: AccountName | 'unknown'
  readonly customer: CustomerName
  /** Meta's timestamp. */
  readonly metaAt: number
}
/** One event of a webhook. */
export type WebhookEvent =
  | (OnThread & {
      readonly kind: 'message'
      readonly mid: string
      readonly content: 'text' | 'image' | 'audio' | 'unsupported' | 'story-reply' | 'quick-reply'
      readonly standby?: true
    })
  | (OnThread & { readonly kind: 'postback'; readonly mid: string })
  | (OnThread & { readonly kind: 'echo'; readonly mid: string })
  | (OnThread & { readonly kind: 'comment'; readonly mid: string })
  | (OnThread & {
      readonly kind: 'unsend'
      readonly mid: string
      readonly by: 'customer' | 'business'
      readonly asText?: true
    })
  | (OnThread & { readonly kind: 'edit'; readonly mid: string; readonly number: number })
  | (OnThread & { readonly kind: 'reaction'; readonly mid: string; readonly emoji: string | null })
  | (OnThread & { readonly kind: 'referral'; readonly ref: string })

interface OnConversation {
  /** Idempotency key. */
  readonly key?: string
  readonly actor: ActorName
  readonly account: AccountName
  readonly customer: CustomerName
}
export type Sending = 'sent' | 'refused' | 'window' | 'held' | 'lost' | 'throttled'

export type Step =
  | { readonly kind: 'time'; readonly by: number }
  | { readonly kind: 'webhook'; readonly events: readonly WebhookEvent[] }
  /**
   * `lost`: Meta fails without saying whether it was delivered, and ten minutes pass. `throttled`: Meta limits the account, and the same
   * time passes.
   */
  | (OnConversation & {
      readonly kind: 'reply' | 'reply-and-end'
      readonly text: string
      readonly lost?: true
      readonly throttled?: true
    })
  | (OnConversation & {
      readonly kind: 'pick-up' | 'end' | 'reopen' | 'block' | 'unblock' | 'convert' | 'dismiss' | 'mark-read'
    })
  | (OnConversation & { readonly kind: 'note'; readonly text: string })
  | (OnConversation & {
      readonly kind: 'transfer'
      readonly to: ActorName | null
      readonly seen: ActorName | null | 'true'
    })
  | (OnConversation & { readonly kind: 'withdraw'; readonly text: string })
  | (OnConversation & { readonly kind: 'resend'; readonly text: string; readonly mayArriveTwice: boolean })
  | { readonly kind: 'connect'; readonly account: AccountName }
  | { readonly kind: 'disable' | 'enable'; readonly account: AccountName }
  | { readonly kind: 'delete'; readonly account: AccountName; readonly pending: 'convert' | 'discard' }
  | {
      readonly kind: 'settings'
      readonly account: AccountName
      readonly delay?: number | 'never'
      readonly assigneeOnly?: boolean
    }
  | { readonly kind: 'associate' | 'remove'; readonly account: AccountName; readonly agent: ActorName }
  /** How Meta answers sends from now on. */
  | { readonly kind: 'sending'; readonly how: Sending }
  /** The calls that are held are answered. */
  | { readonly kind: 'release' }

/** What came of a step: done, or the code of its refusal. */
export type StepResult = 'done' | `refused ${string}`
