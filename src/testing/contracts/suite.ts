import type { Store } from '../../application/ports/store.ts'

/** What the suites need of a test runner's `expect`; Vitest's and Jest's have it. */
export interface Matchers {
  toBe(expected: unknown): void
  toStrictEqual(expected: unknown): void
}

/** The test runner: `describe`, `it` and `expect` of Vitest, Jest or whatever has their shape. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: ((name: string, body: () => Promise<void>) => unknown) & {
    readonly skip?: (name: string, body: () => Promise<void>) => unknown
  }
  readonly expect: (actual: unknown) => Matchers
}

/** What a process of {@link Processes} writes: see `writeAlone`. */
export interface WriterTask {
  readonly writer: number
  /** Appends to make. */
  readonly appends: number
  /** Streams to write to, against the other writers. */
  readonly streams: readonly string[]
}

/** For engines behind a network: what can happen to the connection. */
export interface ServerFaults {
  /** Cuts all connections once; the server goes on. */
  cut(place: string): Promise<void>
  /** The server takes requests and answers none until the returned function is called. */
  freeze(place: string): Promise<() => Promise<void>>
}

/**
 * A storage engine under test.
 *
 * A place is where data is (a file, a schema, a prefix); the suite makes up its name. Opening the same place again,
 * also while it is open, gives the same data. What an engine lacks is reported by name as not applicable.
 */
export interface Engine {
  readonly name: string
  open(place: string): Promise<Store>
  discard?(place: string): Promise<void>
  /** Whether data outlives the store, and two stores can be open on one place. */
  readonly persistent: boolean
  /** Whether its log has `appendAll`. */
  readonly appendsAll?: true
  /**
   * Whether others write to the same log, as in a cluster of several desks: a subscription may then tell of progress past what is
   * theirs, at any time.
   */
  readonly isShared?: true
  /** Whether its appends check premises. */
  readonly checksPremises?: true
  /** Runs `writeAlone` in a process of its own. */
  readonly write?: (place: string, task: WriterTask) => Promise<void>
  /** Another client begins to write and does not end; the returned function lets it go. */
  readonly hold?: (place: string) => Promise<() => Promise<void>>
  /**
   * From now on the database itself refuses this document, and index entries that hold this word, as it refuses values that are too
   * large; the returned function ends that. For databases that can be told so, by a trigger.
   */
  readonly refuse?: (
    place: string,
    what: { readonly key: string; readonly entry: string },
  ) => Promise<() => Promise<void>>
  /** Leaves a place as an older release wrote it, with the events of `OLDER_EVENTS`. */
  readonly older?: readonly { readonly release: string; readonly prepare: (place: string) => Promise<void> }[]
  readonly faults?: ServerFaults
}

/** What a case gets. Stores opened by it are closed and the place is discarded afterwards. */
export interface Case {
  readonly place: string
  readonly store: Store
  /** Another store on the same place, the first one still open. */
  another(): Promise<Store>
  /** Closes every store of this case and opens the place anew. */
  reopen(): Promise<Store>
}

export interface Suite {
  /** A case by its number and the rule it guards. */
  readonly rule: (number: string, name: string, body: (it: Case) => Promise<void>) => void
  /** A case that this engine cannot have; it is listed with the reason. */
  readonly notApplicable: (number: string, name: string, why: string) => void
  readonly expect: TestRunner['expect']
  readonly engine: Engine
}

let places = 0
/** Two runs that begin in the same millisecond must not share a place, be they in one process or in two. */
const runId = crypto.randomUUID().slice(0, 8)

const run = async (engine: Engine, body: (it: Case) => Promise<void>): Promise<void> => {
  places += 1
  const place = `place_${Date.now().toString(36)}_${runId}_${places}`
  let stores: Store[] = []
  const another = async (): Promise<Store> => {
    const store = await engine.open(place)
    stores.push(store)
    return store
  }
  const closeAll = async (): Promise<void> => {
    await Promise.all(stores.map((store) => store.close()))
    stores = []
  }
  try {
    const store = await another()
    await body({ place, store, another, reopen: () => closeAll().then(another) })
  } finally {
    await closeAll()
    await engine.discard?.(place)
  }
}

/** Declares a suite of cases against one engine. */
export const declareSuite = (
  { describe, it, expect }: TestRunner,
  engine: Engine,
  title: string,
  declare: (suite: Suite) => void,
): void => {
  const notApplicable: Suite['notApplicable'] = (number, name, why) => {
    const skip = it.skip ?? it
    skip(`${number} ${name} (not applicable: ${why})`, async () => {})
  }
  describe(`${engine.name}: ${title}`, () => {
    declare({
      rule: (number, name, body) => void it(`${number} ${name}`, () => run(engine, body)),
      notApplicable,
      expect,
      engine,
    })
  })
}

/** The error a promise rejects with. */
export const rejectionOf = async (promise: Promise<unknown>): Promise<Error> => {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error('rejected with something that is no error', { cause: error })
  }
  throw new Error(`should have been rejected, gave ${JSON.stringify(value)}`)
}
