import type { MessageId } from '../ids.ts'
import { refuse } from '../refusal.ts'
import { given, requireText, utf8Bytes } from '../text.ts'
import { isUnsent } from './amendments.ts'
import type { QueueReply } from './commands.ts'
import { LIMITS } from './limits.ts'
import { knowsMessage } from './messages.ts'
import { isPublicHost } from './public-host.ts'
import type { MediaKind } from './events.ts'
import type { ConversationState } from './state.ts'

/** Longest text of a reply, in code points; Meta's own limit is smaller, so a long one leaves in parts (S7). */
export const MAX_REPLY_LENGTH = 1_600
/**
 * Most media of one reply: as many pictures as Meta takes in one message.
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message (May 6, 2026)
 */
export const MAX_REPLY_MEDIA = 10
/** Longest link to a medium, in bytes of UTF-8: it is stored with its reply, and nobody reads it letter by letter. */
const MAX_URL_BYTES = 4_096

const MEDIA_KINDS: readonly MediaKind[] = ['image', 'video', 'audio', 'file']

/**
 * What a reply may hold: text, media, or both; nothing is ever truncated.
 * @throws Refusal `empty`, `too-long`, `lone-surrogate`, `invalid`, `message-not-found` for the quoted message
 */
export const requireReplyContent = (data: QueueReply['data'], state: ConversationState): void => {
  const { text, media = [], replyTo } = data
  if (text !== undefined || media.length === 0) requireText('text', text ?? '', MAX_REPLY_LENGTH)
  if (media.length > MAX_REPLY_MEDIA) {
    refuse('too-long', { field: 'media', limit: MAX_REPLY_MEDIA, actual: media.length, unit: 'items' })
  }
  for (const [index, medium] of media.entries()) requireMedium(`media[${index}]`, medium)
  if (replyTo !== undefined && !isQuotable(state, replyTo, data.quotable)) {
    refuse('message-not-found', { messageId: replyTo })
  }
}

/** A message of this conversation that was not taken back. Where not even the index knows yet, the quote is left out when it leaves. */
const isQuotable = (state: ConversationState, messageId: MessageId, indexed: boolean | undefined): boolean => {
  const known = knowsMessage(state, messageId)
  if (known === false || isUnsent(state, messageId)) return false
  return known === true || indexed !== false
}

/** Meta fetches media by public https only. The link itself is content and stands in no refusal. */
const requireMedium = (field: string, { kind, url }: { readonly kind: MediaKind; readonly url: string }): void => {
  if (!MEDIA_KINDS.includes(kind)) {
    refuse('invalid', { field: `${field}.kind`, expected: MEDIA_KINDS.join(', '), given: given(kind) })
  }
  const host = /^https:\/\/(\[[^\s/?#@\]]*\]|[^\s/?#@:\\[\]]+)(:\d+)?([/?#]\S*)?$/iu.exec(url)?.[1]
  if (host === undefined || !url.isWellFormed()) {
    const scheme = /^[a-z][a-z0-9+.-]*:/iu.exec(url)?.[0]
    return refuse('invalid', {
      field: `${field}.url`,
      expected: 'an https link',
      given: given(scheme ?? 'something else'),
    })
  }
  if (!isPublicHost(host)) {
    refuse('invalid', { field: `${field}.url`, expected: 'a link to a public host', given: 'a private address' })
  }
  const bytes = utf8Bytes(url)
  if (bytes > MAX_URL_BYTES) {
    refuse('too-long', { field: `${field}.url`, limit: MAX_URL_BYTES, actual: bytes, unit: 'bytes' })
  }
}

/** More replies than that do not wait in one conversation. @throws Refusal `too-long` */
export const requireRoomInQueue = (waiting: number): void => {
  const limit = LIMITS.waitingReplies
  if (waiting >= limit) refuse('too-long', { field: 'waiting replies', limit, actual: waiting + 1, unit: 'items' })
}
