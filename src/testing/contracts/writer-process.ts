import type { EventStore } from '../../application/ports/event-store.ts'
import { isStoreError } from '../../application/ports/store-errors.ts'
import { sampleEvent, sampleId } from './sample-events.ts'
import type { WriterTask } from './suite.ts'

/**
 * The work of one writer among several: appends to shared streams at exact revisions and begins anew when another was first.
 *
 * Run in a process of its own it makes the engine's locks real.
 */
export const writeAlone = async (events: EventStore, { writer, appends, streams }: WriterTask): Promise<void> => {
  for (let n = 0; n < appends; n += 1) {
    const stream = streams[(n + writer) % streams.length] ?? ''
    const batch = Array.from({ length: 1 + (n % 3) }, (_, at) =>
      sampleEvent(n, { id: sampleId(n * 4 + at, writer + 1), data: { writer, n, at } }),
    )
    for (;;) {
      const head = await events.head(stream)
      try {
        await events.append(stream, head?.revision ?? 'none', batch)
        break
      } catch (error) {
        if (!isStoreError(error, 'WrongExpectedRevision')) throw error
      }
    }
  }
}

/** How many events {@link writeAlone} leaves. */
export const eventsWritten = (appends: number): number => {
  let events = 0
  for (let n = 0; n < appends; n += 1) events += 1 + (n % 3)
  return events
}
