import { type ActorRef, actorRef } from '../actor.ts'
import { type Episode, type MessageId, type TicketId, ticketIdOf } from '../ids.ts'
import type { Instant } from '../instant.ts'
import { refuse } from '../refusal.ts'
import type { ConversionCause } from '../ticket/events.ts'
import { effectiveAssignee } from './assignment.ts'
import type { ChannelFacts } from './channel-facts.ts'
import type { ConversationCommand, ConvertByHand, DismissConversion, ReceiveUnsend } from './commands.ts'
import { dueTime, type EpisodeState, isLoose, latestTicketOf, runningEpisode } from './episode.ts'
import type { ConversationConverted, ConversationEvent, ConversionCancelled, ConversionRescheduled } from './events.ts'
import { type HeldMessage, heldMessage, type Standing } from './messages.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { requireMayWork, requireStarted } from './who-may.ts'

const SYSTEM: ActorRef = { kind: 'system' }

type ConvertedHow = { readonly cause: ConversionCause; readonly at: Instant; readonly by: ActorRef }
type Ticketed = Pick<
  ConversationConverted['data'],
  'episode' | 'firstRevision' | 'lastRevision' | 'takes' | 'subjectMessageId' | 'firstCustomerMessageAt'
>

const converted = (
  state: StartedConversation,
  ticketed: Ticketed,
  channel: ChannelFacts,
  { cause, at, by }: ConvertedHow,
): ConversationConverted => {
  const { episode, ...rest } = ticketed
  return {
    type: 'ConversationConverted',
    data: {
      episode,
      ticketId: ticketIdOf(state.conversationId, episode),
      cause,
      ...rest,
      assignee: effectiveAssignee(state, channel),
      departmentId: channel.departmentId,
      at,
      by,
    },
  }
}

/** An automatic conversion takes its episode. */
const episodeOnly = (state: StartedConversation, episode: EpisodeState): Ticketed => ({
  episode: episode.number,
  firstRevision: episode.firstRevision,
  lastRevision: episode.lastRevision,
  subjectMessageId: subjectOf(state, episode.firstText, (held) => held[3] === episode.number),
  firstCustomerMessageAt: episode.firstAt,
})

/** One by hand takes every message that is in no ticket yet; undefined: the customer wrote none of them. */
const everythingLeft = (state: StartedConversation): Ticketed | undefined => {
  const { latest, loose, count } = state.episodes
  if ((latest?.present ?? 0) + (loose?.present ?? 0) === 0) return undefined
  if (loose === null) return latest === null ? undefined : episodeOnly(state, latest)
  const times = [
    loose.present > 0 ? loose.firstAt : null,
    latest !== null && latest.present > 0 ? latest.firstAt : null,
  ]
  const to = Math.max(loose.lastRevision, latest?.lastRevision ?? -1)
  return {
    episode: latest?.number ?? count + 1,
    firstRevision: Math.min(loose.firstRevision, latest?.firstRevision ?? Infinity),
    lastRevision: to,
    takes: { to, since: loose.since },
    subjectMessageId: subjectOf(
      state,
      loose.firstText ?? latest?.firstText ?? null,
      ([, revision, , episode]) => episode === latest?.number || isLoose(state.episodes, episode, revision),
    ),
    firstCustomerMessageAt: Math.min(...times.filter((time) => time !== null)),
  }
}

/**
 * What the ticket is about: the customer's earliest text that was not taken back, else their earliest message. One that is remembered
 * no longer came before all that are.
 */
const subjectOf = (
  { messages }: StartedConversation,
  firstText: MessageId | null,
  isIn: (held: HeldMessage) => boolean,
): MessageId | null => {
  if (firstText !== null && heldMessage(messages, firstText) === undefined) return firstText
  const earliest = (standing: Standing): MessageId | undefined =>
    messages
      .filter((held) => held[2] === standing && isIn(held))
      .toSorted((one, other) => (one[4] ?? 0) - (other[4] ?? 0) || (one[0] < other[0] ? -1 : 1))[0]?.[0]
  return earliest('text') ?? earliest('message') ?? null
}

/** What a conversion that ends by itself is decided on. */
type Ending = Pick<ConversationCommand['data'], 'channel' | 'whenDue' | 'at'>

/** How the pending conversion has ended by itself: it was due by then, or its channel was deleted before, and the deletion says. */
const endOf = (
  { episodes }: StartedConversation,
  { channel: { deletion }, at }: Ending,
):
  | { readonly cause: ConversionCause | 'discarded'; readonly at: Instant; readonly episode: EpisodeState }
  | undefined => {
  const episode = runningEpisode(episodes)
  if (episode === null || episode.dueAt === null) return undefined
  if (episode.dueAt <= (deletion?.at ?? at)) return { cause: 'by-time', at: episode.dueAt, episode }
  if (deletion === null) return undefined
  const cause = deletion.pendingConversions === 'discard' ? 'discarded' : 'channel-deleted'
  return { cause, at: deletion.at, episode }
}

/** What has become of the pending conversion by itself, dated when that was. */
export const settledConversion = (
  state: StartedConversation,
  given: Ending,
): readonly (ConversationConverted | ConversionCancelled)[] => {
  const end = endOf(state, given)
  if (end === undefined) return []
  const { cause, at, episode } = end
  return cause === 'discarded'
    ? cancelled(state, 'channel-deleted', { by: SYSTEM, at })
    : [converted(state, episodeOnly(state, episode), given.whenDue ?? given.channel, { cause, at, by: SYSTEM })]
}

/**
 * The instant as of which `whenDue` must give the channel, so that a conversion written late names the department and the agent of
 * then: when it was due, or the message came that made it due. Undefined: nothing is due, or the channel has not changed since.
 */
export const channelNeededAsOf = (state: ConversationState, given: Ending): Instant | undefined => {
  const end = state.status === 'none' ? undefined : endOf(state, given)
  if (end === undefined || end.cause === 'discarded') return undefined
  const asOf = Math.max(end.at, end.episode.newestReceipt)
  return asOf < given.channel.staffedSince ? asOf : undefined
}

/**
 * Turns all that is in no ticket yet into one now: whatever the window or a disabled channel, also after its conversion was cancelled,
 * and what is older than the channel's connection.
 * @throws Refusal `already-converted` with the ticket; `nothing-to-convert` when the customer wrote nothing else, or that ticket is closed
 */
export const convertByHand = ({ data }: ConvertByHand, given: ConversationState): readonly ConversationEvent[] => {
  requireMayWork(data)
  const state = requireStarted(given)
  const { latest } = state.episodes
  const left = everythingLeft(state)
  if (left !== undefined) {
    return [converted(state, left, data.channel, { cause: 'by-hand', at: data.at, by: actorRef(data.actor) })]
  }
  const ticketId: TicketId | undefined = latestTicketOf(state)
  const closed = data.latestTicket?.ticketId === ticketId && data.latestTicket?.status === 'closed'
  return latest !== null || ticketId === undefined || closed
    ? refuse('nothing-to-convert', {})
    : refuse('already-converted', { ticketId })
}

/** "Not needed". @throws Refusal `no-pending-conversion` */
export const dismissConversion = (
  { data }: DismissConversion,
  given: ConversationState,
): readonly ConversationEvent[] => {
  requireMayWork(data)
  const { episodes } = requireStarted(given)
  if (episodes.latest?.cancelled === 'not-needed') return []
  if ((runningEpisode(episodes)?.dueAt ?? null) === null) refuse('no-pending-conversion', {})
  return cancelled({ episodes }, 'not-needed', { by: actorRef(data.actor), at: data.at })
}

/** Takes the running episode away, with the reason; it can still be converted by hand. */
export const cancelled = (
  { episodes }: Pick<StartedConversation, 'episodes'>,
  reason: ConversionCancelled['data']['reason'],
  { by, at }: { readonly by: ActorRef; readonly at: Instant },
): readonly ConversionCancelled[] => {
  const running = runningEpisode(episodes)
  return running === null ? [] : [{ type: 'ConversionCancelled', data: { episode: running.number, reason, by, at } }]
}

/** The customer took back the last message of the running episode. */
export const cancelledByUnsend = (
  state: ConversationState,
  { messageId, elsewhere, at }: ReceiveUnsend['data'],
): readonly ConversionCancelled[] => {
  if (state.status === 'none') return []
  const running = runningEpisode(state.episodes)
  const held = heldMessage(state.messages, messageId)
  const wasShown = held === undefined || held[2] === 'text' || held[2] === 'message'
  const isLast = running?.present === 1 && wasShown && (held?.[3] ?? elsewhere?.episode) === running.number
  return isLast ? cancelled(state, 'unsent', { by: SYSTEM, at }) : []
}

/**
 * The customer took back the earliest message of the running episode: it is due by the earliest that is left. Where the state no
 * longer remembers the times of all that is left, or the episode began before its channel had a delay, it stays due as it was: the
 * ticket comes no later than a message of the customer asks for.
 */
export const rescheduledByUnsend = (
  before: ConversationState,
  after: ConversationState,
  at: Instant,
): readonly ConversionRescheduled[] => {
  const was = before.status === 'none' ? null : runningEpisode(before.episodes)
  const is = after.status === 'none' ? null : runningEpisode(after.episodes)
  if (was === null || is === null || is.present === 0 || is.policy === null) return []
  const dueAt = dueTime(is.firstAt, is.policy)
  const followed = dueTime(was.firstAt, is.policy) === was.dueAt
  return dueAt === null || dueAt === was.dueAt || !followed
    ? []
    : [{ type: 'ConversionRescheduled', data: { episode: is.number, dueAt, at } }]
}

/**
 * Where the channel says so, an answer takes a pending conversion away; an automation's does not, nor one that was given before the
 * customer's newest message and became known after it.
 */
export const cancelledByAnswer = (
  state: StartedConversation,
  { episode, givenAt }: { readonly episode: Episode | undefined; readonly givenAt: Instant },
  by: { readonly by: ActorRef; readonly at: Instant },
): readonly ConversionCancelled[] => {
  const running = runningEpisode(state.episodes)
  const answersAll = running?.number === episode && running !== null && givenAt >= running.newestAt
  return answersAll && running.policy?.cancelOnAnswer === true ? cancelled(state, 'answered', by) : []
}
