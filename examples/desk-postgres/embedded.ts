import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What the process of a server is started with. */
export interface EmbeddedSettings {
  /** Where its data and its password are kept. */
  readonly folder: string
  /** Default: one that is free. */
  readonly port?: number
  /** Further arguments for `initdb`. */
  readonly initdb?: readonly string[]
  /** Whether the folder goes when the server is stopped, or its parent has ended. */
  readonly temporary?: boolean
}

/** What that process says when its server is ready or cannot be. */
export type EmbeddedAnswer = { readonly url: string; readonly pid: number } | { readonly problem: string }

/** A server that runs. */
export interface EmbeddedServer {
  readonly url: string
  /** Ends it in order. */
  stop(): Promise<void>
  /** Ends it at once, without letting it end anything; the folder stays. */
  crash(): Promise<void>
}

const exited = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Starts a server in a process of its own. @throws Error saying what PostgreSQL said */
export const startEmbedded = async (settings: EmbeddedSettings): Promise<EmbeddedServer> => {
  const child = fork(join(import.meta.dirname, 'embedded-server.ts'), [JSON.stringify(settings)], { detached: true })
  const nothing = exited(child).then((): [EmbeddedAnswer] => [{ problem: 'its process ended' }])
  const [answer] = (await Promise.race([once(child, 'message'), nothing])) as [EmbeddedAnswer]
  if ('problem' in answer) {
    await exited(child)
    throw new Error(answer.problem)
  }
  return {
    url: answer.url,
    stop: async () => {
      if (child.connected) child.disconnect()
      await exited(child)
    },
    crash: async () => {
      // Immediate shutdown.
      process.kill(answer.pid, 'SIGQUIT')
      await exited(child)
    },
  }
}
