import type { Actor } from '../../../src/domain/actor.ts'
import {
  channelDecider,
  DEFAULT_SETTINGS,
  type Authorization,
  type ChannelEvent,
  type ChannelSettings,
  type ChannelState,
  type ChannelCommand,
  type CreateChannel,
} from '../../../src/domain/channel/index.ts'
import type { Given } from '../../../src/testing/given-when-then.ts'
import { given as givenDecider } from '../given.ts'
import { ACCOUNT, administrator, byAda, CHANNEL, NOON, ORGANIZATION } from '../people.ts'

export const given = (...events: readonly ChannelEvent[]): Given<ChannelState, ChannelCommand, ChannelEvent> =>
  givenDecider(channelDecider, ...events)

export const settings: ChannelSettings = { ...DEFAULT_SETTINGS, name: 'Shop', departmentId: 'sales' }

export const created: ChannelEvent = {
  type: 'ChannelCreated',
  data: {
    channelId: CHANNEL,
    organizationId: ORGANIZATION,
    account: { accountId: ACCOUNT, flavour: 'instagram-login', username: 'shop' },
    settings,
    humanAgent: 'unknown',
    by: byAda,
    at: NOON,
  },
}
const here = { channelId: CHANNEL, by: byAda, at: NOON } as const
export const abandoned: ChannelEvent = {
  type: 'ChannelCreationAbandoned',
  data: { channelId: CHANNEL, at: NOON },
}
export const changed = (changes: Partial<ChannelSettings>): ChannelEvent => ({
  type: 'ChannelSettingsChanged',
  data: { ...here, changes },
})
export const associated = (agentId: string, association: number): ChannelEvent => ({
  type: 'AgentAssociated',
  data: { ...here, agentId, association },
})
export const removed = (agentId: string, association: number): ChannelEvent => ({
  type: 'AgentRemoved',
  data: { ...here, agentId, association },
})
export const disabled: ChannelEvent = { type: 'ChannelDisabled', data: here }
export const enabled: ChannelEvent = { type: 'ChannelEnabled', data: here }
export const deleted: ChannelEvent = {
  type: 'ChannelDeleted',
  data: { ...here, organizationId: ORGANIZATION, accountId: ACCOUNT, pendingConversions: 'convert' },
}
export const authorization = (word: Authorization, reason: string): ChannelEvent => ({
  type: 'AuthorizationChanged',
  data: { ...here, authorization: word, reason },
})

export const permitted = (permission: 'unknown' | 'granted' | 'refused'): ChannelEvent => ({
  type: 'HumanAgentPermissionChanged',
  data: { ...here, permission },
})

const asked = (actor: Actor) => ({ actor, channelId: CHANNEL, at: NOON })

export const create = (overrides: Partial<CreateChannel['data']> = {}): CreateChannel => ({
  type: 'CreateChannel',
  data: {
    ...asked(administrator),
    organizationId: ORGANIZATION,
    account: { accountId: ACCOUNT, flavour: 'instagram-login', username: 'shop' },
    settings,
    humanAgent: 'unknown',
    ...overrides,
  },
})
export const abandon: ChannelCommand = { type: 'AbandonChannelCreation', data: { channelId: CHANNEL, at: NOON } }
export const change = (changes: Partial<ChannelSettings>, actor: Actor = administrator): ChannelCommand => ({
  type: 'ChangeChannelSettings',
  data: { ...asked(actor), changes },
})
export const associate = (agentId: string, actor: Actor = administrator): ChannelCommand => ({
  type: 'AssociateAgent',
  data: { ...asked(actor), agentId },
})
export const remove = (agentId: string, actor: Actor = administrator): ChannelCommand => ({
  type: 'RemoveAgent',
  data: { ...asked(actor), agentId },
})
export const disable = (actor: Actor = administrator): ChannelCommand => ({
  type: 'DisableChannel',
  data: asked(actor),
})
export const enable = (actor: Actor = administrator): ChannelCommand => ({ type: 'EnableChannel', data: asked(actor) })
export const deleteChannel = (
  pendingConversions: 'convert' | 'discard' = 'convert',
  actor: Actor = administrator,
): ChannelCommand => ({ type: 'DeleteChannel', data: { ...asked(actor), pendingConversions } })
export const authorize = (word: Authorization, reason: string, actor: Actor = administrator): ChannelCommand => ({
  type: 'SetAuthorization',
  data: { ...asked(actor), authorization: word, reason },
})
export const renewToken: ChannelCommand = {
  type: 'SetAuthorization',
  data: { ...asked(administrator), authorization: 'connected', reason: 'signed-in', newToken: true },
}
export const permit = (
  permission: 'unknown' | 'granted' | 'refused',
  actor: Actor = administrator,
): ChannelCommand => ({ type: 'SetHumanAgentPermission', data: { ...asked(actor), permission } })
export const enforce = (eventKey: string, reason?: string): ChannelCommand => ({
  type: 'RecordPolicyEnforcement',
  data: { channelId: CHANNEL, eventKey, action: 'warning', at: NOON, ...(reason === undefined ? {} : { reason }) },
})
export const roles = (eventKey: string): ChannelCommand => ({
  type: 'RecordAppRoles',
  data: { channelId: CHANNEL, eventKey, roles: { '123': ['primary_receiver'] }, at: NOON },
})
