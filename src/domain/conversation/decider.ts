import type { Decider } from '../decider.ts'
import { pickUp, transfer } from './assignment.ts'
import {
  recordAttemptFailed,
  recordLook,
  recordOutcomeUnknown,
  recordSent,
  recordUnconfirmed,
  rejectReply,
} from './attempt-outcomes.ts'
import { beginAttempt } from './begin-attempt.ts'
import { blockCustomer, unblockCustomer } from './blocking.ts'
import type { ConversationCommand } from './commands.ts'
import { convertByHand, dismissConversion } from './conversion.ts'
import { type Decided, dueFirst } from './due-first.ts'
import type { ConversationEvent } from './events.ts'
import { evolve } from './evolve.ts'
import { endConversation, reopenConversation } from './life-cycle.ts'
import { addNote, learnProfile, markRead } from './notes-and-reading.ts'
import { receiveEdit, receiveReaction, receiveUnsend } from './receive-amendment.ts'
import { readMessageAgain, recoverContent } from './read-again.ts'
import { receiveEcho } from './receive-echo.ts'
import { receiveMessage } from './receive-message.ts'
import { receiveReferral, receiveSeen, receiveThreadControl } from './receive-notice.ts'
import { queueReply, resendReply, withdrawReply } from './reply-requests.ts'
import { type ConversationState, initialState } from './state.ts'

const decideOn = (command: Decided, state: ConversationState): readonly ConversationEvent[] => {
  switch (command.type) {
    case 'ReceiveMessage':
      return receiveMessage(command, state)
    case 'ReceiveEcho':
      return receiveEcho(command, state)
    case 'ReceiveEdit':
      return receiveEdit(command, state)
    case 'ReceiveUnsend':
      return receiveUnsend(command, state)
    case 'ReceiveReaction':
      return receiveReaction(command, state)
    case 'ReceiveSeen':
      return receiveSeen(command, state)
    case 'ReceiveReferral':
      return receiveReferral(command, state)
    case 'ReceiveThreadControl':
      return receiveThreadControl(command, state)
    case 'RecoverContent':
      return recoverContent(command, state)
    case 'ReadMessageAgain':
      return readMessageAgain(command, state)
    case 'LearnProfile':
      return learnProfile(command, state)
    case 'PickUp':
      return pickUp(command, state)
    case 'Transfer':
      return transfer(command, state)
    case 'EndConversation':
      return endConversation(command, state)
    case 'ReopenConversation':
      return reopenConversation(command, state)
    case 'AddNote':
      return addNote(command, state)
    case 'BlockCustomer':
      return blockCustomer(command, state)
    case 'UnblockCustomer':
      return unblockCustomer(command, state)
    case 'MarkRead':
      return markRead(command, state)
    case 'ConvertByHand':
      return convertByHand(command, state)
    case 'DismissConversion':
      return dismissConversion(command, state)
    case 'QueueReply':
      return queueReply(command, state)
    case 'WithdrawReply':
      return withdrawReply(command, state)
    case 'ResendReply':
      return resendReply(command, state)
    case 'BeginAttempt':
      return beginAttempt(command, state)
    case 'RecordSent':
      return recordSent(command, state)
    case 'RecordAttemptFailed':
      return recordAttemptFailed(command, state)
    case 'RecordOutcomeUnknown':
      return recordOutcomeUnknown(command, state)
    case 'RecordLook':
      return recordLook(command, state)
    case 'RecordUnconfirmed':
      return recordUnconfirmed(command, state)
    case 'RejectReply':
      return rejectReply(command, state)
  }
}

/** The rules of one conversation: a customer on a channel, for ever. */
export const conversationDecider: Decider<ConversationState, ConversationCommand, ConversationEvent> = {
  initialState,
  evolve,
  decide: (command, state) => dueFirst(command, state, decideOn),
}
