import type { ConversationCommand } from './commands.ts'
import type { Dropped } from './delivered.ts'
import { editDropped, reactionDropped } from './receive-amendment.ts'
import { seenDropped } from './receive-notice.ts'
import type { ConversationState } from './state.ts'

/**
 * Why a delivery to which the decider answered nothing says nothing new. Everything with an identity of its own, and an unsend,
 * is dropped only because it is known.
 */
export const whyDropped = (command: ConversationCommand, state: ConversationState): Dropped => {
  switch (command.type) {
    case 'ReceiveEdit':
      return editDropped(command.data, state) ?? 'known'
    case 'ReceiveReaction':
      return reactionDropped(command.data, state) ?? 'known'
    case 'ReceiveSeen':
      return seenDropped(command.data, state) ?? 'known'
    default:
      return 'known'
  }
}
