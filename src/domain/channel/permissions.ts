import { actorRef } from '../actor.ts'
import { requireName, requireOneOf } from '../text.ts'
import type { SetAuthorization, SetHumanAgentPermission } from './commands.ts'
import type { ChannelEvent } from './events.ts'
import { requireChangeable } from './require-channel.ts'
import type { ChannelState } from './state.ts'

const AUTHORIZATIONS = ['connected', 'suspended', 'lost', 'restricted'] as const
const MAX_REASON = 100

/**
 * Also on a disabled channel. Another reason is news, since it has another remedy, but not for a channel that works. A new token
 * always is: its request is known again by its event, and an old token is never put back.
 */
export const setAuthorization = ({ data }: SetAuthorization, state: ChannelState): readonly ChannelEvent[] => {
  const channel = requireChangeable(state, data)
  const { channelId, actor, at } = data
  const authorization = requireOneOf('authorization', data.authorization, AUTHORIZATIONS)
  const reason = requireName('reason', data.reason, MAX_REASON)
  const sameReason = authorization === 'connected' || reason === channel.authorizationReason
  if (authorization === channel.authorization && sameReason && data.newToken !== true) return []
  const by = actorRef(actor)
  return [{ type: 'AuthorizationChanged', data: { channelId, authorization, reason, by, at } }]
}

/** The desk learns it from Meta's answers; administrators may set it. */
export const setHumanAgentPermission = (
  { data }: SetHumanAgentPermission,
  state: ChannelState,
): readonly ChannelEvent[] => {
  const channel = requireChangeable(state, data)
  const { channelId, actor, at } = data
  const permission = requireOneOf('permission', data.permission, ['unknown', 'granted', 'refused'])
  if (permission === channel.humanAgent) return []
  return [{ type: 'HumanAgentPermissionChanged', data: { channelId, permission, by: actorRef(actor), at } }]
}
