import {
  asksHowChannelStood,
  channelNeededAsOf,
  type ConversationCommand,
  type ConversationEvent,
  type ConversationState,
} from '../../domain/conversation/index.ts'
import { conversations } from './aggregates.ts'
import type { ChannelLookup } from './channel-lookup.ts'

/**
 * The same command, with the channel as it stood at the instants that its decision asks for. Only where something was due before the
 * channel changed hands, or a reply cannot leave any more, is anything read.
 */
export const withChannelThen = <Command extends ConversationCommand>(
  lookup: ChannelLookup,
  command: Command,
  state: ConversationState,
): Command | Promise<Command> => {
  const { channelId } = command.data.channel
  const asOf = channelNeededAsOf(state, command.data)
  const asksThen = asksHowChannelStood(state, command)
  if (asOf === undefined && !asksThen) return command
  return (async () => {
    const [whenDue, channelThen] = await Promise.all([
      asOf === undefined ? undefined : lookup.factsAsOf(channelId, asOf),
      asksThen ? lookup.factsThen(channelId) : undefined,
    ])
    const then = {
      ...(whenDue === undefined ? {} : { whenDue }),
      ...(channelThen === undefined ? {} : { channelThen }),
    }
    return { ...command, data: { ...command.data, ...then } }
  })()
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
  const given = withChannelThen(lookup, command, state)
  return given instanceof Promise
    ? given.then((complete) => conversations.decider.decide(complete, state))
    : conversations.decider.decide(given, state)
}
