import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LoopDelay } from './wire.ts'

const RESOLUTION = 5
const EVERY = 500

/** Measures for how long the event loop of this process stands still, from now on. */
export const watchLoop = (told: (delay: LoopDelay) => void): void => {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION })
  delays.enable()
  let from = Date.now()
  let waited = waitedForProcessor()
  setInterval(() => {
    const to = Date.now()
    const waitedNow = waitedForProcessor()
    const longest = Math.max(0, delays.max / 1e6 - RESOLUTION)
    told({ from, to, longest, starved: waitedNow - waited })
    delays.reset()
    from = to
    waited = waitedNow
  }, EVERY).unref()
}

/** Milliseconds for which the main thread was ready and did not run, as Linux counts them; 0 elsewhere. */
const waitedForProcessor = (): number => {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}
