import { afterAll, beforeAll, describe, it } from 'vitest'
import { contractOn } from './contract-on.ts'
import { type Flavour, makeClient, type TestClient } from './flavour.ts'
import { type Proxy, startProxy } from './proxy.ts'

const URL_OF_SERVER = process.env['KURRENTDB_URL']

/**
 * Runs every contract against the node at `KURRENTDB_URL`, as `esdb://localhost:2113?tls=false`, through a wire that can be cut.
 *
 * Each case writes below a prefix of its own and deletes nothing, so take a node that may be thrown away.
 */
export const contractOnServer = (flavour: Flavour): void => {
  if (URL_OF_SERVER === undefined) {
    describe.skip(`${flavour} on a real node (KURRENTDB_URL is not set)`, () => {
      it('meets every contract', () => undefined)
    })
    return
  }
  const [, scheme = '', credentials = '', host = '', port = '', settings = ''] =
    /^(\w+):\/\/([^@/]*@)?([^:/?,]+):(\d+)\/?(\?.*)?$/.exec(URL_OF_SERVER) ?? []
  if (host === '') throw new Error('KURRENTDB_URL names no single node, as esdb://localhost:2113?tls=false does')
  let proxy: Proxy
  let client: TestClient | undefined
  const make = (): TestClient => makeClient(flavour, `${scheme}://${credentials}127.0.0.1:${proxy.port}${settings}`)
  beforeAll(async () => {
    proxy = await startProxy(host, () => Number(port))
  })
  afterAll(async () => {
    await client?.dispose()
    await proxy.close()
  })
  contractOn({
    name: `${flavour} on a real node`,
    flavour,
    client: () => (flavour === 'db-client' ? (client ??= make()) : make),
    connectionString: () => URL_OF_SERVER,
    proxy: () => proxy,
  })
}
