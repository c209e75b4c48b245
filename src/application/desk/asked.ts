import type { Position } from '../ports/event-store.ts'

/** What every command may carry. */
export interface Asked {
  /** Idempotency key: the same command with the same key, asked again, changes nothing and answers the same. 1 to 200 characters. */
  readonly key?: string
}

/** What every command answers. */
export interface Done {
  /** Where the change stands in the log, for `desk.waitFor`; absent if there was nothing to change and nothing before. */
  readonly position?: Position
}
