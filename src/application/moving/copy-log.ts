import type { EventStore, Position, RecordedEvent } from '../ports/event-store.ts'
import { appendInOrder } from './append-in-order.ts'
import { SourceHoldsNothing, TargetHoldsOther } from './copy-errors.ts'
import type { EqualPart } from './equal-part.ts'
import { eventLine } from './event-line.ts'
import { patiently } from './patiently.ts'

/** Two logs, and how to be told to stop. */
export interface TwoLogs {
  readonly source: EventStore
  readonly target: EventStore
  readonly signal: AbortSignal | undefined
  /** Called after each page. */
  readonly onPage: () => void
}

/** Events of one page. */
const PAGE = 1_000

/** A log from a place to its present end, page by page. */
async function* pages(
  log: EventStore,
  after: Position | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly RecordedEvent[]> {
  let at = after
  for (;;) {
    const place = at
    const page = await patiently(
      () => log.readAll({ limit: PAGE, ...(place !== undefined && { after: place }), ...(signal && { signal }) }),
      signal,
    )
    if (page.events.length > 0) yield page.events
    if (page.atEnd || page.lookedTo === undefined) return
    at = page.lookedTo
  }
}

/** The same, one by one. */
async function* each(pagesOf: AsyncIterable<readonly RecordedEvent[]>): AsyncGenerator<RecordedEvent> {
  for await (const page of pagesOf) yield* page
}

/** @throws SourceHoldsNothing */
export const assertAnyEvent = async (source: EventStore, signal: AbortSignal | undefined): Promise<void> => {
  if ((await pages(source, undefined, signal).next()).done) throw new SourceHoldsNothing()
}

const otherEvent = ({ stream, revision }: RecordedEvent): TargetHoldsOther =>
  new TargetHoldsOther('another-event', stream, revision)

/**
 * Compares what the target holds with the beginning of the source, event by event. Writes nothing.
 * @throws TargetHoldsOther
 */
export const compareLogs = async ({ source, target, signal, onPage }: TwoLogs, equal: EqualPart): Promise<void> => {
  const originals = each(pages(source, equal.source, signal))
  try {
    for await (const page of pages(target, equal.target, signal)) {
      for (const copy of page) {
        const original = (await originals.next()).value as RecordedEvent | undefined
        const line = eventLine(copy)
        if (original === undefined || eventLine(original) !== line) throw otherEvent(copy)
        await equal.add(line, original, copy)
      }
      onPage()
    }
  } finally {
    await originals.return(undefined)
  }
}

/**
 * Appends to the target what the source has beyond the part that is equal, and reads each page back to compare it.
 * @throws TargetHoldsOther, TargetCannotTake
 */
export const copyRest = async ({ source, target, signal, onPage }: TwoLogs, equal: EqualPart): Promise<void> => {
  for await (const originals of pages(source, equal.source, signal)) {
    const pieces = originals.map((event) => ({ event, line: eventLine(event) }))
    await appendInOrder(target, pieces, signal)
    let compared = 0
    for await (const page of pages(target, equal.target, signal)) {
      for (const copy of page) {
        const piece = pieces[compared]
        const line = eventLine(copy)
        if (piece?.line !== line) throw otherEvent(copy)
        await equal.add(line, piece.event, copy)
        compared++
      }
      if (compared === pieces.length) break
    }
    const missing = pieces[compared]?.event
    if (missing) throw new TargetHoldsOther('fewer-events', missing.stream, missing.revision)
    onPage()
  }
  const beyond = await patiently(
    () => target.readAll({ limit: 1, ...(equal.target !== undefined && { after: equal.target }) }),
    signal,
  )
  const [other] = beyond.events
  if (other) throw otherEvent(other)
}
