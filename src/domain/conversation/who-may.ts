import type { Actor, ActorRef } from '../actor.ts'
import type { AgentId } from '../ids.ts'
import { refuse } from '../refusal.ts'
import type { ChannelFacts } from './channel-facts.ts'
import type { ConversationState, StartedConversation } from './state.ts'

interface Asked {
  readonly actor: Actor
  readonly channel: ChannelFacts
}

/** The number of an agent's present association with the channel; undefined for everybody else. */
export const associationOf = ({ agents }: ChannelFacts, agentId: AgentId): number | undefined =>
  // An agent of the id `constructor` is not associated because every object has a constructor.
  Object.hasOwn(agents, agentId) ? agents[agentId] : undefined

/** Whether this is one of the channel's agents; an administrator may be one, under the same id. */
export const isAssociated = (channel: ChannelFacts, { kind, id }: ActorRef): boolean =>
  (kind === 'agent' || kind === 'administrator') && id !== undefined && associationOf(channel, id) !== undefined

const isOfOrganization = ({ actor, channel }: Asked): boolean =>
  actor.kind === 'system' || actor.organizationId === channel.organizationId

/** Whether this actor answers customers on this channel: its agents, and automations of its organization. */
export const mayAnswer = (asked: Asked): boolean =>
  isOfOrganization(asked) && (asked.actor.kind === 'automation' || isAssociated(asked.channel, asked.actor))

const requireLive = ({ channel: { status, channelId } }: Asked): void => {
  if (status === 'deleted') refuse('channel-deleted', { channelId })
}

const isAgent = (asked: Asked): boolean => isOfOrganization(asked) && isAssociated(asked.channel, asked.actor)

/**
 * Work that a person does on a conversation: an associated agent, and the host itself as `system`.
 * @throws Refusal `not-associated`, before anything else and telling nothing else; then `channel-deleted`
 */
export const requireMayWork = (asked: Asked): void => {
  if (asked.actor.kind !== 'system' && !isAgent(asked)) refuse('not-associated', {})
  requireLive(asked)
}

/** What one of the channel's agents does by reading, which a deleted channel allows too. Returns the agent. */
export const requireReader = (asked: Asked): AgentId =>
  asked.actor.kind !== 'system' && isAgent(asked) ? asked.actor.id : refuse('not-associated', {})

/** What only one of the channel's agents can do, because it is theirs afterwards. Gives the agent. */
export const requireAssociated = (asked: Asked): AgentId => {
  const { actor } = asked
  if (actor.kind === 'system') return refuse('not-associated', {})
  requireMayWork(asked)
  return actor.id
}

/** Handing over is also the administrators', who need no association for it (S12). */
export const requireMayTransfer = (asked: Asked): void => {
  if (asked.actor.kind === 'administrator' && isOfOrganization(asked)) requireLive(asked)
  else requireMayWork(asked)
}

/** @throws Refusal `conversation-not-found` */
export const requireStarted = (state: ConversationState): StartedConversation =>
  state.status === 'none' ? refuse('conversation-not-found', {}) : state
