/** Tells waiting readers that something new may be there. */
export interface Bell {
  /** How often it has rung: taken before looking, so that a ring between looking and waiting is not missed. */
  rings(): number
  ring(): void
  /** Resolves once it has rung more often than `heard`, or the signal aborts. */
  after(heard: number, signal: AbortSignal): Promise<void>
  /** How many are waiting. */
  waiting(): number
}

/** `onWaiting` is called when the first one begins and the last one ceases to wait. */
export const createBell = (onWaiting?: (someone: boolean) => void): Bell => {
  let rings = 0
  const waiting = new Set<() => void>()
  return {
    rings: () => rings,
    ring: () => {
      rings += 1
      for (const wake of waiting) wake()
    },
    after: (heard, signal) =>
      new Promise((resolve) => {
        if (rings > heard || signal.aborted) return resolve()
        const wake = (): void => {
          waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          if (waiting.size === 0) onWaiting?.(false)
          resolve()
        }
        waiting.add(wake)
        signal.addEventListener('abort', wake)
        if (waiting.size === 1) onWaiting?.(true)
      }),
    waiting: () => waiting.size,
  }
}
