import { InvalidStoreOption } from '../../application/ports/store-errors.ts'
import { type EventStoreDbClient, isClient } from './client.ts'

/** Failures in a row, and the time they last, after which a client is given up. */
const FAILURES = 3
const PATIENCE = 1_000

/** The client in use. */
export interface Clients {
  /** @throws InvalidStoreOption when the host's function makes none */
  current(): EventStoreDbClient
  /** Notified how a call of the client went: whether the server answered. What reads and what writes are two connections. */
  went(kind: 'read' | 'write' | 'follow', answered: boolean): void
  close(): void
}

/** What the host's function threw, without what it holds: the clients' own error quotes their connection string. */
const notMade = (error: unknown): InvalidStoreOption => {
  const { location, expected, name } = (error ?? {}) as Readonly<Record<string, unknown>>
  const place: unknown = Array.isArray(location) ? location[0] : undefined
  return new InvalidStoreOption(
    'client',
    typeof place === 'number' && typeof expected === 'string'
      ? `its connection string cannot be read at position ${place}, where ${expected} is expected`
      : `the function that makes it threw ${typeof name === 'string' ? name : 'what is no error'}`,
  )
}

const nothing = (): void => undefined

/**
 * Uses the client that the host made, or replaces one that no longer gets an answer when the host says how to make another.
 *
 * The core that reads for `@kurrent/kurrentdb-client` stops for good when it once finds no server to connect to, be it at
 * the start or at a change of leader; its client cannot read any more, whatever becomes of the server.
 */
export const createClients = (
  given: EventStoreDbClient | (() => EventStoreDbClient),
  /** Milliseconds that calls under way may still last when a client is replaced. */
  deadline: number,
): Clients => {
  const make = typeof given === 'function' ? given : undefined
  const failures = { read: 0, write: 0, follow: 0 }
  const since = { read: 0, write: 0, follow: 0 }
  let client: EventStoreDbClient | undefined = typeof given === 'function' ? undefined : given

  const dispose = (old: EventStoreDbClient | undefined): void => {
    if (make) old?.dispose?.().catch(nothing)
  }

  const made = (): EventStoreDbClient => {
    let fresh: unknown
    try {
      fresh = (make as () => unknown)()
    } catch (error) {
      throw notMade(error)
    }
    if (isClient(fresh)) return fresh
    throw new InvalidStoreOption('client', 'the function that makes it must return a KurrentDBClient, and no promise')
  }

  return {
    current: () => (client ??= made()),
    went: (kind, answered) => {
      if (answered) {
        failures[kind] = 0
        return
      }
      const now = performance.now()
      if (failures[kind] === 0) since[kind] = now
      failures[kind] += 1
      if (!make || failures[kind] < FAILURES || now - since[kind] < PATIENCE) return
      failures[kind] = 0
      const old = client
      client = undefined
      setTimeout(() => dispose(old), deadline).unref()
    },
    close: () => dispose(client),
  }
}
