import type { Key, Projection, Recorded } from '../../projections/projection.ts'
import { Lru } from '../lru.ts'
import type { Json } from '../ports/json.ts'
import type { Checkpoint, DocumentPut, ViewChanges, ViewId, Views } from '../ports/views.ts'
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

/** The events of a batch that concern a projection, with the documents they touch. */
export const touchesOf = (
  projection: AnyProjection,
  batch: readonly Recorded<unknown>[],
): readonly { readonly recorded: Recorded<unknown>; readonly keys: readonly string[] }[] => {
  const types = new Set(projection.types)
  return batch.flatMap((recorded) => {
    if (!types.has((recorded.event as { readonly type: string }).type)) return []
    const keys = projection.keys(recorded)
    return keys.length === 0 ? [] : [{ recorded, keys }]
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

/** What one batch of events changes in one view, computed from the documents before it. */
export const foldBatch = async (
  views: Views,
  cache: DocumentCache,
  projection: AnyProjection,
  batch: readonly Recorded<unknown>[],
  from: Checkpoint | undefined,
  to: Checkpoint,
  isUnfinished = false,
): Promise<{
  readonly changes: readonly ViewChanges[]
  readonly changed: readonly string[]
  readonly kept: () => void
}> => {
  const view = viewId(projection)
  const touches = touchesOf(projection, batch)
  const documentCache = cache.of(view)
  const before = await load(views, view, documentCache, [...new Set(touches.flatMap(({ keys }) => keys))])
  const after = new Map(before)
  for (const { recorded, keys } of touches) {
    // Documents of one event may look at each other: earlier keys as they are after it, later ones as they were before it.
    const peek = (key: string): unknown => after.get(key)
    for (const key of keys) after.set(key, projection.evolve(after.get(key), recorded, key, peek))
  }
  const changed = [...after.keys()].filter((key) => after.get(key) !== before.get(key))
  const puts: DocumentPut[] = []
  const deletes: string[] = []
  for (const key of changed) {
    const document = after.get(key)
    if (document === undefined) deletes.push(key)
    else puts.push({ key, document: document as Json, entries: entriesOf(projection, document, key) })
  }
  const mark = isUnfinished ? { unfinished: true } : {}
  const documents: ViewChanges = { view, from, to, puts, deletes, ...mark }
  const kept = (): void => {
    for (const key of changed) documentCache.set(key, { document: after.get(key) })
  }
  const { counters } = projection
  if (counters === undefined) return { changes: [documents], changed, kept }
  const counted = await foldCounters(views, cache, projection, counters, changed, before, after)
  return {
    changes: [documents, { view: countersId(projection), from, to, puts: counted.puts, deletes: [], ...mark }],
    changed,
    kept: () => {
      kept()
      counted.kept()
    },
  }
}

const entriesOf = (projection: AnyProjection, document: unknown, key: string): DocumentPut['entries'] => {
  const entries: Record<string, readonly (readonly Key[])[]> = {}
  for (const [index, of] of Object.entries(projection.indexes)) entries[index] = of(document, key)
  return entries
}

const foldCounters = async (
  views: Views,
  cache: DocumentCache,
  projection: AnyProjection,
  counters: NonNullable<AnyProjection['counters']>,
  changed: readonly string[],
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): Promise<{ readonly puts: readonly DocumentPut[]; readonly kept: () => void }> => {
  const differences = new Map<string, Counter>()
  const count = (document: unknown, key: string, by: number): void => {
    if (document === undefined) return
    for (const counter of counters(document, key)) {
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
    kept: () => {
      for (const { key, document } of puts) counterCache.set(key, { document })
    },
  }
}
