import type { Runtime } from './ports/runtime.ts'

/** Waits for real time, so many milliseconds; ends early, without an error, when the signal aborts. */
export const pause = (runtime: Runtime, milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = (): void => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = runtime.schedule(milliseconds, done)
    signal?.addEventListener('abort', done, { once: true })
  })

/** A pause that ends early when something happens; that is asked to end once nobody waits for it any more. */
export const pauseUnless = async (
  runtime: Runtime,
  happens: (signal: AbortSignal) => Promise<void>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> => {
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  await Promise.race([pause(runtime, milliseconds, either), happens(either)])
  over.abort()
}

/** Resolves when the signal aborts. */
export const once = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/**
 * Lets everybody else have their turn whenever this much time, in milliseconds, has passed since they last had it: to be called
 * between two pieces of long work.
 */
export const breather = (runtime: Runtime, milliseconds: number): (() => Promise<void>) => {
  let end = runtime.monotonic() + milliseconds
  return async () => {
    if (runtime.monotonic() < end) return
    await runtime.turn()
    end = runtime.monotonic() + milliseconds
  }
}

/** From 0 (inclusive) to 1 (exclusive) in steps of 1/256, for waits that should differ between processes. */
export const jitter = (runtime: Runtime): number => (runtime.randomBytes(1)[0] ?? 0) / 256
