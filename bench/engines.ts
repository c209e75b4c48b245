import type { Store } from 'madoguchi'
import type { BareLog, WrittenRows } from './bare-log.ts'

/** A store at a new place, and the bare engine beside it. */
export interface Ground {
  readonly store: Store
  /** What was written since the last look. */
  written(): Promise<WrittenRows>
  bare(): Promise<BareLog>
  /** Closes the store too, if nobody else has. */
  close(): Promise<void>
}

/** An engine whose log is rows, so that the same rows can be written without us. */
export type Engine = () => Promise<Ground>
