import type { ReceiveReferral, ReceiveSeen, ReceiveThreadControl } from './commands.ts'
import { type Dropped, requireReceiving, started, timesOf, withheldBecause } from './delivered.ts'
import type { ConversationEvent } from './events.ts'
import { isDuplicate } from './messages.ts'
import type { ConversationState } from './state.ts'

/** Why it is not recorded that a message of ours was seen; undefined: it is. */
export const seenDropped = (data: ReceiveSeen['data'], state: ConversationState): Dropped | undefined => {
  const { messageId, metaAt } = data
  const seen = state.status === 'started' ? state.seen : null
  if (seen !== null && metaAt === seen.metaAt && messageId === seen.messageId) return 'known'
  const isNewer = seen === null || metaAt > seen.metaAt || (metaAt === seen.metaAt && messageId > seen.messageId)
  return isNewer ? undefined : 'superseded'
}

/** The customer has seen a message of ours and all before it: only the newest says anything. */
export const receiveSeen = ({ data }: ReceiveSeen, state: ConversationState): readonly ConversationEvent[] => {
  requireReceiving(data)
  if (seenDropped(data, state) !== undefined) return []
  const hidden = withheldBecause(state, data) === undefined ? {} : ({ hidden: true } as const)
  return [
    ...started(state, data),
    { type: 'MessageSeen', data: { ...timesOf(data), messageId: data.messageId, ...hidden } },
  ]
}

/**
 * An ig.me link that leads into an existing thread opens the window.
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/ig-me-links
 */
export const receiveReferral = ({ data }: ReceiveReferral, state: ConversationState): readonly ConversationEvent[] => {
  requireReceiving(data)
  if (isDuplicate(state, data)) return []
  const { messageId, source, type, ref } = data
  const times = timesOf(data)
  if (withheldBecause(state, data) !== undefined) {
    return [
      ...started(state, data),
      { type: 'ReferralReceived', data: { ...times, messageId, opens: true, hidden: true } },
    ]
  }
  return [
    ...started(state, data),
    {
      type: 'ReferralReceived',
      data: {
        ...times,
        messageId,
        opens: true,
        ...(source === undefined ? {} : { source }),
        ...(type === undefined ? {} : { type }),
      },
      ...(ref === undefined ? {} : { personal: { ref } }),
    },
  ]
}

/** Meta's conversation routing: which app may write in the thread. */
export const receiveThreadControl = (
  { data }: ReceiveThreadControl,
  state: ConversationState,
): readonly ConversationEvent[] => {
  requireReceiving(data)
  if (isDuplicate(state, data)) return []
  const { messageId, change, ownerAppId, previousAppId, ours, metadata } = data
  return [
    ...started(state, data),
    {
      type: 'ThreadControlChanged',
      data: {
        ...timesOf(data),
        messageId,
        change,
        ownerAppId,
        previousAppId,
        ...(ours === undefined ? {} : { ours }),
      },
      ...(metadata === undefined ? {} : { personal: { metadata } }),
    },
  ]
}
