import { createRequire } from 'node:module'
import type * as older from '@eventstore/db-client'
import type * as newer from '@kurrent/kurrentdb-client'
import type { EventStoreDbClient } from '../../../src/adapters/eventstoredb/index.ts'

/** Which of the two clients a process has. Both in one process break each other. */
export type Flavour = 'db-client' | 'kurrentdb-client'

/** A client as a test uses it beside the store: with what only its host calls. */
export type TestClient = EventStoreDbClient &
  Pick<older.EventStoreDBClient | newer.KurrentDBClient, 'dispose' | 'deleteStream' | 'tombstoneStream'>

const require = createRequire(import.meta.url)

/** The connection string of a node without TLS. The newer client warns of the older scheme. */
export const urlOf = (flavour: Flavour, port: number, settings = ''): string =>
  `${flavour === 'db-client' ? 'esdb' : 'kurrentdb'}://127.0.0.1:${port}?tls=false&discoveryInterval=20${settings}`

/** Loads one package, and only that one. */
export const makeClient = (flavour: Flavour, connectionString: string): TestClient => {
  if (flavour === 'db-client') {
    const { EventStoreDBClient: Client } = require('@eventstore/db-client') as typeof older
    return Client.connectionString(connectionString) satisfies EventStoreDbClient
  }
  const { KurrentDBClient: Client } = require('@kurrent/kurrentdb-client') as typeof newer
  return Client.connectionString(connectionString) satisfies EventStoreDbClient
}

/** Which of the packages this process has loaded. */
export const loadedFlavours = (): readonly string[] => [
  ...new Set(
    Object.keys(require.cache).flatMap(
      (path) => /node_modules\/(@eventstore\/db-client|@kurrent\/kurrentdb-client)\//.exec(path)?.[1] ?? [],
    ),
  ),
]
