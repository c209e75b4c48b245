import type { Checkpoint } from '../../application/ports/views.ts'
import type { Database, Row } from './database.ts'

/** A row of `builds`. */
export interface Build {
  readonly id: number
  readonly checkpoint: Checkpoint
  /** Documents up to this number have their entries in place; undefined: all have. */
  readonly indexed?: number
  /** Documents beyond `indexed` up to this number may have some of theirs in place; undefined: none has. */
  readonly indexing?: number
  /** Documents of this run of the journal belong to it, and are still to be moved to their places. */
  readonly run?: number
}

/** Whether the build keeps the entries of all its documents back. */
export const isDeferred = ({ indexed, indexing }: Build): boolean => indexed !== undefined && indexing === undefined

export const toBuild = (row: Row): Build => {
  const { id, position, event_id, indexed, indexing, run } = row
  return {
    id: id as number,
    checkpoint: { position: position as string, eventId: event_id as string },
    ...(typeof indexed === 'number' ? { indexed } : {}),
    ...(typeof indexing === 'number' ? { indexing } : {}),
    ...(typeof run === 'number' ? { run } : {}),
  }
}

/** The greatest number of a document of any build. */
export const lastDocument = (database: Database): number =>
  (database.get('select max(id) as id from documents')?.['id'] as number | null) ?? 0
