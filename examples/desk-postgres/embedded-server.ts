/**
 * A PostgreSQL server in a folder, for machines that have none, run by a process of its own: Ctrl+C in a terminal does not
 * reach it, so that the desk still has its database while it stops; and it ends when its parent has, however that ended.
 * Started by embedded.ts, with {@link EmbeddedSettings} as its argument.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readJson, writeJson } from '../desk/host/saved-json.ts'
import type { EmbeddedAnswer, EmbeddedSettings } from './embedded.ts'
import { serverPrograms, type ServerUser, serverUser } from './server-programs.ts'

const { folder, port, initdb, temporary } = JSON.parse(process.argv[2] ?? '') as EmbeddedSettings
const data = join(folder, 'data')
/** Milliseconds that a server which is just ending gets for it. */
const ENDING = 15_000
const READY = 'database system is ready to accept connections'

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address() as AddressInfo
      probe.close(() => resolve(free))
    })
  })

const passwordOf = (path: string): string => {
  const kept = readJson(path) as { readonly password: string } | undefined
  const password = kept?.password ?? randomBytes(18).toString('base64url')
  if (kept === undefined) writeJson(path, { password })
  return password
}

/** The last lines that a program wrote, to say why it failed. */
const lines: string[] = []

/** Starts one of the programs in a folder of data. */
const program = (path: string, at: string, user: ServerUser, args: readonly string[]): ChildProcess => {
  // Another user than root reaches the folder only as the place where it was started, whatever stands above it.
  const name = 'uid' in user && process.platform === 'linux' ? '/proc/self/cwd' : at
  const child = spawn(path, ['-D', name, ...args], {
    ...user,
    cwd: at,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.trim().split('\n'))
      lines.splice(0, lines.length - 5)
    })
  }
  return child
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))

/** Makes the folder of data. Cut off half-way it is begun again. */
const initialise = async (programs: string, user: ServerUser, password: string): Promise<void> => {
  const made = join(folder, 'data.new')
  const secret = join(folder, 'password.new')
  rmSync(made, { recursive: true, force: true })
  mkdirSync(made)
  writeFileSync(secret, `${password}\n`, { mode: 0o600 })
  if ('uid' in user) for (const path of [made, secret]) chownSync(path, user.uid, user.gid)
  try {
    const path = join(programs, 'bin', 'initdb')
    // Named from the folder of data, like that folder itself.
    const pwfile = 'uid' in user ? '../password.new' : secret
    const args = ['--auth=password', '--username=postgres', `--pwfile=${pwfile}`, '--encoding=UTF8', '--locale=C']
    const code = await ended(program(path, made, user, [...args, ...(initdb ?? [])]))
    if (code !== 0) throw new Error('initdb failed')
    renameSync(made, data)
  } finally {
    rmSync(secret, { force: true })
  }
}

/** Whether that process is a server on our data. Numbers of processes are given again, after a restart of the machine at once. */
const isServer = (pid: number): boolean => {
  try {
    // A server's working folder is its data.
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data)
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(data)
  } catch {
    return false
  }
}

/** Ends a server that was left over because everything else was killed, and removes the note of one that is gone. */
const endLeftOver = async (): Promise<void> => {
  const note = join(data, 'postmaster.pid')
  if (!existsSync(note)) return
  const pid = Number.parseInt(readFileSync(note, 'utf8'), 10)
  if (!isServer(pid)) return rmSync(note)
  process.kill(pid, 'SIGINT')
  for (const until = performance.now() + ENDING; isServer(pid) && performance.now() < until;) await pause(50)
}

const start = async (): Promise<{ readonly url: string; readonly server: ChildProcess }> => {
  mkdirSync(folder, { recursive: true })
  const user = serverUser(data)
  // The other user passes through, and reads nothing.
  if ('uid' in user) chmodSync(folder, 0o711)
  const password = passwordOf(join(folder, 'password.json'))
  const programs = await serverPrograms(data, user)
  if (!existsSync(data)) await initialise(programs, user, password)
  await endLeftOver()
  const own = port ?? (await freePort())
  const settings = ['-p', String(own), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const server = program(join(programs, 'bin', 'postgres'), data, user, settings)
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (text: string) => {
      if (text.includes(READY)) resolve()
    })
    ended(server).then(() => reject(new Error('the server ended')), reject)
  })
  return { url: `postgres://postgres:${password}@127.0.0.1:${own}/postgres`, server }
}

const answer = (message: EmbeddedAnswer): void => void process.send?.(message)

/** The end of this process. */
const end = (code = 0): never => {
  if (temporary === true) rmSync(folder, { recursive: true, force: true })
  process.exit(code)
}

const starting = start()
starting.then(
  ({ url, server }) => {
    answer({ url, pid: server.pid ?? 0 })
    server.once('close', () => process.exit())
  },
  (error: unknown) => {
    answer({ problem: [...(error instanceof Error ? [error.message] : []), ...lines].join('\n') })
    process.exitCode = 1
    process.disconnect()
  },
)
process.once('disconnect', () => {
  starting.then(
    ({ server }) => {
      server.removeAllListeners('close').once('close', () => end())
      server.kill('SIGINT')
    },
    () => end(1),
  )
})
