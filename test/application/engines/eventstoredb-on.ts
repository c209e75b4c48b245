import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventstoredb, type EventStoreDbOptions } from '../../../src/adapters/eventstoredb/index.ts'
import { memory } from '../../../src/adapters/memory/index.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { type RunningServer, startServer } from '../../adapters/eventstoredb/fake/running-server.ts'
import { type Flavour, makeClient, type TestClient, urlOf } from '../../adapters/eventstoredb/flavour.ts'
import type { Counts } from '../../adapters/eventstoredb/fake/server.ts'
import { folder, openDesk, until } from '../desk.ts'
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

  it.each([
    ['nowhere else', nothingButTheCluster],
    ['in a file', () => sqlite(join(folder(), 'views.db'))],
  ])(
    `a desk on ${flavour} with its views %s stops at once, however much of others it still has to pass`,
    async (_, views) => {
      await server.act({ kind: 'foreign', count: 5_000 })
      await server.orders({ scanned: 500 })
      const store = eventstoredb({
        client: flavour === 'db-client' ? (client ??= make()) : make,
        state: views(),
        prefix: `leaving${(places += 1)}.`,
      })
      try {
        const { desk } = await openDesk({ store, tickets: { receive: async () => undefined } })
        await until(async () => (await server.act<Counts>({ kind: 'count' })).readsUnderWay > 1)
        const late = setTimeout(3_000, 'late', { ref: false })
        expect(await Promise.race([desk.stop(), late])).toBe(undefined)
      } finally {
        await server.orders({})
        await store.close()
      }
    },
  )
}
