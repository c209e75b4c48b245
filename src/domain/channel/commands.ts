import type { Actor } from '../actor.ts'
import type { Command } from '../command.ts'
import type { AccountId, AgentId, ChannelId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'
import type { Authorization, ConnectedAccount, HumanAgentPermission } from './events.ts'
import type { ChannelSettings } from './settings.ts'

interface ByActor {
  readonly actor: Actor
  readonly channelId: ChannelId
  readonly at: Instant
}

export type CreateChannel = Command<
  'CreateChannel',
  ByActor & {
    readonly organizationId: OrganizationId
    readonly account: ConnectedAccount
    /** The id that webhooks name, where Meta said that `account.accountId` is another id of the same account. */
    readonly webhookAccountId?: AccountId
    readonly settings: ChannelSettings
    readonly humanAgent: HumanAgentPermission
  }
>
/** Undoes an unfinished creation. Nothing to do once the channel exists. */
export type AbandonChannelCreation = Command<
  'AbandonChannelCreation',
  { readonly channelId: ChannelId; readonly at: Instant }
>
export type ChangeChannelSettings = Command<
  'ChangeChannelSettings',
  ByActor & { readonly changes: Partial<ChannelSettings> }
>
export type AssociateAgent = Command<'AssociateAgent', ByActor & { readonly agentId: AgentId }>
export type RemoveAgent = Command<'RemoveAgent', ByActor & { readonly agentId: AgentId }>
export type DisableChannel = Command<'DisableChannel', ByActor>
export type EnableChannel = Command<'EnableChannel', ByActor>
export type DeleteChannel = Command<'DeleteChannel', ByActor & { readonly pendingConversions: 'convert' | 'discard' }>
export type SetAuthorization = Command<
  'SetAuthorization',
  ByActor & {
    readonly authorization: Authorization
    readonly reason: string
    /** The channel was given another access token, which is recorded also if nothing else changes. */
    readonly newToken?: boolean
  }
>
export type SetHumanAgentPermission = Command<
  'SetHumanAgentPermission',
  ByActor & { readonly permission: HumanAgentPermission }
>
/** `eventKey` identifies Meta's event, so that its redelivery is nothing to do. */
export type RecordPolicyEnforcement = Command<
  'RecordPolicyEnforcement',
  {
    readonly channelId: ChannelId
    readonly eventKey: string
    readonly action: string
    readonly reason?: string
    readonly at: Instant
  }
>
export type RecordAppRoles = Command<
  'RecordAppRoles',
  {
    readonly channelId: ChannelId
    readonly eventKey: string
    readonly roles: Readonly<Record<string, readonly string[]>>
    readonly at: Instant
  }
>

export type ChannelCommand =
  | CreateChannel
  | AbandonChannelCreation
  | ChangeChannelSettings
  | AssociateAgent
  | RemoveAgent
  | DisableChannel
  | EnableChannel
  | DeleteChannel
  | SetAuthorization
  | SetHumanAgentPermission
  | RecordPolicyEnforcement
  | RecordAppRoles
