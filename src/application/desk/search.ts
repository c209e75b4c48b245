import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ConversationId } from '../../domain/ids.ts'
import {
  endOfPrefix,
  matchesTerms,
  type SearchTerm,
  searchTerms,
  textOf,
  textOfPart,
  type TranscriptDocument,
} from '../../projections/index.ts'
import type { IndexPlace } from '../ports/views.ts'
import { instantOf, newestPlaces, placesInCommon } from '../views/places-in-common.ts'
import type { ViewReader } from '../views/view-reader.ts'
import type { Readers } from '../views/readers.ts'

/** Places of an index looked at for one search, shared by its channels alike; of each of them a few at least. */
const PLACES_LOOKED_AT = 5_000
const FEWEST_PLACES = 200
/** Places of words that begin alike, which stand one word after the other and not by time. */
const BEGINNINGS_LOOKED_AT = 200
/** Documents read to see whether they hold a word that is still being typed. */
const DOCUMENTS_LOOKED_AT = 500
const DOCUMENTS_TOGETHER = 50

export interface MessageHit {
  readonly conversationId: ConversationId
  readonly itemId: string
  readonly at: number
}

const searchable = (document: TranscriptDocument): string => {
  switch (document.kind) {
    case 'message':
      return textOf(document) ?? ''
    case 'part':
      return textOfPart(document) ?? ''
    case 'note':
      return document.text ?? ''
    case 'reply':
      return (
        document.text ??
        document.cut?.flatMap((part) => (part?.kind === 'text' ? [part.text ?? ''] : [])).join('') ??
        ''
      )
    case 'awaited':
    case 'system':
      return ''
  }
}

interface Question {
  readonly channels: readonly ChannelFacts[]
  readonly terms: readonly SearchTerm[]
  readonly limit: number
}

/** What holds all of these words, newest first. */
const holding = (
  view: ViewReader<unknown>,
  { channels, limit }: Question,
  words: readonly SearchTerm[],
): AsyncGenerator<IndexPlace, void, undefined> => {
  const piece = Math.max(1, Math.ceil((2 * limit) / channels.length))
  const most = Math.max(FEWEST_PLACES, Math.ceil(PLACES_LOOKED_AT / channels.length))
  return newestPlaces(
    channels.map(({ channelId }) => {
      const lists = words.map(({ token }) => [channelId, token])
      return placesInCommon(view, lists, { piece, most })
    }),
  )
}

/** What holds words that begin like this; of very many the last words in order. */
async function* beginningWith(
  view: ViewReader<unknown>,
  { channels, limit }: Question,
  { token }: SearchTerm,
): AsyncGenerator<IndexPlace, void, undefined> {
  const share = Math.max(limit, Math.ceil(BEGINNINGS_LOOKED_AT / channels.length))
  const range = { index: 'search', from: token, to: endOfPrefix(token), limit: share, backwards: true }
  const found = await Promise.all(channels.map(({ channelId }) => view.places({ ...range, prefix: [channelId] })))
  yield* found.flat().toSorted((one, other) => instantOf(other) - instantOf(one))
}

/** Those of some places whose documents hold all terms; a bounded number of documents is read, each once. */
async function* withAllTerms<Document>(
  view: ViewReader<Document>,
  { terms, limit }: Question,
  textIn: (document: Document) => string,
  places: AsyncGenerator<IndexPlace, void, undefined>,
): AsyncGenerator<IndexPlace, void, undefined> {
  const seen = new Set<string>()
  let waiting: IndexPlace[] = []
  let looked = 0
  const checked = async (): Promise<readonly IndexPlace[]> => {
    const some = waiting
    waiting = []
    looked += some.length
    const documents = await view.getMany(some.map(({ key }) => key))
    return some.filter((_, at) => {
      const document = documents[at]
      return document !== undefined && matchesTerms(textIn(document), terms)
    })
  }
  for await (const place of places) {
    // Under one beginning a document stands once for each of its words.
    if (seen.has(place.key)) continue
    seen.add(place.key)
    waiting.push(place)
    if (waiting.length < Math.max(limit, DOCUMENTS_TOGETHER)) continue
    yield* await checked()
    if (looked >= DOCUMENTS_LOOKED_AT) return
  }
  yield* await checked()
}

/**
 * What holds all of the words, each document once: first what holds them as they stand, which the index says alone; then, if the last
 * one is still being typed, what holds longer ones.
 */
async function* found<Document>(
  view: ViewReader<Document>,
  question: Question,
  textIn: (document: Document) => string,
): AsyncGenerator<IndexPlace, void, undefined> {
  const { terms } = question
  yield* holding(view, question, terms)
  const words = terms.filter(({ prefix }) => !prefix)
  const [typed] = terms.filter(({ prefix }) => prefix)
  if (typed === undefined) return
  if (terms.length === 1) yield* beginningWith(view, question, typed)
  else {
    const places = words.length === 0 ? beginningWith(view, question, typed) : holding(view, question, words)
    yield* withAllTerms(view, question, textIn, places)
  }
}

/** A page of them, the newest first. */
const pageOf = async (
  places: AsyncGenerator<IndexPlace, void, undefined>,
  limit: number,
): Promise<readonly IndexPlace[]> => {
  const some = new Map<string, IndexPlace>()
  for await (const place of places) {
    if (!some.has(place.key)) some.set(place.key, place)
    if (some.size >= limit) break
  }
  return [...some.values()].toSorted((one, other) => instantOf(other) - instantOf(one))
}

/** What a search finds on these channels, the newest first. */
export const conversationHits = async (
  read: Readers,
  channels: readonly ChannelFacts[],
  text: string,
  limit: number,
): Promise<{ readonly customers: readonly ConversationId[]; readonly messages: readonly MessageHit[] }> => {
  const question = { channels, terms: searchTerms(text), limit }
  if (question.terms.length === 0 || channels.length === 0) return { customers: [], messages: [] }
  const [customers, messages] = await Promise.all([
    pageOf(
      found(
        read.customers,
        question,
        ({ profile, customerId }) => `${profile.name ?? ''} ${profile.username ?? ''} ${customerId}`,
      ),
      limit,
    ),
    pageOf(found(read.transcript, question, searchable), limit),
  ])
  return {
    customers: customers.map(({ key }) => key),
    messages: messages.map((place) => {
      const slash = place.key.indexOf('/')
      return { conversationId: place.key.slice(0, slash), itemId: place.key.slice(slash + 1), at: instantOf(place) }
    }),
  }
}
