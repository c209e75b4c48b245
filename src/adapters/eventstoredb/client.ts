import { withMethods } from '../../application/ports/shape.ts'

/**
 * The part of a client that the adapter uses, as `EventStoreDBClient` of `@eventstore/db-client` and `KurrentDBClient` of
 * `@kurrent/kurrentdb-client` both have it. Nothing of either package is imported: two of them in one process break each other.
 */

/** A place in `$all`. */
export interface LogPosition {
  readonly commit: bigint
  readonly prepare: bigint
}

export interface ProposedEvent {
  readonly id: string
  readonly type: string
  readonly contentType: 'application/json'
  readonly data: Record<string, unknown>
  readonly metadata: Record<string, unknown>
}

export interface ReceivedEvent {
  readonly streamId: string
  readonly id: string
  readonly type: string
  readonly revision: bigint
  readonly data: unknown
  readonly metadata: unknown
  readonly position?: LogPosition | undefined
}

/** What a read gives for each event; `event` is missing where a link leads nowhere. */
export interface ResolvedEvent {
  readonly event?: ReceivedEvent | undefined
}

/** A read: a Readable of one client, an async generator of the other. */
export interface EventReading extends AsyncIterable<ResolvedEvent> {
  on?(name: 'error', listener: (error: Error) => void): unknown
  cancel?(): Promise<void>
}

/** A live subscription: a Readable in both clients. */
export interface LiveSubscription {
  on(name: 'end' | 'close' | 'confirmation' | 'caughtUp' | 'readable', listener: () => void): unknown
  on(name: 'error', listener: (error: Error) => void): unknown
  on(name: 'data', listener: (event: ResolvedEvent) => void): unknown
  read(): ResolvedEvent | null
  unsubscribe(): Promise<void>
  destroy(): unknown
}

/** Which revision is expected, under the name that each client knows; it ignores the other one. */
export interface Expectation {
  readonly expectedRevision: 'any' | 'no_stream' | 'stream_exists' | bigint
  readonly streamState: 'any' | 'no_stream' | 'stream_exists' | bigint
}

interface CallOptions {
  readonly requiresLeader?: boolean
  /** Milliseconds. */
  readonly deadline?: number
}

interface ReadOptions extends CallOptions {
  readonly direction: 'forwards' | 'backwards'
  readonly maxCount: number
}

export interface StreamFilter {
  readonly filterOn: 'streamName'
  readonly prefixes: string[]
  /** In search windows of the server, of 32 events. */
  readonly checkpointInterval: number
}

export interface WatchedFilter extends StreamFilter {
  /** Called with how far the server has looked, whether anything passed or not. Must not throw. */
  readonly checkpointReached?: (subscription: unknown, position: LogPosition) => void
}

export interface AppendAnswer {
  readonly success: boolean
  readonly nextExpectedRevision: bigint
  /** Of the last event. A server that answers a repetition may not have it at hand. */
  readonly position?: LogPosition | undefined
}

const METHODS: readonly (keyof EventStoreDbClient)[] = [
  'appendToStream',
  'readStream',
  'readAll',
  'subscribeToAll',
  'setStreamMetadata',
]

/** Whether it has what the adapter calls. */
export const isClient = (value: unknown): value is EventStoreDbClient => withMethods(...METHODS).is(value)

/** An EventStoreDB or KurrentDB client. */
export interface EventStoreDbClient {
  appendToStream(stream: string, events: ProposedEvent[], options: CallOptions & Expectation): Promise<AppendAnswer>
  readStream(stream: string, options: ReadOptions & { readonly fromRevision: bigint | 'start' | 'end' }): EventReading
  /** The older client has no filter for reads and ignores it. */
  readAll(
    options: ReadOptions & { readonly fromPosition: LogPosition | 'start' | 'end'; readonly filter?: StreamFilter },
  ): EventReading
  subscribeToAll(
    options: CallOptions & { readonly fromPosition: LogPosition | 'start' | 'end'; readonly filter: WatchedFilter },
  ): LiveSubscription
  setStreamMetadata(
    stream: string,
    metadata: { maxCount: number },
    options: CallOptions & Expectation,
  ): Promise<unknown>
  dispose?(): Promise<void>
}
