import type { Dropped } from '../../domain/conversation/index.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { DeliveriesDecided } from '../../domain/intake/events.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { IgnoredReason, QuarantineReason } from '../ports/platform.ts'
import { type EventTooLarge, isStoreError } from '../ports/store-errors.ts'

/** Why an event made nothing happen, though it was never delivered before: of no interest, or past. */
export type IgnoredBecause = IgnoredReason | Exclude<Dropped, 'known'>

/** What became of one delivered event. `isCounted`: in the commit of what it, or others decided with it, made happen. */
export type ItemOutcome =
  | { readonly kind: 'recorded' | 'duplicates'; readonly isCounted?: true }
  | { readonly kind: 'ignored'; readonly reason: IgnoredBecause; readonly isCounted?: true }
  | { readonly kind: 'quarantined'; readonly reason: QuarantineReason; readonly detail: string }

/** It found no place: it waits in quarantine. */
export type Unplaced = Extract<ItemOutcome, { kind: 'quarantined' }>

export const NO_LIVE_CHANNEL: Unplaced = {
  kind: 'quarantined',
  reason: 'account-of-no-live-channel',
  detail: 'the account is connected to no live channel',
}

/**
 * What becomes of an event that the store cannot take whatever happens; undefined: the store itself is in trouble, or something
 * changed meanwhile, and the event may be taken when it is delivered again.
 */
export const untakeable = (error: unknown): Unplaced | undefined => {
  if (isStoreError(error, 'EventTooLarge')) {
    const { actual, limit } = error as EventTooLarge
    return { kind: 'quarantined', reason: 'over-limit', detail: `the event: ${actual} bytes, at most ${limit}` }
  }
  return error instanceof TypeError ? unrecordable(error) : undefined
}

const unrecordable = (error: unknown): Unplaced => {
  const problem = isRefusal(error) ? error.code : error instanceof Error ? error.name : 'Error'
  return { kind: 'quarantined', reason: 'unreadable-member', detail: `could not be recorded: ${problem}` }
}

/**
 * What became of an event that the rules decided on: recorded, dropped for a reason, or refused.
 *
 * A channel deleted a moment ago is no live channel any more. What the rules cannot take, for a reason that nobody thought of,
 * waits in quarantine: delivered again it would only fail again, and keep the rest of its batch from being answered.
 */
export const decided = (apply: () => 'recorded' | Dropped): ItemOutcome => {
  try {
    const became = apply()
    if (became === 'recorded') return { kind: became }
    return became === 'known' ? { kind: 'duplicates' } : { kind: 'ignored', reason: became }
  } catch (error) {
    if (isRefusal(error, 'channel-deleted')) return NO_LIVE_CHANNEL
    return unrecordable(error)
  }
}

/** The counts that are kept with what these make happen; what goes to quarantine is counted when it is kept there. */
export const deliveriesOf = (accountId: AccountId, outcomes: readonly ItemOutcome[]): DeliveriesDecided => {
  const counts = { recorded: 0, duplicates: 0 }
  const ignored: Record<string, number> = {}
  for (const outcome of outcomes) {
    if (outcome.kind === 'ignored') ignored[outcome.reason] = (ignored[outcome.reason] ?? 0) + 1
    else if (outcome.kind !== 'quarantined') counts[outcome.kind] += 1
  }
  return {
    accountId,
    ...(counts.recorded === 0 ? {} : { recorded: counts.recorded }),
    ...(counts.duplicates === 0 ? {} : { duplicates: counts.duplicates }),
    ...(Object.keys(ignored).length === 0 ? {} : { ignored }),
  }
}

/** The same, counted with what it made happen: nobody needs to count it any more. */
export const asCounted = (outcome: ItemOutcome): ItemOutcome =>
  outcome.kind === 'quarantined' ? outcome : { ...outcome, isCounted: true }
