import {
  channelNeededAsOf,
  type ConversationCommand,
  type ConversationEvent,
  type ConversationState,
} from '../../domain/conversation/index.ts'
import { conversations } from './aggregates.ts'
import type { ChannelLookup } from './channel-lookup.ts'

/**
 * What a command makes happen. What was due before its channel changed hands is decided on the channel as it stood then, and only
 * in that case is anything read.
 * @throws Refusal
 */
export const decideConversation = (
  lookup: ChannelLookup,
  command: ConversationCommand,
  state: ConversationState,
): readonly ConversationEvent[] | Promise<readonly ConversationEvent[]> => {
  const asOf = channelNeededAsOf(state, command.data)
  return asOf === undefined
    ? conversations.decider.decide(command, state)
    : lookup.factsAsOf(command.data.channel.channelId, asOf).then((whenDue) => {
        const { type, data } = command
        return conversations.decider.decide({ type, data: { ...data, whenDue } } as ConversationCommand, state)
      })
}
