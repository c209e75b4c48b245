import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tempFolder } from '../../../temp-folder.ts'
import type { Act, Orders } from './server.ts'

/** The fake, running in a process of its own. */
export interface RunningServer {
  readonly host: string
  /** Of this life; another one after {@link restart}. */
  port(): number
  act<T = undefined>(act: Act): Promise<T>
  orders(orders: Orders): Promise<void>
  /** Resolves when the process is gone. */
  gone(): Promise<void>
  kill(): Promise<void>
  /** A new process on the same file. */
  restart(): Promise<void>
  stop(): Promise<void>
  /** Stops and continues the process itself, as a machine that hangs. */
  pause(): void
  resume(): void
  /** An empty log. */
  forget(): Promise<void>
}

const SCRIPT = fileURLToPath(new URL('server.ts', import.meta.url))

export const startServer = async (): Promise<RunningServer> => {
  const folder = tempFolder('eventstoredb')
  let files = 1
  const file = (): string => join(folder, `log-${files}.jsonl`)
  let child: ChildProcess
  let port = 0
  let asked = 0
  const waiting = new Map<number, (result: unknown) => void>()

  const start = async (): Promise<void> => {
    child = fork(SCRIPT, [file()], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const ready = Promise.withResolvers<void>()
    child.once('exit', (code, signal) => ready.reject(new Error(`the server ended: ${code ?? signal}`)))
    child.on('message', (message: { port?: number; n?: number; result?: unknown }) => {
      if (message.port !== undefined) {
        port = message.port
        ready.resolve()
      } else waiting.get(message.n ?? 0)?.(message.result)
    })
    await ready.promise
    child.removeAllListeners('exit')
  }
  const gone = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone()
  }
  const act = <T>(order: Act): Promise<T> =>
    new Promise((resolve) => {
      asked += 1
      const n = asked
      waiting.set(n, (result) => {
        waiting.delete(n)
        resolve(result as T)
      })
      child.send({ n, act: order })
    })
  await start()
  return {
    host: '127.0.0.1',
    port: () => port,
    act,
    orders: (orders) => act({ kind: 'orders', orders }),
    gone,
    kill,
    restart: async () => {
      await kill()
      await start()
    },
    stop: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    forget: () => {
      files += 1
      return act({ kind: 'forget', file: file() })
    },
  }
}
