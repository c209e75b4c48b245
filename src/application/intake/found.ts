import type { ConversationEvent, PastMessage } from '../../domain/conversation/index.ts'
import type { MessageId } from '../../domain/ids.ts'

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

/** What these events, which are not in the log yet, say of a message. */
export const foundIn = (events: readonly ConversationEvent[], messageId: MessageId): Found => {
  let found = NOTHING
  for (const event of events) {
    if (!('messageId' in event.data) || event.data.messageId !== messageId) continue
    switch (event.type) {
      case 'MessageUnsent':
        found = { ...found, unsent: true }
        break
      case 'MessageWithheld':
        found = { ...found, known: true, withheld: true }
        break
      case 'MessageReceived':
        found = {
          known: true,
          ...(found.unsent === true ? { unsent: true } : {}),
          ...(event.data.episode === undefined ? {} : { episode: event.data.episode }),
        }
        break
      case 'MessageEchoed':
      case 'ReferralReceived':
      case 'ThreadControlChanged':
        found = { ...found, known: true }
        break
      default:
    }
  }
  return found
}
