import type { Log } from './ports/log.ts'
import type { Cancel, Runtime } from './ports/runtime.ts'

type Facts = Readonly<Record<string, string | number | boolean | undefined>>

/** One kind of line. The message names it, so it holds nothing that differs from line to line. */
export interface Notice {
  readonly message: string
  /** What it usually means. */
  readonly means: string
  /** What a person does about it. */
  readonly remedy: string
}

/** Lines of one kind in one minute; what comes beyond is counted. */
const MOST_LINES = 10
const MINUTE = 60_000

interface Told {
  lines: number
  more: number
  readonly end: Cancel
}

/**
 * What every request could write a line about: at most ten lines a minute of each kind, and then their number.
 * Something that is tried until it works is reported by `LastingTrouble` instead.
 */
export class Notices {
  readonly #log: Log
  readonly #runtime: Pick<Runtime, 'schedule'>
  readonly #told = new Map<Notice, Told>()

  constructor(log: Log, runtime: Pick<Runtime, 'schedule'>) {
    this.#log = log
    this.#runtime = runtime
  }

  /** Whether the next line of this kind would only be counted: then its facts need not be found out. */
  isFull(notice: Notice): boolean {
    return (this.#told.get(notice)?.lines ?? 0) >= MOST_LINES
  }

  warn(notice: Notice, facts: Facts = {}): void {
    let told = this.#told.get(notice)
    if (told === undefined) {
      told = { lines: 0, more: 0, end: this.#runtime.schedule(MINUTE, () => this.#end(notice), { unref: true }) }
      this.#told.set(notice, told)
    }
    if (told.lines >= MOST_LINES) {
      told.more++
      return
    }
    told.lines++
    const { message, means, remedy } = notice
    this.#log.warn(message, { ...facts, means, remedy })
  }

  /** Writes the counts of what was left out, and forgets. */
  stop(): void {
    for (const notice of this.#told.keys()) this.#end(notice)
  }

  #end(notice: Notice): void {
    const { more, end } = this.#told.get(notice) as Told
    end()
    this.#told.delete(notice)
    if (more > 0) this.#log.warn(notice.message, { more, within: 'a minute' })
  }
}
