import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ownAccounts } from '../desk/host/accounts.ts'
import { hostClock } from '../desk/host/clock.ts'
import { keptDepartments } from '../desk/host/departments.ts'
import { type Host, WEBHOOK } from '../desk/host/host.ts'
import { oneAtATime } from '../desk/host/one-at-a-time.ts'
import { playPlatform } from '../desk/host/platform.ts'
import type { Settings } from '../desk/host/settings.ts'
import { NoStore } from '../desk/host/store-answers.ts'
import { type Database, openDatabase } from './database.ts'
import { platformServer } from './platform-server.ts'
import { createWorkers } from './workers.ts'

/** The port, once it is known to be free: every worker, also one that is started later, has to listen on the same. */
const portToUse = (wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject).listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

const unusable = ({ name, isOwn }: Database, error: unknown): unknown => {
  if (!(error instanceof NoStore)) return error
  if (isOwn) return new NoStore(`The ${name} cannot be used: ${error.message}`)
  return new NoStore(
    `DATABASE_URL: PostgreSQL (${name}) cannot be used: ${error.message}\n` +
      'docker compose -f examples/desk-postgres/compose.yaml up -d --wait starts one; without DATABASE_URL ' +
      'this example brings its own.',
  )
}

/** The parent: it plays the platform, keeps the clock, and sees to it that the workers run. */
export const startHost = async (settings: Settings): Promise<Host> => {
  const { dataDir, appSecret, verifyToken } = settings
  const letGo = oneAtATime(dataDir)
  const port = await portToUse(settings.port)
  const database = await openDatabase(process.env, dataDir)
  let say: (line: string) => void = () => undefined
  const clock = hostClock(join(dataDir, 'clock.json'))
  const platform = playPlatform({ dataDir, clock, appSecret, verifyToken })
  const workers = createWorkers((line) => say(line))
  const departments = keptDepartments(dataDir)
  const server = await platformServer(
    { platform, clock, accounts: ownAccounts(platform), departments, workers },
    (news) => workers.news(news),
  )
  clock.onMove(() => workers.setClock(clock.setting()))
  platform.simulator.watch(() => workers.news({ event: 'phone', data: {} }))

  const stop = async (): Promise<void> => {
    await platform.simulator.close()
    await workers.stop()
    await server.close()
    await database.stop()
    letGo()
  }
  try {
    await workers.start(() => ({
      port,
      databaseUrl: database.url,
      platform: server.origin,
      appSecret,
      verifyToken,
      clock: clock.setting(),
    }))
  } catch (error) {
    await stop()
    throw unusable(database, error)
  }
  const webhook = `http://127.0.0.1:${port}${WEBHOOK}`
  platform.simulator.setWebhook(webhook)
  return {
    origin: `http://127.0.0.1:${port}`,
    webhook,
    accounts: platform.simulator.accounts().map(({ accountId, username }) => ({ accountId, username })),
    about: [
      `Database:     ${database.name}`,
      ...workers.list().map(({ process: number, pid }) => `Process ${number}:    pid ${pid}`),
    ],
    announced: () => (say = (line) => console.log(line)),
    stop,
  }
}
