import { createHash, createHmac, randomFillSync } from 'node:crypto'
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { v7 } from 'uuid'
import type { Clock } from './clock.ts'
import type { Runtime } from './runtime.ts'

const RANDOM_BYTES = 16
const POOLED = 256

/**
 * Makes ids that sort by time (UUID version 7, RFC 9562), each after the one before. Randomness is drawn for many ids at once:
 * a system call costs more than an id.
 */
export const timeOrderedIds = ({
  wallTime,
  randomBytes,
}: Pick<Runtime, 'wallTime' | 'randomBytes'>): (() => string) => {
  let pool = new Uint8Array()
  let drawn = 0
  let lastMilliseconds = 0
  let lastOfMillisecond = 0
  return () => {
    if (drawn === pool.length) {
      pool = randomBytes(POOLED * RANDOM_BYTES)
      drawn = 0
    }
    drawn += RANDOM_BYTES
    const random = pool.subarray(drawn - RANDOM_BYTES, drawn)
    const now = wallTime()
    if (now > lastMilliseconds) {
      lastMilliseconds = now
      lastOfMillisecond = ((random[6]! & 0x7f) << 24) | (random[7]! << 16) | (random[8]! << 8) | random[9]!
    } else if (lastOfMillisecond === 0x7fffffff) {
      lastMilliseconds++
      lastOfMillisecond = 0
    } else lastOfMillisecond++
    return v7({ random, msecs: lastMilliseconds, seq: lastOfMillisecond })
  }
}

const wallTime = (): number => Date.now()
const randomBytes = (size: number): Uint8Array<ArrayBuffer> => randomFillSync(new Uint8Array(size))

/** The machine's own. */
export const systemRuntime: Runtime = {
  monotonic: () => performance.now(),
  wallTime,
  schedule: (milliseconds, callback, { unref = false } = {}) => {
    const timer = setTimeout(callback, milliseconds)
    if (unref) timer.unref()
    return () => clearTimeout(timer)
  },
  turn: () => new Promise((resolve) => void setImmediate(resolve)),
  newId: timeOrderedIds({ wallTime, randomBytes }),
  randomBytes,
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  hmacSha256: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
}

/** Business time that is the machine's. */
export const systemClock: Clock = { now: wallTime }
