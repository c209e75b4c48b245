import { afterAll, beforeAll, describe } from 'vitest'
import { eventstoredb, type EventStoreDbOptions } from '../../../src/adapters/eventstoredb/index.ts'
import { memory } from '../../../src/adapters/memory/index.ts'
import { type RunningServer, startServer } from '../../adapters/eventstoredb/fake/running-server.ts'
import { type Flavour, makeClient, type TestClient, urlOf } from '../../adapters/eventstoredb/flavour.ts'
import { comparesWithMemory } from './comparison.ts'

let places = 0

/** The log, leases and snapshots in a cluster, views in memory: nothing else is needed but a place for secrets. */
export const nothingButTheCluster = (): EventStoreDbOptions['state'] => {
  const { views, keys, tokens, blobs, close } = memory()
  return { views, keys, tokens, blobs, close }
}

/** The log in a cluster, the rest where `stateOf` says. */
export const comparesOnFake = (
  flavour: Flavour,
  stateOf: () => EventStoreDbOptions['state'] | Promise<EventStoreDbOptions['state']>,
): void => {
  let server: RunningServer
  let client: TestClient | undefined
  const make = (): TestClient => makeClient(flavour, urlOf(flavour, server.port()))
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(async () => {
    await client?.dispose()
    await server.stop()
  })
  describe(`eventstoredb by ${flavour}`, () =>
    comparesWithMemory(async () =>
      eventstoredb({
        client: flavour === 'db-client' ? (client ??= make()) : make,
        state: await stateOf(),
        prefix: `comparison${(places += 1)}.`,
      }),
    ))
}
