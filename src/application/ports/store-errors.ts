/** The stream does not stand where the caller thought: read it again and decide anew. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision'
  readonly stream: string
  readonly expected: number | string
  /** Last revision of the stream; null when it has no event. */
  readonly actual: number | null
  constructor(stream: string, expected: number | string, actual: number | null, options?: ErrorOptions) {
    super(`stream ${stream}: expected ${expected}, found ${actual ?? 'none'}`, options)
    this.stream = stream
    this.expected = expected
    this.actual = actual
  }
}

/** Some, but not all, of the events stand there already: a caller gave different events the same ids. */
export class CorruptIdempotency extends Error {
  override readonly name = 'CorruptIdempotency'
  readonly stream: string
  constructor(stream: string, options?: ErrorOptions) {
    super(`stream ${stream}: a part of these events was appended before`, options)
    this.stream = stream
  }
}

export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge'
  /** Bytes. */
  readonly limit: number
  /** Bytes. */
  readonly actual: number
  constructor(limit: number, actual: number) {
    super(`an event of ${actual} bytes; the limit is ${limit}`)
    this.limit = limit
    this.actual = actual
  }
}

/** The store cannot be reached. `unknown`: it may have been applied; repeating the identical append is safe. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  readonly outcome: 'not-applied' | 'unknown'
  constructor(outcome: 'not-applied' | 'unknown', options?: ErrorOptions) {
    super(`the store is unavailable (${outcome})`, options)
    this.outcome = outcome
  }
}

export class StoreClosed extends Error {
  override readonly name = 'StoreClosed'
  constructor() {
    super('the store is closed')
  }
}

/** Another process committed this view first: read its checkpoint and documents again. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved'
  readonly view: string
  constructor(view: string) {
    super(`view ${view}: another process was first`)
    this.view = view
  }
}

/** Whether the error is of that name; also holds across two copies of the package. */
export const isStoreError = (error: unknown, name: string): boolean => error instanceof Error && error.name === name
