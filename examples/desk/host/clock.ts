import { readJson, writeJson } from './saved-json.ts'

/** Where business time stands. */
export interface ClockState {
  /** Epoch milliseconds. */
  readonly now: number
  /** How far business time is ahead of the machine's, in milliseconds; 0 if it was never moved. */
  readonly ahead: number
  /** Whether it stands still until it is moved or runs again. */
  readonly held: boolean
}

/** Business time for the desk and the simulator alike. It can be moved, forward only, and stays where it was over restarts. */
export interface HostClock {
  now(): number
  /** Called after it was moved, held or released; returns what ends it. */
  onMove(listener: () => void): () => void
  state(): ClockState
  /** @param milliseconds more than 0 */
  move(milliseconds: number): void
  hold(): void
  /** Runs again from where it stands. */
  run(): void
}

interface Kept {
  readonly ahead: number
  readonly heldAt?: number
}

/** A clock whose movements are on disk before anybody is told. */
export const hostClock = (path: string): HostClock => {
  const saved = (readJson(path) ?? { ahead: 0 }) as Kept
  let { ahead, heldAt } = saved
  let newest = 0
  const listeners = new Set<() => void>()
  // The machine's clock may be set back; business time never goes back.
  const now = (): number => (newest = Math.max(newest, heldAt ?? Date.now() + ahead))
  const keep = (): void => {
    writeJson(path, { ahead, ...(heldAt !== undefined && { heldAt }) } satisfies Kept)
    for (const listener of listeners) listener()
  }
  return {
    now,
    onMove: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    state: () => ({
      now: now(),
      ahead: heldAt === undefined ? ahead : heldAt - Date.now(),
      held: heldAt !== undefined,
    }),
    move: (milliseconds) => {
      if (heldAt === undefined) ahead += milliseconds
      else heldAt = now() + milliseconds
      keep()
    },
    hold: () => {
      heldAt ??= now()
      keep()
    },
    run: () => {
      if (heldAt !== undefined) ahead = now() - Date.now()
      heldAt = undefined
      keep()
    },
  }
}
