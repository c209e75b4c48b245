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
  setting(): ClockSetting
  /** @param milliseconds more than 0 */
  move(milliseconds: number): void
  hold(): void
  /** Runs again from where it stands. */
  run(): void
}

/** How business time runs, as it is kept and told to other processes. */
export interface ClockSetting {
  readonly ahead: number
  readonly heldAt?: number
}

/** The reading of a clock; the machine's may be set back, business time never goes back. */
const reading = (setting: () => ClockSetting): Pick<HostClock, 'now' | 'state'> => {
  let newest = 0
  const now = (): number => {
    const { heldAt, ahead } = setting()
    return (newest = Math.max(newest, heldAt ?? Date.now() + ahead))
  }
  return {
    now,
    state: () => {
      const { heldAt, ahead } = setting()
      return { now: now(), ahead: heldAt === undefined ? ahead : heldAt - Date.now(), held: heldAt !== undefined }
    },
  }
}

/** A clock that runs as that of another process does; `follow` is told how. */
export const followingClock = (
  first: ClockSetting,
): Pick<HostClock, 'now' | 'state' | 'onMove'> & { readonly follow: (setting: ClockSetting) => void } => {
  let setting = first
  const listeners = new Set<() => void>()
  return {
    ...reading(() => setting),
    onMove: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    follow: (next) => {
      setting = next
      for (const listener of listeners) listener()
    },
  }
}

/** A clock whose movements are on disk before anybody is told. */
export const hostClock = (path: string): HostClock => {
  let setting = (readJson(path) ?? { ahead: 0 }) as ClockSetting
  const listeners = new Set<() => void>()
  const { now, state } = reading(() => setting)
  const change = (next: ClockSetting): void => {
    setting = next
    writeJson(path, setting)
    for (const listener of listeners) listener()
  }
  return {
    now,
    state,
    onMove: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    setting: () => setting,
    move: (milliseconds) => {
      const { ahead, heldAt } = setting
      change(heldAt === undefined ? { ahead: ahead + milliseconds } : { ahead, heldAt: now() + milliseconds })
    },
    hold: () => change({ heldAt: now(), ...setting }),
    run: () => change({ ahead: setting.heldAt === undefined ? setting.ahead : now() - Date.now() }),
  }
}
