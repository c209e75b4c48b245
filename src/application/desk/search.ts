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

/** Places of an index looked at for one search, on however many channels. */
const PLACES_LOOKED_AT = 5_000
/** Places of words that begin alike, which stand one word after the other and not by time. */
const BEGINNINGS_LOOKED_AT = 500
/** Documents read to see whether they hold a word that is still being typed. */
const DOCUMENTS_LOOKED_AT = 500

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

/** What holds words that begin like this; of very many not the newest, but those of the last words in order. */
const beginningWith = async (
  view: ViewReader<unknown>,
  { channels, limit }: Question,
  { token }: SearchTerm,
): Promise<readonly IndexPlace[]> => {
  const share = Math.max(limit, Math.ceil(BEGINNINGS_LOOKED_AT / channels.length))
  const range = { index: 'search', from: token, to: endOfPrefix(token), limit: share, backwards: true }
  const found = await Promise.all(channels.map(({ channelId }) => view.places({ ...range, prefix: [channelId] })))
  return found.flat().toSorted((one, other) => instantOf(other) - instantOf(one))
}

/**
 * What holds all of the words, newest first, each document once. Words are found where the index has them in common; only
 * one that is still being typed beside others is looked for in the texts.
 */
async function* found<Document>(
  view: ViewReader<Document>,
  question: Question,
  textIn: (document: Document) => string,
): AsyncGenerator<IndexPlace, void, undefined> {
  const { channels, terms, limit } = question
  const words = terms.filter(({ prefix }) => !prefix)
  const [first, ...beginnings] = terms.filter(({ prefix }) => prefix)
  const allowance = { left: PLACES_LOOKED_AT }
  const piece = Math.max(1, Math.ceil((2 * limit) / channels.length))
  const walk =
    words.length === 0 && first !== undefined
      ? await beginningWith(view, question, first)
      : newestPlaces(
          channels.map(({ channelId }) =>
            placesInCommon(
              view,
              words.map(({ token }) => [channelId, token]),
              piece,
              allowance,
            ),
          ),
        )
  const isFoundByWords = first === undefined || (words.length === 0 && beginnings.length === 0)
  const given = new Set<string>()
  let waiting: IndexPlace[] = []
  let looked = 0
  const holding = async (): Promise<readonly IndexPlace[]> => {
    const places = waiting
    waiting = []
    if (isFoundByWords) return places
    looked += places.length
    const documents = await view.getMany(places.map(({ key }) => key))
    return places.filter((_, at) => {
      const document = documents[at]
      return document !== undefined && matchesTerms(textIn(document), terms)
    })
  }
  for await (const place of walk) {
    if (given.has(place.key)) continue
    given.add(place.key)
    waiting.push(place)
    if (waiting.length < limit) continue
    yield* await holding()
    if (looked >= DOCUMENTS_LOOKED_AT) return
  }
  yield* await holding()
}

const newest = async (
  places: AsyncGenerator<IndexPlace, void, undefined>,
  limit: number,
): Promise<readonly IndexPlace[]> => {
  const some: IndexPlace[] = []
  for await (const place of places) {
    some.push(place)
    if (some.length >= limit) break
  }
  return some
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
    newest(
      found(
        read.customers,
        question,
        ({ profile, customerId }) => `${profile.name ?? ''} ${profile.username ?? ''} ${customerId}`,
      ),
      limit,
    ),
    newest(found(read.transcript, question, searchable), limit),
  ])
  return {
    customers: customers.map(({ key }) => key),
    messages: messages.map((place) => {
      const slash = place.key.indexOf('/')
      return { conversationId: place.key.slice(0, slash), itemId: place.key.slice(slash + 1), at: instantOf(place) }
    }),
  }
}
