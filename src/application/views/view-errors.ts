import { NewerThanCode } from '../codec.ts'
import type { Position } from '../ports/event-store.ts'
import { isStoreError, type LogDamaged, type StoreUnavailable } from '../ports/store-errors.ts'

/** The views have not reached the position within the time given. */
export class ViewsBehind extends Error {
  override readonly name = 'ViewsBehind'
  readonly position: Position
  constructor(position: Position, stop?: Pick<Stop, 'problem' | 'unavailable'>) {
    const why = stop?.unavailable?.message ?? stop?.problem
    super(`the views have not reached ${position} in time${why === undefined ? '' : ` (stopped: ${why})`}`)
    this.position = position
  }
}

/** The view is being built and cannot be read yet. */
export class ViewBuilding extends Error {
  override readonly name = 'ViewBuilding'
  readonly view: string
  constructor(view: string) {
    super(`view ${view} is being built; see the progress of views`)
    this.view = view
  }
}

/** Why views do not go on. */
export interface Stop {
  /** An error name; never content. */
  readonly problem: string
  /** The stream of the event at which they stand, if it is newer than the code or damaged. */
  readonly stream?: string
  /** The store could not be reached. */
  readonly unavailable?: StoreUnavailable
  /** Waiting does not help: the code is too old, or cannot fold what is there. */
  readonly lasting: boolean
}

/** The view has stopped before an event that it cannot fold: what it would answer is out of date, and nobody knows by how much. */
export class ViewsStopped extends Error {
  override readonly name = 'ViewsStopped'
  readonly view: string
  readonly reason: 'newer-than-code' | 'failed'
  /** The stream of the event that is newer than the code, or damaged. */
  readonly stream?: string
  constructor(view: string, { problem, stream }: Pick<Stop, 'problem' | 'stream'>) {
    const reason = problem === 'NewerThanCode' ? 'newer-than-code' : 'failed'
    super(
      reason === 'failed'
        ? `view ${view} has stopped (${problem}); see the progress of views`
        : `view ${view} has stopped (newer-than-code) before an event in ${stream}; upgrade this process`,
    )
    this.view = view
    this.reason = reason
    if (stream !== undefined) this.stream = stream
  }
}

export const stopOf = (error: unknown): Stop => {
  const unavailable = isStoreError(error, 'StoreUnavailable') ? (error as StoreUnavailable) : undefined
  return {
    problem: error instanceof Error ? error.name : 'Error',
    ...(error instanceof NewerThanCode || isStoreError(error, 'LogDamaged')
      ? { stream: (error as LogDamaged).stream }
      : {}),
    ...(unavailable === undefined ? {} : { unavailable }),
    lasting: unavailable === undefined,
  }
}
