import type { IndexQuery } from '../ports/views.ts'
import { readCursor, refuseCursor, writeCursor } from './cursor.ts'
import type { Hit } from './view-reader.ts'

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

/** A list of several that are read as one, as far as it has been read. */
interface List<Document> {
  readonly source: Source<Document>
  hits: readonly Hit<Document>[]
  at: number
  after: string | undefined
  isAtEnd: boolean
}

const readOn = async <Document>(list: List<Document>, limit: number): Promise<void> => {
  const { source, after } = list
  list.hits = await source.read({ limit, ...(after === undefined ? {} : { after }) })
  list.at = 0
  list.after = list.hits.at(-1)?.cursor
  list.isAtEnd = list.hits.length < limit
}

/** Largest piece of a list read at once. */
const MAX_PIECE = 500

/**
 * Several sorted lists as one, newest (greatest) first. Of each only what is looked at is read, in pieces: about as many together as
 * are `wanted`. What was read of one list is not read again when that of another is used up.
 */
export async function* newestOf<Document>(
  sources: readonly Source<Document>[],
  wanted: number,
  places: Readonly<Record<string, string>> = {},
): AsyncGenerator<{ readonly source: Source<Document>; readonly hit: Hit<Document> }, void, undefined> {
  // Twice its share, for one list may hold more of the newest than others.
  let piece = Math.min(MAX_PIECE, sources.length === 1 ? wanted : Math.ceil((2 * wanted) / sources.length))
  const lists = sources.map((source): List<Document> => {
    return { source, hits: [], at: 0, after: places[source.name], isAtEnd: false }
  })
  await Promise.all(lists.map((list) => readOn(list, piece)))
  for (;;) {
    let best: { list: List<Document>; hit: Hit<Document>; order: number } | undefined
    for (const list of lists) {
      if (list.at === list.hits.length && !list.isAtEnd) {
        piece = Math.min(MAX_PIECE, piece * 2)
        await readOn(list, piece)
      }
      const hit = list.hits[list.at]
      if (hit === undefined) continue
      const order = list.source.order(hit)
      if (best === undefined || order > best.order || (order === best.order && hit.key > best.hit.key))
        best = { list, hit, order }
    }
    if (best === undefined) return
    best.list.at++
    yield { source: best.list.source, hit: best.hit }
  }
}

/**
 * Reads several sorted lists as one, newest (greatest) first, a page at a time. The cursor holds the place in every list,
 * so that pages neither repeat nor leave out what stood still meanwhile.
 */
export const mergePages = async <Document>(
  sources: readonly Source<Document>[],
  limit: number,
  cursor: string | undefined,
): Promise<MergedPage<Document>> => {
  const places = cursor === undefined ? {} : placesFrom(cursor)
  const hits: Hit<Document>[] = []
  const next: Record<string, string> = { ...places }
  const seen = new Set<string>()
  for await (const { source, hit } of newestOf(sources, limit + 1, places)) {
    if (!seen.has(hit.key) && hits.length === limit) return { hits, cursor: writeCursor(next) }
    next[source.name] = hit.cursor
    if (seen.has(hit.key)) continue
    seen.add(hit.key)
    hits.push(hit)
  }
  return { hits }
}

const placesFrom = (cursor: string): Places => {
  const places = readCursor(cursor)
  return Object.values(places).every((place) => typeof place === 'string') ? (places as Places) : refuseCursor()
}
