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
  on(name: 'error' | 'end' | 'close' | 'confirmation', listener: () => void): unknown
  on(name: 'data', listener: (event: ResolvedEvent) => void): unknown
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
  readonly checkpointInterval: number
}

/** An EventStoreDB or KurrentDB client. */
export interface EventStoreDbClient {
  appendToStream(
    stream: string,
    events: ProposedEvent[],
    options: CallOptions & Expectation,
  ): Promise<{ readonly success: boolean; readonly nextExpectedRevision: bigint }>
  readStream(stream: string, options: ReadOptions & { readonly fromRevision: bigint | 'start' | 'end' }): EventReading
  readAll(options: ReadOptions & { readonly fromPosition: LogPosition | 'start' | 'end' }): EventReading
  subscribeToAll(options: {
    readonly fromPosition: LogPosition | 'start' | 'end'
    readonly filter: StreamFilter
  }): LiveSubscription
  setStreamMetadata(
    stream: string,
    metadata: { maxCount: number },
    options: CallOptions & Expectation,
  ): Promise<unknown>
  dispose?(): Promise<void>
}
