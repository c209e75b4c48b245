import { join } from 'node:path'
import { eventstoredb } from 'madoguchi/eventstoredb'
import { sqlite } from 'madoguchi/sqlite'
import { startHost } from '../desk/host/host.ts'
import { run } from '../desk/host/run.ts'
import { readSettings } from '../desk/host/settings.ts'
import { NoStore } from '../desk/host/store-answers.ts'
import { clientSettings, connect, hostsOf } from './client.ts'

run(
  () => readSettings(process.env, '.data/desk-eventstoredb'),
  async (settings) => {
    const chosen = clientSettings(process.env)
    const { client, dispose } = await connect(chosen)
    try {
      const host = await startHost(settings, (dataDir) =>
        // The log is in the server; views, keys, tokens and blobs are in a file here.
        eventstoredb({ client, state: sqlite(join(dataDir, 'state.db')) }),
      )
      return {
        ...host,
        about: [`Log:          ${hostsOf(chosen.url)}, by ${chosen.name}`],
        stop: async () => {
          await host.stop()
          await dispose()
        },
      }
    } catch (error) {
      if (!(error instanceof NoStore)) throw error
      throw new NoStore(
        `KURRENTDB_URL: EventStoreDB or KurrentDB (${hostsOf(chosen.url)}) cannot be used: ${error.message}\n` +
          'Start one with: docker compose -f examples/desk-eventstoredb/compose.yaml up -d --wait',
      )
    }
  },
)
