/** Changed keys that wait for a reader at most. */
const MOST_KEYS = 10_000

/** More changed than is kept for a reader who is slow, or does not read. List again, and watch from there. */
export class WatchFellBehind extends Error {
  override readonly name = 'WatchFellBehind'
  constructor() {
    super(`more than ${MOST_KEYS} changes waited to be read; list again, and watch from there`)
  }
}

/** Keys that changed and were not yet looked at: a slow reader finds each key once, however often it changed. */
export class ChangedKeys {
  readonly #keys = new Set<string>()
  readonly #full: () => void
  #isFull = false
  #wake: (() => void) | undefined

  /** @param full called once when more have changed than are kept: no further ones need be added */
  constructor(full: () => void) {
    this.#full = full
  }

  add(keys: Iterable<string>): void {
    if (this.#isFull) return
    for (const key of keys) this.#keys.add(key)
    if (this.#keys.size > MOST_KEYS) {
      this.#isFull = true
      this.#keys.clear()
      this.#full()
    }
    this.#wake?.()
  }

  /** Waits for changes; gives them all at once. Nothing when the signal aborts. @throws WatchFellBehind */
  async take(signal: AbortSignal): Promise<readonly string[]> {
    while (this.#keys.size === 0 && !this.#isFull && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done)
          this.#wake = undefined
          resolve()
        }
        this.#wake = done
        signal.addEventListener('abort', done, { once: true })
      })
    }
    if (this.#isFull && !signal.aborted) throw new WatchFellBehind()
    const keys = [...this.#keys]
    this.#keys.clear()
    return keys
  }
}

/**
 * The same items; whoever stops reading need not wait until the next one comes. `end` is called when they end: by the reader, by
 * themselves or by an error, after which nobody asks for another one.
 */
export const endsAtOnce = <Item>(
  items: AsyncGenerator<Item, void, undefined>,
  end: () => void,
): AsyncIterableIterator<Item, void, undefined> => {
  const ended: AsyncIterableIterator<Item, void, undefined> = {
    next: async () => {
      try {
        const next = await items.next()
        if (next.done === true) end()
        return next
      } catch (error) {
        end()
        throw error
      }
    },
    return: () => {
      end()
      return items.return()
    },
    [Symbol.asyncIterator]: () => ended,
  }
  return ended
}
