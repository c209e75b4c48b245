/** Business time: events, windows, deadlines. It may be moved in tests and demos, forward only. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Called after the clock was moved by hand; returns a function that stops it. */
  onMove?(listener: () => void): () => void
}
