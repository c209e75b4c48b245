import type { Json, JsonObject } from '../../../application/ports/json.ts'
import type { IncomingContent } from '../../../application/ports/platform.ts'
import type { Attachment, MessageKind, Referral } from '../../../domain/conversation/content.ts'
import { isRecording, readAttachments } from './attachments.ts'
import { readButtons } from './buttons.ts'
import { parseJson } from './json.ts'
import { asDelivered, isListed, withoutListedRecordings } from './listed-message.ts'
import { asFlag, asId, asList, asObject, asText } from './readers.ts'
import { readReferral } from './referral.ts'
import type { Addressed } from './thread.ts'
import { read, unreadable, type Verdict } from './verdict.ts'

/**
 * `message`: what the customer wrote, an echo of what the account sent, or an unsend of either.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/webhook (Jun 26, 2026)
 */
export const readMessage = (message: JsonObject, { thread, by }: Addressed, event: JsonObject): Verdict => {
  const mid = asId(message['mid'], 'message.mid')
  if (mid === undefined) return unreadable('message.mid is missing')
  // The one case in which flag and account id disagree; an echo is never a customer's message, so nobody guesses here.
  if (asFlag(message['is_echo'], 'message.is_echo') && by === 'customer')
    return unreadable('message.is_echo, but the account is not the sender')
  if (asFlag(message['is_deleted'], 'message.is_deleted')) return read({ ...thread, kind: 'unsend', mid, by })
  const content = readContent(message, event['referral'])
  if (typeof content === 'string') return unreadable(content)
  return by === 'business'
    ? read({ ...thread, kind: 'echo', mid, content })
    : read({ ...thread, kind: 'message', key: mid, mid, content })
}

/** A message as the Graph API lists it; what is not understood is kept as it came. */
export const readListedMessage = (listed: JsonObject): IncomingContent => {
  const kept = (): JsonObject => withoutListedRecordings(listed)
  try {
    const content = readContent(asDelivered(listed), undefined, kept)
    if (typeof content !== 'string') return content
  } catch {
    // Beyond what a webhook may hold.
  }
  return { kind: 'unknown', attachments: none, raw: JSON.stringify(kept()) }
}

/** Gives the content, or what about it cannot be read. `kept`: what of it is kept where something is not understood. */
const readContent = (
  message: JsonObject,
  besides: Json | undefined,
  kept: () => JsonObject = () => withoutRecordings(message),
): IncomingContent | string => {
  const { text, attachments: list } = message
  if (text !== undefined && text !== null && typeof text !== 'string') return 'message.text is no text'
  if (list !== undefined && list !== null && asList(list) === undefined) return 'message.attachments is no list'
  const attachments = readAttachments(asList(list) ?? none)
  const replyTo = asObject(message['reply_to'])
  const replyToMid = asId(replyTo?.['mid'], 'reply_to.mid')
  const story = readStory(replyTo?.['story'])
  const payload = asText(asObject(message['quick_reply'])?.['payload'])
  const quickReplies = readButtons(message['quick_replies'])
  const referral = readReferral(message['referral']) ?? readReferral(besides)
  const kind = mainKind(message, attachments, story !== undefined)
  const unknown = kind === 'unknown' || attachments.some((it) => it.kind === 'unknown')
  return {
    kind,
    attachments,
    ...(text && { text }),
    ...(replyToMid !== undefined && { replyToMid }),
    ...(story && { story }),
    ...(payload !== undefined && { payload }),
    ...(quickReplies.length > 0 && { quickReplies }),
    ...(referral && { referral }),
    ...(unknown && { raw: JSON.stringify(kept()) }),
  }
}

/** Reads again what was kept of a message; undefined if that is no message. */
export const readMessageAgain = (raw: string): IncomingContent | undefined => {
  try {
    const message = asObject(parseJson(raw))
    if (message !== undefined && isListed(message)) return readListedMessage(message)
    const content = message && readContent(message, undefined)
    return typeof content === 'string' ? undefined : content
  } catch {
    return undefined
  }
}

/** Links of audio, video and view-once media are not kept beside what they are read as: a channel may not receive them. */
const withoutRecordings = (message: JsonObject): JsonObject => {
  const list = asList(message['attachments'])
  if (list === undefined || !list.some(isRecording)) return message
  return {
    ...message,
    attachments: list.map((it) => (isRecording(it) ? { type: asObject(it)?.['type'] ?? null } : it)),
  }
}

const none: readonly Attachment[] & readonly Json[] = []

const mainKind = (message: JsonObject, attachments: readonly Attachment[], story: boolean): MessageKind => {
  if (asFlag(message['is_unsupported'], 'message.is_unsupported')) return 'unsupported'
  if (story) return 'story-reply'
  if (asObject(message['quick_reply']) !== undefined) return 'quick-reply'
  return attachments[0]?.kind ?? (message['text'] ? 'text' : 'unknown')
}

/** The members of a story may be missing singly; an empty one still says that a story is answered. */
const readStory = (value: Json | undefined): IncomingContent['story'] => {
  const story = asObject(value)
  if (story === undefined) return undefined
  const id = asId(story['id'], 'story.id')
  const url = asText(story['url'])
  const linkStickerUrl = asText(story['link_sticker_url'])
  return {
    ...(id !== undefined && { id }),
    ...(url !== undefined && { url }),
    ...(linkStickerUrl !== undefined && { linkStickerUrl }),
  }
}

/**
 * `postback`: a tap on an ice breaker, a button or the persistent menu. Below v11.0 and in standby without `mid`, in
 * standby without `payload`.
 */
export const readPostbackContent = (postback: JsonObject, referral: Referral | undefined): IncomingContent => {
  const text = asText(postback['title'])
  const payload = asText(postback['payload'])
  return {
    kind: 'postback',
    attachments: none,
    ...(text !== undefined && { text }),
    ...(payload !== undefined && { payload }),
    ...(referral && { referral }),
  }
}
