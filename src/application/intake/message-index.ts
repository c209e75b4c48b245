import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import { type ConversationState, isUnsent, pastMessage } from '../../domain/conversation/index.ts'
import type { AccountId, ChannelId, ConversationId, CustomerId, MessageId, Revision } from '../../domain/ids.ts'
import { HOUR } from '../../domain/instant.ts'
import { coverageKey, type MessageIndexDocument, unsentKey } from '../../projections/index.ts'
import { conversations } from '../commands/aggregates.ts'
import type { ChannelLookup } from '../commands/channel-lookup.ts'
import type { Streams } from '../commands/streams.ts'
import { conversationIdOf, messageIdOf } from '../identity.ts'
import { StoreUnavailable } from '../ports/store-errors.ts'
import { monotonic, pause } from '../time.ts'
import type { ViewReader } from '../views/view-reader.ts'
import { either, type Found, NOTHING } from './found.ts'

/** Clocks of Meta and ours may differ by this much. */
const CLOCK_SKEW = HOUR

/** How long a delivery waits for the index before Meta is asked to deliver again. */
const WAIT_MILLISECONDS = 3_000

/** Whether a message of that time may have come on a former channel of its account. */
export const mayBeFormer = (channel: ChannelFacts, formerChannels: readonly ChannelId[], metaAt: number): boolean =>
  formerChannels.length > 0 && metaAt <= channel.connectedAt + CLOCK_SKEW

/**
 * Whether a message was seen before or taken back, when the conversation's state does not remember that far back.
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

  /**
   * What the log holds of these messages of one conversation: what its state does not remember is asked of the view, all at once.
   * For an id that maps to `known`, a message that is known is answered at once; for one that maps to `all`, its unsend too is proven.
   * @throws StoreUnavailable when the index stays behind what the state has dropped.
   */
  async find(
    asked: ReadonlyMap<MessageId, 'known' | 'all'>,
    conversationId: ConversationId,
    state: ConversationState,
  ): Promise<ReadonlyMap<MessageId, Found>> {
    const found = new Map<MessageId, Found>()
    const left: MessageId[] = []
    for (const id of asked.keys()) {
      const past = pastMessage(state, id)
      if (past === 'ask-index') left.push(id)
      else found.set(id, past)
    }
    if (left.length === 0) return found
    const keys = [coverageKey(conversationId), ...left.flatMap((id) => [id, unsentKey(id)])]
    const end = monotonic() + WAIT_MILLISECONDS
    for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
      const [covered, ...documents] = await this.#view.getMany(keys)
      const isCovered = (covered?.revision ?? -1) >= state.droppedUpTo
      if (isCovered || left.every((id, at) => asked.get(id) === 'known' && documents[2 * at] !== undefined)) {
        for (const [at, id] of left.entries())
          found.set(
            id,
            read(documents[2 * at], documents[2 * at + 1] !== undefined || isUnsent(state, id), conversationId),
          )
        return found
      }
      if (monotonic() > end)
        throw new StoreUnavailable('not-applied', { cause: new Error('the message index is behind') })
      await pause(wait)
    }
  }

  /** A message that an earlier channel of the same account received is no news on its present one, nor that it was taken back. */
  async onFormerChannels(
    accountId: AccountId,
    customerId: CustomerId,
    messageId: MessageId,
    channel: ChannelFacts,
  ): Promise<Found> {
    const { formerChannels } = await this.#lookup.account(accountId)
    let found = NOTHING
    for (const former of formerChannels) {
      if (former === channel.channelId || found.known) continue
      // Its episode was one of another conversation.
      const { episode: _, ...there } = await this.#on(former, customerId, messageId, 'all')
      found = either(there, found)
    }
    return found
  }

  /** The former channel whose conversation holds the message of an unsend. */
  async channelOf(
    accountId: AccountId,
    { customerId, mid }: { readonly customerId: CustomerId; readonly mid: string },
    formerChannels: readonly ChannelId[],
  ): Promise<ChannelId | undefined> {
    for (const former of formerChannels) {
      if ((await this.#on(former, customerId, messageIdOf(accountId, mid), 'known')).known) return former
    }
    return undefined
  }

  async #on(
    channelId: ChannelId,
    customerId: CustomerId,
    messageId: MessageId,
    asked: 'known' | 'all',
  ): Promise<Found> {
    const conversationId = conversationIdOf(channelId, customerId)
    const { state } = await this.#streams.atHead(conversations, conversationId)
    return (await this.find(new Map([[messageId, asked]]), conversationId, state)).get(messageId) ?? NOTHING
  }
}

const read = (message: MessageIndexDocument | undefined, isUnsent: boolean, conversationId: ConversationId): Found => {
  const { withheld, episode } = message?.conversationId === conversationId ? message : {}
  return {
    known: message !== undefined,
    ...(isUnsent ? { unsent: true } : {}),
    ...(withheld === undefined ? {} : { withheld }),
    ...(episode === undefined ? {} : { episode }),
  }
}
