import type { Outgoing } from 'madoguchi/simulator'
import { oneOf, optionalText, optionalWholeNumber, text } from '../host/fields.ts'
import { given, type JsonObject } from '../host/json.ts'

/** What a customer can send, by the name that the phone's buttons have. */
const KINDS: Readonly<Record<string, (body: JsonObject) => Outgoing>> = {
  text: (body) => ({ text: text(body, 'text') }),
  picture: () => ({ attachments: [{ type: 'image' }] }),
  pictures: () => ({ attachments: [{ type: 'image' }, { type: 'image' }] }),
  audio: () => ({ attachments: [{ type: 'audio' }] }),
  video: () => ({ attachments: [{ type: 'video' }] }),
  file: () => ({ attachments: [{ type: 'file' }] }),
  sticker: () => ({ attachments: [{ type: 'image', payload: { sticker_id: 369239263222822 } }] }),
  heart: () => ({ attachments: [{ type: 'like_heart' }] }),
  share: () => ({ attachments: [{ type: 'share' }] }),
  post: () => ({
    attachments: [{ type: 'ig_post', payload: { ig_post_media_id: '17895695668004550', title: 'A post' } }],
  }),
  reel: () => ({ attachments: [{ type: 'ig_reel', payload: { reel_video_id: '1130000000000001', title: 'A reel' } }] }),
  'view-once': () => ({ attachments: [{ type: 'ephemeral' }] }),
  'story-mention': () => ({ attachments: [{ type: 'story_mention' }] }),
  'story-reply': (body) => ({
    text: text(body, 'text'),
    story: { id: '17900000000000031', url: 'https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=17900000000000031' },
  }),
  'quick-reply': (body) => ({ text: text(body, 'text'), quickReply: optionalText(body, 'payload') ?? 'QUICK' }),
  'from-ad': (body) => ({
    text: text(body, 'text'),
    referral: {
      ref: 'summer',
      ad_id: '6045246247433',
      source: 'ADS',
      type: 'OPEN_THREAD',
      ads_context_data: { ad_title: 'Summer sale' },
    },
  }),
  unsupported: () => ({ unsupported: true }),
}

/** Names of the kinds, for the documentation. */
export const MESSAGE_KINDS: readonly string[] = Object.keys(KINDS)

/** What the customer sends, from a body. `at` (epoch milliseconds) lets a message be older than now. */
export const outgoingFrom = (body: JsonObject): Outgoing => {
  const kind = body['kind'] === undefined ? 'text' : oneOf(body, 'kind', MESSAGE_KINDS)
  const content = KINDS[kind]?.(body) ?? {}
  const media = kind !== 'text' && content.text === undefined
  return given({
    ...content,
    // Words beside a picture or a video, as one message.
    text: content.text ?? (media ? optionalText(body, 'text') : undefined),
    replyTo: optionalText(body, 'replyTo'),
    at: optionalWholeNumber(body, 'at', 0, 8_640_000_000_000_000),
  })
}
