/** What follows for one call, and for nothing else. */
export type AboutOneCall =
  | { readonly kind: 'outcome-unknown' }
  | { readonly kind: 'window-closed' }
  | { readonly kind: 'other-app-in-control' }
  | {
      readonly kind: 'give-up'
      readonly why: 'customer-unavailable' | 'media-refused' | 'message-refused' | 'not-permitted'
      readonly retryOnce?: true
      readonly ofTag?: true
    }

/** What follows for every call of the account. */
export type AboutAccount =
  | { readonly kind: 'throttled'; readonly scope: 'account' }
  | {
      readonly kind: 'authorization-suspended' | 'authorization-lost' | 'authorization-restricted'
      readonly about: 'token' | 'account' | 'permission'
    }

/** What follows for every call of the app. */
export type AboutApp = { readonly kind: 'throttled'; readonly scope: 'app' }

/** What an error code of Meta's says about a call. */
export type Meaning = AboutOneCall | AboutAccount | AboutApp

/** What a refusal is about. Only an account's row can change the channel: any other one does not compile. */
type Scoped =
  | { readonly scope: 'message' | 'customer'; readonly means: AboutOneCall }
  | { readonly scope: 'account'; readonly means: AboutOneCall | AboutAccount }
  | { readonly scope: 'app'; readonly means: AboutOneCall | AboutApp }

export type GraphErrorRow = Scoped & {
  readonly code: number
  /** `none`: the bare code. `others`: every subcode that no row lists. `any`: both. */
  readonly subcodes: readonly number[] | 'none' | 'others' | 'any'
  /** Only for a send with the HUMAN_AGENT tag. */
  readonly tagged?: true
  /** Only where Meta's message for developers says so: two meanings that share a code. */
  readonly says?: RegExp
  readonly note: string
}

const throttled = { kind: 'throttled', scope: 'account' } as const
const appThrottled = { kind: 'throttled', scope: 'app' } as const
const unclear = { kind: 'outcome-unknown' } as const
const otherApp = { kind: 'other-app-in-control' } as const
const noCustomer = { kind: 'give-up', why: 'customer-unavailable' } as const
const noMedia = { kind: 'give-up', why: 'media-refused' } as const
const noMessage = { kind: 'give-up', why: 'message-refused' } as const
const noPermission = { kind: 'give-up', why: 'not-permitted' } as const
const noTag = { ...noPermission, ofTag: true } as const
const deadToken = { kind: 'authorization-lost', about: 'token' } as const
const lost = { kind: 'authorization-lost', about: 'account' } as const
const suspended = { kind: 'authorization-suspended', about: 'account' } as const
const restricted = { kind: 'authorization-restricted', about: 'account' } as const

/**
 * Meta's error codes: what each is about (this message, this customer, this account or the app), and what follows.
 * A code or subcode that is not here is about the one message. Only codes count, because texts are reworded and translated;
 * the one exception says so itself (`says`).
 *
 * @see https://developers.facebook.com/docs/messenger-platform/error-codes ("Common Error Codes", Jun 25, 2026)
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling ("Handling Errors", read 2026-09)
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting ("Rate Limits", read 2026-09)
 */
export const graphErrors: readonly GraphErrorRow[] = [
  // Limits.
  { code: 4, subcodes: 'any', scope: 'app', means: appThrottled, note: 'the whole app is limited' },
  { code: 17, subcodes: 'any', scope: 'account', means: throttled, note: 'limit of the user' },
  { code: 32, subcodes: 'any', scope: 'account', means: throttled, note: 'limit of the Page, with a user token' },
  { code: 341, subcodes: 'any', scope: 'account', means: throttled, note: 'limit of the application for this user' },
  { code: 613, subcodes: 'any', scope: 'account', means: throttled, note: 'limit of this call; also 1996, 2534040' },
  { code: 613, subcodes: [2018338], scope: 'customer', means: noPermission, note: 'too many tagged messages to them' },
  { code: 80001, subcodes: 'any', scope: 'account', means: throttled, note: 'business use case limit, Page' },
  { code: 80002, subcodes: 'any', scope: 'account', means: throttled, note: 'business use case limit, Instagram' },
  { code: 80006, subcodes: 'any', scope: 'account', means: throttled, note: 'business use case limit, Messenger' },

  // Nobody knows what was done.
  { code: 1, subcodes: 'any', scope: 'message', means: unclear, note: 'unknown; 1357046 is "sent all the same"' },
  { code: 2, subcodes: 'any', scope: 'message', means: unclear, note: 'temporary; also: the customer blocked you' },

  // The token. Whatever its subcode, and also for a token that belongs to the other host.
  {
    code: 190,
    subcodes: 'any',
    scope: 'account',
    means: deadToken,
    note: 'expired, app removed, role lost, wrong host',
  },
  {
    code: 190,
    subcodes: [459, 464],
    scope: 'account',
    means: { kind: 'authorization-suspended', about: 'token' },
    note: 'checkpoint: the person must act',
  },
  { code: 102, subcodes: 'any', scope: 'account', means: deadToken, note: 'session invalid' },

  // The account.
  { code: 10, subcodes: [2534077], scope: 'account', means: lost, note: 'no longer linked, or two-factor missing' },
  { code: 100, subcodes: [2534013], scope: 'account', means: lost, note: 'Page not linked to an account' },
  {
    code: 10,
    subcodes: 'none',
    scope: 'account',
    means: { kind: 'authorization-lost', about: 'permission' },
    note: 'permission missing or withdrawn',
  },
  { code: 200, subcodes: [2534041], scope: 'account', means: suspended, note: 'the owner switched off message access' },
  {
    code: 100,
    subcodes: 'none',
    says: /unsupported request - method type/i,
    scope: 'account',
    means: suspended,
    note: 'the account has no accepted role in the app; of many accounts at once: Meta restricted the app (seen 2026-07, -08)',
  },
  { code: 10, subcodes: [1893063], scope: 'account', means: restricted, note: 'account restricted for a time' },
  { code: 100, subcodes: [2534029], scope: 'account', means: restricted, note: 'blocked from the messaging API' },
  { code: 368, subcodes: 'none', scope: 'account', means: restricted, note: 'policy block for a time' },
  { code: 2022, subcodes: 'none', scope: 'account', means: restricted, note: 'policy block for a time' },
  {
    code: 36103,
    subcodes: 'any',
    scope: 'account',
    means: noPermission,
    note: 'account not eligible: conversations only',
  },

  // The app.
  { code: 3, subcodes: 'any', scope: 'app', means: noPermission, note: 'capability missing' },
  { code: 3, subcodes: 'none', tagged: true, scope: 'app', means: noTag, note: 'Human Agent is a capability' },
  { code: 10, subcodes: 'none', tagged: true, scope: 'app', means: noTag, note: 'says nothing about untagged sends' },
  { code: 200, subcodes: 'none', tagged: true, scope: 'app', means: noTag, note: 'the tag is refused, as seen' },

  // The customer. Without Advanced Access only people with a role in the app can be reached: others are refused one by one.
  {
    code: 10,
    subcodes: [2534022, 2018278, 2018065],
    scope: 'customer',
    means: { kind: 'window-closed' },
    note: 'outside the window',
  },
  { code: 200, subcodes: 'none', scope: 'customer', means: noPermission, note: 'Advanced Access missing for them' },
  { code: 200, subcodes: [2018028], scope: 'customer', means: noPermission, note: 'app not approved for this person' },
  { code: 10, subcodes: [2018028], scope: 'customer', means: noPermission, note: 'app not approved for this person' },
  { code: 100, subcodes: [2534037, 2018300], scope: 'customer', means: otherApp, note: 'another app owns the thread' },
  {
    code: 2018300,
    subcodes: 'any',
    scope: 'customer',
    means: otherApp,
    note: 'another app owns the thread, as a code',
  },
  { code: 10, subcodes: [2018108], scope: 'customer', means: noCustomer, note: 'this person cannot receive now' },
  { code: 100, subcodes: [2534014, 2018001], scope: 'customer', means: noCustomer, note: 'no such user' },
  { code: 200, subcodes: [1545041], scope: 'customer', means: noCustomer, note: 'person not available' },
  { code: 551, subcodes: 'any', scope: 'customer', means: noCustomer, note: 'person not available' },
  {
    code: 230,
    subcodes: 'any',
    scope: 'customer',
    means: noCustomer,
    note: 'profile: consent missing; seen in chatwoot',
  },
  {
    code: 9010,
    subcodes: 'any',
    scope: 'customer',
    means: noCustomer,
    note: 'profile: no such user; seen in chatwoot',
  },
  { code: 2018218, subcodes: 'any', scope: 'customer', means: noCustomer, note: 'profile not available' },
  { code: 2018247, subcodes: 'any', scope: 'customer', means: noCustomer, note: 'profile: no permission' },

  // The message.
  { code: 10, subcodes: 'others', scope: 'message', means: noPermission, note: 'nobody knows of what' },
  { code: 200, subcodes: 'others', scope: 'message', means: noPermission, note: 'nobody knows of what' },
  { code: 368, subcodes: 'others', scope: 'message', means: noPermission, note: 'perhaps what it says' },
  { code: 2022, subcodes: 'others', scope: 'message', means: noPermission, note: 'perhaps what it says' },
  {
    code: 100,
    subcodes: [2018008, 2018294],
    scope: 'message',
    means: { ...noMedia, retryOnce: true },
    note: 'media could not be fetched',
  },
  { code: 100, subcodes: [2018047, 2018109, 2018074], scope: 'message', means: noMedia, note: 'type, size, not ours' },
  {
    code: 100,
    subcodes: [2534068],
    scope: 'message',
    means: noMedia,
    note: 'several images not enabled (Nov 3, 2025)',
  },
  { code: 100, subcodes: 'any', scope: 'message', means: noMessage, note: 'parameter refused; 33, 2534015, 2534025' },
  { code: 803, subcodes: 'any', scope: 'message', means: noMessage, note: 'id cannot be resolved' },
  { code: 2500, subcodes: 'any', scope: 'message', means: noMessage, note: 'malformed query' },
  { code: 9000001, subcodes: 'any', scope: 'message', means: noMessage, note: 'unsent, or older than the newest 20' },
]
