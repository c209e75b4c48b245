import { movableClock, type SimulatorClock } from 'madoguchi/simulator'

/** Business time that runs some times faster than real time, and can be moved ahead. Others are told of it every now and then. */
export interface RunningClock extends SimulatorClock {
  jump(milliseconds: number): void
  stop(): void
}

const TICK = 25

export const runningClock = (start: number, pace: number, told: (now: number) => void): RunningClock => {
  const clock = movableClock(start)
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    clock.advance(Math.round((now - last) * pace))
    last = now
    told(clock.now())
  }, TICK)
  return {
    now: () => clock.now(),
    jump: (milliseconds) => {
      clock.advance(milliseconds)
      told(clock.now())
    },
    stop: () => clearInterval(timer),
  }
}
