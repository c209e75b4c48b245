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
  /** Whether the walk has come further than where it began: it goes on until then, or whoever goes on with it would never come further. */
  hasMoved: boolean
}

/** How far a walk has come: to the document of this instant and key. */
export interface Stand {
  readonly at: number
  readonly key: string
  /** This document was decided about; otherwise it is the next one. */
  readonly isDone?: true
}

/** Entries end with an instant; the newest come first. */
export const instantOf = ({ entry }: IndexPlace): number => Number(entry.at(-1))

/** As engines sort keys: by code points, and not by UTF-16 units. */
const isAbove = (key: string, other: string): boolean => {
  const [points, others] = [Array.from(key), Array.from(other)]
  const at = points.findIndex((point, place) => point !== others[place])
  return at >= 0 && (points[at]?.codePointAt(0) ?? 0) > (others[at]?.codePointAt(0) ?? -1)
}

export const standOf = (place: IndexPlace): Stand => ({ at: instantOf(place), key: place.key })

/** Newest first, and of one instant the greatest key. */
export const isBefore = (one: Stand, other: Stand): boolean =>
  one.at > other.at || (one.at === other.at && isAbove(one.key, other.key))

const isSame = (one: Stand, other: Stand | undefined): boolean => one.at === other?.at && one.key === other.key

/** Whether it was not decided about by a walk that stands there. */
export const isNext = (one: Stand, stand: Stand): boolean =>
  !isBefore(one, stand) && !(stand.isDone === true && isSame(one, stand))

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

  /** The first one that a walk which stands at `target` has not decided about; the first of all without it. */
  async skipTo(target?: Stand): Promise<IndexPlace | undefined> {
    for (;;) {
      for (; this.#at < this.#places.length; this.#at++) {
        const place = this.#places[this.#at]
        if (place !== undefined && (target === undefined || isNext(standOf(place), target))) return place
      }
      if (this.#isAtEnd || (this.#allowance.left <= 0 && this.#allowance.hasMoved)) return undefined
      await this.#readOn(target)
    }
  }

  /** Whether it has given all it has. */
  get isAtEnd(): boolean {
    return this.#isAtEnd
  }

  async #readOn(target: Stand | undefined): Promise<void> {
    const last = this.#places.at(-1)
    // What lies between need not be read; but of the instant where the last piece ended something may be left.
    const leap = target !== undefined && (last === undefined || target.at < instantOf(last))
    if (leap) this.#piece = LEAP
    const limit = this.#allowance.left > 0 ? Math.min(this.#piece, this.#allowance.left) : this.#piece
    this.#piece = Math.min(MAX_PIECE, this.#piece * 2)
    const from = leap ? { to: target.at } : last === undefined ? {} : { after: last.cursor }
    this.#places = await this.#view.places({ index: 'search', prefix: this.#prefix, backwards: true, limit, ...from })
    this.#at = 0
    this.#isAtEnd = this.#places.length < limit
    this.#allowance.left -= this.#places.length
  }
}

/** How some lists are walked. */
export interface Walk {
  /** Where a former walk stood; absent: from the newest on. */
  readonly from?: Stand | undefined
  /** Places that are read at once first. */
  readonly piece: number
  /** Places that are read before it gives up. */
  readonly most: number
}

/**
 * The documents that stand in all of several lists of one index, newest first. The lists have their entries by `prefix, instant`,
 * and a document has the same instant in all of them. What only some of them hold is leapt over. Returns where it stands if it
 * gave up, which is further than where it began; nothing at the end.
 */
export async function* placesInCommon(
  view: Pick<ViewReader<unknown>, 'places'>,
  prefixes: readonly IndexQuery['prefix'][],
  { from, piece, most }: Walk,
): AsyncGenerator<IndexPlace, Stand | undefined, undefined> {
  const allowance = { left: most, hasMoved: false }
  const lists = prefixes.map((prefix) => new NewestPlaces(view, prefix, piece, allowance))
  let stand = from
  for (;;) {
    let found: IndexPlace | undefined
    let agreed = 0
    while (agreed < lists.length) {
      for (const list of lists) {
        found = await list.skipTo(stand)
        if (found === undefined) return list.isAtEnd ? undefined : stand
        if (isSame(standOf(found), stand)) agreed += 1
        else {
          agreed = 1
          stand = standOf(found)
          allowance.hasMoved = true
        }
        if (agreed >= lists.length) break
      }
    }
    if (found === undefined) return undefined
    yield found
    stand = { ...standOf(found), isDone: true }
    allowance.hasMoved = true
  }
}

/** Several such walks as one, newest first; it stands where the first of them gave up. */
export async function* newestPlaces(
  walks: readonly AsyncGenerator<IndexPlace, Stand | undefined, undefined>[],
): AsyncGenerator<IndexPlace, Stand | undefined, undefined> {
  const headOf = async (walk: (typeof walks)[number]) => {
    const { done, value } = await walk.next()
    return done === true ? { walk, stand: value } : { walk, stand: standOf(value), place: value }
  }
  const heads = new Set(await Promise.all(walks.map(headOf)))
  for (;;) {
    let newest: { readonly stand: Stand; readonly head: Awaited<ReturnType<typeof headOf>> } | undefined
    for (const head of heads) {
      const { stand } = head
      if (stand === undefined) heads.delete(head)
      else if (newest === undefined || isBefore(stand, newest.stand)) newest = { stand, head }
    }
    if (newest === undefined) return undefined
    const { stand, head } = newest
    if (head.place === undefined) return stand
    yield head.place
    heads.delete(head)
    heads.add(await headOf(head.walk))
  }
}
