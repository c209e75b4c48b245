import { type ChildProcess, fork } from 'node:child_process'
import type { ClockMoved, HostOpened, HostReady, HostSettings } from './wire.ts'

/** One life of the host. */
export class HostProcess {
  /** Undefined if it died before that. */
  readonly opened: Promise<HostOpened | undefined>
  /** Whether it came so far as to listen. */
  readonly ready: Promise<boolean>
  readonly exited: Promise<void>
  readonly #child: ChildProcess
  url: string | undefined
  isDead = false
  /** What it wrote before it ended by itself; a killed one writes nothing. */
  complaint = ''

  constructor(settings: HostSettings) {
    this.#child = fork(new URL('host.ts', import.meta.url), [JSON.stringify(settings)], {
      // Not what a test runner gave to its own worker.
      execArgv: ['--conditions=madoguchi-source', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.on('data', (text: Buffer) => (this.complaint += text.toString()))
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.isDead = true
        this.url = undefined
        resolve()
      })
    })
    this.opened = new Promise((resolve) => {
      this.#child.once('message', (opened: HostOpened) => resolve(opened))
      void this.exited.then(() => resolve(undefined))
    })
    this.ready = new Promise((resolve) => {
      this.#child.on('message', (message: HostOpened | HostReady) => {
        if (!('url' in message)) return
        this.url = message.url
        resolve(true)
      })
      void this.exited.then(() => resolve(false))
    })
  }

  tell(moved: ClockMoved): void {
    if (this.isDead || !this.#child.connected) return
    this.#child.send(moved, () => {})
  }

  /** SIGKILL: nothing of it runs any more. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }

  /** Lets it end what it is doing. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.exited
  }
}

export const startHost = (settings: HostSettings): HostProcess => new HostProcess(settings)
