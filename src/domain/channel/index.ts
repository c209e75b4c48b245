import type { Decider } from '../decider.ts'
import type { ChannelCommand } from './commands.ts'
import { decideChannel } from './decide.ts'
import { evolveChannel } from './evolve.ts'
import type { ChannelEvent } from './events.ts'
import { initialChannel, type ChannelState } from './state.ts'

export type * from './commands.ts'
export type * from './events.ts'
export * from './settings.ts'
export type {
  AbandonedChannel,
  ChannelState,
  DeletedChannel,
  DisabledChannel,
  EnabledChannel,
  LiveChannel,
  NoChannel,
} from './state.ts'
export { associationOf, MAX_AGENTS, MAX_AGENTS_BYTES } from './state.ts'
export { checkChanges, checkSettings } from './check-settings.ts'
export { MAX_CHANNEL_NAME, MAX_CONVERSION_DELAY, MAX_REOPEN_WITHIN } from './check-settings.ts'
export { channelFacts } from './channel-facts.ts'

/** One Instagram account connected to one organization for one stretch of time: settings, agents, life cycle, authorization. */
export const channelDecider: Decider<ChannelState, ChannelCommand, ChannelEvent> = {
  initialState: initialChannel,
  decide: decideChannel,
  evolve: evolveChannel,
}
