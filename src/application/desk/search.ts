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
import {
  instantOf,
  isBefore,
  isNext,
  newestPlaces,
  placesInCommon,
  type Stand,
  standOf,
} from '../views/places-in-common.ts'
import { refuseCursor } from '../views/view-reader.ts'
import type { ViewReader } from '../views/view-reader.ts'
import type { Readers } from '../views/readers.ts'

/** Words of one search at most. Of more the longest ones count. */
const MOST_TERMS = 16
/** Places of an index looked at for one page, shared by its channels alike; of each of them a few at least. */
const PLACES_LOOKED_AT = 1_000
const FEWEST_PLACES = 100
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

const newestFirst = (one: IndexPlace, other: IndexPlace): number => {
  const [stand, otherStand] = [standOf(one), standOf(other)]
  return isBefore(stand, otherStand) ? -1 : isBefore(otherStand, stand) ? 1 : 0
}

interface Question {
  readonly channels: readonly ChannelFacts[]
  readonly terms: readonly SearchTerm[]
  readonly limit: number
}

/** What a search found of one list, and where it goes on: at the newest without a stand. Words as they stand come first. */
type Places = AsyncGenerator<IndexPlace, Stand | undefined, undefined>

/** What holds all of these words, newest first. */
const holding = (
  view: ViewReader<unknown>,
  { channels, limit }: Question,
  words: readonly SearchTerm[],
  from: Stand | undefined,
): Places => {
  const piece = Math.max(1, Math.ceil((2 * limit) / channels.length))
  const most = Math.max(FEWEST_PLACES, Math.ceil(PLACES_LOOKED_AT / channels.length))
  return newestPlaces(
    channels.map(({ channelId }) => {
      const lists = words.map(({ token }) => [channelId, token])
      return placesInCommon(view, lists, { from, piece, most })
    }),
  )
}

/** What holds words that begin like this, newest first; of very many the last words in order. */
async function* beginningWith(
  view: ViewReader<unknown>,
  { channels, limit }: Question,
  { token }: SearchTerm,
  from: Stand | undefined,
): Places {
  const share = Math.max(limit, Math.ceil(BEGINNINGS_LOOKED_AT / channels.length))
  const range = { index: 'search', from: token, to: endOfPrefix(token), limit: share, backwards: true }
  const found = await Promise.all(channels.map(({ channelId }) => view.places({ ...range, prefix: [channelId] })))
  const places = found.flat().toSorted(newestFirst)
  yield* from === undefined ? places : places.filter((place) => isNext(standOf(place), from))
  return undefined
}

/** Those of some places whose documents hold all terms, but not all as they stand; a bounded number of documents is read, each once. */
async function* withAllTerms<Document>(
  view: ViewReader<Document>,
  { terms, limit }: Question,
  textIn: (document: Document) => string,
  places: Places,
): Places {
  const words = terms.map(({ token }) => ({ token, prefix: false }))
  const seen = new Set<string>()
  let waiting: IndexPlace[] = []
  const checked = async (): Promise<readonly IndexPlace[]> => {
    const some = waiting
    waiting = []
    const documents = await view.getMany(some.map(({ key }) => key))
    return some.filter((_, at) => {
      const document = documents[at]
      if (document === undefined) return false
      const text = textIn(document)
      return matchesTerms(text, terms) && !matchesTerms(text, words)
    })
  }
  for (;;) {
    const { done, value } = await places.next()
    if (done === true) {
      yield* await checked()
      return value
    }
    if (seen.size >= DOCUMENTS_LOOKED_AT && !seen.has(value.key)) {
      yield* await checked()
      return standOf(value)
    }
    // Under one beginning a document stands once for each of its words.
    if (seen.has(value.key)) continue
    seen.add(value.key)
    waiting.push(value)
    if (waiting.length >= Math.max(limit, DOCUMENTS_TOGETHER)) yield* await checked()
  }
}
/** How far each way of looking has come. */
type Progress = readonly (Stand | 'start' | 'end')[]

/** How a list is looked through: by the words as they stand, which the index says alone; and if the last one is still being typed, by its beginning. */
const waysToLook = <Document>(
  view: ViewReader<Document>,
  question: Question,
  textIn: (document: Document) => string,
): readonly ((from: Stand | undefined) => Places)[] => {
  const { terms } = question
  const whole = (from: Stand | undefined): Places => holding(view, question, terms, from)
  const words = terms.filter(({ prefix }) => !prefix)
  const [typed] = terms.filter(({ prefix }) => prefix)
  if (typed === undefined) return [whole]
  const begun = (from: Stand | undefined): Places => {
    // Of the first page it is known which ones were found as they stand, and a single beginning needs no text.
    if (terms.length === 1 && from === undefined) return beginningWith(view, question, typed, from)
    const places =
      words.length === 0 ? beginningWith(view, question, typed, from) : holding(view, question, words, from)
    return withAllTerms(view, question, textIn, places)
  }
  return [whole, begun]
}

/** A page of what holds all of the words, newest first, each document once; and how far it came, unless that is everywhere. */
const lookThrough = async <Document>(
  view: ViewReader<Document>,
  question: Question,
  textIn: (document: Document) => string,
  progress: Progress,
): Promise<{ readonly places: readonly IndexPlace[]; readonly progress: Progress }> => {
  const found = new Map<string, IndexPlace>()
  const take = async (places: Places): Promise<Stand | 'end'> => {
    for (;;) {
      const { done, value } = await places.next()
      if (done === true) return value ?? 'end'
      if (found.has(value.key)) continue
      if (found.size >= question.limit) return standOf(value)
      found.set(value.key, value)
    }
  }
  const next: (Stand | 'start' | 'end')[] = []
  for (const [at, look] of waysToLook(view, question, textIn).entries()) {
    const from = progress[at] ?? 'start'
    const waits = from === 'end' || found.size >= question.limit
    next.push(waits ? from : await take(look(from === 'start' ? undefined : from)))
  }
  return { places: [...found.values()].toSorted(newestFirst), progress: next }
}

interface SearchCursor {
  readonly customers: Progress
  readonly messages: Progress
}

const isProgress = (value: unknown): value is Progress =>
  Array.isArray(value) &&
  value.every(
    (one: unknown) =>
      one === 'start' ||
      one === 'end' ||
      (typeof one === 'object' &&
        one !== null &&
        'at' in one &&
        Number.isSafeInteger(one.at) &&
        'key' in one &&
        typeof one.key === 'string'),
  )

const readCursor = (cursor: string): SearchCursor => {
  try {
    const { customers, messages } = JSON.parse(decodeURIComponent(cursor)) as Partial<SearchCursor>
    if (isProgress(customers) && isProgress(messages)) return { customers, messages }
  } catch {
    // Told below.
  }
  return refuseCursor()
}

const writeCursor = (places: SearchCursor): { readonly cursor?: string } =>
  [...places.customers, ...places.messages].every((one) => one === 'end')
    ? {}
    : { cursor: encodeURIComponent(JSON.stringify(places)) }

/** A page of what a search finds on these channels, the newest first. */
export const conversationHits = async (
  read: Readers,
  channels: readonly ChannelFacts[],
  request: { readonly text: string; readonly limit: number; readonly cursor?: string | undefined },
): Promise<{
  readonly customers: readonly ConversationId[]
  readonly messages: readonly MessageHit[]
  readonly cursor?: string
}> => {
  const { text, limit } = request
  const from = request.cursor === undefined ? { customers: [], messages: [] } : readCursor(request.cursor)
  const question = { channels, terms: searchTerms(text).slice(0, MOST_TERMS), limit }
  if (question.terms.length === 0 || channels.length === 0) return { customers: [], messages: [] }
  const [customers, messages] = await Promise.all([
    lookThrough(
      read.customers,
      question,
      ({ profile, customerId }) => `${profile.name ?? ''} ${profile.username ?? ''} ${customerId}`,
      from.customers,
    ),
    lookThrough(read.transcript, question, searchable, from.messages),
  ])
  return {
    customers: customers.places.map(({ key }) => key),
    messages: messages.places.map((place) => {
      const slash = place.key.indexOf('/')
      return { conversationId: place.key.slice(0, slash), itemId: place.key.slice(slash + 1), at: instantOf(place) }
    }),
    ...writeCursor({ customers: customers.progress, messages: messages.progress }),
  }
}
