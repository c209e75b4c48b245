import { join } from 'node:path'
import { sqlite } from 'madoguchi/sqlite'
import { startHost } from './host/host.ts'
import { run } from './host/run.ts'
import { readSettings } from './host/settings.ts'

run(
  () => readSettings(process.env),
  (settings) => startHost(settings, (dataDir) => sqlite(join(dataDir, 'desk.db'))),
)
