import type { ActorRef } from '../actor.ts'
import type { DomainEvent } from '../event.ts'
import type { ChannelId, DepartmentId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'

/** The host told us the departments of an organization; replaces the former list. */
export type DepartmentsSet = DomainEvent<
  'DepartmentsSet',
  {
    readonly organizationId: OrganizationId
    readonly departments: readonly DepartmentId[]
    readonly by: ActorRef
    readonly at: Instant
  }
>
/** A place for one live channel was taken; `completeBy` is when an unfinished creation is completed or undone. */
export type ChannelSlotTaken = DomainEvent<
  'ChannelSlotTaken',
  {
    readonly organizationId: OrganizationId
    readonly channelId: ChannelId
    readonly accountId: string
    readonly completeBy: Instant
    /** Digest of everything that the creation asked for, if its request had an idempotency key. */
    readonly content?: string
    readonly at: Instant
  }
>
/** The creation that took the slot is complete: the channel exists. */
export type ChannelSlotConfirmed = DomainEvent<
  'ChannelSlotConfirmed',
  { readonly channelId: ChannelId; readonly at: Instant }
>
/** The slot is free again: the channel was deleted, or its creation was undone. */
export type ChannelSlotReleased = DomainEvent<
  'ChannelSlotReleased',
  { readonly channelId: ChannelId; readonly reason: 'deleted' | 'abandoned'; readonly at: Instant }
>

export type OrganizationEvent = DepartmentsSet | ChannelSlotTaken | ChannelSlotConfirmed | ChannelSlotReleased
