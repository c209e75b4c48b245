import type { ConversationId, Episode, Revision } from '../../domain/ids.ts'
import {
  assembleReply,
  type AssembledReply,
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

/** One item of a transcript. `text` of a message is its newest; absent where there is none, or none any more. */
export type TranscriptEntry =
  | (MessageItem & { readonly text?: string })
  | ({ readonly kind: 'reply' } & AssembledReply & { readonly at: number; readonly revision: Revision })
  | NoteItem
  | SystemItem

/** What is shown of a document; undefined for what is shown elsewhere, or not at all. */
export const entryOf = async (read: Readers, document: TranscriptDocument): Promise<TranscriptEntry | undefined> => {
  switch (document.kind) {
    case 'message': {
      const text = textOf(document)
      return text === undefined ? document : { ...document, text }
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

/** A page of the messages of an episode between two revisions (both inclusive), the earliest recorded first, and within the page in the order of message time: what a ticket holds. */
export const episodePage = async (
  read: Readers,
  { conversationId, episode, firstRevision, lastRevision }: EpisodeRange,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<Page<TranscriptEntry>> => {
  const hits: readonly Hit<TranscriptDocument>[] = await read.transcript.query({
    index: 'episode',
    prefix: [conversationId, episode],
    from: firstRevision,
    to: lastRevision,
    limit: limit + 1,
    ...(cursor === undefined ? {} : { after: cursor }),
  })
  const shown = hits.slice(0, limit)
  const entries = await Promise.all(shown.map(({ document }) => entryOf(read, document)))
  const items = entries
    .filter((entry) => entry !== undefined)
    .toSorted((one, other) => one.at - other.at || one.revision - other.revision)
  const last = shown.at(-1)
  return hits.length <= limit || last === undefined ? { items } : { items, cursor: last.cursor }
}

/** A ticket's part of its conversation. */
export interface EpisodeRange {
  readonly conversationId: ConversationId
  readonly episode: Episode
  readonly firstRevision: Revision
  readonly lastRevision: Revision
}
