import type { Position } from '../ports/event-store.ts'
import type { ViewId, Views } from '../ports/views.ts'
import { type AnyProjection, countersId } from './view-fold.ts'

const nameOf = ({ name, version }: ViewId): string => `${name}@${version}`

/**
 * Finds older versions of live views that nobody keeps any more: no unsend reaches them, so they may not stay.
 *
 * A process of older code that still runs keeps moving its build. Only one that has stood still from one look to the next, and
 * was behind all that time, is dropped; should its process come back all the same, it finds no checkpoint and builds it anew, but
 * for one that has stopped before an event newer than its code.
 */
export class OlderBuilds {
  readonly #views: Views
  #seen: ReadonlyMap<string, Position> = new Map()
  #live: Position | undefined
  #begun = false

  constructor(views: Views) {
    this.#views = views
  }

  /** Drops what stands where it stood at the last look, while the live views had long gone on. */
  async look(projections: readonly AnyProjection[], live: Position | undefined): Promise<readonly ViewId[]> {
    // A process that died while it dropped something has left the rest of it: any drop ends that, also of what never was.
    if (!this.#begun && projections[0] !== undefined) await this.#views.drop({ name: projections[0].name, version: 0 })
    this.#begun = true
    const versions = new Map(
      projections.flatMap((projection) => [
        [projection.name, projection.version] as const,
        [countersId(projection).name, projection.version] as const,
      ]),
    )
    const older = (await this.#views.builds()).filter(({ view }) => view.version < (versions.get(view.name) ?? 0))
    const left = older.filter(
      ({ view, checkpoint }) =>
        this.#seen.get(nameOf(view)) === checkpoint.position && checkpoint.position < (this.#live ?? ''),
    )
    this.#seen = new Map(older.map(({ view, checkpoint }) => [nameOf(view), checkpoint.position]))
    this.#live = live
    for (const { view } of left) await this.#views.drop(view)
    return left.map(({ view }) => view)
  }
}
