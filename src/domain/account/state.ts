import type { AccountId, ChannelId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'

/** A channel that had the account from `from` (inclusive) until `until` (exclusive). */
export interface FormerChannel {
  readonly channelId: ChannelId
  readonly organizationId: OrganizationId
  readonly from: Instant
  readonly until: Instant
}

export interface FreeAccount {
  readonly status: 'free'
  /** Oldest first, at most {@link MAX_FORMER_CHANNELS}. A late duplicate is looked for in each. */
  readonly former: readonly FormerChannel[]
}
export interface ClaimedAccount {
  readonly status: 'claimed'
  readonly accountId: AccountId
  readonly channelId: ChannelId
  readonly organizationId: OrganizationId
  readonly since: Instant
  readonly former: readonly FormerChannel[]
}
export type AccountState = FreeAccount | ClaimedAccount

export const initialAccount = (): AccountState => ({ status: 'free', former: [] })

/** The newest are kept: accounts are connected anew a few times in years, and this keeps the state under 64 KiB. */
export const MAX_FORMER_CHANNELS = 128
