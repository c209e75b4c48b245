import type { Actor } from '../actor.ts'
import type { ChannelId } from '../ids.ts'
import { refuse } from '../refusal.ts'
import { requireAdministrator } from '../require-administrator.ts'
import type { ChannelState, DeletedChannel, LiveChannel } from './state.ts'

/** A channel that exists, deleted or not. @throws Refusal `channel-not-found` */
export const requireExisting = (state: ChannelState, channelId: ChannelId): LiveChannel | DeletedChannel =>
  state.status === 'none' || state.status === 'abandoned' ? refuse('channel-not-found', { channelId }) : state

/** A channel that is not deleted. @throws Refusal `channel-not-found`, `channel-deleted` */
export const requireLive = (state: ChannelState, channelId: ChannelId): LiveChannel => {
  const channel = requireExisting(state, channelId)
  return channel.status === 'deleted' ? refuse('channel-deleted', { channelId }) : channel
}

/** Whoever administrates no organization, or another one, learns nothing of the channel. @throws Refusal `not-administrator` */
export const requireAdministratorOf = (state: ChannelState, actor: Actor): void => {
  const exists = state.status !== 'none' && state.status !== 'abandoned'
  const own = actor.kind === 'system' ? '' : actor.organizationId
  requireAdministrator(actor, exists ? state.organizationId : own)
}

/** What every change of a channel asks first. @throws Refusal `not-administrator`, `channel-not-found`, `channel-deleted` */
export const requireChangeable = (
  state: ChannelState,
  data: { readonly actor: Actor; readonly channelId: ChannelId },
): LiveChannel => {
  requireAdministratorOf(state, data.actor)
  return requireLive(state, data.channelId)
}
