/** Cancels what was scheduled. After it has run, or a second time, it changes nothing. */
export type Cancel = () => void

/**
 * Everything that differs from run to run: time, timers, turns of the event loop, ids, randomness; and digests, so that they are
 * synchronous. Each desk has one. On a runtime with virtual time and a seed, the same calls give the same history.
 *
 * Business time (windows, deadlines) is the `Clock` port's; unless it is given, it is this wall time.
 */
export interface Runtime {
  /** Milliseconds that never go back, whatever happens to wall clocks. Their zero means nothing. */
  monotonic(): number
  /** Epoch milliseconds of the machine's clock; may jump either way. */
  wallTime(): number
  /** Calls back once, after that many milliseconds and never within this call. `unref`: a process may end without waiting for it. */
  schedule(milliseconds: number, callback: () => void, options?: { readonly unref?: boolean }): Cancel
  /** Resolves after everything else that is ready had its turn of the event loop. */
  turn(): Promise<void>
  /** A new UUID that sorts by time, after every id that this runtime gave before. */
  newId(): string
  /** Unpredictable bytes. */
  randomBytes(size: number): Uint8Array<ArrayBuffer>
  /** SHA-256, 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer>
  /** HMAC-SHA256, 32 bytes. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer>
}
