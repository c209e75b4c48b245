import type { ChannelEvent, ChannelState } from '../../domain/channel/index.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ConversationEvent, ConversationState } from '../../domain/conversation/index.ts'
import type { AccountId, ChannelId, MessageId } from '../../domain/ids.ts'
import { channels, conversations } from '../commands/aggregates.ts'
import type { AccountAndChannel, AccountChannels, Remembered } from '../commands/channel-lookup.ts'
import { AppendUnknown, type Decided, type Entity, type Moment } from '../commands/streams.ts'
import { conversationIdOf, derivedId } from '../identity.ts'
import type { Incoming, ParsedEvent } from '../ports/platform.ts'
import { isStoreError, PremiseMoved, StoreUnavailable } from '../ports/store-errors.ts'
import { decideThread, idOf, type OfThread, type Sources } from './decide-thread.ts'
import {
  asCounted,
  decided,
  deliveriesOf,
  type ItemOutcome,
  NO_LIVE_CHANNEL,
  untakeable,
  type Unplaced,
} from './outcome.ts'
import type { Quarantine } from './quarantine.ts'

type Read = Extract<ParsedEvent, { outcome: 'read' }>

interface Item {
  readonly parsed: Read
  readonly incoming: OfThread
  readonly settle: (outcome: ItemOutcome) => void
  readonly fail: (error: unknown) => void
}

export interface When {
  /** Business time. */
  readonly receivedAt: number
  /** Of {@link Intake.moment}, when it came in: nothing is decided on what was read before. */
  readonly since: Moment
  readonly occasion: 'delivery' | 'rerun'
}

/** What could not be made durable. */
interface Failed {
  readonly kind: 'failed'
  readonly error: unknown
}

/** An event with what came. */
type Whole = Exclude<ParsedEvent, { outcome: 'ignored' }>

/** What is done with an event that found no place. */
type Keep = (accountId: AccountId, outcome: Unplaced, parsed: Whole) => Promise<ItemOutcome>

export interface IntakeOptions extends Sources {
  readonly quarantine: Quarantine
}

/** Threads and other pieces of one body that are under way together: however large it is, what comes alone meanwhile gets its turn. */
const TOGETHER = 20

/** Turns what Meta delivered into what happened: each delivered event ends as exactly one outcome, durable when its promise resolves. */
export class Intake {
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** To be asked when something comes in. */
  moment(): Moment {
    return this.#options.streams.moment()
  }

  /**
   * Takes in the events of one body. The promises are in the order of the body; one of them rejects only when the store
   * could not make that event durable. One bad event never fails the others.
   */
  take(events: readonly ParsedEvent[], when: When): readonly Promise<ItemOutcome>[] {
    const { receivedAt, occasion } = when
    const threads = new Map<string, { readonly accountId: AccountId; readonly items: Item[] }>()
    const jobs: (() => Promise<void>)[] = []
    const job = (work: () => Promise<ItemOutcome>): Promise<ItemOutcome> => {
      const { promise, resolve, reject } = Promise.withResolvers<ItemOutcome>()
      jobs.push(() => work().then(resolve, reject))
      return promise
    }
    const keep: Keep =
      occasion === 'rerun'
        ? async (_, outcome) => outcome
        : (accountId, outcome, whole) => this.#quarantined(accountId, outcome, whole, receivedAt)
    const outcomes = events.map((parsed): Promise<ItemOutcome> => {
      if (parsed.outcome === 'ignored') return Promise.resolve({ kind: 'ignored', reason: parsed.reason })
      if (parsed.outcome === 'quarantined') {
        const { accountId, reason, detail } = parsed
        return job(() => keep(accountId, { kind: 'quarantined', reason, detail }, parsed))
      }
      const { incoming } = parsed
      if (!('customerId' in incoming)) return job(() => this.#ofAccount(parsed, incoming, when, keep))
      const { promise, resolve, reject } = Promise.withResolvers<ItemOutcome>()
      const key = `${incoming.accountId}/${incoming.customerId}`
      let thread = threads.get(key)
      if (thread === undefined) {
        const { accountId } = incoming
        const items: Item[] = []
        threads.set(key, (thread = { accountId, items }))
        jobs.push(() => this.#ofThread(accountId, items, when, keep))
      }
      thread.items.push({ parsed, incoming, settle: resolve, fail: reject })
      return promise
    })
    void someAtATime(jobs, TOGETHER, (work) => work())
    return outcomes
  }

  /**
   * All that one body says about one thread: one decision after the other, one append. Where an append sees to it that account and
   * channel stand where they did, it is decided on what is remembered of them, and anew if they do not.
   */
  async #ofThread(accountId: AccountId, items: readonly Item[], when: When, keep: Keep): Promise<void> {
    const { streams, lookup } = this.#options
    let now = when
    try {
      const remembered = streams.checksPremises ? lookup.remembered(accountId) : undefined
      if (remembered !== undefined && !mayBeElsewhere(remembered, items)) {
        try {
          return await this.#record(remembered.live, remembered, items, when, keep)
        } catch (error) {
          if (!isStoreError(error, 'PremiseMoved')) throw error
          // What others have read since it came in may be past as well.
          now = { ...when, since: streams.moment() }
        }
      }
      const account = await lookup.accountAndChannel(accountId, now.since)
      const groups = mayBeElsewhere(account, items)
        ? await this.#byChannel(account, items)
        : [[account.liveChannel, items] as const]
      for (const [channelId, group] of groups) {
        if (channelId === undefined) await settled(group, () => NO_LIVE_CHANNEL, accountId, keep)
        else await this.#onChannel(channelId, account, group, now, keep)
      }
    } catch (error) {
      for (const item of items) item.fail(error)
    }
  }

  async #onChannel(
    channelId: ChannelId,
    account: AccountAndChannel,
    items: readonly Item[],
    when: When,
    keep: Keep,
  ): Promise<void> {
    try {
      const isLive = account.live !== undefined && channelId === account.liveChannel
      const channel = isLive ? account.live : await this.#options.lookup.factsOf(channelId, when.since)
      await this.#record(channel, account, items, when, keep)
    } catch (error) {
      for (const item of items) item.fail(error)
    }
  }

  /**
   * Everything goes to the live channel of the account; an unsend goes to the channel that holds its message,
   * because a customer's wish is honoured on a deleted channel too.
   */
  async #byChannel(
    account: AccountChannels,
    items: readonly Item[],
  ): Promise<Map<ChannelId | undefined, readonly Item[]>> {
    const groups = new Map<ChannelId | undefined, Item[]>()
    const unsends = items.map(({ incoming }) => incoming).filter(({ kind }) => kind === 'unsend')
    const { customerId } = (items[0] as Item).incoming
    const holders = await this.#options.index.channelsOf(new Set(unsends.map(idOf)), customerId, account.formerChannels)
    for (const item of items) {
      const { incoming } = item
      const holder = incoming.kind === 'unsend' ? holders.get(idOf(incoming)) : undefined
      const channelId = holder ?? account.liveChannel
      const group = groups.get(channelId)
      if (group === undefined) groups.set(channelId, [item])
      else group.push(item)
    }
    return groups
  }

  /**
   * Each item is settled, or fails, with the append that was to count it.
   * @throws PremiseMoved before any of them
   */
  async #record(
    channel: ChannelFacts,
    account: AccountAndChannel | Remembered,
    items: readonly Item[],
    when: When,
    keep: Keep,
  ): Promise<void> {
    try {
      const became = await this.#append(channel, account, items, when)
      await settled(items, (at) => became[at] ?? NO_LIVE_CHANNEL, channel.accountId, keep)
    } catch (error) {
      if (isStoreError(error, 'PremiseMoved')) throw error
      const outcome = untakeable(error)
      if (outcome === undefined) {
        for (const item of items) item.fail(error)
        return
      }
      // Nobody has seen to what it rests on, for nothing was appended.
      if ('premises' in account) throw new PremiseMoved(account.premises[0]?.stream ?? '')
      if (items.length === 1) return await settled(items, () => outcome, channel.accountId, keep)
      const middle = items.length >> 1
      for (const half of [items.slice(0, middle), items.slice(middle)])
        await this.#onChannel(channel.channelId, account, half, when, keep)
    }
  }

  async #append(
    channel: ChannelFacts,
    account: AccountAndChannel | Remembered,
    items: readonly Item[],
    { receivedAt, occasion, since }: When,
  ): Promise<readonly (ItemOutcome | Failed)[]> {
    const { streams } = this.#options
    const { customerId } = (items[0] as Item).incoming
    const { organizationId, channelId, accountId } = channel
    const { formerChannels } = account
    const conversationId = conversationIdOf(channelId, customerId)
    const incomings = items.map(({ incoming }) => incoming)
    let outcomes: readonly ItemOutcome[] = []
    const decide = async (
      entity: Entity<ConversationState>,
    ): Promise<Decided<ConversationState, ConversationEvent>> => {
      const said = { conversationId, customerId, channel, formerChannels, incomings, receivedAt }
      const decision = await decideThread(this.#options, said, entity)
      ;({ outcomes } = decision)
      // What is run again has been counted when it came.
      return occasion === 'rerun' ? decision : { ...decision, deliveries: deliveriesOf(accountId, outcomes) }
    }
    const meta = { organizationId, channelId, conversationId, customerId }
    const premises = 'premises' in account ? { premises: account.premises } : {}
    try {
      const { events } = await streams.execute(conversations, conversationId, decide, {
        meta,
        at: receivedAt,
        ...premises,
      })
      // Where nothing was appended nobody has seen to what it rests on.
      if (events.length === 0 && 'premises' in account) await this.#confirm(account, since)
      return events.length === 0 || occasion === 'rerun' ? outcomes : outcomes.map(asCounted)
    } catch (error) {
      if (!(error instanceof AppendUnknown)) throw error
      // What this append would not have counted is in no doubt.
      return outcomes.map(({ kind }) => ({ kind: 'failed', error: kind === 'quarantined' ? plain(error) : error }))
    }
  }

  /** @throws PremiseMoved */
  async #confirm({ live, premises }: Remembered, since: Moment): Promise<void> {
    const now = await this.#options.lookup.accountAndChannel(live.accountId, since)
    if (now.live !== live) throw new PremiseMoved(premises[0]?.stream ?? '')
  }

  /** What concerns the account and not a customer. */
  async #ofAccount(
    parsed: Read,
    incoming: Exclude<Incoming, OfThread>,
    { receivedAt, since }: When,
    keep: Keep,
  ): Promise<ItemOutcome> {
    const { accountId } = incoming
    const { live } = await this.#options.lookup.accountAndChannel(accountId, since)
    if (live === undefined) return keep(accountId, NO_LIVE_CHANNEL, parsed)
    const { organizationId, channelId } = live
    const eventKey = derivedId(accountId, incoming.key)
    const at = receivedAt
    let outcome = { kind: 'duplicates' } as ItemOutcome
    const decide = ({ state }: Entity<ChannelState>): readonly ChannelEvent[] => {
      let events: readonly ChannelEvent[] = []
      outcome = decided(() => {
        events = channels.decider.decide(
          incoming.kind === 'policy'
            ? {
                type: 'RecordPolicyEnforcement',
                data: {
                  channelId,
                  eventKey,
                  action: incoming.action,
                  at,
                  ...(incoming.reason === undefined ? {} : { reason: incoming.reason }),
                },
              }
            : { type: 'RecordAppRoles', data: { channelId, eventKey, roles: incoming.roles, at } },
          state,
        )
        return events.length > 0 ? 'recorded' : 'known'
      })
      return events
    }
    try {
      await this.#options.streams.execute(channels, channelId, decide, { meta: { organizationId, channelId }, at })
    } catch (error) {
      outcome = untakeable(error) ?? raised(plain(error))
    }
    return outcome.kind === 'quarantined' ? keep(accountId, outcome, parsed) : outcome
  }

  async #quarantined(accountId: AccountId, outcome: Unplaced, parsed: Whole, receivedAt: number): Promise<ItemOutcome> {
    const isNew = await this.#options.quarantine.keep({
      accountId,
      reason: outcome.reason,
      detail: outcome.detail,
      raw: parsed.raw(),
      unsends: unsendOf(parsed),
      receivedAt,
    })
    return isNew ? outcome : { kind: 'duplicates' }
  }
}

/** Tells each item what became of it; what found no place is kept first. */
const settled = async (
  items: readonly Item[],
  became: (at: number) => ItemOutcome | Failed,
  accountId: AccountId,
  keep: Keep,
): Promise<void> => {
  const kept: Promise<void>[] = []
  for (const [at, item] of items.entries()) {
    const outcome = became(at)
    if (outcome.kind === 'failed') item.fail(outcome.error)
    else if (outcome.kind === 'quarantined')
      kept.push(keep(accountId, outcome, item.parsed).then(item.settle, item.fail))
    else item.settle(outcome)
  }
  if (kept.length > 0) await Promise.all(kept)
}

/** The message that an event takes back, if that is what it does: a customer's wish is honoured wherever the message is kept. */
const unsendOf = (parsed: Whole): MessageId | undefined =>
  parsed.outcome === 'read' && parsed.incoming.kind === 'unsend' ? idOf(parsed.incoming) : undefined

/** Of an append that counts nothing it does not matter whether it came to be. */
const plain = (error: unknown): unknown =>
  error instanceof AppendUnknown ? new StoreUnavailable('unknown', { cause: error }) : error

const raised = (error: unknown): never => {
  throw error
}

const someAtATime = async <Item>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const left = items.values()
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
}

/** Only the message of an unsend is looked for on former channels. */
const mayBeElsewhere = ({ formerChannels }: AccountChannels, items: readonly Item[]): boolean =>
  formerChannels.length > 0 && items.some(({ incoming }) => incoming.kind === 'unsend')
