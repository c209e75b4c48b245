import type { Checkpoint } from '../application/ports/views.ts'

/** Whether both are the same place of the same log, or both absent. */
export const sameCheckpoint = (one: Checkpoint | undefined, other: Checkpoint | undefined): boolean =>
  one?.position === other?.position && one?.eventId === other?.eventId
