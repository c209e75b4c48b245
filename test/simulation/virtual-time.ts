interface Timer {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

const isBefore = (one: Timer, other: Timer): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

/** Everything that was ready has run: promises, `queueMicrotask`, `process.nextTick`. */
export const drained = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/**
 * Time that passes only when nothing else is left to do. Timers run one at a time, by their time and then in the order in which they
 * were set, and everything that one of them made ready runs before the next.
 */
export class VirtualTime {
  /** Milliseconds since the beginning. */
  now = 0
  /** Timers that have run. */
  fired = 0
  #orders = 0
  /** A binary heap. */
  readonly #timers: Timer[] = []

  /** Returns what cancels it. */
  schedule(milliseconds: number, run: () => void): () => void {
    const timer: Timer = { at: this.now + Math.max(0, milliseconds), order: this.#orders++, run }
    this.#push(timer)
    return () => {
      timer.run = undefined
    }
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.schedule(milliseconds, resolve))
  }

  /** Lets that much time pass; ends early, right after a timer, when `isOver` holds. */
  async pass(milliseconds: number, isOver: () => boolean = () => false): Promise<void> {
    const end = this.now + milliseconds
    await drained()
    while (!isOver()) {
      const next = this.#timers[0]
      if (next === undefined || next.at > end) break
      this.#pop()
      if (next.run === undefined) continue
      this.now = Math.max(this.now, next.at)
      this.fired++
      next.run()
      await drained()
    }
    if (!isOver()) this.now = Math.max(this.now, end)
  }

  #push(timer: Timer): void {
    const heap = this.#timers
    let at = heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!isBefore(timer, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = timer
  }

  #pop(): void {
    const heap = this.#timers
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}
