import { safeTrouble, type StorePart, type StoreTrouble, troubleInWords, troubleOf } from './store-trouble.ts'

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

/** Another stream has gone on since it was looked at, and what was to be appended rests on it. Nothing was appended. */
export class PremiseMoved extends Error {
  override readonly name = 'PremiseMoved'
  readonly stream: string
  constructor(stream: string) {
    super(`stream ${stream} has gone on since something was decided that rests on it`)
    this.stream = stream
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
  /** Bytes; undefined where the server refuses the event and does not say how much it takes. */
  readonly limit: number | undefined
  /** Bytes. */
  readonly actual: number
  constructor(limit: number | undefined, actual: number) {
    super(`an event of ${actual} bytes; ${limit === undefined ? 'the server takes less' : `the limit is ${limit}`}`)
    this.limit = limit
    this.actual = actual
  }
}

/**
 * The store cannot be reached. `unknown`: it may have been applied; repeating the identical append is safe.
 *
 * Its message holds only what may be told to anybody: of what the driver said, a code and a place.
 */
export class StoreUnavailable extends Error implements StoreTrouble {
  override readonly name = 'StoreUnavailable'
  readonly outcome: 'not-applied' | 'unknown'
  declare readonly code?: string
  declare readonly at?: string
  declare readonly part?: StorePart
  constructor(outcome: 'not-applied' | 'unknown', options: ErrorOptions & StoreTrouble = {}) {
    const trouble = { ...troubleOf(options.cause), ...safeTrouble(options) }
    const words = troubleInWords(trouble)
    super(`the store is unavailable (${outcome})${words === '' ? '' : `: ${words}`}`, options)
    this.outcome = outcome
    if (trouble.code !== undefined) this.code = trouble.code
    if (trouble.at !== undefined) this.at = trouble.at
    if (trouble.part !== undefined) this.part = trouble.part
  }
}

/** The store is there and cannot be used as it is: waiting does not help. The message says what is to be done, and holds no content. */
export class StoreUnfit extends Error {
  override readonly name = 'StoreUnfit'
}

/** A store was given an option that it cannot use. The message names the option and never its value. */
export class InvalidStoreOption extends TypeError {
  override readonly name = 'InvalidStoreOption'
  /** As the options of the store name it, or an environment variable. */
  readonly option: string
  constructor(option: string, problem: string) {
    super(`${option}: ${problem}`)
    this.option = option
  }
}

/** An event in the log cannot be read, now or later. Its message says where and what is to be done, and holds no content. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged'
  readonly stream: string
  readonly revision: number
  readonly position: string
  constructor(
    { stream, revision, position }: { readonly stream: string; readonly revision: number; readonly position: string },
    why = 'cannot be read',
  ) {
    super(
      `the log is damaged: event ${revision} of stream ${stream}, at ${position}, ${why}; stop the process, keep a copy and restore a backup`,
    )
    this.stream = stream
    this.revision = revision
    this.position = position
  }
}

/** The package that an engine needs is not installed. */
export class DriverMissing extends Error {
  override readonly name = 'DriverMissing'
  readonly package: string
  constructor(name: string, options?: ErrorOptions) {
    super(`the package ${name} is not installed: npm i ${name}`, options)
    this.package = name
  }
}

export class StoreClosed extends Error {
  override readonly name = 'StoreClosed'
  constructor(message = 'the store is closed') {
    super(message)
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

/** A document that an engine cannot keep. */
export interface RefusedDocument {
  readonly view: { readonly name: string; readonly version: number }
  readonly key: string
  /** Only its entries in this index cannot be kept. Absent: the document itself. */
  readonly index?: string
}

/** The engine cannot keep some documents or entries, and waiting does not help. Nothing was changed. */
export class DocumentsRefused extends TypeError {
  /** What was found; without it there may be more. */
  readonly refused: readonly RefusedDocument[]
  constructor(refused: readonly RefusedDocument[], options?: ErrorOptions) {
    const views = [...new Set(refused.map(({ view }) => view.name))]
    super(`${refused.length} documents or index entries cannot be kept, of ${views.join(', ')}`, options)
    this.refused = refused
  }
}

/** What a commit of views names as refused; also holds across two copies of the package. */
export const refusedIn = (error: unknown): readonly RefusedDocument[] =>
  error instanceof TypeError && 'refused' in error && Array.isArray(error.refused) ? error.refused : []

/** Whether the error is of that name; also holds across two copies of the package. */
export const isStoreError = (error: unknown, name: string): boolean => error instanceof Error && error.name === name

/** Codes of stores whose files or pages are damaged. https://www.sqlite.org/rescode.html, and PostgreSQL's class XX. */
const DAMAGED: readonly (string | undefined)[] = ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'file-cut', 'XX001', 'XX002']

/** Whether a part of the store is damaged: reading it again does not help. */
export const isDamage = (error: unknown): boolean =>
  isStoreError(error, 'LogDamaged') ||
  (isStoreError(error, 'StoreUnavailable') && DAMAGED.includes((error as StoreUnavailable).code))
