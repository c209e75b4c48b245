import { actorRef } from '../actor.ts'
import { requireOneOf } from '../text.ts'
import type { DeleteChannel, DisableChannel, EnableChannel } from './commands.ts'
import type { ChannelEvent } from './events.ts'
import { requireAdministratorOf, requireChangeable, requireExisting } from './require-channel.ts'
import type { ChannelState } from './state.ts'

/** Sending and receiving stop; everything stays, the slot and the account too. */
export const disableChannel = ({ data }: DisableChannel, state: ChannelState): readonly ChannelEvent[] => {
  const { status } = requireChangeable(state, data)
  if (status === 'disabled') return []
  return [{ type: 'ChannelDisabled', data: { channelId: data.channelId, by: actorRef(data.actor), at: data.at } }]
}

export const enableChannel = ({ data }: EnableChannel, state: ChannelState): readonly ChannelEvent[] => {
  const { status } = requireChangeable(state, data)
  if (status === 'enabled') return []
  return [{ type: 'ChannelEnabled', data: { channelId: data.channelId, by: actorRef(data.actor), at: data.at } }]
}

/** For good and at once. Repeated: nothing to do, and what the first one said about pending conversions holds. */
export const deleteChannel = ({ data }: DeleteChannel, state: ChannelState): readonly ChannelEvent[] => {
  const { actor, channelId, at } = data
  requireAdministratorOf(state, actor)
  const channel = requireExisting(state, channelId)
  const pendingConversions = requireOneOf('pendingConversions', data.pendingConversions, ['convert', 'discard'])
  if (channel.status === 'deleted') return []
  const { organizationId, account } = channel
  const by = actorRef(actor)
  return [
    {
      type: 'ChannelDeleted',
      data: { channelId, organizationId, accountId: account.accountId, pendingConversions, by, at },
    },
  ]
}
