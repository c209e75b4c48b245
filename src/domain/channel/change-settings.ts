import { actorRef } from '../actor.ts'
import { checkChanges, SETTINGS } from './check-settings.ts'
import type { ChangeChannelSettings } from './commands.ts'
import type { ChannelEvent } from './events.ts'
import { requireChangeable } from './require-channel.ts'
import type { ChannelSettings } from './settings.ts'
import type { ChannelState } from './state.ts'

/** Settings are at most one object deep: an icon, a conversion policy. */
const same = (one: unknown, other: unknown): boolean => {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return one === other
  const [a, b] = [Object.entries(one), new Map(Object.entries(other))]
  return a.length === b.size && a.every(([name, value]) => value === b.get(name))
}

/** Every setting but the account, at any time; the event holds only what really changes. Whether the department exists
 * is for the organization to say: the caller asks its head first. */
export const changeSettings = ({ data }: ChangeChannelSettings, state: ChannelState): readonly ChannelEvent[] => {
  const { settings } = requireChangeable(state, data)
  const wanted = checkChanges(data.changes)
  const names = SETTINGS.filter((name) => Object.hasOwn(wanted, name) && !same(wanted[name], settings[name]))
  if (names.length === 0) return []
  const changes: Partial<ChannelSettings> = Object.fromEntries(names.map((name) => [name, wanted[name]]))
  const { channelId, actor, at } = data
  return [{ type: 'ChannelSettingsChanged', data: { channelId, changes, by: actorRef(actor), at } }]
}
