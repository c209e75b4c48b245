import type { Instant } from '../instant.ts'
import type { ConversationCommand, SettleDue } from './commands.ts'
import { settledConversion } from './conversion.ts'
import { runningEpisode } from './episode.ts'
import type { ConversationEvent, ReplyWindowExpired } from './events.ts'
import { evolveAll } from './evolve.ts'
import { HUMAN_AGENT_WINDOW, STANDARD_WINDOW, type WindowMemory } from './reply-window.ts'
import type { ConversationState } from './state.ts'
import { rejectStopped } from './stopped-replies.ts'

/**
 * What was due by then or ended with the channel, at its own instants and in their order. Given the channel as it stood then
 * (`channelNeededAsOf`), nothing in these events depends on when they are written: a scheduler that was down writes the same history, later.
 */
export const dueEvents = (state: ConversationState, { data }: ConversationCommand): readonly ConversationEvent[] => {
  if (state.status === 'none') return []
  const expired = expiries(state.window).filter((due) => due.data.at <= data.at)
  return [...expired, ...settledConversion(state, data), ...rejectStopped(state, data)].toSorted(
    (one, other) => one.data.at - other.data.at,
  )
}

/** The ends of the window that are not in the log yet: each is written once per kind and anchor. */
const expiries = ({ anchor, written }: WindowMemory): readonly ReplyWindowExpired[] => {
  if (anchor === null) return []
  const lengths = { standard: STANDARD_WINDOW, 'human-agent': HUMAN_AGENT_WINDOW } as const
  return (['standard', 'human-agent'] as const)
    .filter((kind) => !written.includes(kind))
    .map((kind) => ({ type: 'ReplyWindowExpired', data: { kind, anchor, at: anchor + lengths[kind] } }))
}

/** The earliest instant at which something is due; undefined: nothing ever is, as things stand. */
export const nextDue = (state: ConversationState): Instant | undefined => {
  if (state.status === 'none') return undefined
  const dueAt = runningEpisode(state.episodes)?.dueAt ?? null
  const instants = [...expiries(state.window).map(({ data }) => data.at), ...(dueAt === null ? [] : [dueAt])]
  return instants.length === 0 ? undefined : Math.min(...instants)
}

/** What is decided itself. `SettleDue` only settles. */
export type Decided = Exclude<ConversationCommand, SettleDue>

/**
 * Every decision is taken on what was due before it, and settles that in the same commit.
 * A command that has nothing to do leaves it to the deadline worker, so that a redelivery stays a redelivery.
 */
export const dueFirst = (
  command: ConversationCommand,
  state: ConversationState,
  decide: (command: Decided, settled: ConversationState) => readonly ConversationEvent[],
): readonly ConversationEvent[] => {
  const due = dueEvents(state, command)
  if (command.type === 'SettleDue') return due
  const settled = evolveAll(state, due)
  const decided = decide(command, settled)
  return decided.length === 0 ? [] : [...due, ...decided]
}
