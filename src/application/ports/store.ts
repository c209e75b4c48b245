import type { Blobs } from './blobs.ts'
import type { EventStore } from './event-store.ts'
import type { Keys } from './keys.ts'
import type { Leases } from './leases.ts'
import type { Snapshots } from './snapshots.ts'
import type { Tokens } from './tokens.ts'
import type { Views } from './views.ts'

/** Everything an engine gives the desk. Hosts may mix: the log here, the views there. */
export interface Store {
  readonly events: EventStore
  readonly views: Views
  readonly snapshots: Snapshots
  readonly leases: Leases
  readonly keys: Keys
  readonly tokens: Tokens
  readonly blobs: Blobs
  /** Closes all of them. */
  close(): Promise<void>
}
