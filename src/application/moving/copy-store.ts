import type { Store } from '../ports/store.ts'
import { assertRuntime } from '../supported-runtime.ts'
import { assertNoOtherKey, assertNothingElse, copyKey, keptFiles, keptTokens, mirror } from './copy-kept.ts'
import { assertAnyEvent, compareLogs, copyRest, type TwoLogs } from './copy-log.ts'
import { type CopyNote, EqualPart, isStanding } from './equal-part.ts'

/** What is copied: the parts of a store that are no views of others. */
export type CopiedStore = Pick<Store, 'events' | 'keys' | 'tokens' | 'blobs'>

export interface CopyProgress {
  /** `comparing`: what the target holds already; `copying`: the rest of the log; `keeping`: tokens and files. */
  readonly step: 'comparing' | 'copying' | 'keeping'
  /** Events from the beginning that source and target are known to have in common. */
  readonly events: number
  /** Events that this call has appended. */
  readonly copied: number
  /** For {@link CopyOptions.since} of a later call; absent below 1,000 events. */
  readonly note?: CopyNote
}

export interface CopyOptions {
  /** Ends the copy between two writes; the call then rejects with its reason, and a later one goes on. */
  readonly signal?: AbortSignal
  /** Called after each page of about 1,000 events. What it throws ends the copy. */
  readonly onProgress?: (progress: CopyProgress) => void
  /**
   * Up to where an earlier call has compared these two logs: that part is not compared again. Ignored when it does not fit
   * them. Without it the target is compared from its first event, which costs reading both.
   */
  readonly since?: CopyNote
}

export interface CopyReport {
  /** Events of the log, in both. */
  readonly events: number
  /** Events that this call has appended. */
  readonly copied: number
  /** Tokens and files, in both. */
  readonly tokens: number
  readonly blobs: number
  /**
   * Of the whole log, 64 hexadecimal digits; equal logs have equal ones, whatever the engines. SHA-256 over the digest so far
   * (at first 32 zero bytes) and the next 1,000 events, a line of canonical JSON for each, without positions. The events are
   * those that the target gave: to this call, and with {@link CopyOptions.since} to the earlier ones up to the note, of which
   * only the last event is looked at again.
   */
  readonly digest: string
  /** For {@link CopyOptions.since} of a later call; absent below 1,000 events. */
  readonly note?: CopyNote
}

/**
 * Copies everything that a desk cannot build again to another engine: the log, event by event in its order, with ids, types,
 * versions, times, personal parts and the revisions of each stream; the digest key, tokens and files. Only positions are the
 * target's own. Views, snapshots and leases are not copied: a desk that starts on the copy builds its views from the log, and
 * tells a host that owns its tickets of every ticket event again, with the ids that it knows.
 *
 * Nothing is written to the source (opening it may have brought it up to date), and a desk may go on working on it. Called
 * again after it was stopped, was killed, or the source has grown, it goes on where the target ends: first compare, then
 * append. So move by copying while the desk runs, stopping it, calling this once more, and starting on the target. No desk may
 * run on the target before that.
 *
 * Every event is read back from the target and compared with the source; what else is found there is refused, before anything
 * is written if it was there before. So is a source without any event: a wrong path would else look like a copy that
 * succeeded. A store that cannot be reached is waited for, for about six seconds.
 * @throws SourceHoldsNothing, TargetHoldsOther, TargetCannotTake, StoreUnavailable, StoreClosed, the signal's reason,
 * TypeError (both are one log), RuntimeTooOld
 */
export const copyStore = async (from: CopiedStore, to: CopiedStore, options: CopyOptions = {}): Promise<CopyReport> => {
  assertRuntime()
  const { signal, onProgress, since } = options
  if (from.events === to.events) throw new TypeError('a log cannot be copied to itself')
  await assertAnyEvent(from.events, signal)
  const logs = { source: from.events, target: to.events }
  const equal = new EqualPart(since !== undefined && (await isStanding(since, logs, signal)) ? since : undefined)
  let before: number | undefined
  const report = (step: CopyProgress['step']): void =>
    onProgress?.({
      step,
      events: equal.events,
      copied: equal.events - (before ?? equal.events),
      ...(equal.note && { note: equal.note }),
    })
  const walking = (step: CopyProgress['step']): TwoLogs => ({ ...logs, signal, onPage: () => report(step) })

  // A log can be elsewhere and the rest stay where it is.
  const moves = { keys: from.keys !== to.keys, tokens: from.tokens !== to.tokens, blobs: from.blobs !== to.blobs }
  const tokens = [keptTokens(from.tokens), keptTokens(to.tokens), signal] as const
  const blobs = [keptFiles(from.blobs), keptFiles(to.blobs), signal] as const

  if (moves.keys) await assertNoOtherKey(from.keys, to.keys, signal)
  await compareLogs(walking('comparing'), equal)
  before = equal.events
  if (before === 0) {
    if (moves.tokens) await assertNothingElse(...tokens)
    if (moves.blobs) await assertNothingElse(...blobs)
  }
  if (moves.keys) await copyKey(from.keys, to.keys, signal)
  await copyRest(walking('copying'), equal)
  report('keeping')
  // Also where both are one place: then it counts.
  const kept = { tokens: await mirror(...tokens), blobs: await mirror(...blobs) }
  if (moves.keys) await copyKey(from.keys, to.keys, signal)
  return {
    events: equal.events,
    copied: equal.events - before,
    ...kept,
    digest: await equal.digest(),
    ...(equal.note && { note: equal.note }),
  }
}
