import type { Recorded } from '../../projections/projection.ts'
import { NewerThanCode, toRecorded } from '../codec.ts'
import type { RecordedEvent } from '../ports/event-store.ts'

/** An event that is newer than the code. */
export interface Unreadable {
  readonly event: RecordedEvent
  readonly error: NewerThanCode
}

/** Events as far as this code can read them. */
export interface Part {
  readonly events: readonly RecordedEvent[]
  readonly recorded: readonly Recorded<unknown>[]
  /** Before which of them it ends. */
  readonly unreadable?: Unreadable
}

/** The events before the first one that is newer than the code. */
export const readable = (events: readonly RecordedEvent[]): Part => {
  const recorded: Recorded<unknown>[] = []
  try {
    for (const event of events) recorded.push(toRecorded(event))
    return { events, recorded }
  } catch (error) {
    const event = events[recorded.length]
    if (!(error instanceof NewerThanCode) || event === undefined) throw error
    return { events: events.slice(0, recorded.length), recorded, unreadable: { event, error } }
  }
}
