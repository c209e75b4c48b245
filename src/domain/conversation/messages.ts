import type { Episode, MessageId, Revision } from '../ids.ts'
import type { PastMessage } from './commands.ts'
import { LIMITS } from './limits.ts'
import type { Instant } from '../instant.ts'
import type { ConversationState } from './state.ts'

/**
 * What a remembered id stands for: a customer's message with or without text, one not kept, one taken back,
 * one that the business account sent, one that is known to be a part of a reply of this desk, or a notice of Meta's.
 */
export type Standing = 'text' | 'message' | 'withheld' | 'unsent' | 'echo' | 'sent' | 'notice'
/** A tuple, because 256 of them are snapshotted. Episode 0: none. The message time is that of a customer's message, or of an echo. */
export type HeldMessage = readonly [
  id: MessageId,
  revision: Revision,
  standing: Standing,
  episode: Episode,
  ...at: readonly [] | readonly [Instant],
]

/** A message that the state remembers. A plain loop: it is asked many times for each message that comes in. */
export const heldMessage = (held: readonly HeldMessage[], id: MessageId): HeldMessage | undefined => {
  for (let at = held.length - 1; at >= 0; at--) {
    const message = held[at]
    if (message !== undefined && message[0] === id) return message
  }
  return undefined
}

/** Remembers a message: a known one keeps its revision, the oldest of too many is dropped and its revision noted. */
export const remember = (
  { messages, droppedUpTo }: Pick<ConversationState, 'messages' | 'droppedUpTo'>,
  message: HeldMessage,
): Pick<ConversationState, 'messages' | 'droppedUpTo'> => {
  if (heldMessage(messages, message[0]) !== undefined) {
    const [id, , ...rest] = message
    const changed = messages.map((held): HeldMessage => (held[0] === id ? [id, held[1], ...rest] : held))
    return { messages: changed, droppedUpTo }
  }
  const oldest = messages[0]
  if (messages.length < LIMITS.messages || oldest === undefined)
    return { messages: [...messages, message], droppedUpTo }
  return { messages: [...messages.slice(1), message], droppedUpTo: Math.max(droppedUpTo, oldest[1]) }
}

/** Whether only a receipt of it was kept, as the state or the index says: what is said about it is not kept either. */
export const isWithheld = (
  state: ConversationState,
  { messageId, elsewhere }: { readonly messageId: MessageId; readonly elsewhere?: PastMessage },
): boolean => {
  const held = heldMessage(state.messages, messageId)
  return held === undefined ? elsewhere?.withheld === true : held[2] === 'withheld'
}

/** Whether a message is known; `'ask-index'` when the state no longer remembers that far back. */
export const knowsMessage = (state: ConversationState, id: MessageId): boolean | 'ask-index' =>
  heldMessage(state.messages, id) !== undefined ? true : state.droppedUpTo < 0 ? false : 'ask-index'

/**
 * The revision up to which an index must have read this stream before its "no" counts, or undefined when the state itself knows.
 * Its answers go into the command as `knownElsewhere` and `elsewhere`. What the state holds it knows wholly.
 */
export const indexNeeded = (state: ConversationState, id: MessageId): Revision | undefined =>
  knowsMessage(state, id) === 'ask-index' ? state.droppedUpTo : undefined

/** A redelivery: by the state, or by the index that was asked because the state has dropped some. */
export const isDuplicate = (
  state: ConversationState,
  { messageId, knownElsewhere }: { readonly messageId: MessageId; readonly knownElsewhere?: boolean },
): boolean => knownElsewhere === true || heldMessage(state.messages, messageId) !== undefined
