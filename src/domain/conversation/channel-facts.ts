import type { Authorization, HumanAgentPermission } from '../channel/events.ts'
import type { ConversionPolicy } from '../channel/settings.ts'
import type { AccountId, AgentId, ChannelId, DepartmentId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'

/**
 * What a conversation needs to know of its channel, read at the channel's head for every decision.
 * Aggregates do not know each other: these facts arrive in the command.
 */
export interface ChannelFacts {
  readonly organizationId: OrganizationId
  readonly channelId: ChannelId
  readonly accountId: AccountId
  readonly departmentId: DepartmentId
  readonly connectedAt: Instant
  /** When last its department changed or an agent left: what was due before that is decided on the channel as it stood then. */
  readonly staffedSince: Instant
  readonly status: 'enabled' | 'disabled' | 'deleted'
  /** How often it has been disabled or deleted. A reply that was asked for before the last time never leaves. */
  readonly stops: number
  /** When it was last disabled or deleted; null: never. */
  readonly stoppedAt: Instant | null
  /** Since when it has been enabled without a break; null: it is not. */
  readonly enabledSince: Instant | null
  /** When it was deleted, and what then became of pending conversions; null: it was not. */
  readonly deletion: { readonly at: Instant; readonly pendingConversions: 'convert' | 'discard' } | null
  readonly authorization: Authorization
  readonly humanAgent: HumanAgentPermission
  /** The associated agents, each with the number of the present association. */
  readonly agents: Readonly<Record<AgentId, number>>
  readonly conversion: ConversionPolicy
  readonly assigneeOnly: boolean
  readonly receiveAudioVideo: boolean
  readonly storyMentionOpensWindow: boolean
  readonly reactionOpensWindow: boolean
}

/** The channel as it stood from an instant until the next one in the list. */
export interface ChannelThen {
  readonly from: Instant
  readonly channel: ChannelFacts
}
