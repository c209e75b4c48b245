import type { ChannelFacts } from '../conversation/channel-facts.ts'
import type { AgentId } from '../ids.ts'
import type { ChannelState } from './state.ts'

/** Without a prototype: an agent of the id `constructor` is not associated because every object has a constructor. */
const bare = (agents: Readonly<Record<AgentId, number>>): Readonly<Record<AgentId, number>> =>
  Object.assign(Object.create(null) as Record<AgentId, number>, agents)

/** What conversations need of their channel; undefined while it does not exist. */
export const channelFacts = (state: ChannelState): ChannelFacts | undefined => {
  if (state.status === 'none' || state.status === 'abandoned') return undefined
  const { settings } = state
  return {
    organizationId: state.organizationId,
    channelId: state.channelId,
    accountId: state.account.accountId,
    departmentId: settings.departmentId,
    connectedAt: state.connectedAt,
    staffedSince: state.staffedSince,
    status: state.status,
    stops: state.stops,
    stoppedAt: state.stoppedAt,
    enabledSince: state.status === 'enabled' ? state.enabledSince : null,
    deletion: state.status === 'deleted' ? { at: state.deletedAt, pendingConversions: state.pendingConversions } : null,
    authorization: state.authorization,
    humanAgent: state.humanAgent,
    agents: bare(state.agents),
    conversion: settings.conversion,
    assigneeOnly: settings.assigneeOnly,
    receiveAudioVideo: settings.receiveAudioVideo,
    storyMentionOpensWindow: settings.storyMentionOpensWindow,
    reactionOpensWindow: settings.reactionOpensWindow,
  }
}
