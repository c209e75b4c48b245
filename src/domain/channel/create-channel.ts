import { actorRef } from '../actor.ts'
import { refuse } from '../refusal.ts'
import { requireAdministrator } from '../require-administrator.ts'
import { requireId, requireOneOf } from '../text.ts'
import { checkSettings } from './check-settings.ts'
import type { AbandonChannelCreation, CreateChannel } from './commands.ts'
import type { ChannelEvent, ConnectedAccount } from './events.ts'
import { requireAdministratorOf } from './require-channel.ts'
import type { ChannelState } from './state.ts'

const checkAccount = (account: ConnectedAccount): ConnectedAccount => {
  const { accountId, flavour, pageId, appScopedId, username } = account
  return {
    accountId: requireId('account.accountId', accountId),
    flavour: requireOneOf('account.flavour', flavour, ['facebook-login', 'instagram-login']),
    ...(pageId === undefined ? {} : { pageId: requireId('account.pageId', pageId) }),
    ...(appScopedId === undefined ? {} : { appScopedId: requireId('account.appScopedId', appScopedId) }),
    ...(username === undefined ? {} : { username: requireId('account.username', username) }),
  }
}

/**
 * The step of a creation that makes the channel, after its slot was taken and its account claimed.
 * Repeated: nothing to do. An id whose creation was undone, or whose channel was deleted, is refused `channel-deleted`.
 */
export const createChannel = ({ data }: CreateChannel, state: ChannelState): readonly ChannelEvent[] => {
  const { actor, channelId, organizationId, at } = data
  requireAdministrator(actor, organizationId)
  requireAdministratorOf(state, actor)
  requireId('channelId', channelId)
  if (state.status === 'abandoned' || state.status === 'deleted') return refuse('channel-deleted', { channelId })
  if (state.status !== 'none') {
    if (state.account.accountId === data.account.accountId) return []
    return refuse('invalid', { field: 'channelId', expected: 'an id of no other channel', given: channelId })
  }
  const account = checkAccount(data.account)
  const settings = checkSettings(data.settings)
  const humanAgent = requireOneOf('humanAgent', data.humanAgent, ['unknown', 'granted', 'refused'])
  const other =
    data.webhookAccountId === undefined
      ? {}
      : { webhookAccountId: requireId('webhookAccountId', data.webhookAccountId) }
  const by = actorRef(actor)
  return [
    { type: 'ChannelCreated', data: { channelId, organizationId, account, ...other, settings, humanAgent, by, at } },
  ]
}

/** Written before account and slot are freed, so that a creator who wakes up late cannot complete what was undone. */
export const abandonChannelCreation = (
  { data: { channelId, at } }: AbandonChannelCreation,
  state: ChannelState,
): readonly ChannelEvent[] =>
  state.status === 'none' ? [{ type: 'ChannelCreationAbandoned', data: { channelId, at } }] : []
