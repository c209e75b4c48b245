import type { EventStore } from '../ports/event-store.ts'
import type { Unreadable } from './readable.ts'
import { checkpointOf, type Group, isInLog } from './stock.ts'
import { stopOf } from './view-errors.ts'
import type { AnyProjection } from './view-fold.ts'

/**
 * Remembers before which event newer than the code the views of this process have stopped. While the log holds it, none of them is
 * begun again from nothing: newer code drops what its own versions have replaced, and this process would come no further than
 * it had, again and again.
 */
export class StoppedViews {
  readonly #events: EventStore
  readonly #stopped = new Map<AnyProjection, Unreadable>()

  constructor(events: EventStore) {
    this.#events = events
  }

  add(projections: readonly AnyProjection[], unreadable: Unreadable): void {
    for (const projection of projections) this.#stopped.set(projection, unreadable)
  }

  /** The same views, in groups: what is not to be begun stands apart, and says why. */
  async apart(group: Group): Promise<readonly Group[]> {
    if (group.checkpoint !== undefined) return [group]
    const begun: AnyProjection[] = []
    const stopped: Group[] = []
    for (const [unreadable, projections] of Map.groupBy(group.projections, (each) => this.#stopped.get(each))) {
      if (unreadable === undefined || !(await isInLog(this.#events, checkpointOf(unreadable.event))))
        begun.push(...projections)
      else stopped.push({ ...group, projections, stop: stopOf(unreadable.error) })
    }
    return begun.length === 0 ? stopped : [{ ...group, projections: begun }, ...stopped]
  }
}
