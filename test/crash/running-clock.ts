import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import type { SimulatorClock } from 'madoguchi/simulator'

/**
 * Business time that runs some times faster than real time, and can be moved ahead. It stands in a file, from which every
 * process reckons it: a process that has slept knows what time it is as soon as it wakes up, as with the clock of a machine.
 */
export interface RunningClock extends SimulatorClock {
  /** From now on it runs; before, it stands still. */
  run(): void
  jump(milliseconds: number): void
  close(): void
}

/** Business time was `business` at `real`, and runs `pace` times as fast since. */
interface Anchor {
  readonly real: number
  readonly business: number
  readonly pace: number
}

const RECORD = 64

const nowOf = ({ real, business, pace }: Anchor): number => business + Math.round((Date.now() - real) * pace)

/** @param moved called after each jump */
export const runningClock = (path: string, start: number, pace: number, moved: () => void): RunningClock => {
  const file = openSync(path, 'w')
  let anchor: Anchor = { real: Date.now(), business: start, pace: 0 }
  let last = start
  const now = (): number => (last = Math.max(last, nowOf(anchor)))
  const set = (next: Anchor): void => {
    anchor = next
    const record = `${next.real} ${next.business} ${next.pace} `.padEnd(RECORD)
    // Twice, so that a reader sees when it has read half of the old and half of the new.
    writeSync(file, record + record, 0)
  }
  set(anchor)
  return {
    now,
    run: () => set({ real: Date.now(), business: now(), pace }),
    jump: (milliseconds) => {
      set({ real: Date.now(), business: now() + milliseconds, pace: anchor.pace })
      moved()
    },
    close: () => closeSync(file),
  }
}

/** The clock in the file of another process. */
export const sharedClock = (path: string): SimulatorClock => {
  const file = openSync(path, 'r')
  const bytes = Buffer.alloc(RECORD * 2)
  let last = 0
  return {
    now: () => {
      for (;;) {
        readSync(file, bytes, 0, bytes.length, 0)
        const text = bytes.toString('latin1')
        const record = text.slice(0, RECORD)
        if (record !== text.slice(RECORD)) continue
        const [real = 0, business = 0, pace = 0] = record.split(' ').map(Number)
        return (last = Math.max(last, nowOf({ real, business, pace })))
      }
    },
  }
}
