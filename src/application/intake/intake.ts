import type {
  ConversationCommand,
  ConversationEvent,
  ConversationState,
  Dropped,
} from '../../domain/conversation/index.ts'
import { conversationDecider, indexNeeded, latestTicketOf, whyDropped } from '../../domain/conversation/index.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { TicketFacts } from '../../domain/conversation/commands.ts'
import type { ChannelEvent, ChannelState } from '../../domain/channel/index.ts'
import type { AccountId, ChannelId, MessageId } from '../../domain/ids.ts'
import type { DeliveriesDecided } from '../../domain/intake/events.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { ticketFacts } from '../../domain/ticket/index.ts'
import { channels, conversations, tickets } from '../commands/aggregates.ts'
import type { AccountAndChannel, AccountChannels, ChannelLookup, Remembered } from '../commands/channel-lookup.ts'
import { withChannelThen } from '../commands/decide-conversation.ts'
import { AppendUnknown, type Entity, type Moment, type Streams } from '../commands/streams.ts'
import { conversationIdOf, derivedId, messageIdOf } from '../identity.ts'
import type { Incoming, ParsedEvent, QuarantineReason } from '../ports/platform.ts'
import { isStoreError, PremiseMoved, StoreUnavailable } from '../ports/store-errors.ts'
import type { TextDigest } from '../text-digest.ts'
import { either, type Found, mayBeFormer, type MessageIndex } from './message-index.ts'
import type { Quarantine } from './quarantine.ts'
import { toCommand } from './to-command.ts'

/** What became of one delivered event. `isCounted`: in the commit of what it, or others decided with it, made happen. */
export type ItemOutcome =
  | { readonly kind: 'recorded' | 'duplicates'; readonly isCounted?: true }
  | { readonly kind: 'ignored'; readonly reason: string; readonly isCounted?: true }
  | { readonly kind: 'quarantined'; readonly reason: QuarantineReason; readonly detail: string }

type Read = Extract<ParsedEvent, { outcome: 'read' }>
/** Something between the account and one customer. */
type OfThread = Extract<Incoming, { readonly customerId: string }>

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

type Unplaced = Extract<ItemOutcome, { kind: 'quarantined' }>
/** What is done with an event that found no place. */
type Keep = (accountId: AccountId, outcome: Unplaced, raw: () => string) => Promise<ItemOutcome>

export interface IntakeOptions {
  readonly streams: Streams
  readonly lookup: ChannelLookup
  readonly index: MessageIndex
  readonly quarantine: Quarantine
  readonly digest: TextDigest
}

/** Threads of one body that are under way together: however large it is, what comes alone meanwhile gets its turn. */
const TOGETHER = 20

const NO_LIVE_CHANNEL: Unplaced = {
  kind: 'quarantined',
  reason: 'account-of-no-live-channel',
  detail: 'the account is connected to no live channel',
}

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
    const keep: Keep =
      occasion === 'rerun'
        ? async (_, outcome) => outcome
        : (accountId, outcome, raw) => this.#quarantined(accountId, outcome, raw, receivedAt)
    const outcomes = events.map((parsed): Promise<ItemOutcome> => {
      if (parsed.outcome === 'ignored') return Promise.resolve({ kind: 'ignored', reason: parsed.reason })
      if (parsed.outcome === 'quarantined') {
        const { accountId, reason, detail } = parsed
        return keep(accountId, { kind: 'quarantined', reason, detail }, parsed.raw)
      }
      const { incoming } = parsed
      if (!('customerId' in incoming)) return this.#ofAccount(parsed, incoming, when, keep)
      const { promise, resolve, reject } = Promise.withResolvers<ItemOutcome>()
      const key = `${incoming.accountId}/${incoming.customerId}`
      let thread = threads.get(key)
      if (thread === undefined) threads.set(key, (thread = { accountId: incoming.accountId, items: [] }))
      thread.items.push({ parsed, incoming, settle: resolve, fail: reject })
      return promise
    })
    void someAtATime([...threads.values()], TOGETHER, ({ accountId, items }) =>
      this.#ofThread(accountId, items, when, keep),
    )
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
        ? await this.#byChannel(accountId, account, items)
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
    accountId: AccountId,
    account: AccountChannels,
    items: readonly Item[],
  ): Promise<Map<ChannelId | undefined, readonly Item[]>> {
    const groups = new Map<ChannelId | undefined, Item[]>()
    for (const item of items) {
      const { incoming } = item
      const holder =
        incoming.kind === 'unsend'
          ? await this.#options.index.channelOf(accountId, incoming, account.formerChannels)
          : undefined
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
      const isTooLarge = isStoreError(error, 'EventTooLarge')
      // Nobody has seen to what it rests on, for nothing was appended.
      if (isTooLarge && 'premises' in account) throw new PremiseMoved(account.premises[0]?.stream ?? '')
      if (isTooLarge && items.length === 1) {
        await settled(items, () => TOO_LARGE, (items[0] as Item).incoming.accountId, keep)
      } else if (isTooLarge) {
        for (const item of items) await this.#onChannel(channel.channelId, account, [item], when, keep)
      } else {
        for (const item of items) item.fail(error)
      }
    }
  }

  async #append(
    channel: ChannelFacts,
    account: AccountAndChannel | Remembered,
    items: readonly Item[],
    { receivedAt, occasion, since }: When,
  ): Promise<readonly (ItemOutcome | Failed)[]> {
    const { streams, lookup, index, digest } = this.#options
    const { customerId } = (items[0] as Item).incoming
    const { organizationId, channelId, accountId } = channel
    const conversationId = conversationIdOf(channelId, customerId)
    let outcomes: ItemOutcome[] = []
    const decide = async (entity: Entity<ConversationState>): Promise<Folding> => {
      outcomes = []
      const folding = new Folding(entity.state)
      const given = { conversationId, channel, at: receivedAt }
      const givenNow = () => withChannelThen(lookup, given, folding.state)
      if (entity.revision >= 0) folding.apply({ type: 'SettleDue', data: await givenNow() })
      const latestTicket = asksForTicket(channel) ? await this.#latestTicket(folding.state) : undefined
      for (const { incoming } of items) {
        const digested = digestedOf(incoming)
        const contentDigest = digested === undefined ? undefined : await digest(digested)
        const messageId = messageIdOf(
          accountId,
          'mid' in incoming && incoming.mid !== undefined ? incoming.mid : (incoming as { key: string }).key,
        )
        const coverage = indexNeeded(folding.state, messageId)
        const asked = hasIdentity(incoming) ? 'known' : 'all'
        // The index knows what is in the log; what this very body has pushed out of the state is found in what it made happen.
        const here = coverage === undefined ? NOT_HERE : foundIn(folding.events, messageId)
        const there =
          coverage === undefined || (here.known && asked === 'known')
            ? NOT_HERE
            : await index.find(messageId, conversationId, Math.min(coverage, entity.revision), asked)
        const past = coverage === undefined ? NOT_HERE : either(here, there)
        const elsewhere =
          past.known || !mayBeFormer(channel, account.formerChannels, incoming.metaAt)
            ? past
            : either(past, await index.onFormerChannels(accountId, customerId, messageId, channel))
        const circumstances = {
          ...(await givenNow()),
          messageId,
          knownElsewhere: elsewhere.known,
          elsewhere,
          ...(latestTicket === undefined ? {} : { latestTicket }),
          ...(contentDigest === undefined ? {} : { contentDigest }),
        }
        outcomes.push(
          decided(() => {
            const command = toCommand(incoming, circumstances)
            return folding.apply(command) > 0 ? 'recorded' : whyDropped(command, folding.state)
          }),
        )
      }
      // What is run again has been counted when it came.
      if (occasion === 'delivery') folding.deliveries = deliveriesOf(accountId, outcomes)
      return folding
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
      return events.length === 0 || occasion === 'rerun' ? outcomes : outcomes.map(counted)
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

  async #latestTicket(state: ConversationState): Promise<TicketFacts | undefined> {
    const ticketId = latestTicketOf(state)
    return ticketId === undefined
      ? undefined
      : ticketFacts((await this.#options.streams.atHead(tickets, ticketId)).state)
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
    if (live === undefined) return keep(accountId, NO_LIVE_CHANNEL, parsed.raw)
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
      throw plain(error)
    }
    return outcome.kind === 'quarantined' ? keep(accountId, outcome, parsed.raw) : outcome
  }

  async #quarantined(
    accountId: AccountId,
    outcome: Unplaced,
    raw: () => string,
    receivedAt: number,
  ): Promise<ItemOutcome> {
    const isNew = await this.#options.quarantine.keep({
      accountId,
      reason: outcome.reason,
      detail: outcome.detail,
      raw: raw(),
      receivedAt,
    })
    return isNew ? outcome : { kind: 'duplicates' }
  }
}

const TOO_LARGE: Unplaced = {
  kind: 'quarantined',
  reason: 'unreadable-member',
  detail: 'larger than an event may be',
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
      kept.push(keep(accountId, outcome, item.parsed.raw).then(item.settle, item.fail))
    else item.settle(outcome)
  }
  if (kept.length > 0) await Promise.all(kept)
}

/** Of an append that counts nothing it does not matter whether it came to be. */
const plain = (error: unknown): unknown =>
  error instanceof AppendUnknown ? new StoreUnavailable('unknown', { cause: error }) : error

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

/** Only the policy that threads messages onto open tickets asks how the latest one stands. */
const asksForTicket = (channel: ChannelFacts): boolean => channel.conversion.afterTicket === 'thread-while-open'

/** Only the message of an unsend is looked for on former channels. */
const mayBeElsewhere = ({ formerChannels }: AccountChannels, items: readonly Item[]): boolean =>
  formerChannels.length > 0 && items.some(({ incoming }) => incoming.kind === 'unsend')

/** Decisions on one state, each on what those before it made happen. */
class Folding {
  readonly events: ConversationEvent[] = []
  state: ConversationState
  deliveries: DeliveriesDecided | undefined

  constructor(state: ConversationState) {
    this.state = state
  }

  /** How many events it made. @throws Refusal */
  apply(command: ConversationCommand): number {
    const decided = conversationDecider.decide(command, this.state)
    let { state } = this
    for (const event of decided) state = conversationDecider.evolve(state, event)
    this.state = state
    this.events.push(...decided)
    return decided.length
  }
}

/**
 * A channel deleted a moment ago is no live channel any more. What the rules cannot take, for a reason that nobody thought of,
 * waits in quarantine: delivered again it would only fail again, and keep the rest of its batch from being answered.
 */
const decided = (apply: () => 'recorded' | Dropped): ItemOutcome => {
  try {
    const became = apply()
    if (became === 'recorded') return { kind: became }
    return became === 'known' ? { kind: 'duplicates' } : { kind: 'ignored', reason: became }
  } catch (error) {
    if (isRefusal(error, 'channel-deleted')) return NO_LIVE_CHANNEL
    const problem = isRefusal(error) ? error.code : error instanceof Error ? error.name : 'Error'
    return { kind: 'quarantined', reason: 'unreadable-member', detail: `could not be recorded: ${problem}` }
  }
}

/** What is counted with what it makes happen; what goes to quarantine is counted when it is kept there. */
const deliveriesOf = (accountId: AccountId, outcomes: readonly ItemOutcome[]): DeliveriesDecided => {
  const counts = { recorded: 0, duplicates: 0 }
  const ignored: Record<string, number> = {}
  for (const outcome of outcomes) {
    if (outcome.kind === 'ignored') ignored[outcome.reason] = (ignored[outcome.reason] ?? 0) + 1
    else if (outcome.kind !== 'quarantined') counts[outcome.kind] += 1
  }
  return {
    accountId,
    ...(counts.recorded === 0 ? {} : { recorded: counts.recorded }),
    ...(counts.duplicates === 0 ? {} : { duplicates: counts.duplicates }),
    ...(Object.keys(ignored).length === 0 ? {} : { ignored }),
  }
}

const counted = (outcome: ItemOutcome): ItemOutcome =>
  outcome.kind === 'quarantined' ? outcome : { ...outcome, isCounted: true }

const NOT_HERE: Found = { known: false }

/** What these events, which are not in the log yet, say of a message. */
const foundIn = (events: readonly ConversationEvent[], messageId: MessageId): Found => {
  let found = NOT_HERE
  for (const event of events) {
    if (!('messageId' in event.data) || event.data.messageId !== messageId) continue
    switch (event.type) {
      case 'MessageUnsent':
        found = { ...found, unsent: true }
        break
      case 'MessageWithheld':
        found = { ...found, known: true, withheld: true }
        break
      case 'MessageReceived':
        found = {
          known: true,
          ...(found.unsent === true ? { unsent: true } : {}),
          ...(event.data.episode === undefined ? {} : { episode: event.data.episode }),
        }
        break
      case 'MessageEchoed':
      case 'ReferralReceived':
      case 'ThreadControlChanged':
        found = { ...found, known: true }
        break
      default:
    }
  }
  return found
}

/** Whether it is something of its own, and not said about a message. */
const hasIdentity = ({ kind }: OfThread): boolean =>
  kind === 'message' || kind === 'echo' || kind === 'referral' || kind === 'thread-control'

/** What is compared without being kept: the text of an echo with those of our attempts, a reaction with another of the same instant. */
const digestedOf = (incoming: OfThread): string | undefined => {
  if (incoming.kind === 'echo') return incoming.content.text
  return incoming.kind === 'reaction' ? JSON.stringify([incoming.reaction, incoming.emoji]) : undefined
}
