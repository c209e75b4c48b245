import type { IndexQuery } from '../ports/views.ts'
import { type Hit, refuseCursor } from './view-reader.ts'

/** One sorted list among several that are read as one. */
export interface Source<Document> {
  /** Names the list within a cursor. */
  readonly name: string
  readonly read: (page: Pick<IndexQuery, 'limit' | 'after'>) => Promise<readonly Hit<Document>[]>
  /** What the lists are merged by. */
  readonly order: (hit: Hit<Document>) => number
}

export interface MergedPage<Document> {
  readonly hits: readonly Hit<Document>[]
  /** Goes on after this page; absent at the end. */
  readonly cursor?: string
}

type Places = Readonly<Record<string, string>>

/** Largest page of any list. */
export const MAX_PAGE = 200

/**
 * Reads several sorted lists as one, newest (greatest) first, a page at a time. The cursor holds the place in every list,
 * so that pages neither repeat nor leave out what stood still meanwhile.
 */
export const mergePages = async <Document>(
  sources: readonly Source<Document>[],
  limit: number,
  cursor: string | undefined,
): Promise<MergedPage<Document>> => {
  const places = cursor === undefined ? {} : readCursor(cursor)
  const lists = await Promise.all(
    sources.map(async (source) => {
      const after = places[source.name]
      const hits = await source.read({ limit: limit + 1, ...(after === undefined ? {} : { after }) })
      return { source, hits, at: 0 }
    }),
  )
  const hits: Hit<Document>[] = []
  const next: Record<string, string> = { ...places }
  const seen = new Set<string>()
  while (hits.length < limit) {
    let best: { list: (typeof lists)[number]; hit: Hit<Document>; order: number } | undefined
    for (const list of lists) {
      const hit = list.hits[list.at]
      if (hit === undefined) continue
      const order = list.source.order(hit)
      if (best === undefined || order > best.order || (order === best.order && hit.key > best.hit.key))
        best = { list, hit, order }
    }
    if (best === undefined) break
    best.list.at++
    next[best.list.source.name] = best.hit.cursor
    if (seen.has(best.hit.key)) continue
    seen.add(best.hit.key)
    hits.push(best.hit)
  }
  const hasMore = lists.some((list) => list.at < list.hits.length)
  return hasMore ? { hits, cursor: writeCursor(next) } : { hits }
}

const writeCursor = (places: Places): string => encodeURIComponent(JSON.stringify(places))

const readCursor = (cursor: string): Places => {
  try {
    const places: unknown = JSON.parse(decodeURIComponent(cursor))
    const isObject = typeof places === 'object' && places !== null
    if (isObject && Object.values(places).every((place) => typeof place === 'string')) return places as Places
  } catch {
    // Told below.
  }
  return refuseCursor()
}
