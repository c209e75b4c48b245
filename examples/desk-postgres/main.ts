import { run } from '../desk/host/run.ts'
import { readSettings } from '../desk/host/settings.ts'
import { startHost } from './host.ts'

run(() => readSettings(process.env, '.data/desk-postgres'), startHost)
