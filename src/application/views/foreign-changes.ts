import type { Recorded } from '../../projections/projection.ts'
import { NewerThanCode, toRecorded } from '../codec.ts'
import type { EventStore, Position, RecordedEvent } from '../ports/event-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import { pause } from '../time.ts'
import { type AnyProjection, touchesOf } from './view-fold.ts'

/** Documents that changed, by view name. */
export type ViewChange = ReadonlyMap<string, ReadonlySet<string>>

/** What another process has folded. */
export interface ForeignChange {
  readonly change: ViewChange
  /** False: there were events that only newer code can read, so more may have changed. */
  readonly isWhole: boolean
}

/** The documents that these events touch. */
export const touched = (projections: readonly AnyProjection[], events: readonly Recorded<unknown>[]): ViewChange => {
  const change = new Map<string, ReadonlySet<string>>()
  for (const projection of projections) {
    const keys = new Set(touchesOf(projection, events).flatMap((touch) => touch.keys))
    if (keys.size > 0) change.set(projection.name, keys)
  }
  return change
}

/** The documents that the events between two places touch, a page of the log at a time. */
export async function* foreignChanges(
  { events, runtime }: { readonly events: EventStore; readonly runtime: Runtime },
  projections: readonly AnyProjection[],
  { after, to }: { readonly after: Position | undefined; readonly to: Position },
  signal: AbortSignal,
): AsyncGenerator<ForeignChange, void, undefined> {
  for (let from = after; !signal.aborted;) {
    const page = await events.readAll({ signal, ...(from === undefined ? {} : { after: from }) })
    const passed = page.events.filter(({ position }) => position <= to)
    const readable = passed.flatMap((event) => read(event) ?? [])
    yield { change: touched(projections, readable), isWhole: readable.length === passed.length }
    from = passed.at(-1)?.position
    if (from === undefined || from >= to || passed.length < page.events.length) return
    await pause(runtime, 0)
  }
}

const read = (event: RecordedEvent): Recorded<unknown> | undefined => {
  try {
    return toRecorded(event)
  } catch (error) {
    if (error instanceof NewerThanCode) return undefined
    throw error
  }
}
