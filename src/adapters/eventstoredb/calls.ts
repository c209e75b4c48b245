import { InvalidStoreOption, StoreUnavailable, StoreUnfit } from '../../application/ports/store-errors.ts'
import { appending, isYounger } from './appending.ts'
import type { EventReading, EventStoreDbClient, Expectation, ReceivedEvent } from './client.ts'
import type { Clients } from './clients.ts'
import { clientTrouble } from './trouble.ts'
import { within } from '../within.ts'

/** The server caps this by its own limit; it is sent as an absolute time, so a short one fails where clocks differ. */
const SERVER_DEADLINE = 3_600_000

/**
 * Options of every call.
 *
 * Without `requiresLeader` a follower answers reads from what it has, and a process would not read what it just wrote.
 */
export const CALL: { readonly requiresLeader: true; readonly deadline: number } = {
  requiresLeader: true,
  deadline: SERVER_DEADLINE,
}

/** Under both names: each client ignores the one it does not know. */
export const expecting = (expected: Expectation['streamState']): Expectation => ({
  expectedRevision: expected,
  streamState: expected,
})

/** What a client's error says, by its `type` or its gRPC code: classes differ between clients and between copies of one. */
export type Failure =
  | { readonly kind: 'wrong-revision' | 'no-stream' | 'unreached' | 'interrupted' | 'refused' }
  /** `limit` in bytes; undefined where the client does not tell it. */
  | { readonly kind: 'too-large'; readonly limit: number | undefined }

const GRPC_UNAVAILABLE = 14
/** INVALID_ARGUMENT, PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED: trying again changes nothing. */
const REFUSALS: ReadonlySet<unknown> = new Set([3, 7, 12, 16])
/** PERMISSION_DENIED, UNAUTHENTICATED. */
const DENIALS: ReadonlySet<unknown> = new Set([7, 16])
const REFUSED_TYPES: ReadonlySet<unknown> = new Set([
  'access-denied',
  'invalid-argument',
  'missing-required-metadata-property',
  'stream-deleted',
  'stream-tombstoned',
  'unsupported',
])

/** What the server says in its trailers, which the clients keep with an error that they do not know. */
const trailer = (error: unknown, name: string): string | undefined => {
  const { _raw: raw } = (error ?? {}) as { readonly _raw?: { readonly metadata?: Trailers } }
  return raw?.metadata?.get?.(name)[0]?.toString()
}
interface Trailers {
  get?(name: string): readonly (string | Uint8Array)[]
}

/**
 * Whether an event is larger than the server takes one event to be (`MaxAppendEventSize`, from 24.10).
 *
 * Neither client knows this error: an append with a call of its own fails with trailers, one of a batch with words only.
 */
const eventTooLarge = (error: unknown): Failure | undefined => {
  if (trailer(error, 'exception') === 'maximum-append-event-size-exceeded')
    return { kind: 'too-large', limit: Number(trailer(error, 'maximum-append-event-size')) }
  const { type, message } = (error ?? {}) as Readonly<Record<string, unknown>>
  return type === 'unknown' && typeof message === 'string' && message.includes('MaximumAppendEventSizeExceeded')
    ? { kind: 'too-large', limit: undefined }
    : undefined
}

export const failureOf = (error: unknown): Failure => {
  const { type, code, maxAppendSize } = (error ?? {}) as Readonly<Record<string, unknown>>
  if (type === 'wrong-expected-version') return { kind: 'wrong-revision' }
  if (type === 'stream-not-found' || type === 'no-stream') return { kind: 'no-stream' }
  if (type === 'maximum-append-size-exceeded') return { kind: 'too-large', limit: Number(maxAppendSize) }
  const tooLarge = eventTooLarge(error)
  if (tooLarge) return tooLarge
  if (REFUSED_TYPES.has(type) || (type === undefined && REFUSALS.has(code))) return { kind: 'refused' }
  // Each call first asks once what the server can do. Only the failure of this question has no type: nothing was sent then.
  if (type === undefined && code === GRPC_UNAVAILABLE) return { kind: 'unreached' }
  // Also `not-leader`: it ends the connection for everything under way on it, and some of that may have been applied.
  return { kind: 'interrupted' }
}

const isDenied = (error: unknown): boolean => {
  const { type, code } = (error ?? {}) as Readonly<Record<string, unknown>>
  return type === 'access-denied' || (type === undefined && DENIALS.has(code))
}

/** What nobody may do here as unfit, another refusal as it is, everything else as unavailable. */
const translated = (error: unknown, outcome: StoreUnavailable['outcome']): unknown => {
  if (error instanceof InvalidStoreOption) return error
  if (isDenied(error))
    return new StoreUnfit(
      'the cluster does not accept user or password, or does not let them read and write: correct the connection string, or the rights',
      { cause: error },
    )
  return failureOf(error).kind === 'refused'
    ? error
    : new StoreUnavailable(outcome, { cause: error, ...clientTrouble(error) })
}

/** The error of a write: unknown whether it was applied, but for what certainly was not sent. */
export const writeError = (error: unknown): unknown =>
  translated(error, failureOf(error).kind === 'unreached' ? 'not-applied' : 'unknown')

/** The error of a read. */
export const readError = (error: unknown): unknown => translated(error, 'not-applied')

const nothing = (): void => undefined

/**
 * Lets go of a read that is left before its end. Nothing waits for this: a frozen server would hold it up.
 *
 * The client that can cancel keeps a list of its streams, and takes from it only what was read to the end.
 */
const leave = async (reading: EventReading, iterator: AsyncIterator<unknown>): Promise<void> => {
  if (!reading.cancel) return void (await iterator.return?.())
  await reading.cancel()
  while ((await iterator.next()).done !== true);
}

/** Whether the server said something, be it an error. */
export const isAnswer = (error: unknown): boolean => !['unreached', 'interrupted'].includes(failureOf(error).kind)

/** Calls of the client in use, each with a deadline. */
export interface Calls {
  /** The result, or the client's own error; {@link writeError} translates it. */
  write<T>(call: (client: EventStoreDbClient) => Promise<T>): Promise<T>
  /**
   * The events of one read, each within the deadline; none when the stream is missing.
   * @throws StoreUnavailable, the client's error when the server refuses, or the reason of the signal as soon as it aborts
   */
  read(open: (client: EventStoreDbClient) => EventReading, signal?: AbortSignal): AsyncGenerator<ReceivedEvent>
  /** Whether reads of `$all` can have a filter. */
  filtersReads(): boolean
}

export const createCalls = (clients: Clients, deadline: number): Calls => ({
  filtersReads: () => isYounger(clients.current()),
  write: async (call) => {
    const client = appending(clients.current())
    try {
      const result = await within(deadline, () => call(client))
      clients.went('write', true)
      return result
    } catch (error) {
      clients.went('write', isAnswer(error))
      throw error
    }
  },
  read: async function* (open, signal) {
    const reading = open(clients.current())
    // First of all, and for good: an error that comes when nobody reads any more would end the process.
    reading.on?.('error', nothing)
    const iterator = reading[Symbol.asyncIterator]()
    let ended = false
    try {
      for (;;) {
        const step = await within(deadline, () => iterator.next(), signal)
        clients.went('read', true)
        ended = step.done === true
        if (step.done === true) return
        if (step.value.event) yield step.value.event
      }
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw error
      clients.went('read', isAnswer(error))
      if (failureOf(error).kind === 'no-stream') return
      throw readError(error)
    } finally {
      if (!ended) leave(reading, iterator).catch(nothing)
    }
  },
})
