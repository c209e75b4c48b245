import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { TicketFacts } from '../../domain/conversation/commands.ts'
import type { ConversationCommand, ConversationEvent, ConversationState } from '../../domain/conversation/index.ts'
import { conversationDecider, indexNeeded, latestTicketOf, whyDropped } from '../../domain/conversation/index.ts'
import type { ChannelId, ConversationId, MessageId } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import { ticketFacts } from '../../domain/ticket/index.ts'
import { tickets } from '../commands/aggregates.ts'
import type { ChannelLookup } from '../commands/channel-lookup.ts'
import { withChannelThen } from '../commands/decide-conversation.ts'
import type { Entity, Streams } from '../commands/streams.ts'
import { messageIdOf } from '../identity.ts'
import type { Incoming } from '../ports/platform.ts'
import type { TextDigest } from '../text-digest.ts'
import { either, type Found, foundIn, NOTHING } from './found.ts'
import { mayBeFormer, type MessageIndex } from './message-index.ts'
import { decided, type ItemOutcome } from './outcome.ts'
import { toCommand } from './to-command.ts'

/** Something between the account and one customer. */
export type OfThread = Extract<Incoming, { readonly customerId: string }>

/** What is asked while deciding. */
export interface Sources {
  readonly streams: Streams
  readonly lookup: ChannelLookup
  readonly index: MessageIndex
  readonly digest: TextDigest
}

/** What one body says about one thread, in its order. */
export interface Said {
  readonly conversationId: ConversationId
  readonly channel: ChannelFacts
  /** Channels that the account had before this one. */
  readonly formerChannels: readonly ChannelId[]
  readonly incomings: readonly OfThread[]
  readonly receivedAt: Instant
}

/** What it makes happen, and what becomes of each. */
export interface ThreadDecided {
  readonly events: readonly ConversationEvent[]
  readonly state: ConversationState
  readonly outcomes: readonly ItemOutcome[]
}

/** Decides one after the other, each on what those before it made happen. */
export const decideThread = async (
  sources: Sources,
  said: Said,
  entity: Entity<ConversationState>,
): Promise<ThreadDecided> => {
  const { conversationId, channel, receivedAt } = said
  const { accountId } = channel
  const folding = new Folding(entity.state)
  const outcomes: ItemOutcome[] = []
  const given = { conversationId, channel, at: receivedAt }
  const givenNow = () => withChannelThen(sources.lookup, given, folding.state)
  if (entity.revision >= 0) folding.apply({ type: 'SettleDue', data: await givenNow() })
  const latestTicket = asksForTicket(channel) ? await latestTicketIn(sources.streams, folding.state) : undefined
  for (const incoming of said.incomings) {
    const digested = digestedOf(incoming)
    const contentDigest = digested === undefined ? undefined : await sources.digest(digested)
    const messageId = messageIdOf(
      accountId,
      'mid' in incoming && incoming.mid !== undefined ? incoming.mid : (incoming as { key: string }).key,
    )
    const elsewhere = await foundBefore(sources.index, said, incoming, messageId, folding, entity)
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
  return { events: folding.events, state: folding.state, outcomes }
}

/** What is known of a message beyond what the state of its conversation remembers. */
const foundBefore = async (
  index: MessageIndex,
  { conversationId, channel, formerChannels }: Said,
  incoming: OfThread,
  messageId: MessageId,
  folding: Folding,
  { revision }: Entity<ConversationState>,
): Promise<Found> => {
  const coverage = indexNeeded(folding.state, messageId)
  const asked = hasIdentity(incoming) ? 'known' : 'all'
  // The index knows what is in the log; what this very body has pushed out of the state is found in what it made happen.
  const here = coverage === undefined ? NOTHING : foundIn(folding.events, messageId)
  const there =
    coverage === undefined || (here.known && asked === 'known')
      ? NOTHING
      : await index.find(messageId, conversationId, Math.min(coverage, revision), asked)
  const past = coverage === undefined ? NOTHING : either(here, there)
  return past.known || !mayBeFormer(channel, formerChannels, incoming.metaAt)
    ? past
    : either(past, await index.onFormerChannels(channel.accountId, incoming.customerId, messageId, channel))
}

/** Decisions on one state, each on what those before it made happen. */
class Folding {
  readonly events: ConversationEvent[] = []
  state: ConversationState

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

/** Only the policy that threads messages onto open tickets asks how the latest one stands. */
const asksForTicket = (channel: ChannelFacts): boolean => channel.conversion.afterTicket === 'thread-while-open'

const latestTicketIn = async (streams: Streams, state: ConversationState): Promise<TicketFacts | undefined> => {
  const ticketId = latestTicketOf(state)
  return ticketId === undefined ? undefined : ticketFacts((await streams.atHead(tickets, ticketId)).state)
}

/** Whether it is something of its own, and not said about a message. */
const hasIdentity = ({ kind }: OfThread): boolean =>
  kind === 'message' || kind === 'echo' || kind === 'referral' || kind === 'thread-control'

/** What is compared without being kept: the text of an echo with those of our attempts, a reaction with another of the same instant. */
const digestedOf = (incoming: OfThread): string | undefined => {
  if (incoming.kind === 'echo') return incoming.content.text
  return incoming.kind === 'reaction' ? JSON.stringify([incoming.reaction, incoming.emoji]) : undefined
}
