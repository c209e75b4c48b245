import { clearTimeout, setImmediate, setTimeout } from 'node:timers'

/** Time, timers and turns of the event loop, as the simulator needs them. Its choices and ids follow from its seed instead. */
export interface SimulatorRuntime {
  /** Real milliseconds that never go back. */
  monotonic(): number
  /** Epoch milliseconds of the machine's clock. */
  wallTime(): number
  /** Calls back once; the function it returns cancels that. `unref`: a process may end without waiting for it. */
  schedule(milliseconds: number, callback: () => void, options?: { readonly unref?: boolean }): () => void
  /** Resolves after everything else that is ready had its turn. */
  turn(): Promise<void>
}

/** The machine's own. */
export const systemRuntime: SimulatorRuntime = {
  monotonic: () => performance.now(),
  wallTime: () => Date.now(),
  schedule: (milliseconds, callback, { unref = false } = {}) => {
    const timer = setTimeout(callback, milliseconds)
    if (unref) timer.unref()
    return () => clearTimeout(timer)
  },
  turn: () => new Promise((resolve) => void setImmediate(resolve)),
}

/** Runs `call` with a signal that aborts it with a `TimeoutError` after that many milliseconds. */
export const within = async <Result>(
  runtime: SimulatorRuntime,
  milliseconds: number,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const timeout = new AbortController()
  const cancel = runtime.schedule(
    milliseconds,
    () => timeout.abort(new DOMException('no answer in time', 'TimeoutError')),
    { unref: true },
  )
  try {
    return await call(timeout.signal)
  } finally {
    cancel()
  }
}
