import type { ChannelCreated, ChannelEvent } from './events.ts'
import { MAX_EVENT_KEYS, type ChannelState, type EnabledChannel, type LiveChannel } from './state.ts'

const created = ({ data }: ChannelCreated): EnabledChannel => ({
  status: 'enabled',
  channelId: data.channelId,
  organizationId: data.organizationId,
  account: data.account,
  ...(data.webhookAccountId === undefined ? {} : { webhookAccountId: data.webhookAccountId }),
  connectedAt: data.at,
  settings: data.settings,
  staffedSince: data.at,
  stops: 0,
  stoppedAt: null,
  enabledSince: data.at,
  authorization: 'connected',
  authorizationReason: null,
  humanAgent: data.humanAgent,
  agents: {},
  associations: 0,
  newestEventKeys: [],
})

/** The newest instant counts, whosever clock runs ahead. */
const staffedAnew = <State extends { readonly staffedSince: number }>(state: State, at: number): State => ({
  ...state,
  staffedSince: Math.max(state.staffedSince, at),
})

const stopped = ({ stops }: LiveChannel, stoppedAt: number) => ({ stops: stops + 1, stoppedAt })

export const evolveChannel = (state: ChannelState, event: ChannelEvent): ChannelState => {
  if (event.type === 'ChannelCreated') return state.status === 'none' ? created(event) : state
  if (event.type === 'ChannelCreationAbandoned') return state.status === 'none' ? { status: 'abandoned' } : state
  if (state.status === 'none' || state.status === 'abandoned') return state
  switch (event.type) {
    case 'ChannelSettingsChanged': {
      const { changes, at } = event.data
      const settings = { ...state.settings, ...changes }
      return changes.departmentId === undefined ? { ...state, settings } : { ...staffedAnew(state, at), settings }
    }
    case 'AgentAssociated': {
      const { agentId, association } = event.data
      return { ...state, agents: { ...state.agents, [agentId]: association }, associations: association }
    }
    case 'AgentRemoved': {
      const others = Object.entries(state.agents).filter(([agentId]) => agentId !== event.data.agentId)
      return { ...staffedAnew(state, event.data.at), agents: Object.fromEntries(others) }
    }
    case 'ChannelDisabled': {
      if (state.status !== 'enabled') return state
      const { enabledSince, ...rest } = state
      return { ...rest, status: 'disabled', ...stopped(state, Math.max(enabledSince, event.data.at)) }
    }
    case 'ChannelEnabled':
      return state.status === 'disabled'
        ? { ...state, status: 'enabled', enabledSince: Math.max(state.stoppedAt ?? 0, event.data.at) }
        : state
    case 'ChannelDeleted': {
      if (state.status === 'deleted') return state
      const { enabledSince: _, ...rest } = { enabledSince: 0, ...state }
      const { pendingConversions, at } = event.data
      return {
        ...rest,
        status: 'deleted',
        ...stopped(state, Math.max(state.stoppedAt ?? at, at)),
        deletedAt: at,
        pendingConversions,
      }
    }
    case 'AuthorizationChanged': {
      const { authorization, reason } = event.data
      return { ...state, authorization, authorizationReason: reason }
    }
    case 'HumanAgentPermissionChanged':
      return { ...state, humanAgent: event.data.permission }
    case 'PolicyEnforced':
    case 'AppRolesChanged': {
      const newestEventKeys = [...state.newestEventKeys, event.data.eventKey].slice(-MAX_EVENT_KEYS)
      return { ...state, newestEventKeys }
    }
  }
}
