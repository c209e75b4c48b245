import { type ActorRef, actorRef } from '../actor.ts'
import type { Instant } from '../instant.ts'
import type { EndConversation, ReopenConversation } from './commands.ts'
import { cancelled } from './conversion.ts'
import type { ConversationEvent } from './events.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { requireMayWork, requireStarted } from './who-may.ts'

/** Done with it for now: what is pending need not become a ticket. The next message of the customer opens it again. */
export const endConversation = ({ data }: EndConversation, given: ConversationState): readonly ConversationEvent[] => {
  requireMayWork(data)
  const state = requireStarted(given)
  return state.ended ? [] : ended(state, { by: actorRef(data.actor), at: data.at })
}

/** The end of a conversation that is open. */
export const ended = (
  state: StartedConversation,
  by: { readonly by: ActorRef; readonly at: Instant },
): readonly ConversationEvent[] => [...cancelled(state, 'ended', by), { type: 'ConversationEnded', data: by }]

/** Somebody opens it again. Whoever held it, still does. */
export const reopenConversation = (
  { data }: ReopenConversation,
  given: ConversationState,
): readonly ConversationEvent[] => {
  requireMayWork(data)
  return requireStarted(given).ended
    ? [{ type: 'ConversationReopened', data: { by: actorRef(data.actor), at: data.at } }]
    : []
}
