import type { DepartmentId } from '../ids.ts'
import { refuse } from '../refusal.ts'
import { requireAdministrator } from '../require-administrator.ts'
import { given, requireId, requireOneOf } from '../text.ts'
import type { ConfirmChannelSlot, ReleaseChannelSlot, TakeChannelSlot } from './commands.ts'
import type { OrganizationEvent } from './events.ts'
import { liveSlots, type OrganizationState } from './state.ts'

/** A channel belongs to a department that its organization has. @throws Refusal `department-not-found` */
export const requireDepartment = (state: OrganizationState, departmentId: DepartmentId): void => {
  if (state.status === 'unknown' || !state.departments.includes(departmentId)) {
    refuse('department-not-found', { departmentId: given(departmentId) })
  }
}

/** The first step of a creation: live channels never exceed departments, counted in the stream of their organization. */
export const takeChannelSlot = ({ data }: TakeChannelSlot, state: OrganizationState): readonly OrganizationEvent[] => {
  const { actor, organizationId, channelId, accountId, departmentId, completeBy, content, at } = data
  requireAdministrator(actor, organizationId)
  requireId('channelId', channelId)
  requireId('accountId', accountId)
  if (state.status === 'known') {
    if (state.confirmed.includes(channelId)) return []
    const slot = Object.hasOwn(state.taken, channelId) ? state.taken[channelId] : undefined
    // The id of a channel comes from the key of its request: here it is asked for again while it is being made.
    const isOther = content !== undefined && slot?.content !== undefined && slot.content !== content
    if (isOther) refuse('key-reused', { field: 'key' })
    if (slot !== undefined) return []
  }
  requireDepartment(state, departmentId)
  const limit = state.status === 'known' ? state.departments.length : 0
  const live = liveSlots(state)
  if (live >= limit) refuse('channel-limit', { limit, live })
  const asked = content === undefined ? {} : { content }
  return [{ type: 'ChannelSlotTaken', data: { organizationId, channelId, accountId, completeBy, ...asked, at } }]
}

/** Nothing to do unless the slot is taken: a confirmation that comes late, after the channel was deleted, says nothing new. */
export const confirmChannelSlot = (
  { data: { channelId, at } }: ConfirmChannelSlot,
  state: OrganizationState,
): readonly OrganizationEvent[] =>
  state.status === 'known' && Object.hasOwn(state.taken, channelId)
    ? [{ type: 'ChannelSlotConfirmed', data: { channelId, at } }]
    : []

/** A confirmed slot belongs to a channel that exists: only its deletion frees it, never an undo that comes late. */
export const releaseChannelSlot = (
  { data: { channelId, reason, at } }: ReleaseChannelSlot,
  state: OrganizationState,
): readonly OrganizationEvent[] => {
  requireOneOf('reason', reason, ['deleted', 'abandoned'])
  if (state.status === 'unknown') return []
  const held = Object.hasOwn(state.taken, channelId) || (reason === 'deleted' && state.confirmed.includes(channelId))
  return held ? [{ type: 'ChannelSlotReleased', data: { channelId, reason, at } }] : []
}
