/** What an error code of Meta's says about a call. */
export type Meaning =
  | { readonly kind: 'throttled'; readonly scope: 'account' | 'app' }
  | { readonly kind: 'outcome-unknown' }
  | { readonly kind: 'window-closed' }
  | { readonly kind: 'authorization-suspended' | 'authorization-lost' | 'authorization-restricted' }
  | { readonly kind: 'other-app-in-control' }
  | {
      readonly kind: 'give-up'
      readonly why: 'customer-unavailable' | 'media-refused' | 'message-refused' | 'not-permitted'
      readonly retryOnce?: true
    }

export interface GraphErrorRow {
  readonly code: number
  /** Absent: every subcode that has no row of its own. */
  readonly subcodes?: readonly number[]
  /** Only for a send with the HUMAN_AGENT tag. */
  readonly tagged?: true
  readonly means: Meaning
  readonly note: string
}

const throttled: Meaning = { kind: 'throttled', scope: 'account' }
const lost: Meaning = { kind: 'authorization-lost' }
const suspended: Meaning = { kind: 'authorization-suspended' }
const restricted: Meaning = { kind: 'authorization-restricted' }
const otherApp: Meaning = { kind: 'other-app-in-control' }
const noCustomer: Meaning = { kind: 'give-up', why: 'customer-unavailable' }
const noMedia: Meaning = { kind: 'give-up', why: 'media-refused' }
const noMessage: Meaning = { kind: 'give-up', why: 'message-refused' }
const noPermission: Meaning = { kind: 'give-up', why: 'not-permitted' }

/**
 * Meta's error codes and what follows from them. Texts are translated and reworded: only codes count.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/error-codes ("Common Error Codes", Jun 25, 2026)
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling ("Handling Errors", read 2026-09)
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting ("Rate Limits", read 2026-09)
 */
export const graphErrors: readonly GraphErrorRow[] = [
  { code: 4, means: { kind: 'throttled', scope: 'app' }, note: 'the whole app is limited' },
  { code: 17, means: throttled, note: 'limit of the user' },
  { code: 32, means: throttled, note: 'limit of the Page, with a user token' },
  { code: 341, means: throttled, note: 'limit of the application' },
  {
    code: 613,
    means: throttled,
    note: 'limit of this call; also 1996, 2534040, and 2018338 (too many tagged messages)',
  },
  { code: 80001, means: throttled, note: 'business use case limit, Page' },
  { code: 80002, means: throttled, note: 'business use case limit, Instagram' },
  { code: 80006, means: throttled, note: 'business use case limit, Messenger' },

  { code: 1, means: { kind: 'outcome-unknown' }, note: 'unknown error; 1357046 is "sent all the same"' },
  {
    code: 2,
    means: { kind: 'outcome-unknown' },
    note: 'temporary; may also mean that the customer blocked the account',
  },

  { code: 10, subcodes: [2534022, 2018278, 2018065], means: { kind: 'window-closed' }, note: 'outside the window' },

  { code: 190, means: lost, note: 'token expired or invalid, app removed, password changed, role lost' },
  { code: 190, subcodes: [459, 464], means: suspended, note: 'checkpoint: the person must act' },
  { code: 102, means: lost, note: 'session invalid' },
  { code: 10, means: lost, note: 'permission missing or withdrawn' },
  { code: 10, tagged: true, means: noPermission, note: 'the tag is refused: says nothing about untagged sends' },
  { code: 10, subcodes: [2534077], means: lost, note: 'Page and account no longer linked, or two-factor missing' },
  { code: 100, subcodes: [2534013], means: lost, note: 'Page not linked to an account' },
  { code: 200, subcodes: [2534041], means: suspended, note: 'the owner switched off access to messages' },
  { code: 10, subcodes: [1893063], means: restricted, note: 'account restricted for a time' },
  { code: 100, subcodes: [2534029], means: restricted, note: 'business blocked from the messaging API' },
  { code: 368, means: restricted, note: 'policy block for a time' },
  { code: 2022, means: restricted, note: 'policy block for a time' },

  { code: 100, subcodes: [2534037, 2018300], means: otherApp, note: 'another app owns the thread' },
  { code: 2018300, means: otherApp, note: 'another app owns the thread, as a code' },

  { code: 10, subcodes: [2018108], means: noCustomer, note: 'this person cannot receive now' },
  { code: 100, subcodes: [2534014, 2018001], means: noCustomer, note: 'no such user' },
  { code: 200, subcodes: [1545041], means: noCustomer, note: 'person not available' },
  { code: 551, means: noCustomer, note: 'person not available' },
  { code: 230, means: noCustomer, note: 'profile: consent missing; seen in chatwoot' },
  { code: 9010, means: noCustomer, note: 'profile: no matching user; seen in chatwoot' },
  { code: 2018218, means: noCustomer, note: 'profile not available' },
  { code: 2018247, means: noCustomer, note: 'profile: no permission' },

  {
    code: 100,
    subcodes: [2018008, 2018294],
    means: { ...noMedia, retryOnce: true },
    note: 'media could not be fetched',
  },
  { code: 100, subcodes: [2018047, 2018109, 2018074], means: noMedia, note: 'wrong type, too big, not our upload' },
  { code: 100, subcodes: [2534068], means: noMedia, note: 'several images are not enabled (changelog, Nov 3, 2025)' },

  { code: 3, means: noPermission, note: 'capability missing' },
  { code: 200, means: noPermission, note: 'Advanced Access missing, or app not approved for this person' },
  { code: 36103, means: noPermission, note: 'account not eligible' },

  { code: 100, means: noMessage, note: 'parameter refused; also 33, 2534015 (message data), 2534025 (private reply)' },
  { code: 803, means: noMessage, note: 'id cannot be resolved' },
  { code: 2500, means: noMessage, note: 'malformed query' },
  { code: 9000001, means: noMessage, note: 'message unsent, or older than the newest 20' },
]
