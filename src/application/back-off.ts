import { Lru } from './lru.ts'
import type { Runtime } from './ports/runtime.ts'

const FIRST = 1_000
const LONGEST = 60_000

/**
 * What did not work out is tried again later and later: after 1, 2, 4 ... seconds of real time, at most a minute.
 * Kept in memory only: after a restart everything is tried at once.
 */
export class BackOff {
  readonly #runtime: Runtime
  readonly #held = new Lru<{ readonly failures: number; readonly again: number }>(10_000)

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Milliseconds until it may be tried again; 0: now. */
  left(key: string): number {
    const held = this.#held.get(key)
    return held === undefined ? 0 : Math.max(0, held.again - this.#runtime.monotonic())
  }

  /** It did not work out, again. Answers in how many milliseconds it may be tried. */
  failed(key: string): number {
    const failures = (this.#held.get(key)?.failures ?? 0) + 1
    const wait = Math.min(FIRST * 2 ** (failures - 1), LONGEST)
    this.#held.set(key, { failures, again: this.#runtime.monotonic() + wait })
    return wait
  }

  succeeded(key: string): void {
    this.#held.delete(key)
  }
}
