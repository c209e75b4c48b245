import type { ConversionPolicy } from '../channel/settings.ts'
import { type Episode, type MessageId, type Revision, type TicketId, ticketIdOf } from '../ids.ts'
import { type Instant, MINUTE } from '../instant.ts'
import type { ChannelFacts } from './channel-facts.ts'
import type { TicketFacts } from './commands.ts'
import type { ConversionCancelled } from './events.ts'
import { LIMITS, newest } from './limits.ts'
import type { ConversationState, StartedConversation } from './state.ts'

/** A run of messages that ends in at most one ticket. */
export interface EpisodeState {
  readonly number: Episode
  readonly firstRevision: Revision
  readonly lastRevision: Revision
  /** The earliest message time of the customer in it, of what was not taken back. */
  readonly firstAt: Instant
  /** The newest one: only an answer that is no older answers all of them. */
  readonly newestAt: Instant
  /** When the one that came last was received. */
  readonly newestReceipt: Instant
  /** How many of the customer's messages were not taken back. */
  readonly present: number
  /** The first message with text. */
  readonly firstText: MessageId | null
  /** When it becomes a ticket by itself; null: there was no delay yet, or it is cancelled. */
  readonly dueAt: Instant | null
  /** As it was when the conversion was scheduled. */
  readonly policy: ConversionPolicy | null
  readonly cancelled: ConversionCancelled['data']['reason'] | null
}

export interface EpisodeMemory {
  /** How many there have been. */
  readonly count: Episode
  /** The newest one, unless it became a ticket. */
  readonly latest: EpisodeState | null
  /** The newest episodes that became tickets, oldest first, with the instants at which they were due or asked for. */
  readonly tickets: readonly { readonly episode: Episode; readonly at: Instant }[]
}

export const NO_EPISODE: EpisodeMemory = { count: 0, latest: null, tickets: [] }

/** The episode that runs: neither cancelled nor a ticket. */
export const runningEpisode = ({ latest }: EpisodeMemory): EpisodeState | null =>
  latest === null || latest.cancelled !== null ? null : latest

/** The ticket of the newest converted episode. */
export const latestTicketOf = (state: ConversationState): TicketId | undefined => {
  if (state.status === 'none') return undefined
  const ticket = state.episodes.tickets.at(-1)
  return ticket && ticketIdOf(state.conversationId, ticket.episode)
}

/** Where a convertible message of the customer belongs. */
export type Place =
  | { readonly kind: 'none' }
  | { readonly kind: 'ticket'; readonly episode: Episode; readonly reopens: boolean }
  | { readonly kind: 'running'; readonly episode: Episode; readonly running: EpisodeState }
  | { readonly kind: 'new'; readonly episode: Episode }

/** The ticket that was made after that instant: what was written before it was due belongs to it, however late it comes. */
const ticketOver = ({ tickets }: EpisodeMemory, at: Instant): Episode | undefined =>
  tickets.find((ticket) => at < ticket.at)?.episode

/** The due time of an episode whose earliest message is of that time. */
export const dueTime = (firstAt: Instant, policy: ConversionPolicy): Instant | null =>
  policy.delay === 'never' ? null : firstAt + policy.delay * MINUTE

/**
 * Which episode a customer's message joins or starts.
 *
 * Older than a ticket's due time: that ticket. Else the running episode.
 * Else, if the policy says so, the open ticket or one closed not long ago. Else a new episode.
 */
export const placeOfMessage = (
  { episodes, conversationId }: Pick<StartedConversation, 'episodes' | 'conversationId'>,
  channel: ChannelFacts,
  at: Instant,
  latestTicket: TicketFacts | undefined,
): Place => {
  const over = ticketOver(episodes, at)
  if (over !== undefined) return { kind: 'ticket', episode: over, reopens: false }
  const running = runningEpisode(episodes)
  if (running !== null) return { kind: 'running', episode: running.number, running }
  const ticket = episodes.tickets.at(-1)
  if (ticket !== undefined && channel.conversion.afterTicket === 'thread-while-open') {
    // Facts of another ticket mean that the newest one is not opened yet: it is as good as open.
    const facts = latestTicket?.ticketId === ticketIdOf(conversationId, ticket.episode) ? latestTicket : undefined
    if (facts === undefined || facts.status === 'open')
      return { kind: 'ticket', episode: ticket.episode, reopens: false }
    if (at < (facts.closedAt ?? 0) + reopenInterval(channel.conversion)) {
      return { kind: 'ticket', episode: ticket.episode, reopens: true }
    }
  }
  return { kind: 'new', episode: episodes.count + 1 }
}

/** A channel that never converts by itself has no delay to reopen within. */
const reopenInterval = ({ reopenWithin, delay }: ConversionPolicy): number => {
  const minutes = reopenWithin === 'delay' ? delay : reopenWithin
  return minutes === 'never' ? 0 : minutes * MINUTE
}

/** The episode that a message of the business belongs to: between two episodes the latest ticket. It never starts one. */
export const episodeOfBusiness = (episodes: EpisodeMemory, at: Instant): Episode | undefined => {
  const running = runningEpisode(episodes)
  return (
    ticketOver(episodes, at) ??
    (running !== null && at >= running.firstAt ? running.number : undefined) ??
    episodes.tickets.at(-1)?.episode ??
    // A cancelled one can still be converted by hand, and then with what was answered.
    (episodes.latest !== null && at >= episodes.latest.firstAt ? episodes.latest.number : undefined)
  )
}

interface JoiningMessage {
  readonly revision: Revision
  readonly at: Instant
  readonly receivedAt: Instant
  /** Its id, if it has text. */
  readonly text: MessageId | null
}

/** A message of the customer carries this episode. */
export const customerJoined = (
  episodes: EpisodeMemory,
  episode: Episode,
  { revision, at, receivedAt, text }: JoiningMessage,
): EpisodeMemory => {
  const { latest } = episodes
  if (episode > episodes.count) {
    return {
      ...episodes,
      count: episode,
      latest: {
        number: episode,
        firstRevision: revision,
        lastRevision: revision,
        firstAt: at,
        newestAt: at,
        newestReceipt: receivedAt,
        present: 1,
        firstText: text,
        dueAt: null,
        policy: null,
        cancelled: null,
      },
    }
  }
  if (latest?.number !== episode) return episodes
  return {
    ...episodes,
    latest: {
      ...latest,
      lastRevision: revision,
      firstAt: Math.min(latest.firstAt, at),
      newestAt: Math.max(latest.newestAt, at),
      newestReceipt: Math.max(latest.newestReceipt, receivedAt),
      present: latest.present + 1,
      firstText: latest.firstText ?? text,
    },
  }
}

/** Something else carries this episode. */
export const businessJoined = (
  episodes: EpisodeMemory,
  episode: Episode | undefined,
  revision: Revision,
): EpisodeMemory => changeLatest(episodes, episode, (latest) => ({ ...latest, lastRevision: revision }))

/** Changes the newest episode if it is that one: what became a ticket changes no more. */
export const changeLatest = (
  episodes: EpisodeMemory,
  episode: Episode | undefined,
  change: (latest: EpisodeState) => EpisodeState,
): EpisodeMemory =>
  episodes.latest === null || episodes.latest.number !== episode
    ? episodes
    : { ...episodes, latest: change(episodes.latest) }

/** The episode became a ticket. */
export const becameTicket = (episodes: EpisodeMemory, episode: Episode, at: Instant): EpisodeMemory => ({
  ...episodes,
  latest: episodes.latest?.number === episode ? null : episodes.latest,
  tickets: newest(episodes.tickets, { episode, at }, LIMITS.tickets),
})
