import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { tempFolder } from '../temp-folder.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What a call answered. */
export interface Answer<Body = any> {
  readonly status: number
  readonly body: Body
}

/** The example host as a process of its own, spoken to over HTTP only. */
export interface RunningHost {
  readonly dataDir: string
  readonly pid: number
  /** What it printed at its start, line by line. */
  readonly printed: readonly string[]
  readonly page: string
  readonly webhook: string
  readonly appSecret: string
  readonly verifyToken: string
  /** The account of the first channel. */
  readonly accountId: string
  /** Everything that it wrote on stderr. */
  complaints(): string
  get(path: string, actor?: string): Promise<Answer>
  post(path: string, body?: unknown, actor?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  put(path: string, body: unknown, actor?: string): Promise<Answer>
  del(path: string, body?: unknown, actor?: string): Promise<Answer>
  raw(path: string, init: RequestInit): Promise<Answer<string>>
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
}

const printedLines = async (child: ChildProcess, complaints: () => string): Promise<readonly string[]> => {
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line)
    if (line.startsWith('Data:')) return lines
  }
  throw new Error(`the host did not start: ${complaints()}`)
}

/** What `npm run` of a script of ours gives to node. */
const argumentsOf = (script: string): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  return scripts[script]?.split(' ').slice(1) ?? []
}

/** Starts it on a free port. */
export const startHost = async (
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  script = 'start',
): Promise<RunningHost> => {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, argumentsOf(script), {
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, PORT: '0', DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const printed = await printedLines(child, () => stderr)
  child.stdout.resume()
  const after = (name: string): string =>
    (printed.find((line) => line.startsWith(`${name}:`)) ?? '').slice(name.length + 1).trim()
  const page = after('Page')

  const raw = async (path: string, init: RequestInit): Promise<Answer<string>> => {
    const response = await fetch(new URL(path, page), init)
    return { status: response.status, body: await response.text() }
  }
  const call = async (
    method: string,
    path: string,
    body: unknown,
    actor = 'agent:aki',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const answer = await raw(path, {
      method,
      headers: { 'x-actor': actor, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: JSON.parse(answer.body) as unknown }
  }
  return {
    dataDir,
    pid: child.pid ?? 0,
    printed,
    page,
    webhook: after('Webhook'),
    appSecret: after('App secret'),
    verifyToken: after('Verify token'),
    accountId: after('Account').split(' ')[0] ?? '',
    complaints: () => stderr,
    get: (path, actor) => call('GET', path, undefined, actor),
    post: (path, body = {}, actor, headers) => call('POST', path, body, actor, headers),
    put: (path, body, actor) => call('PUT', path, body, actor),
    del: (path, body, actor) => call('DELETE', path, body, actor),
    raw,
    kill: (signal) => {
      child.kill(signal)
      return ended
    },
  }
}

/** A folder for one host, and what removes it. */
export const tempDir = (): { readonly path: string; remove(): void } => {
  const path = tempFolder('desk')
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Asks again until it holds; fails with the last failure after ten seconds. */
export const eventually = async <Result>(check: () => Promise<Result>, within = 10_000): Promise<Result> => {
  const until = performance.now() + within
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > until) throw error
      await pause(25)
    }
  }
}
