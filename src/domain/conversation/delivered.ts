import { refuse } from '../refusal.ts'
import type { ReceiveMessage } from './commands.ts'
import type { ConversationStarted, Times } from './events.ts'
import type { ConversationState } from './state.ts'

/** What every command carries that comes from Meta. */
export type Delivered = Omit<ReceiveMessage['data'], 'mid' | 'content' | 'latestTicket' | 'fetched'>

/**
 * Why something said about a message is not recorded: it was delivered before; the message was taken back; or something newer is known,
 * and then nobody can say whether it was delivered before.
 */
export type Dropped = 'known' | 'already-unsent' | 'superseded'

/** The two times of a delivery, and the message time: Meta's, but never later than its receipt. */
export const timesOf = ({ metaAt, at: receivedAt }: Delivered): Times => ({
  at: Math.min(metaAt, receivedAt),
  metaAt,
  receivedAt,
})

/** First contact. What cannot be shown starts the stream too, for it may have to wait for its message. */
export const started = (state: ConversationState, data: Delivered): readonly ConversationStarted[] => {
  if (state.status === 'started') return []
  const { organizationId, channelId, accountId } = data.channel
  const { conversationId, customerId } = data
  return [
    {
      type: 'ConversationStarted',
      data: { conversationId, organizationId, channelId, accountId, customerId, at: timesOf(data).at },
    },
  ]
}

/**
 * Why what the customer sends is neither shown nor kept; undefined: it is received. `blocked` counts first: what a blocked customer
 * sends is not fetched later either, as it is of a channel that was disabled.
 */
export const withheldBecause = (
  state: ConversationState,
  { channel }: Delivered,
): 'blocked' | 'channel-disabled' | undefined => {
  if (state.status === 'started' && state.blocked) return 'blocked'
  return channel.status === 'disabled' ? 'channel-disabled' : undefined
}

/** @throws Refusal `channel-deleted`: nothing is received on a deleted channel, except that a message was taken back */
export const requireReceiving = ({ channel: { status, channelId } }: Pick<Delivered, 'channel'>): void => {
  if (status === 'deleted') refuse('channel-deleted', { channelId })
}
