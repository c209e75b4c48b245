import { type Actor, actorRef } from '../actor.ts'
import type { AgentId } from '../ids.ts'
import type { Instant } from '../instant.ts'
import { refuse } from '../refusal.ts'
import type { ChannelFacts } from './channel-facts.ts'
import type { PickUp, Transfer } from './commands.ts'
import type { ConversationAssigned, ConversationEvent } from './events.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { associationOf, requireAssociated, requireMayTransfer, requireStarted } from './who-may.ts'

/**
 * Who holds the conversation now. Whoever was removed from the channel holds nothing any more from that instant,
 * and nothing of before when associated again.
 */
export const effectiveAssignee = (state: ConversationState, channel: ChannelFacts): AgentId | null => {
  if (state.status === 'none' || state.assignee === null) return null
  const { agentId, association } = state.assignee
  return associationOf(channel, agentId) === association ? agentId : null
}

const assigned = (
  channel: ChannelFacts,
  agentId: AgentId,
  how: ConversationAssigned['data']['how'],
  { actor, at }: { readonly actor: Actor; readonly at: Instant },
): ConversationAssigned => ({
  type: 'ConversationAssigned',
  data: { agentId, association: associationOf(channel, agentId) ?? 0, how, by: actorRef(actor), at },
})

/** Answering a conversation that nobody holds takes it. */
export const assignedByAnswer = (
  state: StartedConversation,
  command: { readonly actor: Actor; readonly channel: ChannelFacts; readonly at: Instant },
): readonly ConversationAssigned[] => {
  const { actor, channel } = command
  if (actor.kind === 'system' || actor.kind === 'automation') return []
  return effectiveAssignee(state, channel) === null ? [assigned(channel, actor.id, 'answered', command)] : []
}

/** @throws Refusal `assignee-changed` if somebody else holds it, `conversation-ended` */
export const pickUp = ({ data }: PickUp, given: ConversationState): readonly ConversationEvent[] => {
  const agentId = requireAssociated(data)
  const state = requireStarted(given)
  const assignee = effectiveAssignee(state, data.channel)
  if (assignee === agentId) return []
  if (assignee !== null) refuse('assignee-changed', { assignee, seen: null })
  if (state.ended) refuse('conversation-ended', {})
  return [assigned(data.channel, agentId, 'picked-up', data)]
}

/**
 * Hands the conversation to another associated agent, or back to the queue.
 * @throws Refusal `assignee-changed` unless its author saw who holds it now: of two transfers at once only one wins
 */
export const transfer = ({ data }: Transfer, given: ConversationState): readonly ConversationEvent[] => {
  requireMayTransfer(data)
  const state = requireStarted(given)
  const { channel, actor, at, to, seen } = data
  const assignee = effectiveAssignee(state, channel)
  if (seen !== assignee) refuse('assignee-changed', { assignee, seen })
  if (to === assignee) return []
  if (to !== null && associationOf(channel, to) === undefined) refuse('target-not-associated', { agentId: to })
  if (state.ended) refuse('conversation-ended', {})
  return to === null
    ? [{ type: 'ConversationReturned', data: { how: 'transferred', by: actorRef(actor), at } }]
    : [assigned(channel, to, 'transferred', data)]
}
