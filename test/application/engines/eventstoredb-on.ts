import { afterAll, beforeAll, describe } from 'vitest'
import { eventstoredb } from '../../../src/adapters/eventstoredb/index.ts'
import { memory } from '../../../src/adapters/memory/index.ts'
import { type RunningServer, startServer } from '../../adapters/eventstoredb/fake/running-server.ts'
import { type Flavour, makeClient, type TestClient, urlOf } from '../../adapters/eventstoredb/flavour.ts'
import { comparesWithMemory } from './comparison.ts'

let places = 0

/** The log, leases and snapshots in a cluster, views in memory: nothing else is needed but a place for secrets. */
export const comparesOnFake = (flavour: Flavour): void => {
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
    comparesWithMemory(() => {
      const { views, keys, tokens, blobs, close } = memory()
      return eventstoredb({
        client: flavour === 'db-client' ? (client ??= make()) : make,
        state: { views, keys, tokens, blobs, close },
        prefix: `comparison${(places += 1)}.`,
      })
    }))
}
