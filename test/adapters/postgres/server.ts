/**
 * One PostgreSQL for a run of the tests, started when the first test asks for it: vitest.config.ts names this file as its
 * global setup. `DATABASE_URL` names a server to use instead.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type EmbeddedServer, type EmbeddedSettings, startEmbedded } from '../../../examples/desk-postgres/embedded.ts'
import { tempFolder } from '../../temp-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where {@link postgresUrl} asks for the server. */
    readonly postgresStarter: string
  }
}

/** A server in a folder that stays. It ends with this process, however that ends. */
export const startServerIn = (folder: string): Promise<EmbeddedServer> => startEmbedded({ folder })

export interface TestServer extends EmbeddedServer {
  /** After a crash, where it was. */
  start(): Promise<void>
}

/** A language's own order, as many servers have it: whatever must sort by bytes has to say so. */
const LANGUAGE = ['--locale-provider=icu', '--icu-locale=en']

/** A server of the test's own, with its data in a folder that goes with it. */
export const startServer = async (): Promise<TestServer> => {
  const settings: EmbeddedSettings = {
    folder: tempFolder('postgres'),
    initdb: LANGUAGE,
    temporary: true,
  }
  let server = await startEmbedded(settings)
  const { url } = server
  return {
    url,
    crash: () => server.crash(),
    start: async () => {
      server = await startEmbedded({ ...settings, port: Number(new URL(url).port) })
    },
    stop: () => server.stop(),
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
