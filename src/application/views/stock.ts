import type { EventStore, Position, RecordedEvent } from '../ports/event-store.ts'
import type { Log } from '../ports/log.ts'
import type { Checkpoint, ViewId, Views } from '../ports/views.ts'
import { type AnyProjection, countersId, viewId } from './view-fold.ts'
import type { Stop } from './view-errors.ts'

/** Views that stand at the same place of the log and are folded together. */
export interface Group {
  readonly projections: readonly AnyProjection[]
  readonly checkpoint: Checkpoint | undefined
  /** They have not caught up with the log since they were begun: half a view is worse than none. */
  readonly unfinished?: true
  /** Why it is not built further. */
  readonly stop?: Stop
}

/** No views, which stand nowhere. */
export const NOTHING: Group = { projections: [], checkpoint: undefined }

export const placeOf = ({ checkpoint }: Group): Position => checkpoint?.position ?? ''

/** What a checkpoint names: stream, revision and id of the event it stands on. */
const checkpointEvent = (event: RecordedEvent): string => `${event.revision} ${event.id} ${event.stream}`

/** The checkpoint of a view that has read so far. */
export const checkpointOf = (event: RecordedEvent): Checkpoint => ({
  position: event.position,
  eventId: checkpointEvent(event),
})

const readCheckpointEvent = (text: string): { readonly stream: string; readonly revision: number } | undefined => {
  const [revision, , ...stream] = text.split(' ')
  return revision === undefined || stream.length === 0
    ? undefined
    : { stream: stream.join(' '), revision: Number(revision) }
}

const nameOf = ({ name, version }: ViewId): string => `${name}@${version}`

/**
 * Where every view stands, in groups, the furthest first. All checkpoints are read at once: another process that moves them
 * meanwhile does not tear apart what stands together.
 */
export const takeStock = async (
  { events, views, log }: { readonly events: EventStore; readonly views: Views; readonly log: Log },
  projections: readonly AnyProjection[],
): Promise<readonly Group[]> => {
  const found = new Map((await views.builds()).map((build) => [nameOf(build.view), build]))
  const proofs = new Map<string, boolean>()
  const isProven = async (checkpoint: Checkpoint): Promise<boolean> => {
    const name = `${checkpoint.position} ${checkpoint.eventId}`
    const proof = proofs.get(name) ?? (await isInLog(events, checkpoint))
    proofs.set(name, proof)
    return proof
  }
  const groups = new Map<string, Group>()
  for (const projection of projections) {
    const builds = [viewId(projection), ...(projection.counters === undefined ? [] : [countersId(projection)])]
    const states = builds.map((build) => found.get(nameOf(build)))
    const checkpoint = states[0]?.checkpoint
    const isWhole = states.every((state) => state?.checkpoint.eventId === checkpoint?.eventId)
    const stands = checkpoint !== undefined && isWhole && (await isProven(checkpoint)) ? checkpoint : undefined
    if (stands === undefined && builds.some((build) => found.has(nameOf(build)))) {
      log.warn('a view stands on an event that the log does not have; it is built anew', { view: projection.name })
      for (const build of builds) await views.drop(build)
    }
    const isFinished = stands !== undefined && states.every((state) => state?.unfinished === undefined)
    // What can be read stands before what cannot be read yet, wherever another process has built that to.
    const place = `${isFinished ? 1 : 0} ${stands?.position ?? ''}`
    groups.set(place, {
      checkpoint: stands,
      projections: [...(groups.get(place)?.projections ?? []), projection],
      ...(isFinished ? {} : { unfinished: true }),
    })
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? 1 : -1)).map(([, group]) => group)
}

/** The builds of a group, those of counters among them. */
export const buildsOf = ({ projections }: Group): readonly ViewId[] =>
  projections.flatMap((projection) =>
    projection.counters === undefined ? [viewId(projection)] : [viewId(projection), countersId(projection)],
  )

/** A checkpoint counts only while the log holds the event that it names. */
export const isInLog = async (events: EventStore, { position, eventId }: Checkpoint): Promise<boolean> => {
  const named = readCheckpointEvent(eventId)
  const [event] = named === undefined ? [] : await events.read(named.stream, { from: named.revision, limit: 1 })
  return event !== undefined && checkpointEvent(event) === eventId && event.position === position
}
