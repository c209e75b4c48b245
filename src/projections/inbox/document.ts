import type { ActorRef } from '../../domain/actor.ts'
import type { Assignee, ThreadHolder } from '../../domain/conversation/state.ts'
import type {
  AccountId,
  AgentId,
  ChannelId,
  ConversationId,
  CustomerId,
  Episode,
  MessageId,
  Revision,
  TicketId,
} from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Line } from './line.ts'
import { unansweredSince, type Waiting } from './waiting.ts'

export type Folder = 'open' | 'ended' | 'blocked'

/** What Meta says of a customer. */
export interface Profile {
  readonly name?: string
  readonly username?: string
  readonly pictureUrl?: string
}

/** An edit or an unsend whose message is not among the lines: it may still come. */
export interface AwaitedLine {
  readonly id: MessageId
  readonly numEdit?: number
  readonly text?: string
  readonly unsent?: true
}

/** One conversation as the inbox shows it. What changes by time alone is computed from it when asked: see `replyWindow(anchor, at)`. */
export interface InboxDocument {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly accountId: AccountId
  readonly customerId: CustomerId
  readonly profile: Profile
  /** False while nothing was ever said in it: not shown anywhere. */
  readonly visible: boolean
  readonly ended: boolean
  readonly blocked: { readonly by: ActorRef; readonly at: Instant; readonly reason?: string } | null
  /** Holds it only while that association exists. */
  readonly assignee: Assignee | null
  /** The newest messages of either side, oldest first: see `lastLine`. */
  readonly lines: readonly Line[]
  readonly awaited: readonly AwaitedLine[]
  /** Message time of the newest message of either side. */
  readonly lastActivityAt: Instant
  /** Who waits for whom: see `waitingSince`. An automation's answer is none. */
  readonly waiting: Waiting
  /** The newest instant at which the customer opened the reply window. */
  readonly anchor: Instant | null
  readonly thread: ThreadHolder | null
  /** The newest episode, unless it became a ticket. */
  readonly episode: Episode | null
  readonly pending: { readonly episode: Episode; readonly dueAt: Instant } | null
  readonly latestTicket: { readonly ticketId: TicketId; readonly episode: Episode; readonly at: Instant } | null
  /** The newest message of ours that the customer has seen, and when. */
  readonly seen: { readonly messageId: MessageId; readonly at: Instant; readonly metaAt: Instant } | null
  /** Where the newest messages of the customer stand that were not taken back, oldest first. */
  readonly customerRevisions: readonly (readonly [MessageId, Revision])[]
  readonly readers: readonly (readonly [AgentId, Revision])[]
  readonly counts: {
    readonly received: number
    readonly withheld: number
    readonly notes: number
    readonly tickets: number
  }
}

export const folderOf = ({ blocked, ended }: Pick<InboxDocument, 'blocked' | 'ended'>): Folder =>
  blocked !== null ? 'blocked' : ended ? 'ended' : 'open'

/** Under which a conversation stands in the index of assignees: `''` for one that nobody holds. */
export const assigneeKey = (assignee: Assignee | null): string =>
  assignee === null ? '' : `${assignee.agentId}#${assignee.association}`

/** The assignee behind an {@link assigneeKey}; null for `''`. Agent ids may hold `#` themselves. */
export const readAssigneeKey = (key: string): Assignee | null => {
  const at = key.lastIndexOf('#')
  return at < 0 ? null : { agentId: key.slice(0, at), association: Number(key.slice(at + 1)) }
}

/** Since when the customer waits for an answer; undefined: they do not. Where `isUnsure`, no later than that. */
export const waitingSince = ({ waiting, ended, blocked }: InboxDocument): Instant | undefined =>
  ended || blocked !== null ? undefined : unansweredSince(waiting)
