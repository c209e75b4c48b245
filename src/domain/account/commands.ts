import type { Command } from '../command.ts'
import type { AccountId, ChannelId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'

/** Refused `account-in-use` while another channel holds it. */
export type ClaimAccount = Command<
  'ClaimAccount',
  {
    readonly accountId: AccountId
    readonly organizationId: OrganizationId
    readonly channelId: ChannelId
    readonly at: Instant
  }
>
/** Nothing to do unless that channel holds the account. */
export type ReleaseAccount = Command<
  'ReleaseAccount',
  { readonly accountId: AccountId; readonly channelId: ChannelId; readonly at: Instant }
>

export type AccountCommand = ClaimAccount | ReleaseAccount
