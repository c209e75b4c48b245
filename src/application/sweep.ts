import { BackOff } from './back-off.ts'
import { LastingTrouble } from './lasting-trouble.ts'
import type { Log } from './ports/log.ts'
import type { Position } from './ports/event-store.ts'
import type { Runtime } from './ports/runtime.ts'
import { isStoreError } from './ports/store-errors.ts'
import { problemOf } from './problem.ts'
import type { Hit } from './views/view-reader.ts'

/** Milliseconds without a failure after which a success ends a trouble: more than the longest back-off of one piece. */
const TROUBLE_LASTS = 90_000

/** How many are worked on side by side. */
const AT_ONCE = 64

/** Some work, one piece after the other from an index. */
export interface Sweep<Document> {
  /** One page of the index: what there is to do, in the order in which to do it. */
  readonly page: (request: { readonly limit: number; readonly after?: string }) => Promise<readonly Hit<Document>[]>
  /** Whether it is this process's turn; asked right before the work. */
  readonly isMine: (hit: Hit<Document>) => boolean
  /** Does one piece; answers where what it wrote stands, undefined if it wrote nothing. */
  readonly work: (hit: Hit<Document>) => Promise<Position | undefined>
  /** Resolves when the index shows what was written up to there, so that nothing is done again for nothing. */
  readonly shown: (position: Position) => Promise<void>
}

/**
 * Goes through an index once and does what stands in it.
 *
 * A piece of work that fails stops no other: it is logged by the name of its problem, once a minute for all of them, and waits for its turn, longer and longer.
 * One that writes nothing waits too, for then index and log do not agree yet, and asking at once would only spin.
 */
export class Sweeper {
  readonly #trouble: LastingTrouble
  readonly #backOff: BackOff

  constructor(name: string, { log, runtime }: { readonly log: Log; readonly runtime: Runtime }) {
    this.#backOff = new BackOff(runtime)
    this.#trouble = new LastingTrouble(`${name}: one piece of work`, log, runtime, TROUBLE_LASTS)
  }

  /** @throws StoreUnavailable, StoreClosed, after the other pieces were done */
  async run<Document>({ page, isMine, work, shown }: Sweep<Document>, signal: AbortSignal): Promise<void> {
    // The index shows a page while the next one is worked on: it lags by two pages at most.
    let showing = Promise.resolve()
    try {
      for (let after: string | undefined; !signal.aborted;) {
        const hits = await page({ limit: AT_ONCE, ...(after === undefined ? {} : { after }) })
        const newest = await this.#all(hits.filter(isMine), work)
        await showing
        if (newest !== undefined) showing = shown(newest)
        // Whoever fails meanwhile is heard at the next await.
        showing.catch(() => undefined)
        after = hits.at(-1)?.cursor
        if (hits.length < AT_ONCE) return
      }
    } finally {
      await showing
    }
  }

  /** Answers where the newest of what was written stands. @throws after all were done */
  async #all<Document>(hits: readonly Hit<Document>[], work: Sweep<Document>['work']): Promise<Position | undefined> {
    const results = await Promise.allSettled(hits.map((hit) => this.#one(hit, work)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return results
      .map((result) => (result.status === 'fulfilled' ? result.value : undefined))
      .filter((position) => position !== undefined)
      .toSorted()
      .at(-1)
  }

  async #one<Document>(hit: Hit<Document>, work: Sweep<Document>['work']): Promise<Position | undefined> {
    // By its place too: what is due at another instant is another piece of work.
    const name = `${hit.key} ${hit.cursor}`
    if (this.#backOff.left(name) > 0) return undefined
    try {
      const position = await work(hit)
      if (position === undefined) this.#backOff.failed(name)
      else this.#backOff.succeeded(name)
      this.#trouble.isOver()
      return position
    } catch (error) {
      if (isStoreError(error, 'StoreUnavailable') || isStoreError(error, 'StoreClosed')) throw error
      this.#backOff.failed(name)
      this.#trouble.goesOn({ key: hit.key, ...problemOf(error) })
      return undefined
    }
  }
}
