import { StoreUnavailable } from '../../application/ports/store-errors.ts'
import type { StorePart } from '../../application/ports/store-trouble.ts'

/** Keeps everything in memory. */
export const IN_MEMORY = ':memory:'

/** A file, and what it holds. */
export interface DatabaseFile {
  readonly path: string
  /** Absent: the log, with what belongs to it. */
  readonly part?: StorePart
}

/** The port's error for a trouble of this file. */
export const unavailable = (
  outcome: 'not-applied' | 'unknown',
  code: string,
  { path, part }: DatabaseFile,
  cause?: unknown,
): StoreUnavailable => new StoreUnavailable(outcome, { cause, code, at: path, part })
