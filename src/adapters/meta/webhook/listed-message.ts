import type { Json, JsonObject } from '../../../application/ports/json.ts'
import { isRecording } from './attachments.ts'
import { asId, asList, asObject, asText } from './readers.ts'

/** Whether it is a message as the Graph API lists it: with the text in `message`, and `id` for what webhooks call `mid`. */
export const isListed = (message: JsonObject): boolean =>
  message['mid'] === undefined && message['created_time'] !== undefined

/**
 * A message as the Graph API lists it, in the shape that webhooks give it, so that both are read by one reader.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/conversations (Feb 11, 2026), and the reference of `Message`
 */
export const asDelivered = (listed: JsonObject): JsonObject => {
  const { id, message: text, story: about } = listed
  const story = asObject(about)
  const mention = asObject(story?.['mention'])
  const answered = asObject(story?.['reply_to'])
  const quoted = asObject(listed['reply_to'])
  const quotedMid = asId(quoted?.['mid'], 'reply_to.mid') ?? asId(quoted?.['id'], 'reply_to.id')
  const sticker = asText(listed['sticker'])
  const attachments = [
    ...rows(listed['attachments']).map(attachment),
    ...rows(listed['shares']).flatMap(share),
    ...(mention === undefined ? [] : [{ type: 'story_mention', payload: { url: mention['link'] ?? null } }]),
    ...(sticker === undefined ? [] : [{ type: 'sticker', payload: { url: sticker } }]),
  ]
  return {
    mid: id ?? null,
    ...(typeof text === 'string' && text !== '' && { text }),
    ...(attachments.length > 0 && { attachments }),
    ...(listed['is_unsupported'] !== undefined && { is_unsupported: listed['is_unsupported'] }),
    ...((answered !== undefined || quotedMid !== undefined) && {
      reply_to: {
        ...(quotedMid !== undefined && { mid: quotedMid }),
        ...(answered !== undefined && { story: { id: answered['id'] ?? null, url: answered['link'] ?? null } }),
      },
    }),
  }
}

/** What is kept of it for later: of audio, video and view-once media the type alone, for a channel may not receive them. */
export const withoutListedRecordings = (listed: JsonObject): JsonObject => {
  const list = rows(listed['attachments'])
  if (list.length === 0) return listed
  return { ...listed, attachments: { data: list.map(withoutRecording) } }
}

const withoutRecording = (value: Json): Json => {
  const read = attachment(value)
  if (isRecording(read)) return { type: read['type'] ?? null }
  const { video_data: recording, ...rest } = asObject(value) ?? {}
  return recording === undefined ? value : rest
}

/** The rows of an edge, which come as `{"data": […]}`, or bare. */
const rows = (value: Json | undefined): readonly Json[] => asList(asObject(value)?.['data']) ?? asList(value) ?? []

const attachment = (value: Json): JsonObject => {
  const it = asObject(value) ?? {}
  const image = asObject(it['image_data'])
  const video = asObject(it['video_data'])
  const generic = asObject(it['generic_template'])
  const url = asText(it['file_url'])
  const of = (type: string, from: Json | undefined): JsonObject => ({ type, payload: { url: from ?? null } })
  if (image !== undefined) {
    const link = image['url'] ?? image['animated_gif_url'] ?? image['preview_url']
    return of(isOn(image['render_as_sticker']) ? 'sticker' : 'image', link)
  }
  if (video !== undefined) return of('video', video['url'])
  if (url !== undefined) return of(kindOfFile(it, url), url)
  if (generic !== undefined) {
    const { media_url: picture, cta, ...element } = generic
    const buttons = asList(cta) ?? (asObject(cta) === undefined ? undefined : [asObject(cta) ?? {}])
    const shown = {
      ...element,
      ...(picture !== undefined && { image_url: picture }),
      ...(buttons !== undefined && { buttons }),
    }
    return { type: 'template', payload: { generic: { elements: [shown] } } }
  }
  // Perhaps of a kind that is named as webhooks name it.
  const type = asText(it['type']) ?? asText(it['name'])
  return { ...it, type: type ?? null }
}

/** A flag in either form; anything else only decides how a picture is named. */
const isOn = (value: Json | undefined): boolean => value === true || asText(value)?.toLowerCase() === 'true'

/** By its media type, else by its name: recordings are files in Meta's list. */
const kindOfFile = (it: JsonObject, url: string): string => {
  const type = asText(it['mime_type'])?.toLowerCase().split('/')[0]
  if (type === 'image' || type === 'audio' || type === 'video') return type
  const name = (asText(it['name']) ?? pathOf(url)).toLowerCase()
  if (name.startsWith('audio') || /\.(?:aac|m4a|wav|mp3|oga)$/.test(name)) return 'audio'
  if (name.startsWith('video') || /\.(?:mp4|mov|avi|webm|ogv|ogg)$/.test(name)) return 'video'
  return /\.(?:jpe?g|png|gif|webp)$/.test(name) ? 'image' : 'file'
}

const pathOf = (url: string): string => (URL.canParse(url) ? new URL(url).pathname : '')

/** A shared post, reel or story by its permalink; a shared product names itself in a template. */
const share = (value: Json): readonly JsonObject[] => {
  const it = asObject(value) ?? {}
  const template = asObject(asObject(it['template'])?.['payload']) ?? asObject(it['template'])
  if (template !== undefined) return [{ type: 'template', payload: template }]
  const link = asText(it['link'])
  const title = asText(it['name']) ?? asText(it['description'])
  return [{ type: kindOfLink(link), payload: { url: link ?? null, title: title ?? null } }]
}

const kindOfLink = (link: string | undefined): string => {
  const [, part] = /^https:\/\/(?:www\.)?instagram\.com\/(p|reel|reels|stories)\//.exec(link ?? '') ?? []
  if (part === 'p') return 'ig_post'
  if (part === 'stories') return 'ig_story'
  return part === undefined ? 'share' : 'ig_reel'
}
