import type { Part, ReplyQueued } from '../../domain/conversation/index.ts'
import type { ConversationId, MessageId, Revision } from '../../domain/ids.ts'
import { unsentKey } from '../../projections/index.ts'
import { toDomainEvent } from '../codec.ts'
import { conversations } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import type { OutgoingMessage } from '../ports/messenger.ts'

/** What the agent wrote. */
export interface QueuedContent {
  readonly text?: string
  readonly media: readonly { readonly kind: 'image' | 'video' | 'audio' | 'file'; readonly url: string }[]
  readonly replyToMid?: string
}

type Reading = Pick<DeskContext, 'store' | 'read'>

/** Reads it from where it was queued; undefined if it was forgotten since. */
export const queuedContent = async (
  context: Reading,
  conversationId: ConversationId,
  revision: Revision,
): Promise<QueuedContent | undefined> => {
  const [recorded] = await context.store.events.read(streamOf(conversationId), { from: revision, limit: 1 })
  if (recorded === undefined) return undefined
  const { data, personal } = toDomainEvent<ReplyQueued>(recorded)
  const urls = personal?.mediaUrls ?? []
  if ((data.hasText && personal?.text === undefined) || urls.length < data.media.length) return undefined
  const replyToMid = data.replyTo === undefined ? undefined : await midOf(context, conversationId, data.replyTo)
  return {
    media: data.media.map(({ kind }, index) => ({ kind, url: urls[index] ?? '' })),
    ...(personal?.text === undefined ? {} : { text: personal.text }),
    ...(replyToMid === undefined ? {} : { replyToMid }),
  }
}

/** What one part of it is as a message. */
export const messageOf = (part: Part, { text = '', media }: QueuedContent): Pick<OutgoingMessage, 'text' | 'media'> =>
  part.kind === 'text'
    ? { text: text.slice(part.from, part.to) }
    : { media: part.indexes.flatMap((index) => media[index] ?? []) }

/**
 * Meta's id of a message of the conversation; undefined where it cannot be found, or was taken back. A quote that is not found is
 * left out, the reply still goes.
 */
export const midOf = async (
  { store, read }: Reading,
  conversationId: ConversationId,
  messageId: MessageId,
): Promise<string | undefined> => {
  const [found, unsent] = await read.messageIndex.getMany([messageId, unsentKey(messageId)])
  if (found === undefined || found.conversationId !== conversationId || unsent !== undefined) return undefined
  const [recorded] = await store.events.read(streamOf(conversationId), { from: found.revision, limit: 1 })
  return (recorded?.data as { readonly mid?: string } | undefined)?.mid
}

const streamOf = (conversationId: ConversationId): string => `${conversations.name}-${conversationId}`
