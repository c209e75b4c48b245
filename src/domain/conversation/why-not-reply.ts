import { type Actor, type ActorRef, isHuman } from '../actor.ts'
import type { Instant } from '../instant.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { effectiveAssignee } from './assignment.ts'
import type { ChannelFacts } from './channel-facts.ts'
import type { RejectionReason } from './events.ts'
import { replyWindowOf } from './reply-window.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { otherAppInControl } from './thread-control.ts'
import { mayAnswer } from './who-may.ts'

/** The refusals that are checked when a reply is asked for and again when it is dispatched. */
export type SendRefusal = Refusal<Extract<RefusalCode, RejectionReason>>

/**
 * Why this actor cannot answer this conversation now; undefined: the composer is open.
 * `not-associated` comes first and tells nothing else.
 */
export const whyNotReply = (
  state: ConversationState,
  channel: ChannelFacts,
  actor: Actor,
  at: Instant,
): Refusal | undefined => {
  if (!mayAnswer({ actor, channel })) return new Refusal('not-associated', {})
  if (state.status === 'none') return new Refusal('conversation-not-found', {})
  const why = whyNotSend(state, channel, actor, at)
  // A reply that ended the conversation may still leave, so this one is not asked at dispatch.
  return state.ended && why?.code !== 'channel-deleted' && why?.code !== 'channel-disabled' && why?.code !== 'blocked'
    ? new Refusal('conversation-ended', {})
    : why
}

/** Why a reply of this author cannot leave now. Suspended and lost authorization are no reason: replies wait for them. */
export const whyNotSend = (
  state: StartedConversation,
  channel: ChannelFacts,
  author: ActorRef,
  at: Instant,
): SendRefusal | undefined => reasonsAgainst(state, channel, author, at)[0]

/** Every reason why a reply of this author cannot leave at that instant, in the order in which one is told. */
export const reasonsAgainst = (
  state: StartedConversation,
  channel: ChannelFacts,
  author: ActorRef,
  at: Instant,
): readonly SendRefusal[] => {
  const { channelId, organizationId } = channel
  const actor = { ...author, organizationId } as Actor
  return [
    mayAnswer({ actor, channel }) ? undefined : new Refusal('not-associated', {}),
    channel.status === 'deleted' ? new Refusal('channel-deleted', { channelId }) : undefined,
    channel.status === 'disabled' ? new Refusal('channel-disabled', { channelId }) : undefined,
    state.blocked ? new Refusal('blocked', {}) : undefined,
    outsideWindow(state, channel, author, at),
    channel.authorization === 'restricted' ? new Refusal('authorization-restricted', { channelId }) : undefined,
    notTheirTurn(state, channel, author),
  ].filter((reason) => reason !== undefined)
}

/** Anyone within 24 hours, a person within 7 days, then nobody. */
const outsideWindow = (
  state: StartedConversation,
  { humanAgent }: ChannelFacts,
  author: ActorRef,
  attemptedAt: Instant,
): SendRefusal | undefined => {
  const window = replyWindowOf(state, attemptedAt)
  if (window.state === 'never-opened') return new Refusal('window-never-opened', { attemptedAt })
  const { anchor, standardUntil, humanAgentUntil } = window
  if (window.state === 'expired') {
    return new Refusal('window-expired', { anchor, expiredAt: humanAgentUntil, attemptedAt })
  }
  if (window.state === 'standard') return undefined
  if (!isHuman(author)) return new Refusal('human-agent-only', { standardUntil, humanAgentUntil, attemptedAt })
  // Meta decides where nobody knows: `unknown` is tried.
  return humanAgent === 'refused' ? new Refusal('human-agent-refused', { standardUntil, attemptedAt }) : undefined
}

const notTheirTurn = (state: StartedConversation, channel: ChannelFacts, author: ActorRef): SendRefusal | undefined => {
  if (author.kind === 'automation' && otherAppInControl(state)) {
    return new Refusal('other-app-in-control', { ownerAppId: state.thread?.ownerAppId ?? null })
  }
  const assignee = effectiveAssignee(state, channel)
  return channel.assigneeOnly && assignee !== null && assignee !== author.id
    ? new Refusal('not-the-assignee', { assignee })
    : undefined
}
