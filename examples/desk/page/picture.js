import { h } from './dom.js'

const WORDS = {
  image: '🖼 Picture',
  video: '🎬 Video',
  audio: '🎤 Voice message',
  file: '📎 File',
  sticker: '🌟 Sticker',
  like: '❤️',
  like_heart: '❤️',
  share: '🔗 Shared post',
  post: '🔗 Shared post',
  ig_post: '🔗 Shared post',
  reel: '🎞 Shared reel',
  ig_reel: '🎞 Shared reel',
  story: '⭕ Story',
  ig_story: '⭕ Story',
  'story-mention': '⭕ Mentioned you in a story',
  story_mention: '⭕ Mentioned you in a story',
  product: '🛍 Product',
  template: '🧩 Card',
  'view-once': '👁 View-once picture',
  ephemeral: '👁 View-once picture',
  unknown: '❔ Something new from Instagram',
}

/** The kind of an attachment, in words. */
export const kindInWords = (kind) => WORDS[kind] ?? `❔ ${kind}`

/** A tile in place of a medium: nothing is loaded from elsewhere by this page. */
export const tile = (kind, { placeholder = false, title } = {}) =>
  h(
    'span',
    { class: `tile ${placeholder ? 'placeholder' : kind}` },
    kindInWords(kind),
    title !== undefined && h('small', {}, title),
    placeholder && h('small', {}, 'not received in this inbox; ask for it in words, or look in the Instagram app'),
  )
