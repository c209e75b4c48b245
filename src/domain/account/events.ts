import type { DomainEvent } from '../event.ts'
import type { AccountId, ChannelId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'

/** An Instagram account was bound to a channel: from here its webhooks go there, and no other channel may have it. */
export type AccountClaimed = DomainEvent<
  'AccountClaimed',
  {
    readonly accountId: AccountId
    readonly organizationId: OrganizationId
    readonly channelId: ChannelId
    readonly at: Instant
  }
>
/** The account is free for a new channel; the claim is remembered, so that a late duplicate is still known. */
export type AccountReleased = DomainEvent<
  'AccountReleased',
  { readonly accountId: AccountId; readonly channelId: ChannelId; readonly at: Instant }
>

export type AccountEvent = AccountClaimed | AccountReleased
