import { aText, type Kind, milliseconds, optional } from '../../application/ports/shape.ts'
import type { Store } from '../../application/ports/store.ts'
import { StoreClosed } from '../../application/ports/store-errors.ts'
import { checkStoreOptions } from '../store-options.ts'
import { createCalls } from './calls.ts'
import { type EventStoreDbClient, isClient } from './client.ts'
import { createClients } from './clients.ts'
import { eventStoreDbLog } from './event-store.ts'
import { eventStoreDbLeases } from './leases.ts'
import { createNotes } from './notes.ts'
import { eventStoreDbSnapshots } from './snapshots.ts'
import { streamNames } from './stream-names.ts'

export type { EventStoreDbClient } from './client.ts'

/**
 * Everything but the log: another store (`sqlite('state.db')`, `postgres(...)`), or parts of some.
 *
 * Leases and snapshots that are left out are kept in the cluster, as streams of one event each. Keys, tokens and blobs are
 * never kept there: what is in the log must not be readable with its backup alone. Views of `memory()` are folded anew by
 * every process that starts. Processes that share work need the same leases.
 */
export interface EventStoreDbState extends Pick<Store, 'views' | 'keys' | 'tokens' | 'blobs' | 'close'> {
  readonly leases?: Store['leases']
  readonly snapshots?: Store['snapshots']
}

export interface EventStoreDbOptions {
  /**
   * An `EventStoreDBClient` (`@eventstore/db-client` 6.2) of the host, which disposes of it in the end; or a function that
   * makes a `KurrentDBClient` (`@kurrent/kurrentdb-client` 1.3), which the store then disposes of.
   *
   * The latter can no longer read after it once found no server to connect to: the store makes another one. Never load both
   * packages in one process. With `DEBUG` set the clients print their connection string, password included.
   */
  readonly client: EventStoreDbClient | (() => EventStoreDbClient)
  /** Where everything but the log is. It is closed with this store; its own log is not used. */
  readonly state: EventStoreDbState
  /**
   * What the names of this desk's streams begin with: letters, digits and `_`, then one of `.`, `:` and `-`. Desks that share
   * a cluster have different ones. Default `madoguchi.`
   */
  readonly prefix?: string
  /** Milliseconds to wait for each answer of the server, then StoreUnavailable; default 10,000. */
  readonly deadline?: number
  /** Milliseconds after which a subscription looks whether there is something new, announced or not; default 2,000. */
  readonly pollInterval?: number
}

const aStore: Kind = {
  expected: "another store, such as sqlite('state.db')",
  is: (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['views', 'keys', 'tokens', 'blobs'].every(
      (name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'object',
    ),
}
const OPTIONS: { readonly [Name in keyof Required<EventStoreDbOptions>]: Kind } = {
  client: {
    expected: 'an EventStoreDBClient, or a function that makes a KurrentDBClient',
    is: (value) => typeof value === 'function' || isClient(value),
  },
  state: aStore,
  prefix: optional(aText),
  deadline: optional(milliseconds(1)),
  pollInterval: optional(milliseconds(1)),
}

const DEFAULT_PREFIX = 'madoguchi.'
const DEADLINE = 10_000
const POLL_INTERVAL = 2_000

/**
 * A desk whose log is in EventStoreDB or KurrentDB, version 22.6 or newer, single node or cluster.
 *
 * Nothing is deleted there and no projection of the server is needed. `any` recognises repetitions as the server does: only
 * recent ones, each id in one stream only; the desk does not use it. An append that is larger than the server takes is refused as
 * EventTooLarge: servers before 25.1 take 1 MiB, which is less than the largest event of the port, unless `MaxAppendSize` is raised.
 * @throws InvalidStoreOption for an option that is none
 */
export const eventstoredb = (options: EventStoreDbOptions): Store => {
  checkStoreOptions(options, OPTIONS)
  const { state, deadline = DEADLINE, pollInterval = POLL_INTERVAL } = options
  const names = streamNames(options.prefix ?? DEFAULT_PREFIX)
  const clients = createClients(options.client, deadline)
  const calls = createCalls(clients, deadline)
  const events = eventStoreDbLog({ clients, calls, names, pollInterval, deadline })
  let closed: Promise<void> | undefined
  const assertOpen = (): void => {
    if (closed) throw new StoreClosed()
  }
  const close = async (): Promise<void> => {
    await events.close()
    clients.close()
    await state.close()
  }
  const { views, keys, tokens, blobs } = state
  return {
    events,
    views,
    snapshots: state.snapshots ?? eventStoreDbSnapshots({ notes: createNotes(calls, 'Snapshot'), names, assertOpen }),
    leases: state.leases ?? eventStoreDbLeases({ notes: createNotes(calls, 'Lease'), names, assertOpen }),
    keys,
    tokens,
    blobs,
    close: () => (closed ??= close()),
  }
}
