import { setImmediate } from 'node:timers/promises'
import type { Cancel, Runtime } from 'madoguchi'
import { systemRuntime, timeOrderedIds } from '../../src/application/ports/system-runtime.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
  readonly unref: boolean
  cancel: Cancel
}

/** The machine's own runtime, for tests that must know that nothing more happens. */
export interface FastForwardRuntime extends Runtime {
  /**
   * Skips that many milliseconds: every timer that is due meanwhile runs, in order, and everything that it causes in this
   * process ends before the next one. Nothing is slept through, so a slow machine comes to the same end.
   */
  fastForward(milliseconds: number): Promise<void>
}

export const fastForwardRuntime = (): FastForwardRuntime => {
  const timers = new Set<Timer>()
  let ahead = 0
  let orders = 0
  const monotonic = (): number => systemRuntime.monotonic() + ahead
  const wallTime = (): number => Math.floor(systemRuntime.wallTime() + ahead)
  const { randomBytes } = systemRuntime
  const arm = (timer: Timer): void => {
    timer.cancel()
    timer.cancel = systemRuntime.schedule(Math.max(0, timer.at - monotonic()), () => fire(timer), timer)
  }
  const fire = (timer: Timer): void => {
    timer.cancel()
    timers.delete(timer)
    timer.run()
  }
  const firstUpTo = (end: number): Timer | undefined =>
    [...timers]
      .filter(({ at }) => at <= end)
      .toSorted((one, other) => one.at - other.at || one.order - other.order)
      .at(0)
  /** Promises have gone on, and no turn of the event loop is left that anybody asked for. */
  const quiet = async (): Promise<void> => {
    do await setImmediate()
    while (process.getActiveResourcesInfo().includes('Immediate'))
  }
  return {
    ...systemRuntime,
    monotonic,
    wallTime,
    newId: timeOrderedIds({ wallTime, randomBytes }),
    schedule: (milliseconds, run, { unref = false } = {}) => {
      const timer: Timer = { at: monotonic() + milliseconds, order: orders++, run, unref, cancel: () => {} }
      timers.add(timer)
      arm(timer)
      return () => {
        timer.cancel()
        timers.delete(timer)
      }
    },
    fastForward: async (milliseconds) => {
      const end = monotonic() + milliseconds
      await quiet()
      for (let timer = firstUpTo(end); timer !== undefined; timer = firstUpTo(end)) {
        ahead += Math.max(0, timer.at - monotonic())
        fire(timer)
        await quiet()
      }
      ahead += Math.max(0, end - monotonic())
      for (const timer of timers) arm(timer)
    },
  }
}
