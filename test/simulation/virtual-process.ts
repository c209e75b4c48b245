import { createHash, createHmac } from 'node:crypto'
import type { Runtime } from 'madoguchi'
import { timeOrderedIds } from '../../src/application/ports/system-runtime.ts'
import { type Chance, chanceOf } from './chance.ts'
import { VirtualTime } from './virtual-time.ts'

/** Never settles: what a dead process waits for. */
const never = new Promise<never>(() => {})

/** A process on virtual time. It can die or be stopped (SIGSTOP) at every call that leaves it, and its wall clock can jump. */
export class VirtualProcess {
  readonly name: string
  readonly runtime: Runtime
  /** Rejects when it dies, as a connection to it would break. */
  readonly death: Promise<never>
  isDead = false
  /** How often it was stopped. */
  stops = 0
  /** As attempts in the log name it. */
  worker: string | undefined
  /** The last time in which its machine slept: clocks too. */
  #nap = { from: 0, to: 0 }
  #sleptBefore = 0
  readonly #time: VirtualTime
  #wallOffset: number
  #sleepsUntil = 0
  readonly #die: (reason: Error) => void

  /** @param wall epoch milliseconds of its wall clock at virtual time 0 */
  constructor(name: string, time: VirtualTime, chance: Chance, wall: number) {
    this.name = name
    this.#time = time
    this.#wallOffset = wall
    const { promise, reject } = Promise.withResolvers<never>()
    this.death = promise
    this.death.catch(() => {})
    this.#die = reject
    const wallTime = (): number => Math.floor(this.#now() + this.#wallOffset)
    const randomBytes = (size: number): Uint8Array<ArrayBuffer> => chance.bytes(size)
    this.runtime = {
      monotonic: () => this.#now(),
      wallTime,
      // A timer takes a millisecond at least, as Node's do: a loop that rests for 0 lets time pass.
      schedule: (milliseconds, callback) => this.#schedule(Math.max(1, milliseconds), callback),
      turn: () => new Promise((resolve) => void this.#schedule(0, resolve)),
      newId: timeOrderedIds({ wallTime, randomBytes }),
      randomBytes,
      sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
      hmacSha256: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
    }
  }

  get isStopped(): boolean {
    return this.#sleepsUntil > this.#time.now
  }

  /** Nothing that it does afterwards is seen by anybody. */
  kill(): void {
    this.isDead = true
    this.#die(Object.assign(new Error('the process died'), { name: 'ECONNRESET' }))
  }

  stop(milliseconds: number): void {
    this.stops++
    this.#sleepsUntil = Math.max(this.#sleepsUntil, this.#time.now + milliseconds)
  }

  /** Its machine sleeps, as one does that is moved to another host: when it goes on, no clock of its own says so. */
  sleep(milliseconds: number): void {
    if (this.isStopped) return
    this.stop(milliseconds)
    this.#sleptBefore += this.#nap.to - this.#nap.from
    this.#nap = { from: this.#time.now, to: this.#sleepsUntil }
  }

  /** Until when it and its clocks last stood still; virtual time. */
  get wokeAt(): number {
    return this.#nap.to
  }

  resume(): void {
    this.#nap.to = Math.min(this.#nap.to, Math.max(this.#time.now, this.#nap.from))
    this.#sleepsUntil = Math.min(this.#sleepsUntil, this.#time.now)
  }

  jumpWall(milliseconds: number): void {
    this.#wallOffset += milliseconds
  }

  /** Resolves when the process runs: at once, when it was resumed, or never. */
  async runs(): Promise<void> {
    while (this.isStopped) await this.#time.wait(Math.min(1_000, this.#sleepsUntil - this.#time.now))
    if (this.isDead) return never
  }

  /** Monotonic milliseconds of its own. */
  #now(): number {
    const { now } = this.#time
    const { from, to } = this.#nap
    return now - this.#sleptBefore - (Math.min(now, to) - from)
  }

  #schedule(milliseconds: number, callback: () => void): () => void {
    const due = this.#now() + milliseconds
    let cancel = this.#time.schedule(milliseconds, () => run())
    const run = (): void => {
      if (this.isDead) return
      const left = this.isStopped ? Math.min(1_000, this.#sleepsUntil - this.#time.now) : due - this.#now()
      // What is left by a rounding of fractions would never pass.
      if (left > 0.001) cancel = this.#time.schedule(left, run)
      else callback()
    }
    return () => cancel()
  }
}

/**
 * A runtime on virtual time of its own, for what needs no process: the time passes where a test says so.
 * @param wall epoch milliseconds of the wall clock at its beginning
 */
export const virtualRuntime = (seed = 1, wall = 0): { readonly time: VirtualTime; readonly runtime: Runtime } => {
  const time = new VirtualTime()
  return { time, runtime: new VirtualProcess('test', time, chanceOf(seed), wall).runtime }
}
