import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { storeContract } from '../../../src/testing/contracts/index.ts'
import { OLDER_SCHEMAS, prepareOlder } from './older.ts'
import { connectAside, discardPlace, openPlace, postgresUrl, refuseInPlace } from './places.ts'
import { openProxy, type Proxy } from './proxy.ts'

const DEADLINE = 2_500

const proxies = new Map<string, Promise<Proxy>>()
const proxyOf = (place: string): Promise<Proxy> => {
  const proxy = proxies.get(place) ?? postgresUrl().then(openProxy)
  proxies.set(place, proxy)
  return proxy
}

storeContract(
  { describe, it, expect },
  {
    name: 'postgres',
    persistent: true,
    appendsAll: true,
    checksPremises: true,
    open: async (place) => openPlace(place, { connectionString: (await proxyOf(place)).url, deadline: DEADLINE }),
    discard: async (place) => {
      await discardPlace(place)
      ;(await proxyOf(place)).close()
      proxies.delete(place)
    },
    write: async (place, task) => {
      const script = fileURLToPath(new URL('writer-process.ts', import.meta.url))
      const values = [await postgresUrl(), place, JSON.stringify(task)]
      await promisify(execFile)(process.execPath, ['--conditions=madoguchi-source', script, ...values])
    },
    hold: async (place) => {
      const other = await connectAside()
      await other.query(`begin; update "${place}".events set type = 'Changed by nobody'`)
      return async () => {
        await other.query('rollback')
        await other.end()
      }
    },
    refuse: refuseInPlace,
    older: OLDER_SCHEMAS.map((version) => ({
      release: `schema ${version}`,
      prepare: (place) => prepareOlder(place, version),
    })),
    faults: {
      cut: async (place) => (await proxyOf(place)).cut(),
      freeze: async (place) => {
        const thaw = (await proxyOf(place)).freeze()
        return async () => thaw()
      },
    },
  },
)
