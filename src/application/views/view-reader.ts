import type { Key, Projection } from '../../projections/projection.ts'
import type { IndexPlace, IndexQuery, Views } from '../ports/views.ts'
import { refuseCursor } from './cursor.ts'
import { PARTITIONS } from './partition.ts'
import { countersId, viewId } from './view-fold.ts'
import type { ViewRunner } from './view-runner.ts'

/** One place in an index, and what stands there. */
export interface Hit<Document> extends IndexPlace {
  readonly document: Document
}

/** Reads one view in the types of its projection. Every call throws ViewBuilding while the view is not live, ViewsStopped while it stands still, and StoreUnavailable. */
export interface ViewReader<Document> {
  get(key: string): Promise<Document | undefined>
  getMany(keys: readonly string[]): Promise<readonly (Document | undefined)[]>
  query(query: IndexQuery): Promise<readonly Hit<Document>[]>
  /** The same places without the documents. */
  places(query: IndexQuery): Promise<readonly IndexPlace[]>
  /** The sum of a counter over all partitions. */
  count(counter: readonly Key[]): Promise<number>
  /** The counters that begin with these parts, summed over partitions, in order; at most `limit`. */
  counters(
    prefix: readonly Key[],
    limit: number,
  ): Promise<readonly { readonly counter: readonly Key[]; readonly count: number }[]>
}

/** By the port's contract a TypeError says that a cursor is no place in an index. */
const asked = async <Result>(query: IndexQuery, answer: Promise<Result>): Promise<Result> => {
  try {
    return await answer
  } catch (error) {
    if (query.after !== undefined && error instanceof TypeError) return refuseCursor()
    throw error
  }
}

export const viewReader = <Event, Document>(
  views: Views,
  runner: ViewRunner,
  projection: Projection<Event, Document>,
): ViewReader<Document> => {
  const view = viewId(projection)
  const counterView = countersId(projection)
  const rowsOf = async (prefix: readonly Key[], limit: number): Promise<readonly Hit<{ readonly count: number }>[]> => {
    await runner.whenLive(projection.name)
    const rows: Hit<{ readonly count: number }>[] = []
    for (;;) {
      const after = rows.at(-1)?.cursor
      const page = await views.query(counterView, {
        index: 'counter',
        prefix,
        limit: 1_000,
        ...(after === undefined ? {} : { after }),
      })
      rows.push(...(page as unknown as readonly Hit<{ readonly count: number }>[]))
      if (page.length < 1_000 || rows.length >= limit) return rows
    }
  }
  return {
    get: async (key) => {
      await runner.whenLive(projection.name)
      return (await views.get(view, [key]))[0] as Document | undefined
    },
    getMany: async (keys) => {
      await runner.whenLive(projection.name)
      return (await views.get(view, keys)) as readonly (Document | undefined)[]
    },
    query: async (query) => {
      await runner.whenLive(projection.name)
      return asked(query, views.query(view, query)) as unknown as Promise<readonly Hit<Document>[]>
    },
    places: async (query) => {
      await runner.whenLive(projection.name)
      return asked(query, views.places(view, query))
    },
    count: async (counter) =>
      (await rowsOf(counter, PARTITIONS)).reduce((sum, { document }) => sum + document.count, 0),
    counters: async (prefix, limit) => {
      const sums = new Map<string, { counter: readonly Key[]; count: number }>()
      for (const { entry, document } of await rowsOf(prefix, limit * PARTITIONS)) {
        const name = JSON.stringify(entry)
        sums.set(name, { counter: entry, count: (sums.get(name)?.count ?? 0) + document.count })
      }
      return [...sums.values()].slice(0, limit)
    },
  }
}
