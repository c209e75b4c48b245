import type { Actor } from '../../domain/actor.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import {
  type ConversationCommand,
  type ConversationEvent,
  effectiveAssignee,
  indexNeeded,
  latestTicketOf,
  type MediaKind,
  otherAppInControl,
  type ReplyWindow,
  replyWindow,
  replyWindowOf,
  type TicketFacts,
  whyNotReply,
} from '../../domain/conversation/index.ts'
import type { AgentId, ConversationId, MessageId, ReplyId, Revision, TicketId } from '../../domain/ids.ts'
import { refuse, type RefusalCode, type Refusals } from '../../domain/refusal.ts'
import { ticketFacts } from '../../domain/ticket/index.ts'
import { coverageKey, unsentKey } from '../../projections/index.ts'
import { toDomainEvent } from '../codec.ts'
import { conversations, tickets } from '../commands/aggregates.ts'
import { decideConversation } from '../commands/decide-conversation.ts'
import { commandKey, idOfRequest } from '../commands/command-key.ts'
import type { Outcome } from '../commands/streams.ts'
import type { Delivery } from '../delivery/delivery.ts'
import { type Access, isAgentOf } from './access.ts'
import type { Asked, Done } from './asked.ts'
import type { DeskContext } from './context.ts'
import { type GestureResult, Gestures } from './gestures.ts'
import { pageSize, type Page, type PageRequest } from './page.ts'
import { type TranscriptEntry, transcriptPage } from './transcript.ts'
import { watchTranscript } from './transcript-watch.ts'

export interface ReplyRequest {
  readonly conversationId: ConversationId
  /** At most 1,600 code points; sent in several messages if Meta's limit asks for it. */
  readonly text?: string
  /** Sent before the text. Links must be public https: Meta fetches them. */
  readonly media?: readonly { readonly kind: MediaKind; readonly url: string }[]
  /** The message that is quoted. */
  readonly replyTo?: MessageId
}

/** A conversation at this instant, for one actor. */
export interface ConversationDetail {
  readonly conversationId: ConversationId
  readonly channelId: string
  readonly customerId: string
  readonly visible: boolean
  readonly ended: boolean
  readonly blocked: boolean
  /** Null also when the assignee is no longer associated with the channel. */
  readonly assignee: AgentId | null
  readonly window: ReplyWindow
  readonly otherAppInControl: boolean
  readonly mayReply: boolean
  /** Why the composer is closed. */
  readonly whyNot?: { readonly code: RefusalCode; readonly facts: Refusals[RefusalCode] }
}

interface Of {
  readonly conversationId: ConversationId
}

type Started = { readonly channelId: string; readonly customerId: string }

/**
 * What agents do (S5-S13). Every call refuses `not-associated` first, to whoever is not, and tells nothing else.
 * What is recorded as it was asked takes an idempotency key and answers where to wait for to see the change. `typing`, `markSeen` and
 * `react` take none: they go straight to Meta, once.
 */
export class Conversations {
  readonly #context: DeskContext
  readonly #access: Access
  readonly #delivery: Delivery
  readonly #gestures: Gestures

  constructor(context: DeskContext, access: Access, delivery: Delivery) {
    this.#context = context
    this.#access = access
    this.#delivery = delivery
    this.#gestures = new Gestures(context)
  }

  /** The conversation as it is now: whose it is, its reply window, and whether and why this actor cannot answer. */
  async get(actor: Actor, { conversationId }: Of): Promise<ConversationDetail> {
    const { channel, state } = await this.#access.toConversation(actor, conversationId, 'transcript')
    const at = this.#context.clock.now()
    const refusal = whyNotReply(state, channel, actor, at)
    const { channelId, customerId, ended, blocked, visible } = state
    return {
      conversationId,
      channelId,
      customerId,
      visible,
      ended,
      blocked,
      assignee: effectiveAssignee(state, channel),
      window: replyWindowOf(state, at),
      otherAppInControl: otherAppInControl(state),
      mayReply: refusal === undefined,
      ...(refusal === undefined ? {} : { whyNot: { code: refusal.code, facts: refusal.facts } }),
    }
  }

  /** The reply window as it was, or will be, at any instant, told from all anchors. */
  async windowAt(actor: Actor, { conversationId, at }: Of & { readonly at: number }): Promise<ReplyWindow> {
    await this.#access.toConversation(actor, conversationId, 'transcript')
    if (!Number.isFinite(at)) refuse('invalid', { field: 'at', expected: 'epoch milliseconds', given: String(at) })
    const [anchor] = await this.#context.read.anchors.query({
      index: 'conversation',
      prefix: [conversationId],
      to: at,
      limit: 1,
      backwards: true,
    })
    return replyWindow(anchor?.document.at, at)
  }

  /** Everything said and done, in the order of message time; `backwards` (the default) begins at the newest. */
  async transcript(
    actor: Actor,
    request: Of & PageRequest & { readonly backwards?: boolean },
  ): Promise<Page<TranscriptEntry>> {
    const { conversationId, cursor, backwards = true } = request
    await this.#access.toConversation(actor, conversationId, 'transcript')
    const limit = pageSize(request)
    return transcriptPage(this.#context.read, conversationId, {
      limit,
      backwards,
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  /** Live changes of the transcript, from this call on: each item that is new or different. */
  watch(
    actor: Actor,
    { conversationId, signal }: Of & { readonly signal?: AbortSignal },
  ): AsyncIterableIterator<TranscriptEntry, void, undefined> {
    return watchTranscript(this.#context, this.#access, actor, conversationId, signal)
  }

  /**
   * Queues a reply. Whether it may be sent is checked now, and again when it leaves.
   * @throws Refusal `window-expired`, `human-agent-only`, `channel-disabled`, `blocked`, `too-long`, `empty`, `lone-surrogate` ...
   */
  async reply(actor: Actor, request: ReplyRequest & Asked): Promise<{ readonly replyId: ReplyId } & Done> {
    return this.#queue(actor, request, false)
  }

  /** Sends and ends the conversation in one commit. */
  async replyAndEnd(actor: Actor, request: ReplyRequest & Asked): Promise<{ readonly replyId: ReplyId } & Done> {
    return this.#queue(actor, request, true)
  }

  /** Takes a reply back that has not been attempted. */
  withdraw(actor: Actor, request: Of & { readonly replyId: ReplyId } & Asked): Promise<Done> {
    const { replyId } = request
    return this.#execute(request, (asked) => ({ type: 'WithdrawReply', data: { ...asked, actor, replyId } }))
  }

  /** Sends the missing parts again. An unconfirmed reply may arrive twice: that must be accepted with `mayArriveTwice`. */
  async resend(
    actor: Actor,
    request: Of & { readonly replyId: ReplyId; readonly mayArriveTwice?: boolean } & Asked,
  ): Promise<Done> {
    const { conversationId, replyId, mayArriveTwice } = request
    const done = await this.#execute(request, (asked) => ({
      type: 'ResendReply',
      data: { ...asked, actor, replyId, ...(mayArriveTwice === undefined ? {} : { mayArriveTwice }) },
    }))
    this.#delivery.wake(conversationId)
    return done
  }

  pickUp(actor: Actor, of: Of & Asked): Promise<Done> {
    return this.#execute(of, (asked) => ({ type: 'PickUp', data: { ...asked, actor } }))
  }

  /** To another associated agent, or with `to: null` back to the queue. `seen` is the assignee that the author's screen showed. */
  transfer(
    actor: Actor,
    request: Of & { readonly to: AgentId | null; readonly seen: AgentId | null } & Asked,
  ): Promise<Done> {
    const { to, seen } = request
    return this.#execute(request, (asked) => ({ type: 'Transfer', data: { ...asked, actor, to, seen } }))
  }

  end(actor: Actor, of: Of & Asked): Promise<Done> {
    return this.#execute(of, (asked) => ({ type: 'EndConversation', data: { ...asked, actor } }))
  }

  reopen(actor: Actor, of: Of & Asked): Promise<Done> {
    return this.#execute(of, (asked) => ({ type: 'ReopenConversation', data: { ...asked, actor } }))
  }

  /** A private note: never sent, never in a ticket. */
  async addNote(
    actor: Actor,
    request: Of & { readonly text: string } & Asked,
  ): Promise<{ readonly noteId: string } & Done> {
    const { conversationId, text, key } = request
    const noteId = idOfRequest(this.#context.runtime, actor, 'note', conversationId, key)
    const done = await this.#execute(request, (asked) => ({ type: 'AddNote', data: { ...asked, actor, noteId, text } }))
    return { noteId, ...done }
  }

  /** On the desk, not at Meta: what the customer sends from now on is neither shown nor kept. */
  block(actor: Actor, request: Of & { readonly reason?: string } & Asked): Promise<Done> {
    const { reason } = request
    return this.#execute(request, (asked) => ({
      type: 'BlockCustomer',
      data: { ...asked, actor, ...(reason === undefined ? {} : { reason }) },
    }))
  }

  unblock(actor: Actor, of: Of & Asked): Promise<Done> {
    return this.#execute(of, (asked) => ({ type: 'UnblockCustomer', data: { ...asked, actor } }))
  }

  /** The agent has read everything up to and including that revision (see the transcript's items). */
  markRead(actor: Actor, request: Of & { readonly upTo: Revision } & Asked): Promise<Done> {
    const { upTo } = request
    return this.#execute(request, (asked) => ({ type: 'MarkRead', data: { ...asked, actor, upTo } }))
  }

  /**
   * Makes a ticket of every message that is in none yet, also of what a cancelled conversion left and what is older than the channel.
   * @throws Refusal `already-converted` with the ticket, `nothing-to-convert`
   */
  async convert(actor: Actor, of: Of & Asked): Promise<{ readonly ticketId?: TicketId } & Done> {
    const latestTicket = await this.#latestTicket(of.conversationId)
    let ticketId: TicketId | undefined
    const done = await this.#execute(
      of,
      (asked) => ({
        type: 'ConvertByHand',
        data: { ...asked, actor, ...(latestTicket === undefined ? {} : { latestTicket }) },
      }),
      async ({ events, replayed, revision }) => {
        const told = replayed ? await this.#toldBefore(of.conversationId, revision) : events
        for (const event of told) if (event.type === 'ConversationConverted') ticketId = event.data.ticketId
      },
    )
    return ticketId === undefined ? done : { ticketId, ...done }
  }

  /** What a command wrote when its key was used first; its last event has this revision. */
  async #toldBefore(conversationId: ConversationId, revision: Revision): Promise<readonly ConversationEvent[]> {
    const stream = `${conversations.name}-${conversationId}`
    const recorded = await this.#context.store.events.read(stream, { from: revision, backwards: true, limit: 16 })
    const key = recorded[0]?.meta['commandKey']
    return recorded
      .filter(({ meta }) => meta['commandKey'] === key)
      .map((event) => toDomainEvent<ConversationEvent>(event))
  }

  /** "Not needed": takes the pending conversion away. */
  dismissConversion(actor: Actor, of: Of & Asked): Promise<Done> {
    return this.#execute(of, (asked) => ({ type: 'DismissConversion', data: { ...asked, actor } }))
  }

  /** Shows the customer that somebody is typing, or not any more. Not recorded; says whether Meta took it. */
  typing(actor: Actor, { conversationId, on }: Of & { readonly on: boolean }): Promise<GestureResult> {
    return this.#gestures.signal(actor, conversationId, on ? 'typing-on' : 'typing-off')
  }

  /** Shows the customer that their messages were seen, also when nobody may write any more. Not recorded. */
  markSeen(actor: Actor, { conversationId }: Of): Promise<GestureResult> {
    return this.#gestures.signal(actor, conversationId, 'seen')
  }

  /** Reacts to a message of either side; null takes the reaction away. @throws Refusal as `reply`, `message-not-found` */
  react(
    actor: Actor,
    asked: Of & { readonly messageId: MessageId; readonly emoji: string | null },
  ): Promise<GestureResult> {
    return this.#gestures.react(actor, asked)
  }

  async #queue(
    actor: Actor,
    request: ReplyRequest & Asked,
    andEnd: boolean,
  ): Promise<{ readonly replyId: ReplyId } & Done> {
    const { conversationId, text, media, replyTo, key } = request
    const replyId = idOfRequest(this.#context.runtime, actor, 'reply', conversationId, key)
    const quotable = replyTo === undefined ? undefined : await this.#isQuotable(conversationId, replyTo)
    const done = await this.#execute({ ...request, andEnd }, (asked) => ({
      type: 'QueueReply',
      data: {
        ...asked,
        actor,
        replyId,
        ...(text === undefined ? {} : { text }),
        ...(media === undefined ? {} : { media }),
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(quotable === undefined ? {} : { quotable }),
        ...(andEnd ? { andEnd } : {}),
      },
    }))
    this.#delivery.wake(conversationId)
    return { replyId, ...done }
  }

  /** Whether a message so old that only the index knows it is one of this conversation, and was not taken back. */
  async #isQuotable(conversationId: ConversationId, messageId: MessageId): Promise<boolean | undefined> {
    const { streams, read } = this.#context
    const coverage = indexNeeded((await streams.atHead(conversations, conversationId)).state, messageId)
    if (coverage === undefined) return undefined
    const keys = [messageId, unsentKey(messageId), coverageKey(conversationId)]
    const [message, unsent, covered] = await read.messageIndex.getMany(keys)
    if (message !== undefined) return message.conversationId === conversationId && unsent === undefined
    return (covered?.revision ?? -1) >= coverage ? false : undefined
  }

  async #latestTicket(conversationId: ConversationId): Promise<TicketFacts | undefined> {
    const { state } = await this.#context.streams.atHead(conversations, conversationId)
    const ticketId = latestTicketOf(state)
    return ticketId === undefined
      ? undefined
      : ticketFacts((await this.#context.streams.atHead(tickets, ticketId)).state)
  }

  /** @param request what was asked; beside the conversation and the key it is what the key is used for */
  async #execute<Request extends Of & Asked>(
    { conversationId, key, ...content }: Request,
    command: (
      asked: Pick<ConversationCommand['data'], 'conversationId' | 'channel' | 'at'>,
    ) => ConversationCommand & { readonly data: { readonly actor: Actor } },
    told: (outcome: Outcome<ConversationEvent>) => void | Promise<void> = () => {},
  ): Promise<Done> {
    const { streams, lookup, clock, contentDigest } = this.#context
    const { state } = await streams.atHead(conversations, conversationId)
    const started: Started | undefined = state.status === 'started' ? state : undefined
    // The actor is known to the command alone; a conversation that is not there looks like one that is not theirs.
    if (started === undefined) return refuse('not-associated', {})
    const { channelId, customerId } = started
    const channel = await lookup.factsOf(channelId)
    const { organizationId } = channel
    const at = clock.now()
    // Also for a key that was used before: its answer is nobody else's.
    const { type, data } = command({ conversationId, channel, at })
    requireInside(data.actor, channel)
    const use = await commandKey(contentDigest, data.actor, type, key, content)
    const outcome = await streams.execute(
      conversations,
      conversationId,
      (entity) => decideConversation(lookup, command({ conversationId, channel, at }), entity.state),
      { meta: { organizationId, channelId, conversationId, customerId }, at, ...use },
    )
    await told(outcome)
    const { position } = outcome
    return position === undefined ? {} : { position }
  }
}

/** Whoever has nothing to do with the channel learns nothing of it; what exactly they may is each rule's own. */
const requireInside = (actor: Actor, channel: ChannelFacts): void => {
  const isInside =
    actor.kind === 'system' ||
    isAgentOf(actor, channel) ||
    (actor.kind !== 'agent' && actor.organizationId === channel.organizationId)
  if (!isInside) refuse('not-associated', {})
}
