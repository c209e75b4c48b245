import type { AccountId, ChannelId, DepartmentId, OrganizationId } from '../ids.ts'
import type { Instant } from '../instant.ts'

/** A creation that is under way: completed or undone by `completeBy`. */
export interface TakenSlot {
  readonly accountId: AccountId
  readonly completeBy: Instant
  /** Digest of what was asked for; absent where it has no idempotency key. */
  readonly content?: string
}

export interface UnknownOrganization {
  readonly status: 'unknown'
}
export interface KnownOrganization {
  readonly status: 'known'
  readonly organizationId: OrganizationId
  readonly departments: readonly DepartmentId[]
  /** Slots of unfinished creations. They count like channels, so two creations at once cannot both have the last one. */
  readonly taken: Readonly<Record<ChannelId, TakenSlot>>
  /** The live channels. */
  readonly confirmed: readonly ChannelId[]
}
export type OrganizationState = UnknownOrganization | KnownOrganization

export const initialOrganization = (): OrganizationState => ({ status: 'unknown' })

/** Channels that are live or about to be: what the departments limit. */
export const liveSlots = (state: OrganizationState): number =>
  state.status === 'unknown' ? 0 : Object.keys(state.taken).length + state.confirmed.length

/** Bounds that keep the state under 64 KiB, live channels included. */
export const MAX_DEPARTMENTS = 400
/** Of all department ids together, as JSON. */
export const MAX_DEPARTMENTS_BYTES = 20_000
