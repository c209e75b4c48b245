import type { JsonObject } from './json.ts'

/** A place in the whole log: opaque, fixed-width text that sorts like the log. */
export type Position = string

/** An event on its way in. */
export interface NewEvent {
  /** UUID, given by the caller and derived from what it stands for, so that a repeated append is recognised. */
  readonly id: string
  readonly type: string
  /** Version of the shape of `data` and `personal`, from 1. */
  readonly version: number
  /** Plain JSON. Texts may hold NUL and lone surrogates: an engine gives back exactly what it was given. */
  readonly data: JsonObject
  /** What can be forgotten, apart from `data`. */
  readonly personal?: JsonObject
  /** Who, why, under which command. Never content. */
  readonly meta: JsonObject
  /** When the desk decided it: epoch milliseconds of business time. */
  readonly recordedAt: number
}

/** An event as the log holds it. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string
  /** 0-based, without holes within a stream. */
  readonly revision: number
  readonly position: Position
}

/**
 * The precondition of an append: the stream's last revision, `none` (no event yet), `exists` (at least one) or `any`.
 *
 * Only an exact one, a revision or `none`, makes a repetition safe. With `exists` and `any` nobody may rely on what happens to
 * ids that were appended before: an engine may append them again, all or together with new ones, also when it was restarted or
 * knows the ids from another stream. The desk uses exact ones only.
 */
export type ExpectedRevision = number | 'none' | 'exists' | 'any'

export interface AppendResult {
  /** Revision of the last event appended. */
  readonly revision: number
  /** Position of the last event appended. */
  readonly position: Position
  /** The same events stood there already: this call changed nothing. */
  readonly replayed: boolean
}

/** Where another stream stood when something was decided that rests on it. */
export interface Premise {
  readonly stream: string
  /** Its last revision; -1 if it had no event. */
  readonly revision: number
}

export interface AppendOptions {
  readonly signal?: AbortSignal
  /**
   * Nothing is appended unless these streams still end where they did. They are looked at before it is seen whether the same was
   * appended already: a repetition that is refused for them may have been. For engines that {@link EventStore.checksPremises}.
   */
  readonly premises?: readonly Premise[]
}

/** Events for the end of one stream. */
export interface StreamAppend {
  readonly stream: string
  readonly expected: ExpectedRevision
  readonly events: readonly NewEvent[]
}

export interface ReadOptions {
  /** First revision to give, inclusive; the last one first when `backwards`. Default: the beginning, or the end. */
  readonly from?: number
  /** At most so many events; default 1,000. */
  readonly limit?: number
  readonly backwards?: boolean
  readonly signal?: AbortSignal
}

export interface LogFilter {
  readonly streamPrefixes?: readonly string[]
  readonly types?: readonly string[]
}

export interface ReadAllOptions extends LogFilter {
  /** Exclusive. Absent: from the beginning (or the end when `backwards`). */
  readonly after?: Position
  /** At most so many events; default 1,000. */
  readonly limit?: number
  readonly backwards?: boolean
  readonly signal?: AbortSignal
}

export interface LogPage {
  readonly events: readonly RecordedEvent[]
  /** How far this page has looked, also past events that the filter left out; absent when the log has nothing there. */
  readonly lookedTo?: Position
  /** Whether the log had nothing further when it was read. */
  readonly atEnd: boolean
}

/** What a subscription tells. `caught-up` once per transition from behind to live; `progress` when only filtered events passed. */
export type Delivery =
  | { readonly kind: 'events'; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'caught-up'; readonly position: Position | undefined }
  | { readonly kind: 'progress'; readonly position: Position }

/**
 * The log.
 *
 * Order: once a reader has seen position p, nothing ever appears at or below p that was not there.
 * The same event id at another revision of a stream is not detected: nobody may rely on it.
 */
export interface EventStore {
  /**
   * If an append can see that other streams stand where they did, in its own commit: then what was decided needs no reading of them
   * before, which is a way to the database and back. Others ignore the premises of an append.
   */
  readonly checksPremises?: true
  /**
   * Appends all events or none, durable when the promise resolves.
   * If the same ids already stand at the places that an exact `expected` implies, the original result comes back as `replayed`.
   * @throws WrongExpectedRevision, PremiseMoved, CorruptIdempotency, EventTooLarge, StoreUnavailable, StoreClosed, TypeError (unserialisable)
   */
  append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    options?: AppendOptions,
  ): Promise<AppendResult>
  /**
   * Appends to several streams in exactly this order, all or none, durable when the promise resolves: for moving a log, whose
   * order over all streams has to be kept. A stream may recur. Repeating the identical call is safe.
   * An engine that cannot do so has no such method; the desk itself never needs it.
   * @throws as {@link append}
   */
  appendAll?(appends: readonly StreamAppend[]): Promise<void>
  /** A missing stream has no events. */
  read(stream: string, options?: ReadOptions): Promise<readonly RecordedEvent[]>
  /** The last event's revision and position; undefined when the stream is missing. */
  head(stream: string): Promise<{ readonly revision: number; readonly position: Position } | undefined>
  readAll(options?: ReadAllOptions): Promise<LogPage>
  /**
   * From after a position, then live, each event once and in order, until the signal aborts or the store closes. Bounded buffer.
   * An interruption is waited out; damage is not.
   * @throws LogDamaged, StoreUnavailable with the code of a damage
   */
  subscribe(options: { readonly after?: Position; readonly signal?: AbortSignal } & LogFilter): AsyncIterable<Delivery>
  /**
   * Drains pending appends, ends subscriptions, then every call rejects with StoreClosed; a read that is under way may do so too.
   * A second call is the same promise.
   */
  close(): Promise<void>
}

/** Largest event in bytes of JSON (data, personal and meta together); engines refuse more with {@link EventTooLarge}. */
export const MAX_EVENT_BYTES: number = 1_048_576 + 65_536
