import type { IgnoredReason, Incoming, QuarantineReason } from '../../../application/ports/platform.ts'

/** How the reading of one event ended, before the envelope adds account and raw text. */
export type Verdict =
  | { readonly outcome: 'read'; readonly incoming: Incoming }
  | { readonly outcome: 'ignored'; readonly reason: IgnoredReason }
  | { readonly outcome: 'quarantined'; readonly reason: QuarantineReason; readonly detail: string }

export const read = (incoming: Incoming): Verdict => ({ outcome: 'read', incoming })
export const ignored = (reason: IgnoredReason): Verdict => ({ outcome: 'ignored', reason })

/** `detail` names members and types, never content. A name is Meta's and may be anything, so it is kept short. */
export const quarantined = (reason: QuarantineReason, detail: string): Verdict => ({
  outcome: 'quarantined',
  reason,
  detail: detail.length > 200 ? `${detail.slice(0, 200)}…` : detail,
})
export const unreadable = (detail: string): Verdict => quarantined('unreadable-member', detail)

/** More of something than this product takes. */
export const overLimit = (field: string, actual: number, limit: number, unit: string): Verdict =>
  quarantined('over-limit', `${field}: ${actual} ${unit}, at most ${limit}`)
