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
import type { Hit } from '../views/view-reader.ts'
import type { Readers } from '../views/readers.ts'

/** Documents looked at per channel for one search: a search walks a bounded part of one index. */
const LOOKED_AT = 500

export interface MessageHit {
  readonly conversationId: ConversationId
  readonly itemId: string
  readonly at: number
}

const rangeOf = (
  channelId: string,
  { token, prefix }: SearchTerm,
): { prefix: readonly string[]; from?: string; to?: string } =>
  prefix ? { prefix: [channelId], from: token, to: endOfPrefix(token) } : { prefix: [channelId, token] }

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
  if (first === undefined) return { customers: [], messages: [] }
  const walk = async <Document>(
    query: (range: ReturnType<typeof rangeOf>) => Promise<readonly Hit<Document>[]>,
  ): Promise<readonly Hit<Document>[]> =>
    (await Promise.all(channels.map(({ channelId }) => query(rangeOf(channelId, first))))).flat()
  const [customerHits, messageHits] = await Promise.all([
    walk((range) => read.customers.query({ index: 'search', ...range, limit: LOOKED_AT, backwards: true })),
    walk((range) => read.transcript.query({ index: 'search', ...range, limit: LOOKED_AT, backwards: true })),
  ])
  const newestFirst = <Document>(hits: readonly Hit<Document>[]): readonly Hit<Document>[] =>
    hits.toSorted((one, other) => Number(other.entry.at(-1)) - Number(one.entry.at(-1)))
  const customers = new Set<ConversationId>()
  for (const { document } of newestFirst(customerHits)) {
    const { name = '', username = '' } = document.profile
    if (matchesTerms(`${name} ${username} ${document.customerId}`, terms)) customers.add(document.conversationId)
  }
  const seen = new Set<string>()
  const messages = newestFirst(messageHits).flatMap(({ key, document }) => {
    if (
      seen.has(key) ||
      document.kind === 'awaited' ||
      document.kind === 'system' ||
      !matchesTerms(searchable(document), terms)
    )
      return []
    seen.add(key)
    return [{ conversationId: document.conversationId, itemId: key.slice(key.indexOf('/') + 1), at: document.at }]
  })
  return { customers: [...customers].slice(0, limit), messages: messages.slice(0, limit) }
}
