import type { ChannelFacts } from './channel-facts.ts'
import type {
  Attachment,
  AttachmentKind,
  MessageContent,
  MessageKind,
  MessageOutline,
  PersonalContent,
} from './content.ts'

/**
 * Whether a customer's message of this kind opens the reply window. Every one does; where Meta's pages disagree it is a named policy.
 * @see https://developers.facebook.com/docs/messenger-platform/send-messages (read May 5, 2026)
 */
export const opensWindow = (kind: MessageKind, channel: ChannelFacts): boolean =>
  kind === 'story-mention' ? channel.storyMentionOpensWindow : true

/** Every kind of message becomes a ticket, also those that cannot be read yet. Reactions, edits, referrals are no messages. */
export const isConvertible = (_kind: MessageKind): boolean => true

/**
 * Whether a placeholder stands in the place of an attachment (S17): audio and video that came from the Instagram app, unless
 * the channel receives them, and view-once media always. A shared reel or post is neither.
 */
const isPlaceholder = (kind: AttachmentKind, { receiveAudioVideo }: ChannelFacts): boolean =>
  kind === 'view-once' || ((kind === 'audio' || kind === 'video') && !receiveAudioVideo)

/** How much of a message is not understood. */
export const unreadPartsOf = ({ kind, attachments }: Pick<MessageOutline, 'kind' | 'attachments'>): number =>
  (kind === 'unknown' ? 1 : 0) + attachments.filter((attachment) => attachment.kind === 'unknown').length

const cameFromAd = ({ referral }: MessageContent): boolean => referral?.adId !== undefined || referral?.source === 'ADS'

/** The part of a message that stays. */
export const outlineOf = (content: MessageContent, channel: ChannelFacts): MessageOutline => ({
  kind: content.kind,
  hasText: content.text !== undefined && content.text !== '',
  attachments: content.attachments.map(({ kind }) =>
    isPlaceholder(kind, channel) ? { kind, placeholder: true } : { kind },
  ),
  ...(content.replyTo === undefined ? {} : { replyTo: content.replyTo }),
  ...(cameFromAd(content) ? { fromAd: true } : {}),
})

const personalAttachment = (
  { kind, ...personal }: Attachment,
  channel: ChannelFacts,
): NonNullable<PersonalContent['attachments']>[number] => (isPlaceholder(kind, channel) ? {} : personal)

/** The part of a message that can be forgotten; of what is not received (S17) nothing is kept. */
export const personalOf = (content: MessageContent, channel: ChannelFacts): PersonalContent => {
  const { text, attachments, story, payload, quickReplies, referral, raw } = content
  return {
    ...(text === undefined ? {} : { text }),
    ...(attachments.length === 0 ? {} : { attachments: attachments.map((each) => personalAttachment(each, channel)) }),
    ...(story === undefined ? {} : { story }),
    ...(payload === undefined ? {} : { payload }),
    ...(quickReplies === undefined ? {} : { quickReplies }),
    ...(referral === undefined ? {} : { referral }),
    ...(raw === undefined ? {} : { raw }),
  }
}
