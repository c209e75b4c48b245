import { createHash, createHmac } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Runtime } from 'madoguchi'
import { Chance } from '../fuzz/chance.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** A runtime whose time passes only when it is told to: waits cost nothing, and the same seed gives the same ids. */
export interface VirtualRuntime extends Runtime {
  /** Lets this many milliseconds pass, with everything that is due meanwhile, until nothing more happens by itself. */
  pass(milliseconds: number): Promise<void>
}

/** @param begin of the machine's clock, in epoch milliseconds; it goes on with the monotonic one */
export const virtualRuntime = (seed: number, begin: number): VirtualRuntime => {
  const chance = new Chance(seed)
  const timers = new Set<Timer>()
  let now = 0
  let orders = 0
  let turns: (() => void)[] = []
  let ids = 0
  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers)
      if (
        timer.at <= until &&
        (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
      )
        first = timer
    return first
  }
  /** All promises that can go on have gone on, and every turn that was asked for was had. */
  const quiet = async (): Promise<void> => {
    do {
      for (const turn of turns.splice(0)) turn()
      await setImmediate()
    } while (turns.length > 0)
  }
  return {
    monotonic: () => now,
    wallTime: () => begin + now,
    schedule: (milliseconds, callback) => {
      const timer = { at: now + Math.max(0, milliseconds), order: orders++, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    turn: () => new Promise((resolve) => void turns.push(resolve)),
    newId: () => {
      const id = (++ids).toString(16).padStart(12, '0')
      return `01900000-${seed.toString(16).padStart(4, '0').slice(-4)}-7000-8000-${id}`
    },
    randomBytes: (size) => Uint8Array.from({ length: size }, () => chance.below(256)),
    sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
    hmacSha256: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
    pass: async (milliseconds) => {
      const until = now + milliseconds
      await quiet()
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.callback()
        // Those that are due together begin together.
        if (next(now) === undefined) await quiet()
      }
      now = until
    },
  }
}
