import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import {
  channelNeededAsOf,
  type ConversationCommand,
  type ConversationEvent,
  type ConversationState,
} from '../../domain/conversation/index.ts'
import { conversations } from './aggregates.ts'
import type { ChannelLookup } from './channel-lookup.ts'

/**
 * The same circumstances, and where something was due before their channel changed hands, the channel as it stood then. Only in
 * that case is anything read.
 */
export const withChannelThen = <Given extends Pick<ConversationCommand['data'], 'channel' | 'at'>>(
  lookup: ChannelLookup,
  given: Given,
  state: ConversationState,
): Given | Promise<Given & { readonly whenDue: ChannelFacts }> => {
  const asOf = channelNeededAsOf(state, given)
  return asOf === undefined
    ? given
    : lookup.factsAsOf(given.channel.channelId, asOf).then((whenDue) => ({ ...given, whenDue }))
}

/**
 * What a command makes happen, with what was due before it.
 * @throws Refusal
 */
export const decideConversation = (
  lookup: ChannelLookup,
  command: ConversationCommand,
  state: ConversationState,
): readonly ConversationEvent[] | Promise<readonly ConversationEvent[]> => {
  const decide = (data: ConversationCommand['data']): readonly ConversationEvent[] =>
    conversations.decider.decide({ type: command.type, data } as ConversationCommand, state)
  const data = withChannelThen(lookup, command.data, state)
  return data instanceof Promise ? data.then(decide) : decide(data)
}
