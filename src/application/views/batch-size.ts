const MAX_BATCH = 1_000
const FIRST_BATCH = 64
/** The smallest one; so many events are folded by any engine within a moment. */
export const MIN_BATCH = 16
/** A commit should take no longer than this: an append may wait for it, or the next commit of views. */
const COMMIT_MILLISECONDS = 12
/** While the views are behind they may be written in somewhat larger pieces. */
const CATCH_UP_MILLISECONDS = 15
/** Where no append waits for the views they are written in pieces that are worth the flush to the disk. */
const CATCH_UP_ASIDE_MILLISECONDS = 250
/** So many events at once are not what just happened: the views are behind. */
const BEHIND = 250

/** How many events are folded together: as many as the engine commits in a moment, learnt from how long it took. */
export class BatchSize {
  readonly #commitsAside: boolean
  #size = FIRST_BATCH
  #isBehind = true

  /** @param commitsAside whether no append waits for a commit of views */
  constructor(commitsAside: boolean) {
    this.#commitsAside = commitsAside
  }

  get size(): number {
    return this.#size
  }

  /** Whether so many events take too long for one turn of the event loop. */
  isLong(events: number): boolean {
    return events > FIRST_BATCH
  }

  /** So many events have come at once. */
  came(events: number): void {
    if (events >= BEHIND) this.#isBehind = true
  }

  caughtUp(): void {
    this.#isBehind = false
  }

  /** A commit of so many events took so many milliseconds. */
  took(events: number, milliseconds: number): void {
    const longest = this.#longestCommit()
    if (milliseconds > longest) this.#size = Math.max(MIN_BATCH, Math.floor(this.#size * 0.7))
    else if (events >= this.#size && milliseconds < longest / 2) this.#size = Math.min(MAX_BATCH, this.#size * 2)
  }

  /** What was learnt is of no use any more. */
  forget(): void {
    this.#size = FIRST_BATCH
  }

  #longestCommit(): number {
    if (!this.#isBehind) return COMMIT_MILLISECONDS
    return this.#commitsAside ? CATCH_UP_ASIDE_MILLISECONDS : CATCH_UP_MILLISECONDS
  }
}
