import { channelFacts, type ChannelState } from '../../domain/channel/index.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { AccountId, ChannelId } from '../../domain/ids.ts'
import { refuse } from '../../domain/refusal.ts'
import { accounts, channels } from './aggregates.ts'
import type { Streams } from './streams.ts'

/** What channels are right now: read at the head of their streams, never from a view that may lag behind. */
export class ChannelLookup {
  readonly #streams: Streams

  constructor(streams: Streams) {
    this.#streams = streams
  }

  async state(channelId: ChannelId): Promise<ChannelState> {
    return (await this.#streams.atHead(channels, channelId)).state
  }

  /** Undefined for a channel that never came to be. */
  async facts(channelId: ChannelId): Promise<ChannelFacts | undefined> {
    return channelFacts(await this.state(channelId))
  }

  /** @throws Refusal `channel-not-found` */
  async factsOf(channelId: ChannelId): Promise<ChannelFacts> {
    return (await this.facts(channelId)) ?? refuse('channel-not-found', { channelId })
  }

  /** Which channel has the Instagram account, and which ones had it before, newest first. */
  async account(
    accountId: AccountId,
  ): Promise<{ readonly liveChannel: ChannelId | undefined; readonly formerChannels: readonly ChannelId[] }> {
    const { state } = await this.#streams.atHead(accounts, accountId)
    return {
      liveChannel: state.status === 'claimed' ? state.channelId : undefined,
      formerChannels: state.former.map(({ channelId }) => channelId).toReversed(),
    }
  }
}
