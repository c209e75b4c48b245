import type { ConversationEvent } from '../domain/conversation/events.ts'
import type { ConversationId, Episode, MessageId, Revision } from '../domain/ids.ts'
import type { Projection } from './projection.ts'
import { conversationOf } from './scope.ts'

/** Where a message stands; under a coverage key: up to which revision the messages of a conversation were read. */
export interface MessageIndexDocument {
  readonly conversationId: ConversationId
  readonly revision: Revision
  /** Only a receipt of it was kept. */
  readonly withheld?: true
  /** The episode that it carries as a message of the customer. */
  readonly episode?: Episode
  /** It is a message of the customer that carries no episode. */
  readonly loose?: true
}

const COVERED = 'covered/'

/** The document that proves how far the index has read a conversation. */
export const coverageKey = (conversationId: ConversationId): string => `${COVERED}${conversationId}`

/** The document that says that a message was taken back, whether it has come or not. */
export const unsentKey = (messageId: MessageId): string => `unsent/${messageId}`

/** Everything with an id that the state of a conversation remembers for a while, and every unsend. */
type Remembered = Extract<
  ConversationEvent,
  {
    readonly type:
      | 'MessageReceived'
      | 'MessageWithheld'
      | 'MessageEchoed'
      | 'MessageUnsent'
      | 'ReplyPartSent'
      | 'ReferralReceived'
      | 'ThreadControlChanged'
  }
>

const TYPES: Readonly<Record<Remembered['type'], true>> = {
  MessageReceived: true,
  MessageWithheld: true,
  MessageEchoed: true,
  MessageUnsent: true,
  ReplyPartSent: true,
  ReferralReceived: true,
  ThreadControlChanged: true,
}

/**
 * Every message of either side, and every notice of Meta's, by its id: where it was recorded first; and every unsend. It answers
 * "was this seen before?" and "was it taken back?" for what the state of a conversation no longer remembers, and proves that it has
 * read what the state dropped.
 */
export const messageIndex: Projection<Remembered, MessageIndexDocument> = {
  name: 'message-index',
  version: 3,
  types: Object.keys(TYPES),
  keys: (recorded) => {
    const { type, data } = recorded.event
    return [
      type === 'MessageUnsent' ? unsentKey(data.messageId) : data.messageId,
      coverageKey(conversationOf(recorded)),
    ]
  },
  evolve: (document, recorded, key) => {
    const { event, revision } = recorded
    const place = { conversationId: conversationOf(recorded), revision }
    if (key.startsWith(COVERED)) return place
    if (event.type === 'MessageReceived') {
      const { episode, convertible, unsent } = event.data
      const isLoose = episode === undefined && convertible && unsent !== true
      const first = document ?? place
      return {
        conversationId: first.conversationId,
        revision: first.revision,
        ...(episode === undefined ? {} : { episode }),
        ...(isLoose ? { loose: true } : {}),
      }
    }
    return document ?? (event.type === 'MessageWithheld' ? { ...place, withheld: true } : place)
  },
  indexes: {},
}
