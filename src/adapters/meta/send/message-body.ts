import type { OutgoingMessage, SendFailure } from '../../../application/ports/messenger.ts'
import type { Lane } from './rates.ts'

/** The JSON of one send, and the lane it travels in. */
export interface MessageBody {
  readonly lane: Lane
  readonly body: object
}

/**
 * A message in Meta's words. Text and media never go together: Meta knows no captions. `reply_to` stands beside `message`.
 * Several media in one message must all be pictures.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message (Jun 24, 2026)
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api (2026)
 */
export const messageBody = (outgoing: OutgoingMessage): MessageBody | SendFailure => {
  const { customerId, text, media = [], replyToMid, tag } = outgoing
  const message = contentOf(text, media)
  if (message === undefined) return { kind: 'give-up', code: 'not-one-message', why: 'message-refused' }
  return {
    lane: media.some(({ kind }) => kind === 'audio' || kind === 'video') ? 'audio-video' : 'message',
    body: {
      recipient: { id: customerId },
      message,
      ...(replyToMid !== undefined && { reply_to: { mid: replyToMid } }),
      ...(tag === 'human-agent'
        ? { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }
        : { messaging_type: 'RESPONSE' }),
    },
  }
}

const contentOf = (text: string | undefined, media: NonNullable<OutgoingMessage['media']>): object | undefined => {
  const [first, ...others] = media.map(({ kind, url }) => ({ type: kind, payload: { url } }))
  if (first === undefined) return text ? { text } : undefined
  if (text) return undefined
  if (others.length === 0) return { attachment: first }
  return media.every(({ kind }) => kind === 'image') ? { attachments: [first, ...others] } : undefined
}
