import type { AccountId, AgentId, ChannelId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'
import type { Authorization, ConnectedAccount, HumanAgentPermission } from './events.ts'
import type { ChannelSettings } from './settings.ts'

/** Nothing has happened yet under this id. */
export interface NoChannel {
  readonly status: 'none'
}
/** An unfinished creation was undone: this id never becomes a channel. */
export interface AbandonedChannel {
  readonly status: 'abandoned'
}

interface Connected {
  readonly channelId: ChannelId
  readonly organizationId: OrganizationId
  readonly account: ConnectedAccount
  /** Set if `account.accountId` is another id of the account than the one that webhooks name, which is this. */
  readonly webhookAccountId?: AccountId
  readonly connectedAt: Instant
  readonly settings: ChannelSettings
  /** When last its department changed or an agent left. */
  readonly staffedSince: Instant
  /** How often it has been disabled or deleted. */
  readonly stops: number
  /** When that was last; null: never. */
  readonly stoppedAt: Instant | null
  readonly authorization: Authorization
  /** The code of the last change; null while nothing was changed. */
  readonly authorizationReason: string | null
  readonly humanAgent: HumanAgentPermission
  /** The associated agents, each with the number of the present association. Look up with {@link associationOf}. */
  readonly agents: Readonly<Record<AgentId, number>>
  /** The number of the newest association that ever was. */
  readonly associations: number
  /** Keys of the newest events of Meta about the account, so that their redelivery is nothing to do. */
  readonly newestEventKeys: readonly string[]
}
export interface EnabledChannel extends Connected {
  readonly status: 'enabled'
  /** Its creation, or when it was last enabled. */
  readonly enabledSince: Instant
}
export interface DisabledChannel extends Connected {
  readonly status: 'disabled'
}
/** Only read from here on, by the agents who were associated. */
export interface DeletedChannel extends Connected {
  readonly status: 'deleted'
  readonly deletedAt: Instant
  readonly pendingConversions: 'convert' | 'discard'
}
export type LiveChannel = EnabledChannel | DisabledChannel
export type ChannelState = NoChannel | AbandonedChannel | LiveChannel | DeletedChannel

export const initialChannel = (): ChannelState => ({ status: 'none' })

/** The number of the agent's present association, or undefined. Ids are the host's words, `constructor` among them. */
export const associationOf = (agents: Readonly<Record<AgentId, number>>, agentId: AgentId): number | undefined =>
  Object.hasOwn(agents, agentId) ? agents[agentId] : undefined

/** Bounds that keep the state under 64 KiB. */
export const MAX_AGENTS = 500
/** Of all agent ids and numbers together, as JSON. */
export const MAX_AGENTS_BYTES = 40_000
export const MAX_EVENT_KEYS = 32
