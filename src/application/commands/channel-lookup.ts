import type { AccountState } from '../../domain/account/index.ts'
import { channelFacts, type ChannelState } from '../../domain/channel/index.ts'
import type { ChannelFacts, ChannelThen } from '../../domain/conversation/channel-facts.ts'
import type { AccountId, ChannelId } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import { refuse } from '../../domain/refusal.ts'
import { Lru } from '../lru.ts'
import type { Premise } from '../ports/event-store.ts'
import { accounts, channels } from './aggregates.ts'
import type { Moment, Streams } from './streams.ts'

/** Which channel has an Instagram account, and which ones had it before, newest first. */
export interface AccountChannels {
  readonly liveChannel: ChannelId | undefined
  readonly formerChannels: readonly ChannelId[]
}

/** The same, with what the live channel is. */
export interface AccountAndChannel extends AccountChannels {
  readonly live: ChannelFacts | undefined
}

/** The same as they were when this process saw them last, with what an append has to see to. */
export interface Remembered extends AccountAndChannel {
  readonly live: ChannelFacts
  readonly premises: readonly Premise[]
}

/** Accounts of which the live channel is remembered, to be asked about before the account has answered. */
const ACCOUNTS_REMEMBERED = 1_000

const channelsOf = (state: AccountState): AccountChannels => ({
  liveChannel: state.status === 'claimed' ? state.channelId : undefined,
  formerChannels: state.former.map(({ channelId }) => channelId).toReversed(),
})

/** What is derived from a state once: the same state is asked again by every message that comes in. */
const onceFor = <State extends object, Result>(derive: (state: State) => Result): ((state: State) => Result) => {
  const known = new WeakMap<State, { readonly result: Result }>()
  return (state) => {
    let found = known.get(state)
    if (found === undefined) known.set(state, (found = { result: derive(state) }))
    return found.result
  }
}

/** What channels are right now: read at the head of their streams, never from a view that may lag behind. */
export class ChannelLookup {
  readonly #streams: Streams
  readonly #factsOf = onceFor(channelFacts)
  readonly #channelsOf = onceFor(channelsOf)
  readonly #lastLive = new Lru<ChannelId>(ACCOUNTS_REMEMBERED)

  constructor(streams: Streams) {
    this.#streams = streams
  }

  async state(channelId: ChannelId): Promise<ChannelState> {
    return (await this.#streams.atHead(channels, channelId)).state
  }

  /** As this process has seen it last, and read only if it has not: for whom it does not matter that others have gone on since. */
  async lastSeen(channelId: ChannelId): Promise<ChannelState> {
    return this.#streams.remembered(channels, channelId)?.state ?? (await this.state(channelId))
  }

  /** Undefined for a channel that never came to be. */
  async facts(channelId: ChannelId, since?: Moment): Promise<ChannelFacts | undefined> {
    return this.#factsOf((await this.#streams.atHead(channels, channelId, since)).state)
  }

  /** Whether these facts are the last ones that this process has seen of the channel: nothing is asked. */
  areNewest(channelId: ChannelId, facts: ChannelFacts): boolean {
    const seen = this.#streams.remembered(channels, channelId)
    return seen === undefined || this.#factsOf(seen.state) === facts
  }

  /** @throws Refusal `channel-not-found` */
  async factsOf(channelId: ChannelId, since?: Moment): Promise<ChannelFacts> {
    return (await this.facts(channelId, since)) ?? refuse('channel-not-found', { channelId })
  }

  /**
   * As the channel stood at that instant, or as it is if it was not there yet; read anew from its beginning.
   * @throws Refusal `channel-not-found`
   */
  async factsAsOf(channelId: ChannelId, instant: Instant): Promise<ChannelFacts> {
    const state = await this.#streams.before(channels, channelId, ({ data: { at } }) => at > instant)
    return channelFacts(state) ?? this.factsOf(channelId)
  }

  /** How the channel stood at every instant, oldest first; read from its beginning. */
  async factsThen(channelId: ChannelId): Promise<readonly ChannelThen[]> {
    const then: ChannelThen[] = []
    await this.#streams.each(channels, channelId, (state, { data: { at } }) => {
      const channel = channelFacts(state)
      if (channel === undefined) return
      // Clocks of several processes differ: the order of the stream holds.
      then.push({ from: Math.max(at, then.at(-1)?.from ?? -Infinity), channel })
    })
    return then
  }

  async account(accountId: AccountId, since?: Moment): Promise<AccountChannels> {
    return this.#channelsOf((await this.#streams.atHead(accounts, accountId, since)).state)
  }

  /** An account and its live channel as this process has seen them last; others may have gone on since. Undefined if it has not. */
  remembered(accountId: AccountId): Remembered | undefined {
    const account = this.#streams.remembered(accounts, accountId)
    if (account === undefined) return undefined
    const found = this.#channelsOf(account.state)
    const channel = found.liveChannel === undefined ? undefined : this.#streams.remembered(channels, found.liveChannel)
    const live = channel === undefined ? undefined : this.#factsOf(channel.state)
    if (channel === undefined || live === undefined) return undefined
    return { ...found, live, premises: [account.premise, channel.premise] }
  }

  /**
   * An account and its live channel, both as they were after that moment. The channel that it had the last time is read along
   * with the account, so that one way to the database and back answers for both.
   * @throws Refusal `channel-not-found`
   */
  async accountAndChannel(accountId: AccountId, since: Moment): Promise<AccountAndChannel> {
    const expected = this.#lastLive.get(accountId)
    const [account, facts] = await Promise.all([
      this.account(accountId, since),
      // It may be another one by now, and of no concern.
      expected === undefined ? undefined : this.facts(expected, since).catch(() => undefined),
    ])
    const { liveChannel } = account
    if (liveChannel === undefined) return { ...account, live: undefined }
    if (liveChannel === expected && facts !== undefined) return { ...account, live: facts }
    this.#lastLive.set(accountId, liveChannel)
    return { ...account, live: await this.factsOf(liveChannel, since) }
  }
}
