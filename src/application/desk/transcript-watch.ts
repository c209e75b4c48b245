import type { Actor } from '../../domain/actor.ts'
import type { ConversationId } from '../../domain/ids.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { replyKeyOf, type TranscriptDocument } from '../../projections/index.ts'
import type { ChangedKeys } from '../views/changes.ts'
import type { Access } from './access.ts'
import type { DeskContext } from './context.ts'
import { entryOf, type TranscriptEntry } from './transcript.ts'
import { watching } from './watching.ts'

/**
 * Live changes of one conversation, from this call on: each item that is new or different, as it is when it is read.
 * Ends when the signal aborts, the reader stops, the desk stops, or the reader loses access.
 */
export const watchTranscript = (
  context: DeskContext,
  access: Access,
  actor: Actor,
  conversationId: ConversationId,
  until: AbortSignal | undefined,
): AsyncIterableIterator<TranscriptEntry, void, undefined> => {
  const mine = `${conversationId}/`
  return watching(context.views, until, {
    check: () => access.toConversation(actor, conversationId, 'transcript'),
    keysOf: (change) => [...(change.get('transcript') ?? [])].filter((key) => key.startsWith(mine)),
    items: (changed, signal) => changes(context, access, actor, conversationId, changed, signal),
  })
}

async function* changes(
  context: DeskContext,
  access: Access,
  actor: Actor,
  conversationId: ConversationId,
  changed: ChangedKeys,
  signal: AbortSignal,
): AsyncGenerator<TranscriptEntry, void, undefined> {
  const { read } = context
  while (!signal.aborted) {
    const documents = await read.transcript.getMany(await changed.take(signal))
    // What happens to a message that a reply became is shown in the bubble of the reply.
    const bubbles = new Set(documents.flatMap((document) => (document?.kind === 'part' ? [replyKeyOf(document)] : [])))
    const shown = [...documents, ...(await read.transcript.getMany([...bubbles]))]
    for (const document of distinct(shown)) {
      if (signal.aborted || !(await mayStillRead(access, actor, conversationId))) return
      const entry = await entryOf(read, document)
      if (entry !== undefined) yield entry
    }
  }
}

const distinct = (documents: readonly (TranscriptDocument | undefined)[]): ReadonlySet<TranscriptDocument> =>
  new Set(documents.filter((document) => document !== undefined))

const mayStillRead = async (access: Access, actor: Actor, conversationId: ConversationId): Promise<boolean> => {
  try {
    await access.toConversation(actor, conversationId, 'transcript')
    return true
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}
