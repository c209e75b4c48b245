import { actorRef } from '../actor.ts'
import { refuse } from '../refusal.ts'
import { requireId, utf8Bytes } from '../text.ts'
import type { AssociateAgent, RemoveAgent } from './commands.ts'
import type { ChannelEvent } from './events.ts'
import { requireAdministratorOf, requireChangeable, requireExisting } from './require-channel.ts'
import { associationOf, MAX_AGENTS, MAX_AGENTS_BYTES, type ChannelState, type LiveChannel } from './state.ts'

const requireRoom = ({ agents }: LiveChannel, agentId: string, association: number): void => {
  const field = 'agents'
  const actual = Object.keys(agents).length + 1
  if (actual > MAX_AGENTS) refuse('too-long', { field, limit: MAX_AGENTS, actual, unit: 'items' })
  const bytes = utf8Bytes(JSON.stringify({ ...agents, [agentId]: association }))
  if (bytes > MAX_AGENTS_BYTES) refuse('too-long', { field, limit: MAX_AGENTS_BYTES, actual: bytes, unit: 'bytes' })
}

/** Whoever comes back after a removal gets a new number, so what they held before stays unassigned. */
export const associateAgent = ({ data }: AssociateAgent, state: ChannelState): readonly ChannelEvent[] => {
  const channel = requireChangeable(state, data)
  const { channelId, actor, at } = data
  const agentId = requireId('agentId', data.agentId)
  if (associationOf(channel.agents, agentId) !== undefined) return []
  const association = channel.associations + 1
  requireRoom(channel, agentId, association)
  return [{ type: 'AgentAssociated', data: { channelId, agentId, association, by: actorRef(actor), at } }]
}

/**
 * From this instant the agent's conversations count as unassigned: nothing has to be written for each of them.
 * Also on a deleted channel: whoever leaves must not read on.
 */
export const removeAgent = ({ data }: RemoveAgent, state: ChannelState): readonly ChannelEvent[] => {
  requireAdministratorOf(state, data.actor)
  const { channelId, actor, agentId, at } = data
  const association = associationOf(requireExisting(state, channelId).agents, agentId)
  if (association === undefined) return []
  return [{ type: 'AgentRemoved', data: { channelId, agentId, association, by: actorRef(actor), at } }]
}
