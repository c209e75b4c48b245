import type { Json, JsonObject } from '../../../application/ports/json.ts'
import type { Attachment, AttachmentKind } from '../../../domain/conversation/content.ts'
import { withButtons } from './buttons.ts'
import { LIMITS } from './limits.ts'
import { asId, asList, asObject, asText, NotReadable } from './readers.ts'
import { overLimit } from './verdict.ts'

/**
 * Meta's attachment types. Everything else is `unknown`: the list is open-ended.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/webhook (Jun 26, 2026), the changelog of
 *   the Messenger Platform (to Jun 30, 2026) and Instagram's webhook examples (2026); `like_heart` is seen in deliveries
 */
const kinds: ReadonlyMap<string, AttachmentKind> = new Map<string, AttachmentKind>([
  ['image', 'image'],
  ['video', 'video'],
  ['audio', 'audio'],
  ['file', 'file'],
  ['sticker', 'sticker'],
  ['like_heart', 'like'],
  ['share', 'share'],
  ['fallback', 'share'],
  ['ig_post', 'post'],
  ['post', 'post'],
  ['media_share', 'post'],
  ['ig_reel', 'reel'],
  ['reel', 'reel'],
  ['ig_story', 'story'],
  ['story', 'story'],
  ['story_mention', 'story-mention'],
  ['template', 'template'],
  ['ephemeral', 'view-once'],
])

const kindOf = (value: Json | undefined): AttachmentKind => {
  const type = asText(asObject(value)?.['type'])
  return (type === undefined ? undefined : kinds.get(type.toLowerCase())) ?? 'unknown'
}

/** Whether it is audio, video or view-once media. */
export const isRecording = (value: Json): boolean => ['audio', 'video', 'view-once'].includes(kindOf(value))

/** The attachments of a message, each thing once. @throws NotReadable if they are more than Meta could send */
export const readAttachments = (list: readonly Json[]): readonly Attachment[] =>
  list.length === 1 ? readAttachment(list[0]) : collapse(few(few(list).flatMap(readAttachment)))

const few = <Item>(list: readonly Item[]): readonly Item[] => {
  const { attachments: limit } = LIMITS
  if (list.length > limit) throw new NotReadable(overLimit('attachments', list.length, limit, 'items'))
  return list
}

const readAttachment = (value: Json | undefined): readonly Attachment[] => {
  const attachment = asObject(value)
  const type = asText(attachment?.['type'])
  const payload = asObject(attachment?.['payload']) ?? {}
  const kind = kindOf(value)
  switch (kind) {
    case 'template':
      return readTemplate(payload)
    case 'post':
      return [
        described(
          kind,
          payload,
          asId(payload['ig_post_media_id'], 'ig_post_media_id') ?? asId(payload['id'], 'payload.id'),
        ),
      ]
    case 'share':
      return [described(kind, payload, asId(payload['ig_post_media_id'], 'ig_post_media_id'))]
    case 'reel':
      return [described(kind, payload, asId(payload['reel_video_id'], 'reel_video_id'))]
    case 'story':
      return [described(kind, payload, asId(payload['story_media_id'], 'story_media_id'), payload['story_media_url'])]
    case 'image':
    case 'sticker': {
      const stickerId = asId(payload['sticker_id'], 'sticker_id')
      return [described(stickerId === undefined ? kind : 'sticker', payload, stickerId)]
    }
    case 'unknown':
      return [{ ...described(kind, payload), ...(type !== undefined && { type }) }]
    default:
      return [described(kind, payload)]
  }
}

const described = (kind: AttachmentKind, payload: JsonObject, mediaId?: string, otherUrl?: Json): Attachment => {
  const url = asText(payload['url']) ?? asText(otherUrl)
  const title = asText(payload['title'])
  return {
    kind,
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(mediaId !== undefined && { mediaId }),
  }
}

/** A shared product is a template without a type of its own; the other templates come in echoes only. */
const readTemplate = (payload: JsonObject): readonly Attachment[] => {
  const products = asList(asObject(payload['product'])?.['elements'])
  if (products !== undefined && products.length > 0) return few(products).map((it) => element('product', it))
  const generic = asObject(payload['generic']) ?? payload
  const elements = asList(generic['elements'])
  if (elements !== undefined && elements.length > 0) return few(elements).map((it) => element('template', it))
  const title =
    asText(generic['text']) ??
    asText(asObject(payload['button'])?.['text']) ??
    asText(payload['text']) ??
    asText(payload['title'])
  const buttons = withButtons(generic['buttons'] ?? asObject(payload['button'])?.['buttons'] ?? payload['buttons'])
  return [{ kind: 'template', ...(title !== undefined && { title }), ...buttons }]
}

const element = (kind: 'product' | 'template', value: Json): Attachment => {
  const it = asObject(value) ?? {}
  const title = [asText(it['title']), asText(it['subtitle'])].filter((line) => line !== undefined).join('\n')
  const url = asText(it['image_url'])
  const mediaId = asId(it['id'], 'elements.id')
  return {
    kind,
    ...(url !== undefined && { url }),
    ...(title !== '' && { title }),
    ...(mediaId !== undefined && { mediaId }),
    ...withButtons(it['buttons']),
  }
}

/**
 * In times of transition Meta sends one thing twice in one message: a post as `share` and `ig_post` (since Nov 3, 2025), a
 * sticker as `image` and `sticker` (Messenger, Jun to Aug 30, 2026). The newer form is kept, at the place of the first.
 */
const collapse = (attachments: readonly Attachment[]): readonly Attachment[] => {
  const kept: Attachment[] = []
  for (const attachment of attachments) {
    const twin = kept.findIndex((it) => isTwin(it, attachment) || isTwin(attachment, it))
    if (twin < 0) kept.push(attachment)
    else if (kept[twin]!.kind !== newer.get(attachment.kind)) kept[twin] = attachment
  }
  return kept
}

/** Which kind replaces which. A picture that names a sticker was read as one already. */
const newer: ReadonlyMap<AttachmentKind, AttachmentKind> = new Map<AttachmentKind, AttachmentKind>([
  ['share', 'post'],
  ['image', 'sticker'],
  ['sticker', 'sticker'],
])

const isTwin = (older: Attachment, other: Attachment): boolean =>
  newer.get(older.kind) === other.kind &&
  ((older.mediaId !== undefined && older.mediaId === other.mediaId) ||
    (older.url !== undefined && older.url === other.url))
