import { type ChildProcess, fork } from 'node:child_process'
import type { Step } from '../../src/application/steps.ts'
import type { HostMessage, HostNotice, HostSettings, LoopDelay, Order } from './wire.ts'

/** An instant, on both clocks. */
export interface Moment {
  readonly real: number
  readonly business: number
}

/** While it lasted nothing was done there; without an end: for good. */
export interface Trouble {
  readonly from: Moment
  readonly to?: Moment
}

export interface HostPlace {
  /** Counted from 1 over the whole run. */
  readonly life: number
  /** Which of the hosts it is, from 0. */
  readonly slot: number
}

/** One life of a host. */
export class HostProcess {
  readonly life: number
  readonly slot: number
  /** Its last position of the log at the beginning; undefined if it died before that. */
  readonly opened: Promise<{ readonly head: string | null } | undefined>
  /** Whether it came so far as to listen. */
  readonly ready: Promise<boolean>
  readonly exited: Promise<void>
  readonly #child: ChildProcess
  readonly #now: () => Moment
  readonly #stopping = new Set<() => void>()
  url: string | undefined
  isDead = false
  isPaused = false
  /** Something is being done to it. */
  isDisturbed = false
  /** What it wrote before it ended by itself; a killed one writes nothing. */
  complaint = ''
  /** Its name in its attempts, if it made any. */
  worker: string | undefined
  /** When, in real time, it knew that an attempt of its own was written down, by name. */
  readonly attempted = new Map<string, number>()
  /** How often it came to each step. */
  readonly steps = new Map<Step, number>()
  readonly delays: LoopDelay[] = []
  /** What it told its operators. */
  readonly said: { readonly at: number; readonly line: string }[] = []
  readonly pauses: Trouble[] = []
  /** When it was killed or ended. */
  death: Moment | undefined

  constructor(settings: HostSettings, { life, slot }: HostPlace, now: () => Moment) {
    this.life = life
    this.slot = slot
    this.#now = now
    this.#child = fork(new URL('host.ts', import.meta.url), [JSON.stringify(settings)], {
      // Not what a test runner gave to its own worker.
      execArgv: ['--conditions=madoguchi-source', '--disable-warning=ExperimentalWarning', '--trace-warnings'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.on('data', (text: Buffer) => (this.complaint += text.toString()))
    const opened = Promise.withResolvers<{ readonly head: string | null } | undefined>()
    const ready = Promise.withResolvers<boolean>()
    this.opened = opened.promise
    this.ready = ready.promise
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.isDead = true
        this.url = undefined
        this.death = now()
        opened.resolve(undefined)
        ready.resolve(false)
        resolve()
      })
    })
    this.#child.on('message', (message: HostMessage) => {
      switch (message.kind) {
        case 'opened':
          return opened.resolve(message)
        case 'ready':
          this.url = message.url
          return ready.resolve(true)
        case 'worker':
          this.worker = message.worker
          return
        case 'attempted':
          return void this.attempted.set(message.name, message.at)
        case 'step':
          return void this.steps.set(message.step, (this.steps.get(message.step) ?? 0) + 1)
        case 'stopping':
          for (const stopping of this.#stopping) stopping()
          return
        case 'loop':
          return void this.delays.push(message)
        case 'said':
          return void this.said.push({ at: message.at, line: message.line })
      }
    })
  }

  tell(notice: HostNotice): void {
    if (this.isDead || !this.#child.connected) return
    this.#child.send(notice, () => {})
  }

  /** Resolves when it obeys, or is dead. */
  async obey(order: Order): Promise<void> {
    const stopping = new Promise<void>((resolve) => this.#stopping.add(resolve))
    this.tell({ kind: 'order', order })
    await Promise.race([stopping, this.exited])
  }

  /** SIGKILL: nothing of it runs any more. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }

  /** SIGSTOP: nothing of it runs, until it is resumed; whoever is connected to it waits. */
  pause(): void {
    this.isPaused = true
    this.pauses.push({ from: this.#now() })
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    const pause = this.pauses.pop()
    if (pause !== undefined) this.pauses.push({ ...pause, to: this.#now() })
    this.isPaused = false
    this.#child.kill('SIGCONT')
    this.tell({ kind: 'resumed' })
  }

  /** Lets it end what it is doing. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.exited
  }
}
