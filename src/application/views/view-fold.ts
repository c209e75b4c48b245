import type { Key, Projection, Recorded } from '../../projections/projection.ts'
import { Lru } from '../lru.ts'
import type { Json } from '../ports/json.ts'
import type { Checkpoint, DocumentPut, ViewChanges, ViewId, Views } from '../ports/views.ts'
import { problemOf } from '../problem.ts'
import { type LeftOut, omissionKey, omissionPut, type ViewOmission } from './omissions.ts'
import { partitionOf } from './partition.ts'

/** A projection whose event and document types the runner does not need to know. */
export type AnyProjection = Projection<unknown, unknown>

export const viewId = ({ name, version }: { readonly name: string; readonly version: number }): ViewId => ({
  name,
  version,
})
export const countersId = ({ name, version }: { readonly name: string; readonly version: number }): ViewId => ({
  name: `${name}.counters`,
  version,
})

/** The row that holds a partition's share of a counter. */
const counterRow = (counter: readonly Key[], partition: number): string => JSON.stringify([counter, partition])

interface Counter {
  readonly counter: readonly Key[]
  readonly count: number
}

/** The document caches of one run: what it has itself written, as long as no other process has written the same. */
export class DocumentCache {
  readonly #documents = new Map<string, Lru<{ readonly document: unknown }>>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  of(view: ViewId): Lru<{ readonly document: unknown }> {
    const name = `${view.name}@${view.version}`
    let cache = this.#documents.get(name)
    if (cache === undefined) this.#documents.set(name, (cache = new Lru(this.#capacity)))
    return cache
  }

  /** Forgets what another process has changed. Its counters changed with it, nobody knows which. */
  forget(projection: AnyProjection, keys: Iterable<string>): void {
    const documents = this.of(viewId(projection))
    for (const key of keys) documents.delete(key)
    this.of(countersId(projection)).clear()
  }

  forgetAll(projections: readonly AnyProjection[]): void {
    for (const projection of projections) {
      this.of(viewId(projection)).clear()
      this.of(countersId(projection)).clear()
    }
  }
}

/** An event of a batch that concerns a projection, with the documents it touches; none are known if the fold cannot even tell. */
interface Touch {
  readonly recorded: Recorded<unknown>
  readonly keys: readonly string[]
  readonly failure?: unknown
}

/** The events of a batch that concern a projection. */
export const touchesOf = (projection: AnyProjection, batch: readonly Recorded<unknown>[]): readonly Touch[] => {
  const types = new Set(projection.types)
  return batch.flatMap((recorded): readonly Touch[] => {
    if (!types.has((recorded.event as { readonly type: string }).type)) return []
    try {
      const keys = projection.keys(recorded)
      // What no release has written may lack the id that a key is made of.
      if (!keys.every((key) => typeof key === 'string')) throw new TypeError('a key that is no text')
      return keys.length === 0 ? [] : [{ recorded, keys }]
    } catch (failure) {
      return [{ recorded, keys: [], failure }]
    }
  })
}

const load = async (
  views: Views,
  view: ViewId,
  cache: Lru<{ readonly document: unknown }>,
  keys: readonly string[],
): Promise<Map<string, unknown>> => {
  const documents = new Map<string, unknown>()
  const missing: string[] = []
  for (const key of keys) {
    const cached = cache.get(key)
    if (cached === undefined) missing.push(key)
    else documents.set(key, cached.document)
  }
  if (missing.length > 0) {
    const found = await views.get(view, missing)
    missing.forEach((key, index) => documents.set(key, found[index]))
  }
  return documents
}

/** What one batch of events changes in one view. */
export interface Fold {
  /** The changes without what the engine refused, which they name instead. */
  changes(left: LeftOut): readonly ViewChanges[]
  /** Keys of the documents that changed. */
  readonly changed: readonly string[]
  /** To be called when the changes are committed. */
  kept(left: LeftOut): void
  /** What the view lacks after that. */
  omissions(left: LeftOut): readonly ViewOmission[]
  /** Keys of known omissions that are none any more. */
  mended(left: LeftOut): readonly string[]
}

/** Computes it from the documents before the batch. An event that the fold cannot take changes nothing and is named. */
export const foldBatch = async (
  views: Views,
  cache: DocumentCache,
  projection: AnyProjection,
  batch: readonly Recorded<unknown>[],
  {
    from,
    to,
    isUnfinished,
    known,
  }: {
    readonly from: Checkpoint | undefined
    readonly to: Checkpoint
    readonly isUnfinished: boolean
    /** Omissions of the view so far, by their keys. */
    readonly known: ReadonlyMap<string, ViewOmission>
  },
): Promise<Fold> => {
  const view = viewId(projection)
  const touches = touchesOf(projection, batch)
  const documentCache = cache.of(view)
  const before = await load(views, view, documentCache, [...new Set(touches.flatMap(({ keys }) => keys))])
  const after = new Map(before)
  const last = new Map<string, Recorded<unknown>>()
  const failed: ViewOmission[] = []
  for (const touch of touches) {
    const { recorded, keys } = touch
    try {
      if ('failure' in touch) throw touch.failure
      for (const [key, document] of evolved(projection, recorded, keys, after)) {
        after.set(key, document)
        last.set(key, recorded)
      }
    } catch (error) {
      failed.push(omissionOf('event', recorded, error, keys[0]))
    }
  }
  const changed = [...after.keys()].filter((key) => after.get(key) !== before.get(key))
  const { puts, deletes, unindexed } = toPuts(projection, changed, after, last)
  const mark = isUnfinished ? { unfinished: true } : {}
  const counted =
    projection.counters === undefined
      ? undefined
      : await foldCounters(views, cache, projection, projection.counters, changed, before, after)
  const counters = countersId(projection)

  const refused = (left: LeftOut): readonly ViewOmission[] => [
    ...puts.flatMap(({ key }) =>
      [...left.indexes(view, key)].map((index) => refusedOf(index, last.get(key) ?? batch.at(-1), key)),
    ),
    ...(counted?.puts ?? []).flatMap(({ key }) =>
      [...left.indexes(counters, key)].map((index) => refusedOf(index, batch.at(-1), key)),
    ),
  ]
  const omissions = (left: LeftOut): readonly ViewOmission[] => [...failed, ...unindexed, ...refused(left)]
  const takenIn = (id: ViewId, all: readonly DocumentPut[], left: LeftOut): readonly DocumentPut[] =>
    all.flatMap((put) => left.of(id, put) ?? [])
  const mended = (left: LeftOut): readonly string[] => {
    const again = new Set(omissions(left).map(omissionKey))
    return mendedBy(changed, Object.keys(projection.indexes), known).filter((key) => !again.has(key))
  }
  return {
    changed,
    omissions,
    mended,
    changes: (left) => {
      const documents: ViewChanges = {
        view,
        from,
        to,
        puts: takenIn(view, [...puts, ...omissions(left).map(omissionPut)], left),
        deletes: [...deletes, ...mended(left)],
        ...mark,
      }
      if (counted === undefined) return [documents]
      return [
        documents,
        { view: counters, from, to, puts: takenIn(counters, counted.puts, left), deletes: [], ...mark },
      ]
    },
    kept: (left) => {
      for (const key of changed) {
        if ([...left.indexes(view, key)].includes(undefined)) documentCache.delete(key)
        else documentCache.set(key, { document: after.get(key) })
      }
      counted?.kept((key) => [...left.indexes(counters, key)].includes(undefined))
    },
  }
}

/** The documents of one event after it, all or none. */
const evolved = (
  projection: AnyProjection,
  recorded: Recorded<unknown>,
  keys: readonly string[],
  before: ReadonlyMap<string, unknown>,
): Iterable<readonly [key: string, document: unknown]> => {
  const after = new Map<string, unknown>()
  // Documents of one event may look at each other: earlier keys as they are after it, later ones as they were before it.
  const peek = (key: string): unknown => (after.has(key) ? after.get(key) : before.get(key))
  for (const key of keys) after.set(key, projection.evolve(peek(key), recorded, key, peek))
  return after
}

/** An error as an omission names it. */
const omissionOf = (
  what: ViewOmission['what'],
  { stream, revision, position }: Recorded<unknown>,
  error: unknown,
  key: string | undefined,
): ViewOmission => ({
  what,
  ...(key === undefined ? {} : { key }),
  stream,
  revision,
  position,
  problem: problemOf(error).problem,
})

const refusedOf = (index: string | undefined, recorded: Recorded<unknown> | undefined, key: string): ViewOmission => {
  const { stream = '', revision = -1, position = '' } = recorded ?? {}
  const place = { key, stream, revision, position, problem: 'DocumentsRefused' }
  return index === undefined ? { what: 'document', ...place } : { what: 'index', index, ...place }
}

/** Omissions of these documents that are none any more once the documents are written. What an event lacks stays lacking. */
const mendedBy = (
  changed: readonly string[],
  indexes: readonly string[],
  known: ReadonlyMap<string, ViewOmission>,
): readonly string[] =>
  known.size === 0
    ? []
    : changed
        .flatMap((key) => [
          omissionKey({ what: 'document', key }),
          ...indexes.map((index) => omissionKey({ what: 'index', key, index })),
        ])
        .filter((key) => known.has(key))

/** Documents with their entries; an index that cannot say where one stands lacks it. */
const toPuts = (
  projection: AnyProjection,
  changed: readonly string[],
  after: ReadonlyMap<string, unknown>,
  last: ReadonlyMap<string, Recorded<unknown>>,
): {
  readonly puts: readonly DocumentPut[]
  readonly deletes: readonly string[]
  readonly unindexed: readonly ViewOmission[]
} => {
  const puts: DocumentPut[] = []
  const deletes: string[] = []
  const unindexed: ViewOmission[] = []
  for (const key of changed) {
    const document = after.get(key)
    if (document === undefined) {
      deletes.push(key)
      continue
    }
    const entries: Record<string, readonly (readonly Key[])[]> = {}
    for (const [index, of] of Object.entries(projection.indexes)) {
      try {
        entries[index] = of(document, key)
      } catch (error) {
        const recorded = last.get(key)
        if (recorded !== undefined) unindexed.push({ ...omissionOf('index', recorded, error, key), index })
      }
    }
    puts.push({ key, document: document as Json, entries })
  }
  return { puts, deletes, unindexed }
}

const foldCounters = async (
  views: Views,
  cache: DocumentCache,
  projection: AnyProjection,
  counters: NonNullable<AnyProjection['counters']>,
  changed: readonly string[],
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): Promise<{ readonly puts: readonly DocumentPut[]; readonly kept: (isLeftOut: (row: string) => boolean) => void }> => {
  const differences = new Map<string, Counter>()
  const countersOf = (document: unknown, key: string): readonly (readonly Key[])[] => {
    try {
      return counters(document, key)
    } catch {
      // Counted nowhere, neither now nor when it changes.
      return []
    }
  }
  const count = (document: unknown, key: string, by: number): void => {
    if (document === undefined) return
    for (const counter of countersOf(document, key)) {
      const row = counterRow(counter, partitionOf(key))
      differences.set(row, { counter, count: (differences.get(row)?.count ?? 0) + by })
    }
  }
  for (const key of changed) {
    count(before.get(key), key, -1)
    count(after.get(key), key, 1)
  }
  const moved = [...differences].filter(([, { count: by }]) => by !== 0)
  const view = countersId(projection)
  const counterCache = cache.of(view)
  const rows = await load(
    views,
    view,
    counterCache,
    moved.map(([row]) => row),
  )
  const puts = moved.map(([row, { counter, count: by }]): DocumentPut => {
    const total = ((rows.get(row) as { readonly count: number } | undefined)?.count ?? 0) + by
    return { key: row, document: { count: total }, entries: { counter: total === 0 ? [] : [counter] } }
  })
  return {
    puts,
    kept: (isLeftOut) => {
      for (const { key, document } of puts) {
        if (isLeftOut(key)) counterCache.delete(key)
        else counterCache.set(key, { document })
      }
    },
  }
}
