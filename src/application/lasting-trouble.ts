import type { Log } from './ports/log.ts'
import type { Runtime } from './ports/runtime.ts'

/** What the log hears of one failure: no content. */
export interface Failing extends Readonly<Record<string, string | number | undefined>> {
  /** The name of the error. */
  readonly problem: string
}

/** Milliseconds after which a trouble that lasts is told again. */
const REPEAT_EVERY = 60_000

/** Something that is tried until it works. Its operators hear when that begins to fail, why, once a minute that it still does, and when it is over. */
export class LastingTrouble {
  readonly #what: string
  readonly #log: Log
  readonly #runtime: Pick<Runtime, 'monotonic'>
  readonly #lasts: number
  #began: number | undefined
  #failedAt = 0
  /** When each kind was last told: while a server changes over, they take turns. */
  readonly #told = new Map<string, number>()

  /**
   * @param what does not work, as lines of the log begin
   * @param lasts milliseconds without a failure after which a success ends it: for what is tried many times side by side
   */
  constructor(what: string, log: Log, runtime: Pick<Runtime, 'monotonic'>, lasts = 0) {
    this.#lasts = lasts
    this.#what = what
    this.#log = log
    this.#runtime = runtime
  }

  /** Whether it has failed and not worked since. */
  get lasts(): boolean {
    return this.#began !== undefined
  }

  /** It has failed once more. */
  goesOn(facts: Failing): void {
    const now = this.#runtime.monotonic()
    const kind = `${facts.problem} ${facts['code']}`
    this.#began ??= now
    this.#failedAt = now
    if (now - (this.#told.get(kind) ?? -Infinity) < REPEAT_EVERY) return
    this.#told.set(kind, now)
    this.#log.error(`${this.#what} failed and is tried again until it works`, facts)
  }

  /** It has worked. */
  isOver(): void {
    if (this.#began === undefined || this.#runtime.monotonic() - this.#failedAt < this.#lasts) return
    this.#log.warn(`${this.#what} works again`, {
      seconds: Math.ceil((this.#runtime.monotonic() - this.#began) / 1_000),
    })
    this.#began = undefined
    this.#told.clear()
  }
}
