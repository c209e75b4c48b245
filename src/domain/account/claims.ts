import { refuse } from '../refusal.ts'
import { requireId } from '../text.ts'
import type { ClaimAccount, ReleaseAccount } from './commands.ts'
import type { AccountEvent } from './events.ts'
import type { AccountState } from './state.ts'

/**
 * One account is in at most one live channel of the whole desk. A channel that has released it is over and never has it again:
 * otherwise a creation that was undone while it slept would hold the account for ever.
 */
export const claimAccount = ({ data }: ClaimAccount, state: AccountState): readonly AccountEvent[] => {
  const { accountId, organizationId, channelId, at } = data
  requireId('accountId', accountId)
  if (state.status === 'claimed' && state.channelId === channelId) return []
  if (state.former.some((former) => former.channelId === channelId)) refuse('channel-deleted', { channelId })
  if (state.status === 'claimed') refuse('account-in-use', { accountId })
  return [{ type: 'AccountClaimed', data: { accountId, organizationId, channelId, at } }]
}

export const releaseAccount = ({ data }: ReleaseAccount, state: AccountState): readonly AccountEvent[] => {
  const { accountId, channelId, at } = data
  const held = state.status === 'claimed' && state.channelId === channelId
  return held ? [{ type: 'AccountReleased', data: { accountId, channelId, at } }] : []
}
