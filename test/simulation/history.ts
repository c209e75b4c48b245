import { createHash } from 'node:crypto'
import type { VirtualTime } from './virtual-time.ts'

/** What happened, a line each: its digest is the same in each run of a seed. */
export class History {
  readonly #time: VirtualTime
  readonly #now: () => number
  readonly #digest = createHash('sha256')
  readonly #kept: string[] = []
  readonly #onLine: ((line: string) => void) | undefined
  /** Rules that were broken. */
  readonly violations: string[] = []

  constructor(time: VirtualTime, now: () => number, onLine?: (line: string) => void) {
    this.#time = time
    this.#now = now
    this.#onLine = onLine
  }

  add(who: string, what: string): void {
    const line = `${(this.#time.now / 1_000).toFixed(3)}s ${new Date(this.#now()).toISOString().slice(5, 23)} ${who}: ${what}`
    this.#digest.update(`${line}\n`)
    this.#kept.push(line)
    this.#onLine?.(line)
  }

  violation(rule: string): void {
    this.violations.push(rule)
    this.add('VIOLATION', rule)
  }

  lines(): readonly string[] {
    return this.#kept
  }

  /** SHA-256 of all lines, once. */
  digest(): string {
    return this.#digest.digest('hex')
  }
}
