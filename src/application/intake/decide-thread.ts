import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { TicketFacts } from '../../domain/conversation/commands.ts'
import type { ConversationCommand, ConversationEvent, ConversationState } from '../../domain/conversation/index.ts'
import { conversationDecider, indexNeeded, latestTicketOf, whyDropped } from '../../domain/conversation/index.ts'
import type { ChannelId, ConversationId, CustomerId, MessageId } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import { ticketFacts } from '../../domain/ticket/index.ts'
import { tickets } from '../commands/aggregates.ts'
import type { ChannelLookup } from '../commands/channel-lookup.ts'
import { withChannelThen } from '../commands/decide-conversation.ts'
import type { Entity, Streams } from '../commands/streams.ts'
import { messageIdOf } from '../identity.ts'
import type { Incoming } from '../ports/platform.ts'
import type { TextDigest } from '../text-digest.ts'
import { either, type Found, foundAfter, NOTHING } from './found.ts'
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
  readonly customerId: CustomerId
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
  const folding = new Folding(entity.state)
  const outcomes: ItemOutcome[] = []
  const given = { conversationId, channel, at: receivedAt }
  const settleNow = () => withChannelThen(sources.lookup, { type: 'SettleDue', data: given } as const, folding.state)
  if (entity.revision >= 0) folding.apply(await settleNow())
  const asked = whatToAsk(said)
  const past = await sources.index.find(asked, conversationId, entity.state)
  const mayBeOld = said.incomings.filter(({ metaAt }) => mayBeFormer(channel, said.formerChannels, metaAt)).map(idOf)
  const former = await sources.index.onFormerChannels(
    new Set(mayBeOld.filter((id) => past.get(id)?.known !== true)),
    said.customerId,
    said.formerChannels.filter((id) => id !== channel.channelId),
  )
  const latestTicket = asksForTicket(channel) ? await latestTicketIn(sources.streams, folding.state) : undefined
  for (const incoming of said.incomings) {
    const digested = digestedOf(incoming)
    const contentDigest = digested === undefined ? undefined : await sources.digest(digested)
    const messageId = idOf(incoming)
    // What the state of this moment knows it knows wholly.
    const here = indexNeeded(folding.state, messageId) === undefined ? NOTHING : folding.found(messageId, past)
    const elsewhere = here.known ? here : either(here, former.get(messageId) ?? NOTHING)
    const circumstances = {
      ...(await settleNow()).data,
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

/** The id of what it is, or what it is about. */
export const idOf = (incoming: OfThread): MessageId =>
  messageIdOf(
    incoming.accountId,
    'mid' in incoming && incoming.mid !== undefined ? incoming.mid : (incoming as { key: string }).key,
  )

/** What the log has to be asked: of something with an id of its own, whether it is known; of another, what became of it too. */
const whatToAsk = ({ incomings }: Said): ReadonlyMap<MessageId, 'known' | 'all'> => {
  const asked = new Map<MessageId, 'known' | 'all'>()
  for (const incoming of incomings) {
    const id = idOf(incoming)
    if (!hasIdentity(incoming)) asked.set(id, 'all')
    else if (!asked.has(id)) asked.set(id, 'known')
  }
  return asked
}

/** Decisions on one state, each on what those before it made happen. */
class Folding {
  readonly events: ConversationEvent[] = []
  readonly #made = new Map<MessageId, ConversationEvent[]>()
  state: ConversationState

  constructor(state: ConversationState) {
    this.state = state
  }

  /** How many events it made. @throws Refusal */
  apply(command: ConversationCommand): number {
    const decided = conversationDecider.decide(command, this.state)
    let { state } = this
    for (const event of decided) state = conversationDecider.evolve(state, event)
    for (const event of decided) {
      this.events.push(event)
      if (!('messageId' in event.data)) continue
      const made = this.#made.get(event.data.messageId)
      if (made === undefined) this.#made.set(event.data.messageId, [event])
      else made.push(event)
    }
    this.state = state
    return decided.length
  }

  /** What is known of a message: of what was in the log before, and of what has been decided since and is not in it yet. */
  found(messageId: MessageId, past: ReadonlyMap<MessageId, Found>): Found {
    return (this.#made.get(messageId) ?? []).reduce(foundAfter, past.get(messageId) ?? NOTHING)
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
