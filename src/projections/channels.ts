import type { ActorRef } from '../domain/actor.ts'
import { type ChannelEvent, channelDecider, type ChannelState } from '../domain/channel/index.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection } from './projection.ts'

/** A channel as lists show it: its state, when its authorization last changed, and what Meta enforced on it. */
export interface ChannelDocument {
  readonly channel: Exclude<ChannelState, { readonly status: 'none' | 'abandoned' }>
  readonly authorizationSince: Instant
  readonly changedBy: ActorRef | null
  readonly changedAt: Instant
  /** The newest enforcements of a policy by Meta, oldest first. */
  readonly enforcements: readonly { readonly action: string; readonly at: Instant }[]
}

const ENFORCEMENTS = 10

const exists = (state: ChannelState): state is ChannelDocument['channel'] =>
  state.status !== 'none' && state.status !== 'abandoned'

/** A new token for a channel that works changes nothing of its authorization. */
const isOtherAuthorization = ({ channel }: ChannelDocument, { type, data }: ChannelEvent): boolean =>
  type === 'AuthorizationChanged' && !(channel.authorization === 'connected' && data.authorization === 'connected')

/** All channels, deleted ones too, by organization and by agent. */
export const channels: Projection<ChannelEvent, ChannelDocument> = {
  name: 'channels',
  version: 4,
  types: [
    'ChannelCreated',
    'ChannelSettingsChanged',
    'AgentAssociated',
    'AgentRemoved',
    'ChannelDisabled',
    'ChannelEnabled',
    'ChannelDeleted',
    'AuthorizationChanged',
    'HumanAgentPermissionChanged',
    'PolicyEnforced',
  ],
  keys: ({ event }) => [event.data.channelId],
  evolve: (document, { event }) => {
    const channel = channelDecider.evolve(document?.channel ?? channelDecider.initialState(), event)
    if (!exists(channel)) return document
    const { at } = event.data
    const enforcements = document?.enforcements ?? []
    return {
      channel,
      authorizationSince:
        document === undefined || isOtherAuthorization(document, event) ? at : document.authorizationSince,
      changedBy: 'by' in event.data ? event.data.by : (document?.changedBy ?? null),
      changedAt: at,
      enforcements:
        event.type === 'PolicyEnforced'
          ? [...enforcements.slice(1 - ENFORCEMENTS), { action: event.data.action, at }]
          : enforcements,
    }
  },
  indexes: {
    /** organization, creation */
    organization: ({ channel }) => [[channel.organizationId, channel.connectedAt]],
    /** Of live channels: another id of their account than the one that routes. */
    'other-id': ({ channel: { status, account, webhookAccountId } }) => {
      const other = webhookAccountId ?? account.appScopedId
      return status === 'deleted' || other === undefined || other === account.accountId ? [] : [[other]]
    },
    /** organization, agent, creation: deleted channels too, their agents still read them */
    agent: ({ channel }) =>
      Object.keys(channel.agents).map((agentId) => [channel.organizationId, agentId, channel.connectedAt]),
  },
}
