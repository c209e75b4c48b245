import type { MediaKind, Part, ReplyQueued } from '../../domain/conversation/events.ts'
import type { Recorded } from '../projection.ts'
import { progressed, QUEUED, type ReplyProgressEvent } from '../reply-progress.ts'
import { channelOf, conversationOf } from '../scope.ts'
import type { Medium, PartContent, ReplyItem } from './document.ts'

export const queuedReply = ({ data, personal }: ReplyQueued, recorded: Recorded<unknown>): ReplyItem => ({
  kind: 'reply',
  conversationId: conversationOf(recorded),
  channelId: channelOf(recorded),
  replyId: data.replyId,
  author: data.author,
  at: data.at,
  revision: recorded.revision,
  ...(data.episode === undefined ? {} : { episode: data.episode }),
  ...(data.replyTo === undefined ? {} : { replyTo: data.replyTo }),
  hasText: data.hasText,
  mediaKinds: data.media.map(({ kind }) => kind),
  ...(personal?.text === undefined ? {} : { text: personal.text }),
  ...(personal?.mediaUrls === undefined ? {} : { mediaUrls: personal.mediaUrls }),
  progress: QUEUED,
})

const mediumOf = (kind: MediaKind, url: string | undefined): Medium => (url === undefined ? { kind } : { kind, url })

/** The parts with what they hold. White space at a cut goes to the part before it, so that all texts joined are what was written. */
const cutInto = (
  parts: readonly Part[],
  { text, mediaKinds, mediaUrls }: Pick<ReplyItem, 'text' | 'mediaKinds' | 'mediaUrls'>,
): readonly PartContent[] =>
  parts.map((part, place): PartContent => {
    if (part.kind === 'media') {
      return { kind: 'media', media: part.indexes.map((at) => mediumOf(mediaKinds[at] ?? 'file', mediaUrls?.[at])) }
    }
    if (text === undefined) return { kind: 'text' }
    const isFirst = parts.findIndex(({ kind }) => kind === 'text') === place
    const next = parts[place + 1]
    return { kind: 'text', text: text.slice(isFirst ? 0 : part.from, next?.kind === 'text' ? next.from : text.length) }
  })

/** The reply after something happened to it. `moves`: what was sent is kept with its message from now on. */
export const repliedWith = (reply: ReplyItem, event: ReplyProgressEvent, moves: boolean): ReplyItem => {
  const progress = progressed(reply.progress, event)
  if (event.type === 'ReplyAttempted' && reply.cut === undefined && event.data.parts !== undefined) {
    const { text: _, mediaUrls: _urls, ...rest } = reply
    return { ...rest, cut: cutInto(event.data.parts, reply), progress }
  }
  if (event.type === 'ReplyPartSent' && reply.cut !== undefined && moves) {
    return { ...reply, cut: reply.cut.map((content, part) => (part === event.data.part ? null : content)), progress }
  }
  if (event.type === 'ReplyRequeued') return { ...reply, resentBy: event.data.by, progress }
  return { ...reply, progress }
}
