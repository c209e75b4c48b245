import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import { type ConversationState, isUnsent, pastMessage } from '../../domain/conversation/index.ts'
import type { ChannelId, ConversationId, CustomerId, MessageId } from '../../domain/ids.ts'
import { HOUR } from '../../domain/instant.ts'
import { coverageKey, type MessageIndexDocument, unsentKey } from '../../projections/index.ts'
import { conversations } from '../commands/aggregates.ts'
import type { Streams } from '../commands/streams.ts'
import { conversationIdOf } from '../identity.ts'
import type { Runtime } from '../ports/runtime.ts'
import { StoreUnavailable } from '../ports/store-errors.ts'
import { pause } from '../time.ts'
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
  readonly #view: ViewReader<MessageIndexDocument>
  readonly #runtime: Runtime

  constructor(streams: Streams, view: ViewReader<MessageIndexDocument>, runtime: Runtime) {
    this.#streams = streams
    this.#view = view
    this.#runtime = runtime
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
    const end = this.#runtime.monotonic() + WAIT_MILLISECONDS
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
      if (this.#runtime.monotonic() > end)
        throw new StoreUnavailable('not-applied', { cause: new Error('the message index is behind') })
      await pause(this.#runtime, wait)
    }
  }

  /**
   * What earlier channels of the same account hold of these messages: what they received is no news on the present channel, nor that it
   * was taken back. The episode is left out: it was one of another conversation.
   */
  async onFormerChannels(
    asked: ReadonlySet<MessageId>,
    customerId: CustomerId,
    formerChannels: readonly ChannelId[],
  ): Promise<ReadonlyMap<MessageId, Found>> {
    const found = new Map<MessageId, Found>()
    for (const former of formerChannels) {
      const left = [...asked].filter((id) => found.get(id)?.known !== true)
      for (const [id, { episode: _, loose: __, ...there }] of await this.#on(former, customerId, left, 'all'))
        found.set(id, either(there, found.get(id) ?? NOTHING))
    }
    return found
  }

  /** The former channels whose conversations with the customer hold these messages. */
  async channelsOf(
    asked: ReadonlySet<MessageId>,
    customerId: CustomerId,
    formerChannels: readonly ChannelId[],
  ): Promise<ReadonlyMap<MessageId, ChannelId>> {
    const channels = new Map<MessageId, ChannelId>()
    for (const former of formerChannels) {
      const left = [...asked].filter((id) => !channels.has(id))
      for (const [id, { known }] of await this.#on(former, customerId, left, 'known'))
        if (known) channels.set(id, former)
    }
    return channels
  }

  async #on(
    channelId: ChannelId,
    customerId: CustomerId,
    ids: readonly MessageId[],
    asked: 'known' | 'all',
  ): Promise<ReadonlyMap<MessageId, Found>> {
    if (ids.length === 0) return new Map()
    const conversationId = conversationIdOf(channelId, customerId)
    const { state } = await this.#streams.atHead(conversations, conversationId)
    return this.find(new Map(ids.map((id) => [id, asked])), conversationId, state)
  }
}

const read = (message: MessageIndexDocument | undefined, isUnsent: boolean, conversationId: ConversationId): Found => {
  const { withheld, episode, loose, revision } = message?.conversationId === conversationId ? message : {}
  return {
    known: message !== undefined,
    ...(isUnsent ? { unsent: true } : {}),
    ...(withheld === undefined ? {} : { withheld }),
    ...(episode === undefined ? {} : { episode }),
    ...(loose === undefined ? {} : { loose }),
    ...(revision === undefined ? {} : { revision }),
  }
}
