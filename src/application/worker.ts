import { LastingTrouble } from './lasting-trouble.ts'
import type { Log } from './ports/log.ts'
import type { Runtime } from './ports/runtime.ts'
import { isStoreError } from './ports/store-errors.ts'
import { problemOf } from './problem.ts'
import { pause } from './time.ts'
import { ViewBuilding } from './views/view-errors.ts'

/** Longest sleep of a worker in milliseconds: what another process wrote, or a clock that was moved there, is noticed by then. */
const LONGEST_SLEEP = 1_000

/** What a worker needs of its desk. */
export interface WorkerPorts {
  readonly log: Log
  readonly runtime: Runtime
}

/**
 * Does a piece of work again and again until it is stopped: at once when woken, otherwise when the work itself says.
 * What fails is tried again, later and later; the log hears that it fails, and when it works again.
 */
export class Worker {
  readonly #pass: (signal: AbortSignal) => Promise<number>
  readonly #runtime: Runtime
  readonly #trouble: LastingTrouble
  #stop: AbortController | undefined
  #running: Promise<void> | undefined
  #wakeUp: (() => void) | undefined
  #woken = false

  /** `pass` answers in how many milliseconds there is something to do; it is asked after a second at the latest. */
  constructor(name: string, pass: (signal: AbortSignal) => Promise<number>, { log, runtime }: WorkerPorts) {
    this.#pass = pass
    this.#runtime = runtime
    this.#trouble = new LastingTrouble(name, log, runtime)
  }

  start(): void {
    if (this.#running !== undefined) return
    this.#stop = new AbortController()
    this.#running = this.#run(this.#stop.signal)
  }

  async stop(): Promise<void> {
    this.#stop?.abort()
    this.wake()
    await this.#running
    this.#running = undefined
  }

  /** There may be something to do now. */
  wake(): void {
    this.#woken = true
    this.#wakeUp?.()
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      this.#woken = false
      let sleep: number
      try {
        sleep = Math.min(await this.#pass(signal), LONGEST_SLEEP)
        failures = 0
        this.#trouble.isOver()
      } catch (error) {
        if (signal.aborted || isStoreError(error, 'StoreClosed')) return
        // A view that is being built is no failure: there is nothing to do before it is there.
        if (error instanceof ViewBuilding) {
          failures = 0
          this.#trouble.isOver()
          await this.#sleep(LONGEST_SLEEP, signal)
          continue
        }
        failures++
        sleep = Math.min(50 * 2 ** failures, 5_000)
        this.#trouble.goesOn(problemOf(error))
      }
      if (!this.#woken && sleep > 0) await this.#sleep(sleep, signal)
    }
  }

  async #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const awake = new AbortController()
    this.#wakeUp = () => awake.abort()
    await pause(this.#runtime, milliseconds, AbortSignal.any([awake.signal, signal]))
    this.#wakeUp = undefined
  }
}
