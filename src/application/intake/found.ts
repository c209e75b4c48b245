import type { ConversationEvent, PastMessage } from '../../domain/conversation/index.ts'

/** What the log holds of a message. */
export interface Found extends PastMessage {
  /** It has come: on this channel, or on a former one of its account. */
  readonly known: boolean
}

export const NOTHING: Found = { known: false }

/** What either of two says. */
export const either = (one: Found, other: Found): Found => ({
  ...other,
  ...one,
  known: one.known || other.known,
  ...(one.unsent === true || other.unsent === true ? { unsent: true } : {}),
})

/** What is known of a message after one more event of its conversation. */
export const foundAfter = (found: Found, event: ConversationEvent): Found => {
  switch (event.type) {
    case 'MessageUnsent':
      return { ...found, unsent: true }
    case 'MessageWithheld':
      return { ...found, known: true, withheld: true }
    case 'MessageReceived':
      return {
        known: true,
        ...(found.unsent === true ? { unsent: true } : {}),
        ...(event.data.episode === undefined ? { loose: event.data.convertible } : { episode: event.data.episode }),
      }
    case 'MessageEchoed':
    case 'ReferralReceived':
    case 'ThreadControlChanged':
    case 'ReplyPartSent':
      return { ...found, known: true }
    default:
      return found
  }
}
