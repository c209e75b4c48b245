import type { EventStore, ExpectedRevision, RecordedEvent, StreamAppend } from '../ports/event-store.ts'
import { isStoreError } from '../ports/store-errors.ts'
import { TargetCannotTake, TargetHoldsOther } from './copy-errors.ts'
import { patiently } from './patiently.ts'

/** An event and its line, which tells how large it is. */
export interface Piece {
  readonly event: RecordedEvent
  readonly line: string
}

/** What one append takes at most. Some servers refuse more than 1 MiB, and a UTF-16 unit may take 3 bytes. */
const MOST_UNITS_OF_APPEND = 262_144
/** What one commit of many appends takes at most. */
const MOST_EVENTS = 500
const MOST_UNITS = 1_048_576

/** Splits where the next one would be too much for what has been gathered, or does not belong to it. */
const gathered = (
  pieces: readonly Piece[],
  belongs: (next: Piece, last: Piece, many: number, units: number) => boolean,
): readonly (readonly Piece[])[] => {
  const groups: Piece[][] = []
  let units = 0
  for (const next of pieces) {
    const group = groups.at(-1)
    const last = group?.at(-1)
    if (group && last && belongs(next, last, group.length, units + next.line.length)) {
      group.push(next)
      units += next.line.length
    } else {
      groups.push([next])
      units = next.line.length
    }
  }
  return groups
}

const commitsOf = (pieces: readonly Piece[]): readonly (readonly Piece[])[] =>
  gathered(pieces, (_next, _last, many, units) => many < MOST_EVENTS && units <= MOST_UNITS)

const runsOf = (pieces: readonly Piece[]): readonly (readonly Piece[])[] =>
  gathered(
    pieces,
    ({ event }, last, _many, units) => event.stream === last.event.stream && units <= MOST_UNITS_OF_APPEND,
  )

const expectedBefore = (revision: number): ExpectedRevision => (revision === 0 ? 'none' : revision - 1)

const appendOf = (run: readonly Piece[]): StreamAppend => {
  const { stream = '', revision = 0 } = run[0]?.event ?? {}
  return {
    stream,
    expected: expectedBefore(revision),
    events: run.map(({ event: { id, type, version, data, personal, meta, recordedAt } }) => ({
      id,
      type,
      version,
      data,
      ...(personal !== undefined && { personal }),
      meta,
      recordedAt,
    })),
  }
}

/** Whether the target refuses the events themselves: by their size, or an id that the stream has already. */
const isUnfit = async (
  log: EventStore,
  { stream, revision }: RecordedEvent,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  if (isStoreError(error, 'EventTooLarge') || error instanceof TypeError) return true
  if (!isStoreError(error, 'WrongExpectedRevision') && !isStoreError(error, 'CorruptIdempotency')) throw error
  const head = await patiently(() => log.head(stream), signal)
  return (head?.revision ?? -1) === revision - 1
}

const appendRun = async (log: EventStore, run: readonly Piece[], signal: AbortSignal | undefined): Promise<void> => {
  const event = run[0]?.event
  if (event === undefined) return
  const { stream, expected, events } = appendOf(run)
  try {
    // Without the signal: an append that is given up may or may not have happened.
    await patiently(() => log.append(stream, expected, events), signal)
  } catch (cause) {
    if (!(await isUnfit(log, event, cause, signal)))
      throw new TargetHoldsOther('another-event', stream, event.revision, { cause })
    if (run.length === 1) throw new TargetCannotTake(stream, event.revision, { cause })
    const half = Math.ceil(run.length / 2)
    await appendRun(log, run.slice(0, half), signal)
    await appendRun(log, run.slice(half), signal)
  }
}

const appendRuns = async (
  log: EventStore,
  pieces: readonly Piece[],
  signal: AbortSignal | undefined,
): Promise<void> => {
  // One after the other: no engine promises an order to appends of different streams that are made at once.
  for (const run of runsOf(pieces)) await appendRun(log, run, signal)
}

const isOutcome = (error: unknown): boolean =>
  error instanceof TypeError ||
  ['WrongExpectedRevision', 'CorruptIdempotency', 'EventTooLarge'].some((name) => isStoreError(error, name))

/**
 * Appends in the order given, at the revisions that the events have. Whatever ends it, a beginning of them is in the log.
 * @throws TargetHoldsOther, TargetCannotTake, StoreUnavailable, StoreClosed, the signal's reason
 */
export const appendInOrder = async (
  log: EventStore,
  pieces: readonly Piece[],
  signal: AbortSignal | undefined,
): Promise<void> => {
  for (const commit of commitsOf(pieces)) {
    if (!log.appendAll) {
      await appendRuns(log, commit, signal)
      continue
    }
    try {
      await patiently(async () => log.appendAll?.(runsOf(commit).map(appendOf)), signal)
    } catch (error) {
      if (!isOutcome(error)) throw error
      // Nothing was appended. One by one it will be seen which event it is.
      await appendRuns(log, commit, signal)
    }
  }
}
