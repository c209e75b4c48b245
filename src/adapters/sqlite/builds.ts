import type { Checkpoint } from '../../application/ports/views.ts'
import { originalText } from '../index-key.ts'
import type { Database, Row } from './database.ts'

/** A row of `builds`. */
export interface Build {
  readonly id: number
  readonly checkpoint: Checkpoint
  /** Documents up to this number have their entries in their places; undefined: all have. */
  readonly indexed?: number
  /** Documents beyond `indexed` up to this number may have some of theirs in place; undefined: none has. */
  readonly indexing?: number
}

/** Whether none of its entries are in their places. */
export const isUntouched = ({ indexed, indexing }: Build): boolean => indexed !== undefined && indexing === undefined

/** Whether entries of this document may be in their places: then whoever changes it sees to them. */
export const isInPlace = ({ indexed, indexing }: Build, document: number): boolean =>
  indexed === undefined || document <= Math.max(indexed, indexing ?? 0)

export const toBuild = (row: Row): Build => {
  const { id, position, event_id, indexed, indexing } = row
  return {
    id: id as number,
    checkpoint: { position: originalText(position as string), eventId: originalText(event_id as string) },
    ...(typeof indexed === 'number' ? { indexed } : {}),
    ...(typeof indexing === 'number' ? { indexing } : {}),
  }
}

/** The greatest number that any document has ever had: numbers are not given twice. */
export const lastDocument = (database: Database): number =>
  (database.get(`select seq from sqlite_sequence where name = 'documents'`)?.['seq'] as number | undefined) ?? 0
