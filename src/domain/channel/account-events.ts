import type { RecordAppRoles, RecordPolicyEnforcement } from './commands.ts'
import type { ChannelEvent } from './events.ts'
import { requireLive } from './require-channel.ts'
import type { ChannelState } from './state.ts'

/** Redelivery is recognised by its key, among the newest. */
export const recordPolicyEnforcement = (
  { data }: RecordPolicyEnforcement,
  state: ChannelState,
): readonly ChannelEvent[] => {
  const { channelId, eventKey, action, reason, at } = data
  if (requireLive(state, channelId).newestEventKeys.includes(eventKey)) return []
  const personal = reason === undefined ? {} : { personal: { reason } }
  return [{ type: 'PolicyEnforced', data: { channelId, eventKey, action, at }, ...personal }]
}

export const recordAppRoles = ({ data }: RecordAppRoles, state: ChannelState): readonly ChannelEvent[] => {
  const { channelId, eventKey, roles, at } = data
  if (requireLive(state, channelId).newestEventKeys.includes(eventKey)) return []
  return [{ type: 'AppRolesChanged', data: { channelId, eventKey, roles, at } }]
}
