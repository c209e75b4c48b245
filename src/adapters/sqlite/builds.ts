import type { Checkpoint } from '../../application/ports/views.ts'
import type { Database, Row } from './database.ts'

/** A row of `builds`. */
export interface Build {
  readonly id: number
  readonly checkpoint: Checkpoint
  /** Documents up to this number have their entries in their places; undefined: all have. */
  readonly indexed?: number
  /** Whether entries of it have been put into their places, since it was begun without. */
  readonly indexing: boolean
}

/** Whether none of its entries are in their places. */
export const isUntouched = ({ indexed, indexing }: Build): boolean => indexed !== undefined && !indexing

/** Whether the entries of this document are in their places. */
export const isInPlace = ({ indexed }: Build, document: number): boolean => indexed === undefined || document <= indexed

export const toBuild = (row: Row): Build => {
  const { id, position, event_id, indexed, indexing } = row
  return {
    id: id as number,
    checkpoint: { position: position as string, eventId: event_id as string },
    indexing: indexing === 1,
    ...(typeof indexed === 'number' ? { indexed } : {}),
  }
}

/** The greatest number of a document of any build. */
export const lastDocument = (database: Database): number =>
  (database.get('select max(id) as id from documents')?.['id'] as number | null) ?? 0
