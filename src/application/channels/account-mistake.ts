import type { ChannelState } from '../../domain/channel/index.ts'
import type { AccountId, ChannelId } from '../../domain/ids.ts'
import { balanceKey } from '../../projections/index.ts'
import type { Readers } from '../views/readers.ts'

/**
 * The channel was made with another id of its account: the app-scoped one, or that of its Page. Webhooks name `webhookAccountId`,
 * so nothing reaches the channel. Delete it, create a channel with that id, and run again what waits in quarantine.
 */
export interface AccountMistake {
  readonly kind: 'wrong-account-id'
  readonly webhookAccountId: AccountId
}

type Channel = Exclude<ChannelState, { readonly status: 'none' | 'abandoned' }>

/**
 * The mistake in the account id of a channel: Meta told it when the channel was made, or events came for the id that was given as
 * the app-scoped one. None once something came for the account id that the channel has. Undefined also while views are not live.
 */
export const accountMistake = async (read: Readers, channel: Channel): Promise<AccountMistake | undefined> => {
  const { status, account, webhookAccountId } = channel
  const other = webhookAccountId ?? account.appScopedId
  if (status === 'deleted' || other === undefined || other === account.accountId) return undefined
  try {
    const [ours, others] = await read.intakeBalance.getMany([balanceKey(account.accountId), balanceKey(other)])
    if (ours !== undefined && ours.counts.recorded + ours.counts.duplicates > 0) return undefined
    if (webhookAccountId === undefined && (others?.counts.quarantined ?? 0) === 0) return undefined
  } catch {
    if (webhookAccountId === undefined) return undefined
  }
  return { kind: 'wrong-account-id', webhookAccountId: other }
}

/** The live channel that was made with another id of this account, if there is one. Never throws. */
export const mistakenChannelOf = async (read: Readers, accountId: AccountId): Promise<ChannelId | undefined> => {
  try {
    const [hit] = await read.channels.query({ index: 'other-id', prefix: [accountId], limit: 1 })
    return hit?.document.channel.channelId
  } catch {
    return undefined
  }
}
