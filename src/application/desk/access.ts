import type { ReadByAdministrator } from '../../domain/access/events.ts'
import { type Actor, actorRef } from '../../domain/actor.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ConversationState } from '../../domain/conversation/index.ts'
import type { ChannelId, ConversationId } from '../../domain/ids.ts'
import { MINUTE } from '../../domain/instant.ts'
import { refuse } from '../../domain/refusal.ts'
import type { Aggregate } from '../commands/streams.ts'
import { conversations } from '../commands/aggregates.ts'
import { Lru } from '../lru.ts'
import type { DeskContext } from './context.ts'

/** What a read is of, as it is recorded for administrators. */
export type ReadWhat = ReadByAdministrator['data']['what']

/** What each administrator read on a channel: a stream of its own, in which nothing is ever refused. */
const access: Aggregate<null, never, ReadByAdministrator> = {
  name: 'access',
  decider: { initialState: () => null, decide: () => [], evolve: () => null },
  foldVersion: 1,
}

/** The channel, and whether the reader stands among its agents. */
export interface Readable {
  readonly channel: ChannelFacts
  readonly isAssociated: boolean
}

/**
 * Who may read what (S11): associated agents; administrators of the organization, which is recorded; automations of the
 * organization; the desk itself. Decided on the channel as it is now, never on a view that may lag behind.
 */
export class Access {
  readonly #context: DeskContext
  readonly #recorded = new Lru<number>(10_000)

  constructor(context: DeskContext) {
    this.#context = context
  }

  /** @throws Refusal `not-associated`, which tells nothing else */
  async toChannel(
    actor: Actor,
    channelId: ChannelId,
    what: ReadWhat,
    conversationId?: ConversationId,
  ): Promise<Readable> {
    const channel = await this.#context.lookup.facts(channelId)
    if (actor.kind === 'system')
      return { channel: channel ?? refuse('channel-not-found', { channelId }), isAssociated: false }
    if (channel === undefined || channel.organizationId !== actor.organizationId) return refuse('not-associated', {})
    const isAssociated = isAgentOf(actor, channel)
    if (isAssociated || actor.kind === 'automation') return { channel, isAssociated }
    if (actor.kind !== 'administrator') return refuse('not-associated', {})
    await this.#record(actor, channel, what, conversationId)
    return { channel, isAssociated }
  }

  /** The conversation at its head, with its channel; one that does not exist looks like one that is not theirs. @throws Refusal `not-associated` */
  async toConversation(
    actor: Actor,
    conversationId: ConversationId,
    what: ReadWhat,
  ): Promise<Readable & { readonly state: Extract<ConversationState, { status: 'started' }> }> {
    const { state } = await this.#context.streams.atHead(conversations, conversationId)
    if (state.status !== 'started') {
      return actor.kind === 'system' ? refuse('conversation-not-found', {}) : refuse('not-associated', {})
    }
    return { ...(await this.toChannel(actor, state.channelId, what, conversationId)), state }
  }

  /** As {@link toChannel}, or by a conversation of that channel. */
  async toChannelOrConversation(
    actor: Actor,
    { channelId, conversationId }: { readonly channelId: ChannelId; readonly conversationId?: ConversationId },
    what: ReadWhat,
  ): Promise<Readable> {
    if (conversationId === undefined) return this.toChannel(actor, channelId, what)
    const found = await this.toConversation(actor, conversationId, what)
    return found.channel.channelId === channelId ? found : refuse('not-associated', {})
  }

  /** One record per administrator, place and minute: a screen that refreshes is one reading. */
  async #record(
    actor: Actor,
    { organizationId, channelId }: ChannelFacts,
    what: ReadWhat,
    conversationId: ConversationId | undefined,
  ): Promise<void> {
    const at = this.#context.clock.now()
    const by = actorRef(actor)
    const place = JSON.stringify([by, channelId, conversationId, what])
    const last = this.#recorded.get(place)
    if (last !== undefined && at - last < MINUTE) return
    const event: ReadByAdministrator = {
      type: 'ReadByAdministrator',
      data: { channelId, what, by, at, ...(conversationId === undefined ? {} : { conversationId }) },
    }
    await this.#context.streams.execute(access, channelId, () => [event], { meta: { organizationId, channelId }, at })
    this.#recorded.set(place, at)
  }
}

/** Whether the actor is an associated agent of the channel; administrators may be, under the same id. */
export const isAgentOf = (actor: Actor, channel: ChannelFacts): boolean =>
  (actor.kind === 'agent' || actor.kind === 'administrator') &&
  actor.organizationId === channel.organizationId &&
  Object.hasOwn(channel.agents, actor.id)
