import { movableClock, type SimulatorClock } from 'madoguchi/simulator'

/** Business time that runs some times faster than real time, and can be moved ahead. Others are told of it every now and then. */
export interface RunningClock extends SimulatorClock {
  /** From now on it runs; before, it stands still. */
  run(): void
  jump(milliseconds: number): void
  stop(): void
}

const TICK = 25

export const runningClock = (start: number, pace: number, told: (now: number) => void): RunningClock => {
  const clock = movableClock(start)
  let runs = false
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (runs) clock.advance(Math.round((now - last) * pace))
    last = now
    told(clock.now())
  }, TICK)
  return {
    now: () => clock.now(),
    run: () => void (runs = true),
    jump: (milliseconds) => {
      clock.advance(milliseconds)
      told(clock.now())
    },
    stop: () => clearInterval(timer),
  }
}
