import { afterAll, beforeAll, expect, it } from 'vitest'
import { contractOn, nodeContractOn } from './contract-on.ts'
import type { Ground } from './engine.ts'
import { type RunningServer, startServer } from './fake/running-server.ts'
import { type Flavour, loadedFlavours, makeClient, type TestClient, urlOf } from './flavour.ts'
import { type Proxy, startProxy } from './proxy.ts'

/** The largest event of the port needs more than a server up to 24.10 takes unless it is told to. */
const MAX_APPEND_SIZE = 4 * 1_048_576

/** Events of others, in pairs: half as many again as a page passes before it says how far it has come. */
const FOREIGN = 7_500

/** Runs contracts with one of the clients against the fake. */
const onFake = (
  flavour: Flavour,
  how: { readonly name: string; readonly isForgotten: boolean; readonly run: (ground: Ground) => void },
): void => {
  let server: RunningServer
  let proxy: Proxy
  let client: TestClient | undefined
  const make = (): TestClient => makeClient(flavour, urlOf(flavour, proxy.port))
  beforeAll(async () => {
    server = await startServer()
    await server.orders({ maxAppendSize: MAX_APPEND_SIZE })
    if (!how.isForgotten) await server.act({ kind: 'foreign', count: FOREIGN })
    proxy = await startProxy(server.host, server.port)
  })
  afterAll(async () => {
    await client?.dispose()
    await proxy.close()
    await server.stop()
  })
  how.run({
    name: `${flavour} on ${how.name}`,
    flavour,
    client: () => (flavour === 'db-client' ? (client ??= make()) : make),
    connectionString: () => urlOf(flavour, server.port()),
    proxy: () => proxy,
    ...(how.isForgotten && { forget: () => server.forget() }),
  })

  it('has one of the two packages in its process', () => {
    expect(loadedFlavours()).toEqual([flavour === 'db-client' ? '@eventstore/db-client' : '@kurrent/kurrentdb-client'])
  })
}

/** Every contract, each case on an empty fake. */
export const contractOnFake = (flavour: Flavour): void =>
  onFake(flavour, { name: 'the fake', isForgotten: true, run: contractOn })

/** What the real-*.test.ts ask of a node, on a fake that holds much of others, and all that the cases before left there. */
export const contractOnUsedFake = (flavour: Flavour): void =>
  onFake(flavour, { name: 'a used fake', isForgotten: false, run: nodeContractOn })
