import type { ChannelCreated, ChannelEvent } from './events.ts'
import { MAX_EVENT_KEYS, type ChannelState, type EnabledChannel } from './state.ts'

const created = ({ data }: ChannelCreated): EnabledChannel => ({
  status: 'enabled',
  channelId: data.channelId,
  organizationId: data.organizationId,
  account: data.account,
  connectedAt: data.at,
  settings: data.settings,
  staffedSince: data.at,
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
    case 'ChannelDisabled':
      return state.status === 'enabled' ? { ...state, status: 'disabled', disabledAt: event.data.at } : state
    case 'ChannelEnabled': {
      if (state.status !== 'disabled') return state
      const { disabledAt: _, ...rest } = state
      return { ...rest, status: 'enabled' }
    }
    case 'ChannelDeleted': {
      if (state.status === 'deleted') return state
      const { disabledAt: _, ...rest } = { disabledAt: 0, ...state }
      const { pendingConversions, at } = event.data
      return { ...rest, status: 'deleted', deletedAt: at, pendingConversions }
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
