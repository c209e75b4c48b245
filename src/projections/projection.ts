import type { ChannelId, ConversationId, OrganizationId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { DeliveriesDecided } from '../domain/intake/events.ts'

/** An event as it stands in the log, read back into the domain's words (upcast to the newest version). */
export interface Recorded<Event> {
  readonly event: Event
  readonly id: string
  readonly stream: string
  /** 0-based place in the stream. */
  readonly revision: number
  /** Place in the log: opaque text that sorts like the log. */
  readonly position: string
  readonly recordedAt: Instant
  /** Where the event belongs; given with every event of a channel, a conversation or a ticket. */
  readonly scope: {
    readonly organizationId?: OrganizationId
    readonly channelId?: ChannelId
    readonly conversationId?: ConversationId
    /** The customer's id, with every event of a conversation. */
    readonly customerId?: string
  }
  /** The idempotency key of the command behind the event, if it had one. */
  readonly commandKey?: string
  /** Keyed digest of what was asked for under that key. */
  readonly commandContent?: string
  /** With the first event of a commit that deliveries made happen. */
  readonly deliveries?: DeliveriesDecided
}

/** One part of an index entry or counter. Within a part position all entries have the same kind; null sorts first. */
export type Key = string | number | null

/**
 * A view as a pure fold: events to documents.
 *
 * Who stores the documents, how far they have read and how often they are built anew is the runner's business.
 * A document belongs to one partition (conversation, channel, organization, account); wider numbers are counters.
 */
export interface Projection<Event, Document> {
  readonly name: string
  /** Rises when old documents must be built anew. */
  readonly version: number
  /** The event types it looks at. */
  readonly types: readonly string[]
  /** The documents that an event touches. */
  readonly keys: (recorded: Recorded<Event>) => readonly string[]
  /**
   * The document after the event; undefined: there is none (any more). Never changes its argument.
   * The keys of one event are evolved in their order. `peek` gives another document of the same event as it stands by then,
   * so that content can move from one document to another; other keys than those of the event may not be asked for.
   */
  readonly evolve: (
    document: Document | undefined,
    recorded: Recorded<Event>,
    key: string,
    peek: (key: string) => Document | undefined,
  ) => Document | undefined
  /** Places of a document in each declared index; queries walk one range of one index. */
  readonly indexes: Readonly<Record<string, (document: Document, key: string) => readonly (readonly Key[])[]>>
  /** The counters to which a document adds one each. The runner keeps their sums, one row per partition. */
  readonly counters?: (document: Document, key: string) => readonly (readonly Key[])[]
}
