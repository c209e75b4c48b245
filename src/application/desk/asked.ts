import type { Position } from '../ports/event-store.ts'

/** What every command may carry. */
export interface Asked {
  /**
   * Idempotency key: the same command with the same key, asked again, changes nothing more and answers the same. 1 to 200 characters.
   * With the same key but other arguments it is refused `key-reused`, and nothing is done. A key counts for one actor, one command, and
   * one conversation, channel, ticket or organization: elsewhere the same text is another key.
   *
   * It is kept with what the command made happen. A command that had nothing to do leaves its key unused: asked again once there is
   * something to do, it does it.
   */
  readonly key?: string
}

/** What every command answers. */
export interface Done {
  /** Where the change stands in the log, for `desk.waitFor`; absent if there was nothing to change and nothing before. */
  readonly position?: Position
}
