import type { ConversationEvent } from '../domain/conversation/events.ts'
import type { ConversationId, Revision } from '../domain/ids.ts'
import type { Projection } from './projection.ts'
import { conversationOf } from './scope.ts'

/** Where a message stands; under a coverage key: up to which revision the messages of a conversation were read. */
export interface MessageIndexDocument {
  readonly conversationId: ConversationId
  readonly revision: Revision
}

const COVERED = 'covered/'

/** The document that proves how far the index has read a conversation. */
export const coverageKey = (conversationId: ConversationId): string => `${COVERED}${conversationId}`

/** Everything with an id that the state of a conversation remembers for a while. */
type Remembered = Extract<
  ConversationEvent,
  {
    readonly type:
      | 'MessageReceived'
      | 'MessageWithheld'
      | 'MessageEchoed'
      | 'ReplyPartSent'
      | 'ReferralReceived'
      | 'ThreadControlChanged'
  }
>

const TYPES: Readonly<Record<Remembered['type'], true>> = {
  MessageReceived: true,
  MessageWithheld: true,
  MessageEchoed: true,
  ReplyPartSent: true,
  ReferralReceived: true,
  ThreadControlChanged: true,
}

/**
 * Every message of either side, and every notice of Meta's, by its id: where it was recorded first. It answers "was this seen before?"
 * for what the state of a conversation no longer remembers, and proves that it has read what the state dropped.
 */
export const messageIndex: Projection<Remembered, MessageIndexDocument> = {
  name: 'message-index',
  version: 1,
  types: Object.keys(TYPES),
  keys: (recorded) => [recorded.event.data.messageId, coverageKey(conversationOf(recorded))],
  evolve: (document, recorded, key) =>
    document !== undefined && !key.startsWith(COVERED)
      ? document
      : { conversationId: conversationOf(recorded), revision: recorded.revision },
  indexes: {},
}
