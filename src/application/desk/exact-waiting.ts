import type { Instant } from '../../domain/instant.ts'
import { type InboxDocument, isUnsure, partKeys, type TranscriptDocument } from '../../projections/index.ts'
import type { Readers } from '../views/readers.ts'

const PAGE = 100

/**
 * The document with what its list of the newest messages cannot tell any more, read from the transcript: since when the customer waits,
 * and when they were answered last. Only after many messages of which an old one was taken back.
 */
export const withExactWaiting = async (read: Readers, document: InboxDocument): Promise<InboxDocument> => {
  if (!isUnsure(document.waiting)) return document
  // The customer's earliest message so far, and the next of a later instant: what was written with the answer is answered.
  let since: Instant | undefined
  let next: Instant | undefined
  const answeredAt = (answer: Instant | null): InboxDocument =>
    told(document, since !== undefined && since <= (answer ?? -Infinity) ? next : since, answer)
  for (let after: string | undefined; ;) {
    const hits = await read.transcript.query({
      index: 'conversation',
      prefix: [document.conversationId],
      limit: PAGE,
      backwards: true,
      ...(after === undefined ? {} : { after }),
    })
    for (const { document: item } of hits) {
      if (await isAnswer(read, item)) return answeredAt(item.kind === 'awaited' ? null : item.at)
      if (item.kind === 'message' && item.origin === 'customer' && item.marks.unsent === undefined) {
        if (item.at !== since) next = since
        since = item.at
      }
    }
    after = hits.at(-1)?.cursor
    if (hits.length < PAGE) return answeredAt(null)
  }
}

const told = (document: InboxDocument, since: Instant | undefined, answeredAt: Instant | null): InboxDocument => ({
  ...document,
  waiting: {
    items: since === undefined ? [] : [['', since, 'customer']],
    older: { answeredAt, since: null, until: null, count: 0, first: null },
  },
})

/** Whether a person answered with it and has not taken it back. */
const isAnswer = async (read: Readers, item: TranscriptDocument): Promise<boolean> => {
  if (item.kind === 'message') return item.origin === 'outside' && item.marks.unsent === undefined
  if (item.kind !== 'reply' || (item.resentBy ?? item.author).kind === 'automation') return false
  const parts = await read.transcript.getMany(partKeys(item))
  return parts.some((part) => part?.kind === 'part' && part.marks.unsent === undefined)
}
