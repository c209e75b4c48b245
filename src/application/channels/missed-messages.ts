import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import { type ConversationEvent, latestTicketOf } from '../../domain/conversation/index.ts'
import type { ChannelId, ConversationId } from '../../domain/ids.ts'
import { refuse } from '../../domain/refusal.ts'
import { ticketFacts } from '../../domain/ticket/index.ts'
import type { MissedDocument } from '../../projections/index.ts'
import { channels, conversations, tickets } from '../commands/aggregates.ts'
import { decideConversation } from '../commands/decide-conversation.ts'
import type { DeskContext } from '../desk/context.ts'
import { messageIdOf } from '../identity.ts'
import type { Position } from '../ports/event-store.ts'
import type { PastMessage, SendFailure } from '../ports/messenger.ts'

/** What asking Meta for what was missed has brought. */
export interface Fetched {
  /** Messages that stand in their conversations now, with their content. */
  readonly recovered: number
  /** Receipts that are left: Meta tells of the 20 newest messages of a thread only, and of none that was taken back. */
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
      const past = await meta.history(state, sender, customerId)
      if (past.kind === 'give-up') continue
      if (past.kind !== 'found') {
        problem = past.kind
        break
      }
      // The receipt says to the millisecond when it was, Meta's list only to the second.
      const wanted = new Map(receipts.map(({ document }) => [document.messageId, document.at]))
      const found = past.messages.flatMap((message) => {
        const at = wanted.get(messageIdOf(state.account.accountId, message.mid))
        return message.from === 'customer' && at !== undefined ? [{ ...message, at }] : []
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
    found: readonly PastMessage[],
  ): Promise<{ readonly recovered: number; readonly position?: Position }> {
    const { streams, lookup, clock } = this.#context
    const { organizationId, channelId, accountId } = channel
    const at = clock.now()
    const { events, position } = await streams.execute(
      conversations,
      conversationId,
      async (entity) => {
        let { state } = entity
        const ticketId = latestTicketOf(state)
        const latestTicket =
          ticketId === undefined ? undefined : ticketFacts((await streams.atHead(tickets, ticketId)).state)
        const happened: ConversationEvent[] = []
        for (const { mid, at: metaAt, text, attachments = 0 } of found.toSorted((one, other) => one.at - other.at)) {
          const decided = await decideConversation(
            lookup,
            {
              type: 'ReceiveMessage',
              data: {
                conversationId,
                channel,
                customerId,
                at,
                messageId: messageIdOf(accountId, mid),
                mid,
                metaAt,
                fetched: true,
                content: {
                  kind: text === undefined ? 'unknown' : 'text',
                  ...(text === undefined ? {} : { text }),
                  // Meta's list of past messages says how many there were, not what they were.
                  attachments: Array.from({ length: attachments }, () => ({ kind: 'unknown' as const })),
                },
                ...(latestTicket === undefined ? {} : { latestTicket }),
              },
            },
            state,
          )
          state = decided.reduce((folded, event) => conversations.decider.evolve(folded, event), state)
          happened.push(...decided)
        }
        return happened
      },
      { meta: { organizationId, channelId, conversationId, customerId }, at },
    )
    const recovered = events.filter(({ type }) => type === 'MessageReceived').length
    return position === undefined ? { recovered } : { recovered, position }
  }
}
