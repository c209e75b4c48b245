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
import { newestOf } from '../views/merge-pages.ts'
import type { Hit, ViewReader } from '../views/view-reader.ts'
import type { Readers } from '../views/readers.ts'

/** Documents looked at for one search, on however many channels: a search walks a bounded part of one index. */
const LOOKED_AT = 500

export interface MessageHit {
  readonly conversationId: ConversationId
  readonly itemId: string
  readonly at: number
}

/** Newest first. Entries of an index of words are `channel, word, instant`. */
const instantOf = ({ entry }: Pick<Hit<unknown>, 'entry'>): number => Number(entry.at(-1))

/** What holds this word on these channels, the newest first; it is read as far as somebody goes on reading. */
async function* hitsOf<Document>(
  view: ViewReader<Document>,
  channels: readonly ChannelFacts[],
  { token, prefix }: SearchTerm,
  limit: number,
): AsyncGenerator<Hit<Document>, void, undefined> {
  if (prefix) {
    // Words that begin alike stand one after the other, each with its own instants.
    const share = Math.max(limit, Math.ceil(LOOKED_AT / channels.length))
    const range = { index: 'search', from: token, to: endOfPrefix(token), limit: share, backwards: true }
    const found = await Promise.all(channels.map(({ channelId }) => view.query({ ...range, prefix: [channelId] })))
    yield* found.flat().toSorted((one, other) => instantOf(other) - instantOf(one))
    return
  }
  const sources = channels.map(({ channelId }) => ({
    name: channelId,
    read: (page: { readonly limit: number; readonly after?: string }) =>
      view.query({ index: 'search', prefix: [channelId, token], backwards: true, ...page }),
    order: instantOf,
  }))
  let looked = 0
  for await (const { hit } of newestOf(sources, limit)) {
    yield hit
    looked++
    if (looked >= LOOKED_AT) return
  }
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

/** What a search finds on these channels: walks the index of the most telling word, and checks the others in the texts. */
export const conversationHits = async (
  read: Readers,
  channels: readonly ChannelFacts[],
  text: string,
  limit: number,
): Promise<{ readonly customers: readonly ConversationId[]; readonly messages: readonly MessageHit[] }> => {
  const terms = searchTerms(text)
  const [first] = terms
  if (first === undefined || channels.length === 0) return { customers: [], messages: [] }
  const findCustomers = async (): Promise<readonly ConversationId[]> => {
    const found = new Set<ConversationId>()
    for await (const { document } of hitsOf(read.customers, channels, first, limit)) {
      const { name = '', username = '' } = document.profile
      if (matchesTerms(`${name} ${username} ${document.customerId}`, terms)) found.add(document.conversationId)
      if (found.size === limit) break
    }
    return [...found]
  }
  const findMessages = async (): Promise<readonly MessageHit[]> => {
    const found = new Map<string, MessageHit>()
    for await (const { key, document } of hitsOf(read.transcript, channels, first, limit)) {
      if (document.kind === 'awaited' || document.kind === 'system' || found.has(key)) continue
      if (!matchesTerms(searchable(document), terms)) continue
      const { conversationId, at } = document
      found.set(key, { conversationId, itemId: key.slice(key.indexOf('/') + 1), at })
      if (found.size === limit) break
    }
    return [...found.values()]
  }
  const [customers, messages] = await Promise.all([findCustomers(), findMessages()])
  return { customers, messages }
}
