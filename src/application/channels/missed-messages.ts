import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import {
  type ConversationCommand,
  type ConversationEvent,
  latestTicketOf,
  type TicketFacts,
} from '../../domain/conversation/index.ts'
import type { Instant } from '../../domain/instant.ts'
import type { ChannelId, ConversationId } from '../../domain/ids.ts'
import { refuse } from '../../domain/refusal.ts'
import { ticketFacts } from '../../domain/ticket/index.ts'
import { type MissedDocument, missedKey } from '../../projections/index.ts'
import { channels, conversations, tickets } from '../commands/aggregates.ts'
import { decideConversation } from '../commands/decide-conversation.ts'
import type { DeskContext } from '../desk/context.ts'
import { messageIdOf } from '../identity.ts'
import { toContent } from '../intake/to-command.ts'
import type { Position } from '../ports/event-store.ts'
import type { PastMessage, SendFailure } from '../ports/messenger.ts'

/** What asking Meta for what was missed has brought. */
export interface Fetched {
  /** Messages that are in their conversations now with their content: the customer's, and what the business wrote elsewhere. */
  readonly recovered: number
  /**
   * Receipts that are left: Meta documents that it tells what is in the 20 newest messages of a thread, in none that was taken back, and
   * in no thread of the requests that was idle for 30 days.
   */
  readonly left: number
  /** Why Meta could not be asked further: try again later. */
  readonly problem?: SendFailure['kind']
  readonly position?: Position
}

const PAGE = 200

/** What was missed while a channel was disabled: receipts without content, for which Meta can be asked once it is enabled again (S14). */
export class MissedMessages {
  readonly #context: DeskContext

  constructor(context: DeskContext) {
    this.#context = context
  }

  /** How many receipts there are without their content. */
  count(channelId: ChannelId): Promise<number> {
    return this.#context.read.missed.count([channelId])
  }

  /** Asks Meta, one conversation after the other, and records what it still has. Asking again changes nothing. */
  async fetch(channelId: ChannelId): Promise<Fetched> {
    const { streams, lookup, read, views, meta } = this.#context
    const { state, position: before } = await streams.atHead(channels, channelId)
    if (state.status === 'none' || state.status === 'abandoned') return refuse('channel-not-found', { channelId })
    if (state.status !== 'enabled') {
      return refuse(state.status === 'deleted' ? 'channel-deleted' : 'channel-disabled', { channelId })
    }
    await views.waitFor(before, { views: ['missed'] })
    const sender = await meta.credentials(channelId)
    let recovered = 0
    let position: Position | undefined
    let problem: SendFailure['kind'] | undefined
    for (let after: string | undefined; problem === undefined;) {
      const [first] = await read.missed.query({
        index: 'channel',
        prefix: [channelId],
        limit: 1,
        ...(after === undefined ? {} : { after }),
      })
      if (first === undefined) break
      const { conversationId, customerId } = first.document
      const receipts = await this.#receiptsOf(channelId, conversationId)
      after = receipts.at(-1)?.cursor ?? first.cursor
      const past = await meta.history(state, sender, customerId, {
        since: Math.min(...receipts.map(({ document }) => document.at)),
      })
      if (past.kind === 'give-up') continue
      if (past.kind !== 'found') {
        problem = past.kind
        break
      }
      const { accountId } = state.account
      const wanted = new Map(receipts.map(({ document }) => [document.messageId, document]))
      const found = past.messages.flatMap((message) => {
        const receipt = wanted.get(messageIdOf(accountId, message.mid))
        return receipt?.by === message.from ? [{ receipt, message }] : []
      })
      const done = await this.#record(await lookup.factsOf(channelId), first.document, found)
      recovered += done.recovered
      position = [position, done.position]
        .filter((each) => each !== undefined)
        .toSorted()
        .at(-1)
    }
    await views.waitFor(position, { views: ['missed'] })
    return {
      recovered,
      left: await this.count(channelId),
      ...(problem === undefined ? {} : { problem }),
      ...(position === undefined ? {} : { position }),
    }
  }

  async #receiptsOf(
    channelId: ChannelId,
    conversationId: ConversationId,
  ): Promise<readonly { readonly document: MissedDocument; readonly cursor: string }[]> {
    const receipts: { readonly document: MissedDocument; readonly cursor: string }[] = []
    for (;;) {
      const after = receipts.at(-1)?.cursor
      const page = await this.#context.read.missed.query({
        index: 'channel',
        prefix: [channelId, conversationId],
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      })
      receipts.push(...page)
      if (page.length < PAGE) return receipts
    }
  }

  /** The oldest first, in one commit, as if they came now. */
  async #record(
    channel: ChannelFacts,
    { conversationId, customerId }: MissedDocument,
    found: readonly Found[],
  ): Promise<{ readonly recovered: number; readonly position?: Position }> {
    const { streams, lookup, clock, views, read } = this.#context
    const { organizationId, channelId } = channel
    const at = clock.now()
    const { events, position } = await streams.execute(
      conversations,
      conversationId,
      async (entity) => {
        let { state } = entity
        // As of the revision that is decided on: what was fetched or taken back since is in the view no more.
        await views.waitFor(entity.position, { views: ['missed'] })
        const left = await read.missed.getMany(found.map(({ receipt }) => missedKey(conversationId, receipt.messageId)))
        const ticketId = latestTicketOf(state)
        const latestTicket =
          ticketId === undefined ? undefined : ticketFacts((await streams.atHead(tickets, ticketId)).state)
        const happened: ConversationEvent[] = []
        const missing = found.filter((_, place) => left[place] !== undefined)
        for (const each of missing.toSorted((one, other) => one.receipt.at - other.receipt.at)) {
          for (const command of await this.#commandsOf(channel, at, each, latestTicket)) {
            const decided = await decideConversation(lookup, command, state)
            state = decided.reduce((folded, event) => conversations.decider.evolve(folded, event), state)
            happened.push(...decided)
          }
        }
        return happened
      },
      { meta: { organizationId, channelId, conversationId, customerId }, at },
    )
    const recovered = events.filter(({ type }) => type === 'MessageReceived' || type === 'MessageReadAgain').length
    return position === undefined ? { recovered } : { recovered, position }
  }

  /** The message itself, and how either side has reacted to it. */
  async #commandsOf(
    channel: ChannelFacts,
    at: Instant,
    { receipt, message }: Found,
    latestTicket: TicketFacts | undefined,
  ): Promise<readonly ConversationCommand[]> {
    const { conversationId, customerId, messageId, by } = receipt
    const content = toContent(channel.accountId, message.content)
    // The receipt says to the millisecond when it was, Meta's list only to the second.
    const delivered = { conversationId, channel, customerId, at, messageId, metaAt: receipt.at }
    const itself: ConversationCommand =
      by === 'business'
        ? { type: 'RecoverContent', data: { conversationId, channel, at, messageId, content } }
        : {
            type: 'ReceiveMessage',
            data: {
              ...delivered,
              mid: message.mid,
              fetched: true,
              content,
              ...(latestTicket === undefined ? {} : { latestTicket }),
            },
          }
    const reactions = (message.reactions ?? []).map(async (reaction): Promise<ConversationCommand> => {
      const digest = await this.#context.digest(JSON.stringify([reaction.reaction, reaction.emoji]))
      return { type: 'ReceiveReaction', data: { ...delivered, ...reaction, action: 'react', digest, fetched: true } }
    })
    return [itself, ...(await Promise.all(reactions))]
  }
}

/** A receipt, and the message that Meta has for it. */
interface Found {
  readonly receipt: MissedDocument
  readonly message: PastMessage
}
