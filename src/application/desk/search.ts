import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ChannelId, ConversationId } from '../../domain/ids.ts'
import {
  endOfPrefix,
  matchesTerms,
  nameText,
  searchableText,
  type SearchTerm,
  searchTerms,
  tokensOf,
} from '../../projections/index.ts'
import type { IndexPlace } from '../ports/views.ts'
import { instantOf, isBefore, isNext, newestPlaces, placesInCommon, standOf } from '../views/places-in-common.ts'
import type { Readers } from '../views/readers.ts'
import type { ViewReader } from '../views/view-reader.ts'
import { type Progress, readSearchCursor, type Where, writeSearchCursor } from './search-cursor.ts'

/** Words of one search at most. */
const MOST_TERMS = 16
/** Places of an index looked at for each text of a page, shared by its channels alike; of each of them a few at least. */
const PLACES_LOOKED_AT = 10
const FEWEST_PLACES = 100
/** Places of words that begin alike, looked at together; they stand one word after the other and not by time. */
const BEGINNINGS_LOOKED_AT = 200
const FEWEST_BEGINNINGS = 20
/** Documents read to see whether they hold a word that is still being typed. */
const DOCUMENTS_LOOKED_AT = 500
const DOCUMENTS_TOGETHER = 50

export interface MessageHit {
  readonly conversationId: ConversationId
  readonly itemId: string
  readonly at: number
}

/** Of very many words the longest, and the one that is still being typed, which is the last. */
const mostTelling = (terms: readonly SearchTerm[]): readonly SearchTerm[] =>
  terms.length <= MOST_TERMS ? terms : [...terms.slice(0, MOST_TERMS - 1), ...terms.slice(-1)]

const newestFirst = (one: IndexPlace, other: IndexPlace): number => {
  const [stand, otherStand] = [standOf(one), standOf(other)]
  return isBefore(stand, otherStand) ? -1 : isBefore(otherStand, stand) ? 1 : 0
}

interface Question {
  readonly channels: readonly ChannelFacts[]
  readonly terms: readonly SearchTerm[]
  readonly limit: number
}

/** A place, and where to go on if it is left for the next page. */
interface Found {
  readonly place: IndexPlace
  readonly where: Where
}

/** Returns where it goes on if it gave up, nothing at the end. */
type Look = AsyncGenerator<Found, Where | undefined, undefined>

/** What holds all of these words, newest first. */
async function* holding(
  view: ViewReader<unknown>,
  { channels, limit }: Question,
  words: readonly SearchTerm[],
  { stand: from }: Where,
): Look {
  // What holds one word is what is looked for; of several words twice as much.
  const piece = Math.ceil((Math.min(words.length, 2) * limit) / channels.length) + 1
  const most = Math.max(FEWEST_PLACES, Math.ceil((PLACES_LOOKED_AT * limit) / channels.length))
  const places = newestPlaces(
    channels.map(({ channelId }) => {
      const lists = words.map(({ token }) => [channelId, token])
      return placesInCommon(view, lists, { from, piece, most })
    }),
  )
  for (;;) {
    const { done, value } = await places.next()
    if (done === true) return value && { stand: value }
    yield { place: value, where: { stand: standOf(value) } }
  }
}

/**
 * What holds words that begin like this, a window of each channel at a time: backwards in the order of the words, and what is in one
 * window newest first.
 */
async function* beginningWith(
  view: ViewReader<unknown>,
  { channels }: Question,
  { token }: SearchTerm,
  from: Where,
): Look {
  const share = Math.max(FEWEST_BEGINNINGS, Math.ceil(BEGINNINGS_LOOKED_AT / channels.length))
  const range = { index: 'search', from: token, to: endOfPrefix(token), limit: share, backwards: true }
  const { stand, windows } = from
  // A channel whose words are all looked at has no window.
  const looked = channels.filter(({ channelId }) => windows === undefined || Object.hasOwn(windows, channelId))
  const found = await Promise.all(
    looked.map(async ({ channelId }) => {
      const after = windows?.[channelId]
      const places = await view.places({ ...range, prefix: [channelId], ...(after === undefined ? {} : { after }) })
      return { channelId, places }
    }),
  )
  for (const place of found.flatMap(({ places }) => places).toSorted(newestFirst)) {
    const own = standOf(place)
    if (stand === undefined || isNext(own, stand)) yield { place, where: { stand: own, windows } }
  }
  const next = found.flatMap(({ channelId, places }): (readonly [ChannelId, string])[] => {
    const last = places.at(-1)
    return last === undefined || places.length < share ? [] : [[channelId, last.cursor]]
  })
  return next.length === 0 ? undefined : { windows: Object.fromEntries(next) }
}

/**
 * Those whose documents hold all terms, but not all as they stand; a bounded number of documents is read. Under one beginning a
 * document stands once for each of its words: it counts where it stands for the first of them.
 */
async function* withAllTerms<Document>(
  view: ViewReader<Document>,
  { terms, limit }: Question,
  textIn: (document: Document) => string,
  look: Look,
  beginning?: SearchTerm,
): Look {
  const words = terms.map(({ token }) => ({ token, prefix: false }))
  const counts = ({ place }: Found, document: Document | undefined): boolean => {
    if (document === undefined) return false
    const tokens = tokensOf(textIn(document))
    if (!matchesTerms(tokens, terms) || matchesTerms(tokens, words)) return false
    return beginning === undefined || tokens.find((one) => one.startsWith(beginning.token)) === place.entry[1]
  }
  let waiting: Found[] = []
  let looked = 0
  const checked = async (): Promise<readonly Found[]> => {
    const some = waiting
    waiting = []
    looked += some.length
    const documents = await view.getMany(some.map(({ place }) => place.key))
    return some.filter((one, at) => counts(one, documents[at]))
  }
  for (;;) {
    const { done, value } = await look.next()
    if (done === true) {
      yield* await checked()
      return value
    }
    // What was read is told of by now: nothing waits.
    if (looked >= DOCUMENTS_LOOKED_AT) return value.where
    waiting.push(value)
    if (waiting.length >= Math.max(limit, DOCUMENTS_TOGETHER)) yield* await checked()
  }
}

/**
 * How a list is looked through: first by the words as they stand, which the index says alone; then, if the last one is still being
 * typed, by its beginning.
 */
const waysToLook = <Document>(
  view: ViewReader<Document>,
  question: Question,
  textIn: (document: Document) => string,
): readonly ((from: Where) => Look)[] => {
  const { terms } = question
  const whole = (from: Where): Look => holding(view, question, terms, from)
  const words = terms.filter(({ prefix }) => !prefix)
  const [typed] = terms.filter(({ prefix }) => prefix)
  if (typed === undefined) return [whole]
  const begun = (from: Where): Look =>
    words.length === 0
      ? withAllTerms(view, question, textIn, beginningWith(view, question, typed, from), typed)
      : withAllTerms(view, question, textIn, holding(view, question, words, from))
  return [whole, begun]
}

/** A page of what holds all of the words, newest first, each document once; and how far it came. */
const lookThrough = async <Document>(
  view: ViewReader<Document>,
  question: Question,
  textIn: (document: Document) => string,
  progress: Progress,
): Promise<{ readonly places: readonly IndexPlace[]; readonly progress: Progress }> => {
  const found = new Map<string, IndexPlace>()
  const take = async (look: Look): Promise<Where | 'end'> => {
    for (;;) {
      const { done, value } = await look.next()
      if (done === true) return value ?? 'end'
      const { place, where } = value
      if (found.has(place.key)) continue
      if (found.size >= question.limit) return where
      found.set(place.key, place)
    }
  }
  const next: (Where | 'end')[] = []
  for (const [at, look] of waysToLook(view, question, textIn).entries()) {
    const from = progress[at] ?? {}
    const waits = from === 'end' || found.size >= question.limit
    next.push(waits ? from : await take(look(from)))
  }
  return { places: [...found.values()].toSorted(newestFirst), progress: next }
}

/** A page of what a search finds on these channels, the newest first. */
export const conversationHits = async (
  read: Readers,
  channels: readonly ChannelFacts[],
  request: {
    readonly text: string
    readonly limit: number
    readonly channelId?: ChannelId | undefined
    readonly cursor?: string | undefined
  },
): Promise<{
  readonly customers: readonly ConversationId[]
  readonly messages: readonly MessageHit[]
  readonly cursor?: string
}> => {
  const { text, limit } = request
  const question = { channels, terms: mostTelling(searchTerms(text)), limit }
  const about = JSON.stringify([request.channelId ?? null, question.terms])
  const from = request.cursor === undefined ? { customers: [], messages: [] } : readSearchCursor(request.cursor, about)
  if (question.terms.length === 0 || channels.length === 0) return { customers: [], messages: [] }
  const [customers, messages] = await Promise.all([
    lookThrough(read.customers, question, nameText, from.customers),
    lookThrough(read.transcript, question, (document) => searchableText(document) ?? '', from.messages),
  ])
  const isOver = [...customers.progress, ...messages.progress].every((way) => way === 'end')
  return {
    customers: customers.places.map(({ key }) => key),
    messages: messages.places.map((place) => {
      const slash = place.key.indexOf('/')
      return { conversationId: place.key.slice(0, slash), itemId: place.key.slice(slash + 1), at: instantOf(place) }
    }),
    ...(isOver
      ? {}
      : { cursor: writeSearchCursor({ customers: customers.progress, messages: messages.progress }, about) }),
  }
}
