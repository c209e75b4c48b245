import { actorRef } from '../actor.ts'
import { requireText } from '../text.ts'
import type { BlockCustomer, UnblockCustomer } from './commands.ts'
import { cancelled } from './conversion.ts'
import type { ConversationEvent } from './events.ts'
import type { ConversationState } from './state.ts'
import { rejectWaiting } from './stopped-replies.ts'
import { requireMayWork, requireStarted } from './who-may.ts'

const MAX_REASON_LENGTH = 1_000

/** On the desk, not at Meta: what they send is no longer shown nor kept, and nothing that waits leaves any more. */
export const blockCustomer = ({ data }: BlockCustomer, given: ConversationState): readonly ConversationEvent[] => {
  requireMayWork(data)
  const state = requireStarted(given)
  if (state.blocked) return []
  const { actor, at, reason } = data
  if (reason !== undefined) requireText('reason', reason, MAX_REASON_LENGTH)
  const by = { by: actorRef(actor), at }
  return [
    { type: 'CustomerBlocked', data: by, ...(reason === undefined ? {} : { personal: { reason } }) },
    ...rejectWaiting(state, data),
    ...cancelled(state, 'blocked', by),
  ]
}

export const unblockCustomer = ({ data }: UnblockCustomer, given: ConversationState): readonly ConversationEvent[] => {
  requireMayWork(data)
  return requireStarted(given).blocked
    ? [{ type: 'CustomerUnblocked', data: { by: actorRef(data.actor), at: data.at } }]
    : []
}
