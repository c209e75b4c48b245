import { afterAll, beforeAll, expect, it } from 'vitest'
import { contractOn } from './contract-on.ts'
import { type RunningServer, startServer } from './fake/running-server.ts'
import { type Flavour, loadedFlavours, makeClient, type TestClient, urlOf } from './flavour.ts'
import { type Proxy, startProxy } from './proxy.ts'

/** The largest event of the port needs more than a server up to 24.10 takes unless it is told to. */
const MAX_APPEND_SIZE = 4 * 1_048_576

/** Runs every contract of the stores with one of the clients against the fake. */
export const contractOnFake = (flavour: Flavour): void => {
  let server: RunningServer
  let proxy: Proxy
  let client: TestClient | undefined
  const make = (): TestClient => makeClient(flavour, urlOf(flavour, proxy.port))
  beforeAll(async () => {
    server = await startServer()
    await server.orders({ maxAppendSize: MAX_APPEND_SIZE })
    proxy = await startProxy(server.host, server.port)
  })
  afterAll(async () => {
    await client?.dispose()
    await proxy.close()
    await server.stop()
  })
  contractOn({
    name: `${flavour} on the fake`,
    flavour,
    client: () => (flavour === 'db-client' ? (client ??= make()) : make),
    connectionString: () => urlOf(flavour, server.port()),
    proxy: () => proxy,
    forget: () => server.forget(),
  })

  it('has one of the two packages in its process', () => {
    expect(loadedFlavours()).toEqual([flavour === 'db-client' ? '@eventstore/db-client' : '@kurrent/kurrentdb-client'])
  })
}
