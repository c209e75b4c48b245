import type { Client } from 'pg'
import type { ConnectionSettings } from './settings.ts'
import { driver } from './driver.ts'

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000

/** The one connection of this process that is told of the commits of others. */
export interface Listener {
  /** Connects, and again whenever the connection was lost; further calls do nothing. */
  start(): void
  /** How often it has been told of something, or has connected. */
  heard(): number
  /** Connects anew if it is connected: it seems to be told of nothing. */
  renew(): void
  close(): void
}

/**
 * Listens to a channel. `heard` is called with the text of every notification, and without one after each connecting: some may
 * have been missed.
 * Whoever counts on it looks by himself from time to time: a dead connection is noticed late, or only by what he finds.
 */
export const createListener = (
  settings: ConnectionSettings,
  channel: string,
  heard: (text?: string) => void,
): Listener => {
  let client: Client | undefined
  let timer: NodeJS.Timeout | undefined
  let pause = FIRST_PAUSE
  let started = false
  let listening = false
  let times = 0
  let closed = false

  const hear = (text?: string): void => {
    times += 1
    heard(text)
  }

  const connect = async (): Promise<void> => {
    const one = new (driver().Client)({ ...settings, connectionTimeoutMillis: LONGEST_PAUSE })
    client = one
    // The end of the connection says the same, and comes in any case.
    one.on('error', () => undefined)
    one.on('notification', ({ payload }) => hear(payload ?? ''))
    const ended = new Promise<void>((resolve) => one.once('end', resolve))
    await one.connect()
    // An open store keeps no process alive.
    const { unref } = one as { unref?: () => void }
    unref?.call(one)
    await one.query(`listen "${channel}"`)
    pause = FIRST_PAUSE
    listening = true
    hear()
    await ended
  }

  const keep = async (): Promise<void> => {
    await connect().catch(() => undefined)
    listening = false
    client?.connection.stream.destroy()
    if (closed) return
    timer = setTimeout(() => void keep(), pause * (0.5 + Math.random() / 2)).unref()
    pause = Math.min(pause * 2, LONGEST_PAUSE)
  }

  return {
    start: () => {
      if (started || closed) return
      started = true
      void keep()
    },
    heard: () => times,
    renew: () => {
      if (listening) client?.connection.stream.destroy()
    },
    close: () => {
      closed = true
      clearTimeout(timer)
      client?.connection.stream.destroy()
    },
  }
}
