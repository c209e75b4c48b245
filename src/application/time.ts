/** Waits for real time, so many milliseconds; ends early, without an error, when the signal aborts. */
export const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done, { once: true })
  })

/** A pause that ends early when something happens; that is asked to end once nobody waits for it any more. */
export const pauseUnless = async (
  happens: (signal: AbortSignal) => Promise<void>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> => {
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  await Promise.race([pause(milliseconds, either), happens(either)])
  over.abort()
}

/** Resolves when the signal aborts. */
export const once = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Lets everything else that is ready have its turn, without the millisecond that a timer takes at least. */
const otherTurns = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      resolve()
    })
    port1.start()
    port2.postMessage(undefined)
  })

/**
 * Lets everybody else have their turn whenever this much time, in milliseconds, has passed since they last had it: to be called
 * between two pieces of long work.
 */
export const breather = (milliseconds: number): (() => Promise<void>) => {
  let end = monotonic() + milliseconds
  return async () => {
    if (monotonic() < end) return
    await otherTurns()
    end = monotonic() + milliseconds
  }
}

/** Milliseconds that only ever go forward, whatever happens to any clock. */
export const monotonic = (): number => performance.now()
