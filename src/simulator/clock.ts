import { InvalidSimulatorOption } from './check-options.ts'

/** Business time. It alone travels; retries, rates and time-outs follow the machine's own clock. */
export interface SimulatorClock {
  /** Epoch ms. */
  now(): number
}

/** A clock that stands still until it is moved, forward only. */
export interface MovableClock extends SimulatorClock {
  /** Moves by so many ms. Throws a RangeError if that is backward. */
  advance(ms: number): void
}

/** @param start epoch ms. @throws InvalidSimulatorOption */
export const movableClock = (start: number): MovableClock => {
  if (!Number.isFinite(start)) throw new InvalidSimulatorOption('start', 'must be epoch milliseconds')
  let now = start
  return {
    now: () => now,
    advance: (ms) => {
      if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`a clock moves forward only, not by ${ms} ms`)
      now += ms
    },
  }
}
