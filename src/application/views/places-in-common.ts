import type { IndexPlace, IndexQuery } from '../ports/views.ts'
import type { ViewReader } from './view-reader.ts'

/** Largest piece of an index read at once. */
const MAX_PIECE = 500
/**
 * What is read where one list leaps to a place of another: more than the next one, for lists that are as common as each other leap
 * all the time; not many more, for a seldom word leaves most of it unread.
 */
const LEAP = 64

/** How many places may still be read. */
interface Allowance {
  left: number
}

/** Entries end with an instant; the newest come first. */
export const instantOf = ({ entry }: IndexPlace): number => Number(entry.at(-1))

/** As engines sort keys: by code points, and not by UTF-16 units. */
const isAbove = (key: string, other: string): boolean => {
  const [points, others] = [Array.from(key), Array.from(other)]
  const at = points.findIndex((point, place) => point !== others[place])
  return at >= 0 && (points[at]?.codePointAt(0) ?? 0) > (others[at]?.codePointAt(0) ?? -1)
}

/** Newest first, and of one instant the greatest key. */
const isBefore = (one: IndexPlace, other: IndexPlace): boolean => {
  const [at, otherAt] = [instantOf(one), instantOf(other)]
  return at > otherAt || (at === otherAt && isAbove(one.key, other.key))
}

/** One list of an index whose entries end with an instant, read from the newest on, in pieces. */
class NewestPlaces {
  readonly #view: Pick<ViewReader<unknown>, 'places'>
  readonly #prefix: IndexQuery['prefix']
  readonly #allowance: Allowance
  #piece: number
  #places: readonly IndexPlace[] = []
  #at = 0
  #isAtEnd = false

  constructor(
    view: Pick<ViewReader<unknown>, 'places'>,
    prefix: IndexQuery['prefix'],
    piece: number,
    allowance: Allowance,
  ) {
    this.#view = view
    this.#prefix = prefix
    this.#piece = piece
    this.#allowance = allowance
  }

  /** The first one that does not come before `target`; the first of all without it. */
  async skipTo(target?: IndexPlace): Promise<IndexPlace | undefined> {
    for (;;) {
      for (; this.#at < this.#places.length; this.#at++) {
        const place = this.#places[this.#at]
        if (place !== undefined && (target === undefined || !isBefore(place, target))) return place
      }
      if (this.#isAtEnd || this.#allowance.left <= 0) return undefined
      await this.#readOn(target)
    }
  }

  next(): void {
    this.#at++
  }

  async #readOn(target: IndexPlace | undefined): Promise<void> {
    const last = this.#places.at(-1)
    // What lies between need not be read; but of the instant where the last piece ended something may be left.
    const leap = target !== undefined && (last === undefined || instantOf(target) < instantOf(last))
    if (leap) this.#piece = LEAP
    const limit = Math.min(this.#piece, this.#allowance.left)
    this.#piece = Math.min(MAX_PIECE, this.#piece * 2)
    const from = leap ? { to: instantOf(target) } : last === undefined ? {} : { after: last.cursor }
    this.#places = await this.#view.places({ index: 'search', prefix: this.#prefix, backwards: true, limit, ...from })
    this.#at = 0
    this.#isAtEnd = this.#places.length < limit
    this.#allowance.left -= this.#places.length
  }
}

/**
 * The documents that stand in all of several lists of one index, newest first. The lists have their entries by `prefix, instant`,
 * and a document has the same instant in all of them. What only some of them hold is leapt over. The first `piece` places are read
 * at once, and `most` of them at most.
 */
export async function* placesInCommon(
  view: Pick<ViewReader<unknown>, 'places'>,
  prefixes: readonly IndexQuery['prefix'][],
  { piece, most }: { readonly piece: number; readonly most: number },
): AsyncGenerator<IndexPlace, void, undefined> {
  const allowance = { left: most }
  const lists = prefixes.map((prefix) => new NewestPlaces(view, prefix, piece, allowance))
  let target: IndexPlace | undefined
  for (;;) {
    let agreed = 0
    while (agreed < lists.length) {
      for (const list of lists) {
        const place = await list.skipTo(target)
        if (place === undefined) return
        const isSame = target !== undefined && place.key === target.key && instantOf(place) === instantOf(target)
        agreed = isSame ? agreed + 1 : 1
        target = place
        if (agreed >= lists.length) break
      }
    }
    if (target === undefined) return
    yield target
    for (const list of lists) list.next()
    target = undefined
  }
}

/** Several such walks as one, newest first. */
export async function* newestPlaces(
  walks: readonly AsyncGenerator<IndexPlace, void, undefined>[],
): AsyncGenerator<IndexPlace, void, undefined> {
  const first = await Promise.all(walks.map(async (walk) => ({ walk, place: (await walk.next()).value })))
  let heads = first
  for (;;) {
    heads = heads.filter(({ place }) => place !== undefined)
    let newest: (typeof heads)[number] | undefined
    for (const head of heads)
      if (newest?.place === undefined || (head.place !== undefined && isBefore(head.place, newest.place))) newest = head
    if (newest?.place === undefined) return
    yield newest.place
    newest.place = (await newest.walk.next()).value
  }
}
