import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import { knowsMessage } from '../../domain/conversation/index.ts'
import type { AccountId, ChannelId, ConversationId, CustomerId, MessageId, Revision } from '../../domain/ids.ts'
import { HOUR } from '../../domain/instant.ts'
import { coverageKey, type MessageIndexDocument } from '../../projections/index.ts'
import { conversations } from '../commands/aggregates.ts'
import type { ChannelLookup } from '../commands/channel-lookup.ts'
import type { Streams } from '../commands/streams.ts'
import { conversationIdOf, messageIdOf } from '../identity.ts'
import { StoreUnavailable } from '../ports/store-errors.ts'
import { monotonic, pause } from '../time.ts'
import type { ViewReader } from '../views/view-reader.ts'

/** Clocks of Meta and ours may differ by this much. */
const CLOCK_SKEW = HOUR

/** How long a delivery waits for the index before Meta is asked to deliver again. */
const WAIT_MILLISECONDS = 3_000

/**
 * Whether a message was seen before, when the conversation's state does not remember that far back.
 * The answer "no" is given only when the index is proven to have read everything that the state dropped.
 */
export class MessageIndex {
  readonly #streams: Streams
  readonly #lookup: ChannelLookup
  readonly #view: ViewReader<MessageIndexDocument>

  constructor(streams: Streams, lookup: ChannelLookup, view: ViewReader<MessageIndexDocument>) {
    this.#streams = streams
    this.#lookup = lookup
    this.#view = view
  }

  /** @throws StoreUnavailable when the index stays behind. */
  async knows(messageId: MessageId, conversationId: ConversationId, coverage: Revision): Promise<boolean> {
    const end = monotonic() + WAIT_MILLISECONDS
    for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
      const [found, covered] = await this.#view.getMany([messageId, coverageKey(conversationId)])
      if (found !== undefined) return true
      if ((covered?.revision ?? -1) >= coverage) return false
      if (monotonic() > end)
        throw new StoreUnavailable('not-applied', { cause: new Error('the message index is behind') })
      await pause(wait)
    }
  }

  /** A message that an earlier channel of the same account received is no news on its present one. */
  async knownOnFormerChannels(
    accountId: AccountId,
    customerId: CustomerId,
    messageId: MessageId,
    channel: ChannelFacts,
    metaAt: number,
  ): Promise<boolean> {
    if (metaAt > channel.connectedAt + CLOCK_SKEW) return false
    const { formerChannels } = await this.#lookup.account(accountId)
    for (const former of formerChannels) {
      if (await this.#knownOn(former, customerId, messageId)) return true
    }
    return false
  }

  /** The former channel whose conversation holds the message of an unsend. */
  async channelOf(
    accountId: AccountId,
    { customerId, mid }: { readonly customerId: CustomerId; readonly mid: string },
    formerChannels: readonly ChannelId[],
  ): Promise<ChannelId | undefined> {
    for (const former of formerChannels) {
      if (await this.#knownOn(former, customerId, messageIdOf(accountId, mid))) return former
    }
    return undefined
  }

  async #knownOn(channelId: ChannelId, customerId: CustomerId, messageId: MessageId): Promise<boolean> {
    const conversationId = conversationIdOf(channelId, customerId)
    const { state } = await this.#streams.atHead(conversations, conversationId)
    const known = knowsMessage(state, messageId)
    return known === 'ask-index' ? this.knows(messageId, conversationId, state.droppedUpTo) : known
  }
}
