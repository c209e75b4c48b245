import type { ActorRef } from '../actor.ts'
import type { DomainEvent } from '../event.ts'
import type { AccountId, AgentId, ChannelId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'
import type { ChannelSettings } from './settings.ts'

/** How the account was connected: decides Meta's host, sending edge and limits. */
export type Flavour = 'facebook-login' | 'instagram-login'

/** The Instagram account behind a channel. No token: those live in the `Tokens` port and in no event. */
export interface ConnectedAccount {
  /** The webhook account id: the only id that routes. */
  readonly accountId: AccountId
  readonly flavour: Flavour
  /** The page that sends, for `facebook-login`. */
  readonly pageId?: string
  /** The app-scoped id of the account: the one that data-deletion callbacks name. */
  readonly appScopedId?: string
  readonly username?: string
}

/**
 * Whether Meta lets us act for the account. Inbound messages are recorded in all four;
 * replies wait in `suspended` and `lost`, and are rejected in `restricted`.
 */
export type Authorization = 'connected' | 'suspended' | 'lost' | 'restricted'

/** Whether Meta has given the app the Human Agent feature for this channel: `unknown` is tried. */
export type HumanAgentPermission = 'unknown' | 'granted' | 'refused'

export type ChannelCreated = DomainEvent<
  'ChannelCreated',
  {
    readonly channelId: ChannelId
    readonly organizationId: OrganizationId
    readonly account: ConnectedAccount
    /** The id that webhooks name, where Meta said that `account.accountId` is another id of the same account. */
    readonly webhookAccountId?: AccountId
    readonly settings: ChannelSettings
    readonly humanAgent: HumanAgentPermission
    readonly by: ActorRef
    readonly at: Instant
  }
>
/** An unfinished creation was undone: this id can never become a channel. */
export type ChannelCreationAbandoned = DomainEvent<
  'ChannelCreationAbandoned',
  { readonly channelId: ChannelId; readonly at: Instant }
>
export type ChannelSettingsChanged = DomainEvent<
  'ChannelSettingsChanged',
  {
    readonly channelId: ChannelId
    readonly changes: Partial<ChannelSettings>
    readonly by: ActorRef
    readonly at: Instant
  }
>
/**
 * An agent may see and answer from here on. `association` numbers the associations of the channel, 1, 2, 3 ...:
 * whoever is removed and associated again gets a new number, so what was assigned before stays unassigned.
 */
export type AgentAssociated = DomainEvent<
  'AgentAssociated',
  {
    readonly channelId: ChannelId
    readonly agentId: AgentId
    readonly association: number
    readonly by: ActorRef
    readonly at: Instant
  }
>
export type AgentRemoved = DomainEvent<
  'AgentRemoved',
  {
    readonly channelId: ChannelId
    readonly agentId: AgentId
    readonly association: number
    readonly by: ActorRef
    readonly at: Instant
  }
>
export type ChannelDisabled = DomainEvent<
  'ChannelDisabled',
  { readonly channelId: ChannelId; readonly by: ActorRef; readonly at: Instant }
>
export type ChannelEnabled = DomainEvent<
  'ChannelEnabled',
  { readonly channelId: ChannelId; readonly by: ActorRef; readonly at: Instant }
>
/** Read-only from here on. Says what becomes of pending conversions; a process settles them from this event. */
export type ChannelDeleted = DomainEvent<
  'ChannelDeleted',
  {
    readonly channelId: ChannelId
    readonly organizationId: OrganizationId
    readonly accountId: AccountId
    readonly pendingConversions: 'convert' | 'discard'
    readonly by: ActorRef
    readonly at: Instant
  }
>
/** Also written, with what was so before, when a channel that is connected is given a new token. */
export type AuthorizationChanged = DomainEvent<
  'AuthorizationChanged',
  {
    readonly channelId: ChannelId
    readonly authorization: Authorization
    /** A code, such as Meta's `190/460`; never a text of Meta's. */
    readonly reason: string
    readonly by: ActorRef
    readonly at: Instant
  }
>
export type HumanAgentPermissionChanged = DomainEvent<
  'HumanAgentPermissionChanged',
  {
    readonly channelId: ChannelId
    readonly permission: HumanAgentPermission
    readonly by: ActorRef
    readonly at: Instant
  }
>
/** Meta says that the account broke a policy; Meta's words are in `personal`. */
export type PolicyEnforced = DomainEvent<
  'PolicyEnforced',
  { readonly channelId: ChannelId; readonly eventKey: string; readonly action: string; readonly at: Instant },
  { readonly reason?: string }
>
/** Meta says that the roles of an app on the account changed (conversation routing). */
export type AppRolesChanged = DomainEvent<
  'AppRolesChanged',
  {
    readonly channelId: ChannelId
    readonly eventKey: string
    readonly roles: Readonly<Record<string, readonly string[]>>
    readonly at: Instant
  }
>

export type ChannelEvent =
  | ChannelCreated
  | ChannelCreationAbandoned
  | ChannelSettingsChanged
  | AgentAssociated
  | AgentRemoved
  | ChannelDisabled
  | ChannelEnabled
  | ChannelDeleted
  | AuthorizationChanged
  | HumanAgentPermissionChanged
  | PolicyEnforced
  | AppRolesChanged
