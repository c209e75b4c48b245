import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import { embeddedPostgres } from '../test/adapters/postgres/server.ts'

const PASSWORD = 'only-for-the-bench'

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
    probe.on('error', reject)
  })

/** A PostgreSQL server of its own, with its settings as they come, on the data of that folder. */
export const startPostgres = async (
  folder: string,
): Promise<{ readonly connectionString: string; readonly stop: () => Promise<void> }> => {
  const databaseDir = join(folder, 'postgres')
  mkdirSync(folder, { recursive: true })
  // The server runs as another user than root.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const Embedded = await embeddedPostgres()
  const server = new Embedded({
    databaseDir,
    port,
    password: PASSWORD,
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    onLog: () => undefined,
    onError: () => undefined,
  })
  if (!existsSync(join(databaseDir, 'PG_VERSION'))) await server.initialise()
  await server.start()
  return {
    connectionString: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
  }
}
