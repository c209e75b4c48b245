import type { ConversationId, Episode, Revision } from '../../domain/ids.ts'
import { DAY, type Instant } from '../../domain/instant.ts'
import { isInTicket, type TakenMessages, type TicketRange } from '../../domain/ticket/index.ts'
import {
  assembleReply,
  type AssembledReply,
  conversionKey,
  type MessageItem,
  type NoteItem,
  partKeys,
  replyKeyOf,
  standsAlone,
  type SystemItem,
  textOf,
  type TranscriptDocument,
} from '../../projections/index.ts'
import type { Hit } from '../views/view-reader.ts'
import type { Readers } from '../views/readers.ts'
import type { Page } from './page.ts'

/** A message of a transcript. */
export interface TranscriptMessage extends MessageItem {
  /** The newest; absent where there is none, or none any more. */
  readonly text?: string
  /** When the links to a story in it end at the latest: Meta keeps a story for a day. It may be taken back before. */
  readonly linksExpireAt?: Instant
}

/** One item of a transcript. */
export type TranscriptEntry =
  | TranscriptMessage
  | ({ readonly kind: 'reply' } & AssembledReply & { readonly at: number; readonly revision: Revision })
  | NoteItem
  | SystemItem

/** @see https://developers.facebook.com/docs/messenger-platform/instagram/features/story-mention (Jun 26, 2026) */
const showsStory = ({ outline, content }: MessageItem): boolean =>
  content !== undefined &&
  (outline.kind === 'story-reply' ||
    outline.attachments.some(({ kind }) => kind === 'story' || kind === 'story-mention'))

/** What is shown of a document; undefined for what is shown elsewhere, or not at all. */
export const entryOf = async (read: Readers, document: TranscriptDocument): Promise<TranscriptEntry | undefined> => {
  switch (document.kind) {
    case 'message': {
      const text = textOf(document)
      return {
        ...document,
        ...(text === undefined ? {} : { text }),
        ...(showsStory(document) ? { linksExpireAt: document.at + DAY } : {}),
      }
    }
    case 'reply': {
      const { at, revision } = document
      return {
        kind: 'reply',
        at,
        revision,
        ...assembleReply(document, await read.transcript.getMany(partKeys(document))),
      }
    }
    case 'part':
      return document.echo !== undefined && standsAlone(document, await read.transcript.get(replyKeyOf(document)))
        ? entryOf(read, { ...document.echo, marks: document.marks })
        : undefined
    case 'note':
    case 'system':
      return document
    case 'awaited':
      return undefined
  }
}

/** A page of a conversation in the order of message time; `backwards` begins at the newest. */
export const transcriptPage = async (
  read: Readers,
  conversationId: ConversationId,
  { limit, cursor, backwards }: { readonly limit: number; readonly cursor?: string; readonly backwards: boolean },
): Promise<Page<TranscriptEntry>> => {
  const items: TranscriptEntry[] = []
  let after = cursor
  for (;;) {
    const hits: readonly Hit<TranscriptDocument>[] = await read.transcript.query({
      index: 'conversation',
      prefix: [conversationId],
      limit: limit - items.length + 1,
      backwards,
      ...(after === undefined ? {} : { after }),
    })
    for (const { document, cursor: place } of hits) {
      if (items.length === limit) return after === undefined ? { items } : { items, cursor: after }
      const entry = await entryOf(read, document)
      if (entry !== undefined) items.push(entry)
      after = place
    }
    if (hits.length <= limit - items.length) return { items }
  }
}

/** What names the messages of a ticket. */
export type TicketMessages = TicketRange & {
  readonly conversationId: ConversationId
  readonly openedAt: Instant
}

/**
 * A page of the messages that a ticket holds, each page in the order of message time: first what it takes beside its episode, the
 * oldest first, then its episode, the earliest recorded first.
 */
export const ticketPage = async (
  read: Readers,
  ticket: TicketMessages,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<Page<TranscriptEntry>> => {
  const ofEpisode = cursor?.startsWith(OF_EPISODE) === true
  if (ticket.takes === undefined || ofEpisode) {
    return episodePage(read, ticket, limit, ofEpisode ? cursor.slice(OF_EPISODE.length) : cursor)
  }
  const taken = await takenPage(read, ticket, ticket.takes, limit, cursor)
  if (taken.cursor !== undefined) return taken
  const left = limit - taken.items.length
  if (left === 0) return { ...taken, cursor: OF_EPISODE }
  const { items, cursor: next } = await episodePage(read, ticket, left, undefined)
  return { items: [...taken.items, ...items], ...(next === undefined ? {} : { cursor: `${OF_EPISODE}${next}` }) }
}

/** Begins the cursor of a page in the episode of a ticket that takes more than it. */
const OF_EPISODE = 'episode/'

const episodePage = async (
  read: Readers,
  { conversationId, episode, lastRevision }: TicketMessages,
  limit: number,
  cursor: string | undefined,
): Promise<Page<TranscriptEntry>> => {
  const hits: readonly Hit<TranscriptDocument>[] = await read.transcript.query({
    index: 'episode',
    prefix: [conversationId, episode],
    to: lastRevision,
    limit: limit + 1,
    ...(cursor === undefined || cursor === '' ? {} : { after: cursor }),
  })
  const shown = hits.slice(0, limit)
  const entries = await Promise.all(shown.map(({ document }) => entryOf(read, document)))
  const items = entries
    .filter((entry) => entry !== undefined)
    .toSorted((one, other) => one.at - other.at || one.revision - other.revision)
  const last = shown.at(-1)
  return hits.length <= limit || last === undefined ? { items } : { items, cursor: last.cursor }
}

/** Without a cursor: that was all of it. */
const takenPage = async (
  read: Readers,
  ticket: TicketMessages,
  { since }: TakenMessages,
  limit: number,
  cursor: string | undefined,
): Promise<Page<TranscriptEntry>> => {
  const items: TranscriptEntry[] = []
  for (let after = cursor; ;) {
    const hits: readonly Hit<TranscriptDocument>[] = await read.transcript.query({
      index: 'conversation',
      prefix: [ticket.conversationId],
      from: since,
      to: ticket.openedAt,
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
    })
    const tickets = await ticketsAmong(read, ticket.conversationId, hits)
    for (const { document, cursor: place } of hits) {
      if (items.length === limit && after !== undefined) return { items, cursor: after }
      after = place
      if (!isMessage(document) || document.episode === ticket.episode) continue
      if (!isInTicket(ticket, document, (episode) => tickets.has(episode))) continue
      const entry = await entryOf(read, document)
      if (entry !== undefined) items.push(entry)
    }
    if (hits.length <= limit) return { items }
  }
}

const isMessage = (
  document: TranscriptDocument,
): document is Extract<TranscriptDocument, { kind: 'message' | 'reply' }> =>
  document.kind === 'message' || document.kind === 'reply'

/** Which episodes of these messages became tickets of their own. */
const ticketsAmong = async (
  read: Readers,
  conversationId: ConversationId,
  hits: readonly Hit<TranscriptDocument>[],
): Promise<ReadonlySet<Episode>> => {
  const episodes = [...new Set(hits.flatMap(({ document }) => (isMessage(document) ? (document.episode ?? []) : [])))]
  const conversions = await read.transcript.getMany(episodes.map((episode) => conversionKey(conversationId, episode)))
  return new Set(episodes.filter((_, index) => conversions[index] !== undefined))
}
