/** Keys that changed and were not yet looked at: a slow reader finds each key once, however often it changed. */
export class ChangedKeys {
  readonly #keys = new Set<string>()
  #wake: (() => void) | undefined

  add(keys: Iterable<string>): void {
    for (const key of keys) this.#keys.add(key)
    this.#wake?.()
  }

  /** Waits for changes; gives them all at once. Nothing when the signal aborts. */
  async take(signal: AbortSignal): Promise<readonly string[]> {
    while (this.#keys.size === 0 && !signal.aborted) {
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
