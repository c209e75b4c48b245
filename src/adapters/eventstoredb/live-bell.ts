import type { Position } from '../../application/ports/event-store.ts'
import { type Bell, createBell } from '../bell.ts'
import type { LiveSubscription, ResolvedEvent, StreamFilter } from './client.ts'
import type { Clients } from './clients.ts'
import { fromPosition, toPosition } from './position.ts'

const SHORTEST_PAUSE = 100
const LONGEST_PAUSE = 5_000

/** A bell that rings when another process has appended. */
export interface LiveBell extends Bell {
  /** Tells up to where readers have come, to compare with what the subscription has announced. */
  saw(position: Position): void
  stop(): void
}

const nothing = (): void => undefined

/**
 * Rings for every event that a live subscription to the desk's streams shows, and every `interval` milliseconds anyway.
 *
 * The subscription is a doorbell and no more: what it loses, doubles or delays costs one interval. When readers have twice
 * found more than it announced, or it ends, it is replaced. It begins when somebody first waits.
 */
export const createLiveBell = (parts: {
  readonly clients: Clients
  readonly filter: StreamFilter
  /** Milliseconds. */
  readonly interval: number
}): LiveBell => {
  const { clients, filter, interval } = parts
  let current: LiveSubscription | undefined
  let watch: ReturnType<typeof setInterval> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  /** Attempts in a row that were not confirmed. */
  let failures = 0
  /** When the subscription was asked for, until it is confirmed. */
  let askedAt: number | undefined
  let announced: Position = ''
  let seen: Position = ''
  let suspect: Position | undefined

  const bell = createBell((someone) => {
    if (!someone || watch !== undefined || stopped) return
    watch = setInterval(check, interval)
    watch.unref()
    connect()
  })

  const drop = (subscription: LiveSubscription): void => {
    if (current === subscription) current = undefined
    subscription.unsubscribe().catch(nothing)
    // The clients tell an error and leave the stream as it is.
    subscription.destroy()
  }

  const lost = (subscription: LiveSubscription): void => {
    if (current !== subscription) return
    drop(subscription)
    reconnectLater()
  }

  const reconnectLater = (): void => {
    if (stopped || retry !== undefined) return
    const ceiling = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** failures)
    failures += 1
    retry = setTimeout(connect, SHORTEST_PAUSE + Math.random() * (ceiling - SHORTEST_PAUSE))
    retry.unref()
  }

  const connect = (): void => {
    retry = undefined
    if (stopped) return
    askedAt = performance.now()
    const from = seen > announced ? seen : announced
    let subscription: LiveSubscription
    try {
      subscription = clients
        .current()
        .subscribeToAll({ fromPosition: from === '' ? 'end' : fromPosition(from), filter })
    } catch {
      return reconnectLater()
    }
    current = subscription
    // Before anything else: without a listener an error ends the process.
    subscription.on('error', () => lost(subscription))
    subscription.on('end', () => lost(subscription))
    subscription.on('close', () => lost(subscription))
    subscription.on('confirmation', () => {
      askedAt = undefined
      failures = 0
      // What came between the last look and this moment was announced by nobody.
      bell.ring()
    })
    subscription.on('data', ({ event }: ResolvedEvent) => {
      if (event?.position) announced = toPosition(event.position)
      bell.ring()
    })
  }

  const check = (): void => {
    const silent = seen > announced ? seen : undefined
    const unconfirmed = askedAt !== undefined && performance.now() - askedAt > LONGEST_PAUSE
    const stuck = unconfirmed || (suspect !== undefined && suspect > announced)
    suspect = silent
    if (stuck && current) {
      // From here on it has announced what is known; so an event before its beginning is not held against the next one.
      announced = seen > announced ? seen : announced
      suspect = undefined
      lost(current)
    }
    if (bell.waiting() > 0) bell.ring()
  }

  return {
    ...bell,
    saw: (position) => {
      if (position > seen) seen = position
    },
    stop: () => {
      stopped = true
      clearInterval(watch)
      clearTimeout(retry)
      if (current) drop(current)
    },
  }
}
