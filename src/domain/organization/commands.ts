import type { Actor } from '../actor.ts'
import type { Command } from '../command.ts'
import type { AccountId, ChannelId, DepartmentId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'

export type SetDepartments = Command<
  'SetDepartments',
  {
    readonly actor: Actor
    readonly organizationId: OrganizationId
    readonly departments: readonly DepartmentId[]
    readonly at: Instant
  }
>
/**
 * Refused `not-administrator`, `department-not-found`, `channel-limit`. Repeated for the same channel: nothing to do, or `key-reused`
 * if it is to be another channel.
 */
export type TakeChannelSlot = Command<
  'TakeChannelSlot',
  {
    readonly actor: Actor
    readonly organizationId: OrganizationId
    readonly channelId: ChannelId
    readonly accountId: AccountId
    readonly departmentId: DepartmentId
    readonly completeBy: Instant
    /** Digest of everything that the creation asks for; absent without an idempotency key. */
    readonly content?: string
    readonly at: Instant
  }
>
export type ConfirmChannelSlot = Command<'ConfirmChannelSlot', { readonly channelId: ChannelId; readonly at: Instant }>
export type ReleaseChannelSlot = Command<
  'ReleaseChannelSlot',
  { readonly channelId: ChannelId; readonly reason: 'deleted' | 'abandoned'; readonly at: Instant }
>

export type OrganizationCommand = SetDepartments | TakeChannelSlot | ConfirmChannelSlot | ReleaseChannelSlot
