import type { Instant } from '../../domain/instant.ts'
import type { Runtime } from '../ports/runtime.ts'

/** Looks from the very beginning may take one part in so many of the time. */
const PART = 20
/** But they come after so many milliseconds at the latest: one that took long may have waited for something else. */
const LONGEST = 30_000
/** What is due at once is listed a little later, in milliseconds: so far before the frontier every look begins. */
const LAG = 60_000

/**
 * The instant before which a list in the order of time has nothing left to do, so that looks begin there. A store that removes rows
 * later than it is told to (PostgreSQL: in the next vacuum) walks past all that were done since: with a million conversations that
 * was measured to take 14 to 143 milliseconds.
 *
 * Something may come to be listed long before this instant: a message that arrives when its window is long over. So the list is looked at
 * from the beginning too, and the less that costs, the more often. A piece of work that cannot be done stays where it is, and what
 * was done after it is walked past until it is.
 */
export class Frontier {
  #at: Instant | undefined
  /** When there was time for a look from the beginning again. */
  #wholeAgain = 0
  readonly #runtime: Pick<Runtime, 'monotonic'>

  constructor(runtime: Pick<Runtime, 'monotonic'>) {
    this.#runtime = runtime
  }

  /** @param walk reads the first places of the list up to `to`: all of them, or none before `from` */
  async look<Hit extends { readonly entry: readonly unknown[] }>(
    to: Instant,
    walk: (from: Instant | undefined) => Promise<readonly Hit[]>,
  ): Promise<readonly Hit[]> {
    const began = this.#runtime.monotonic()
    const from = this.#at === undefined || this.#at > to || began >= this.#wholeAgain ? undefined : this.#at - LAG
    const hits = await walk(from)
    if (from === undefined) {
      const ended = this.#runtime.monotonic()
      this.#wholeAgain = ended + Math.min((ended - began) * (PART - 1), LONGEST)
    }
    const first = hits[0]?.entry[0]
    this.#at = first === undefined ? to : Number(first)
    return hits
  }
}
