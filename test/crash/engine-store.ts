import { createRequire } from 'node:module'
import type * as older from '@eventstore/db-client'
import type * as newer from '@kurrent/kurrentdb-client'
import type { Store } from 'madoguchi'
import type { EventStoreDbClient } from 'madoguchi/eventstoredb'
import type { EngineSettings } from './wire.ts'

/** Opens a store, for a host or for who looks at what hosts left behind. Loads the driver that is needed and no other. */
export const openEngine = async (settings: EngineSettings): Promise<Store> => {
  switch (settings.engine) {
    case 'sqlite': {
      const { sqlite } = await import('madoguchi/sqlite')
      return sqlite(settings.path)
    }
    case 'postgres': {
      const { postgres } = await import('madoguchi/postgres')
      return postgres({ connectionString: settings.url, schema: settings.schema })
    }
    case 'eventstoredb': {
      const { eventstoredb } = await import('madoguchi/eventstoredb')
      const client = clientOf(settings.client, settings.connectionString)
      const state = await openEngine(settings.state)
      if (settings.alone === undefined) return eventstoredb({ client, state })
      const { memory } = await import('madoguchi/memory')
      const { keys, tokens, blobs, close } = state
      return eventstoredb({ client, state: { views: memory().views, keys, tokens, blobs, close } })
    }
  }
}

const require = createRequire(import.meta.url)

/** What the adapter wants of each client: the newer one is made anew when it no longer finds its server. */
const clientOf = (
  flavour: 'db-client' | 'kurrentdb-client',
  connectionString: string,
): EventStoreDbClient | (() => EventStoreDbClient) => {
  if (flavour === 'db-client') {
    const { EventStoreDBClient: Client } = require('@eventstore/db-client') as typeof older
    return Client.connectionString(connectionString)
  }
  const { KurrentDBClient: Client } = require('@kurrent/kurrentdb-client') as typeof newer
  return () => Client.connectionString(connectionString)
}
