import { asList, asObject, asString, type Json, type JsonObject } from './json.ts'
import { GraphRefusal } from './graph-error.ts'
import type { Attachment } from './world.ts'

/** What a call asks to be put on the customer's phone. */
export interface Content {
  readonly text?: string
  readonly attachments?: readonly SentAttachment[]
}

/** An attachment of a call: with a link, an id of an upload, or neither. */
export interface SentAttachment extends Attachment {
  readonly uploadId?: string
  readonly reusable?: boolean
}

const MAX_TEXT_BYTES = 1000
const MAX_IMAGES = 10
const media = new Set(['image', 'video', 'audio', 'file'])

/**
 * Reads `message` of a send and refuses what Meta refuses: text over 1,000 UTF-8 bytes, nothing at all, text and media
 * together, several attachments that are not all images, more than ten.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message (June 24, 2026)
 */
export const readContent = (message: JsonObject): Content => {
  const { text, attachment, attachments, quick_replies: quickReplies } = message
  const kinds = [text, attachment, attachments].filter((part) => part !== undefined)
  if (kinds.length !== 1) throw new GraphRefusal('invalid-data', 'exactly one of text, attachment, attachments')
  if (message['reply_to'] !== undefined) throw new GraphRefusal('invalid-data', 'reply_to stands beside message')
  if (quickReplies !== undefined) checkQuickReplies(text, quickReplies)
  if (text !== undefined) return { text: checkedText(text) }
  if (attachment !== undefined) return { attachments: [readAttachment(attachment)] }
  const list = asList(attachments) ?? []
  if (list.length === 0 || list.length > MAX_IMAGES) throw new GraphRefusal('invalid-data', 'one to ten images')
  const read = list.map(readAttachment)
  if (read.some(({ type }) => type !== 'image')) throw new GraphRefusal('invalid-data', 'only images go together')
  return { attachments: read }
}

const checkedText = (text: Json): string => {
  const value = asString(text)
  if (value === undefined || value.trim() === '') throw new GraphRefusal('invalid-data', 'empty text')
  if (!value.isWellFormed()) throw new GraphRefusal('invalid-data', 'lone surrogate')
  if (Buffer.byteLength(value) > MAX_TEXT_BYTES) throw new GraphRefusal('invalid-data', 'text over 1000 bytes')
  return value
}

const checkQuickReplies = (text: Json | undefined, quickReplies: Json): void => {
  const list = asList(quickReplies)
  const fine =
    text !== undefined &&
    list !== undefined &&
    list.length <= 13 &&
    list.every((reply) => (asString(asObject(reply)?.['title']) ?? '').length <= 20)
  if (!fine) throw new GraphRefusal('invalid-data', 'quick replies')
}

const readAttachment = (value: Json): SentAttachment => {
  const attachment = asObject(value) ?? {}
  const type = asString(attachment['type']) ?? ''
  const payload = asObject(attachment['payload']) ?? {}
  if (type === 'like_heart') return { type }
  if (type === 'template') return { type, payload: readTemplate(payload) }
  if (type === 'MEDIA_SHARE') {
    if (asString(payload['id']) === undefined) throw new GraphRefusal('invalid-data', 'MEDIA_SHARE without id')
    return { type: 'ig_post', payload: { ig_post_media_id: payload['id'] } }
  }
  if (!media.has(type)) throw new GraphRefusal('invalid-data', `attachment type ${type}`)
  const uploadId = asString(payload['attachment_id'])
  if (uploadId !== undefined) return { type, uploadId }
  return { type, payload: { url: fetchable(type, payload['url']) }, reusable: isTrue(payload['is_reusable']) }
}

const isTrue = (value: Json | undefined): boolean => value === true || value === 'true'

/** Meta fetches media itself: https only. On a developer's own machine plain http is let through. */
const fetchable = (type: string, value: Json | undefined): string => {
  const text = asString(value) ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url === undefined || !(url.protocol === 'https:' || local)) throw new GraphRefusal('media-not-fetched')
  const ending = /\.([a-z0-9]+)$/i.exec(url.pathname)?.[1]?.toLowerCase()
  if (ending !== undefined && !(allowed[type] ?? []).includes(ending) && known.has(ending)) {
    throw new GraphRefusal('media-type', `${ending} as ${type}`)
  }
  return text
}

/** File kinds per type; an ending that stands in none of these lists proves nothing about the file. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  image: ['png', 'jpg', 'jpeg', 'gif'],
  video: ['mp4', 'ogg', 'avi', 'mov', 'webm'],
  audio: ['aac', 'm4a', 'wav', 'mp4'],
  file: ['pdf'],
}
const known = new Set(Object.values(allowed).flat())

const readTemplate = (payload: JsonObject): JsonObject => {
  const buttons = asList(payload['buttons']) ?? []
  if (payload['template_type'] === 'generic') {
    const elements = asList(payload['elements']) ?? []
    if (elements.length === 0 || elements.length > 10) throw new GraphRefusal('invalid-data', 'one to ten elements')
    return { generic: { elements } }
  }
  const text = asString(payload['text']) ?? ''
  if (payload['template_type'] !== 'button' || text === '' || [...text].length > 640 || buttons.length > 3) {
    throw new GraphRefusal('invalid-data', 'template')
  }
  return { generic: { elements: [{ title: text, buttons }] } }
}
