import type { Recorded } from '../../projections/projection.ts'
import { NewerThanCode, toRecorded } from '../codec.ts'
import type { RecordedEvent } from '../ports/event-store.ts'

/** Events as far as this code can read them. */
export interface Part {
  readonly events: readonly RecordedEvent[]
  readonly recorded: readonly Recorded<unknown>[]
  /** Why it ends before the last one. */
  readonly error?: NewerThanCode
}

/** The events before the first one that is newer than the code. */
export const readable = (events: readonly RecordedEvent[]): Part => {
  const recorded: Recorded<unknown>[] = []
  try {
    for (const event of events) recorded.push(toRecorded(event))
    return { events, recorded }
  } catch (error) {
    if (error instanceof NewerThanCode) return { events: events.slice(0, recorded.length), recorded, error }
    throw error
  }
}
