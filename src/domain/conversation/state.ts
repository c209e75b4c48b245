import type {
  AccountId,
  AgentId,
  ChannelId,
  ConversationId,
  CustomerId,
  MessageId,
  OrganizationId,
  Revision,
} from '../ids.ts'
import type { Instant } from '../instant.ts'
import type { Amendment } from './amendments.ts'
import type { AttemptMemory } from './attempts.ts'
import type { EpisodeMemory } from './episode.ts'
import type { HeldMessage } from './messages.ts'
import type { ReplyMemory } from './replies.ts'
import type { WindowMemory } from './reply-window.ts'
import type { ThreadWord } from './thread-control.ts'

/** Who holds the conversation, by the number of their association: see {@link effectiveAssignee}. */
export interface Assignee {
  readonly agentId: AgentId
  readonly association: number
}

/** Which app may write in the thread, by the newest word of Meta's. */
export interface ThreadHolder extends ThreadWord {
  /** The newest word of each kind, from which it follows. */
  readonly notice?: ThreadWord
  readonly message?: ThreadWord
}

/** What every state has, also before the first event. */
interface Memory {
  /** Revision of the last event folded: -1 before the first. Tickets name their messages by revision. */
  readonly revision: Revision
  /** The newest messages, oldest first. */
  readonly messages: readonly HeldMessage[]
  /** The highest revision of a message or an unsend that is no longer remembered: -1 if none was dropped. */
  readonly droppedUpTo: Revision
  readonly amendments: readonly Amendment[]
}

export interface NoConversation extends Memory {
  readonly status: 'none'
}

export interface StartedConversation extends Memory {
  readonly status: 'started'
  readonly conversationId: ConversationId
  readonly organizationId: OrganizationId
  readonly channelId: ChannelId
  readonly accountId: AccountId
  readonly customerId: CustomerId
  /** Whether a message or an echo has come. What only waits for its message, or was not kept, shows no conversation. */
  readonly visible: boolean
  readonly ended: boolean
  readonly blocked: boolean
  /** When it was blocked; null: it is not. */
  readonly blockedAt: Instant | null
  readonly assignee: Assignee | null
  readonly window: WindowMemory
  readonly thread: ThreadHolder | null
  /** The newest message of ours that the customer has seen. */
  readonly seen: { readonly messageId: MessageId; readonly metaAt: Instant } | null
  readonly episodes: EpisodeMemory
  readonly replies: ReplyMemory
  readonly attempts: AttemptMemory
  /** Newest readers, oldest first. */
  readonly readers: readonly { readonly agentId: AgentId; readonly upTo: Revision }[]
  readonly noteIds: readonly string[]
}

/**
 * All that decisions need of a conversation: plain JSON under 64 KiB, references and keyed digests only.
 * It holds no text, link or name, so forgetting a customer leaves nothing here.
 */
export type ConversationState = NoConversation | StartedConversation

export const initialState = (): ConversationState => ({
  status: 'none',
  revision: -1,
  messages: [],
  droppedUpTo: -1,
  amendments: [],
})
