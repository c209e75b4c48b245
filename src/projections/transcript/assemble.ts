import type { MessageId } from '../../domain/ids.ts'
import type { PartProgress } from '../reply-progress.ts'
import {
  type Marks,
  messageKey,
  type MessageItem,
  type PartContent,
  type PartItem,
  type ReplyItem,
  replyKey,
  type TranscriptDocument,
} from './document.ts'

/** The newest text of a message; undefined: it has none, or it was taken back or forgotten. */
export const textOf = ({ content, marks }: Pick<MessageItem, 'content' | 'marks'>): string | undefined =>
  marks.unsent === undefined ? (marks.edit === undefined ? content?.text : marks.edit.text) : undefined

/** The text of one sent part. */
export const textOfPart = ({ content, marks }: Pick<PartItem, 'content' | 'marks'>): string | undefined => {
  if (marks.unsent !== undefined) return undefined
  if (marks.edit !== undefined) return marks.edit.text
  return content?.kind === 'text' ? content.text : undefined
}

/** One part of a reply as it is shown: what was sent with what happened to it since, or what is still to be sent. */
export interface AssembledPart extends PartProgress {
  readonly content?: PartContent
  readonly marks: Marks
}

/** A reply together with the messages that it became. */
export interface AssembledReply {
  readonly reply: ReplyItem
  /** All that is left of its text; undefined: it has none, or all of it was taken back or forgotten. */
  readonly text?: string
  readonly parts: readonly AssembledPart[]
}

/** The documents of the messages that a reply became: needed to show it. */
export const partKeys = ({ conversationId, progress }: ReplyItem): readonly string[] =>
  progress.parts.flatMap((part) =>
    [...messagesOf(part), ...(part.contentIn === undefined ? [] : [part.contentIn])].map((messageId) =>
      messageKey(conversationId, messageId),
    ),
  )

/** The messages that a part became: more than one if it arrived again. */
export const messagesOf = ({ messageId, again = [] }: PartProgress): readonly MessageId[] =>
  messageId === undefined ? [] : [messageId, ...again.map((other) => other.messageId)]

const NO_MARKS: Marks = {}

const sentContent = ({ content, marks }: PartItem): PartContent | undefined => {
  if (marks.unsent !== undefined) return undefined
  if (marks.edit === undefined || content?.kind === 'media') return content
  return { kind: 'text', ...(marks.edit.text === undefined ? {} : { text: marks.edit.text }) }
}

/** Puts a reply together from its own document and those of {@link partKeys}. */
export const assembleReply = (
  reply: ReplyItem,
  documents: readonly (TranscriptDocument | undefined)[],
): AssembledReply => {
  const found = new Map<MessageId, PartItem>()
  for (const document of documents) if (document?.kind === 'part') found.set(document.messageId, document)
  const elsewhere = ({ contentIn }: PartProgress, sent?: PartItem): PartContent | undefined => {
    const holder = contentIn === undefined || sent?.marks.unsent !== undefined ? undefined : found.get(contentIn)
    return holder && sentContent(holder)
  }
  const parts = reply.progress.parts.map((progress, place): AssembledPart => {
    const messages = messagesOf(progress).flatMap((messageId) => found.get(messageId) ?? [])
    // One that arrived twice is there as long as one of the two is.
    const sent = messages.find(({ marks }) => marks.unsent === undefined) ?? messages[0]
    const content =
      sent === undefined
        ? (reply.cut?.[place] ?? elsewhere(progress))
        : (sentContent(sent) ?? elsewhere(progress, sent))
    return { ...progress, ...(content === undefined ? {} : { content }), marks: sent?.marks ?? NO_MARKS }
  })
  const texts = parts.flatMap(({ content }) =>
    content?.kind === 'text' && content.text !== undefined ? [content.text] : [],
  )
  const text = reply.text ?? (texts.length === 0 ? undefined : texts.join(''))
  return { reply, ...(text === undefined ? {} : { text }), parts }
}

/** The reply that a part belongs to: needed to tell whether it {@link standsAlone}. */
export const replyKeyOf = ({ conversationId, replyId }: PartItem): string => replyKey(conversationId, replyId)

/**
 * Equal text had joined this message to a reply, and Meta's late answer named another one: it was a reply from outside.
 * Only a part that stands in the transcript's index can turn out so.
 */
export const standsAlone = (part: PartItem, reply: TranscriptDocument | undefined): boolean =>
  reply?.kind === 'reply' && !messagesOf(reply.progress.parts[part.part] ?? NO_PART).includes(part.messageId)

const NO_PART: PartProgress = { status: 'waiting' }
