import type { ConversionPolicy } from '../channel/settings.ts'
import { type Episode, type MessageId, type Revision, type TicketId, ticketIdOf } from '../ids.ts'
import { type Instant, MINUTE } from '../instant.ts'
import type { ChannelFacts } from './channel-facts.ts'
import type { TicketFacts } from './commands.ts'
import type { ConversationConverted, ConversionCancelled } from './events.ts'
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

type EpisodeRun = readonly [first: Episode, last: Episode]

/** Messages in no ticket and not in the newest episode: only a conversion by hand takes them. */
export interface LooseMessages {
  readonly firstRevision: Revision
  readonly lastRevision: Revision
  /** The earliest message time of either side. */
  readonly since: Instant
  /** The earliest message time of the customer; null: none is theirs. */
  readonly firstAt: Instant | null
  /** How many of the customer's messages were not taken back. */
  readonly present: number
  /** The customer's first message with text. */
  readonly firstText: MessageId | null
  /** The cancelled episodes among them: the newest runs, oldest first, each from its first to its last. */
  readonly episodes: readonly EpisodeRun[]
  /** The one of them in which the customer began to write last; null: there is none. */
  readonly begun: Begun | null
}

/** An episode, and the message time at which the customer began to write in it. */
interface Begun {
  readonly episode: Episode
  readonly firstAt: Instant
}

export interface EpisodeMemory {
  /** How many there have been. */
  readonly count: Episode
  /** The newest one, unless it became a ticket. */
  readonly latest: EpisodeState | null
  /**
   * The newest episodes that became tickets, oldest first, with the instants at which they were due or asked for, and of their first
   * message of the customer.
   */
  readonly tickets: readonly { readonly episode: Episode; readonly at: Instant; readonly firstAt: Instant }[]
  readonly loose: LooseMessages | null
  /** Up to which revision conversions by hand have taken loose messages. */
  readonly takenTo: Revision
}

export const NO_EPISODE: EpisodeMemory = { count: 0, latest: null, tickets: [], loose: null, takenTo: -1 }

const withLoose = (loose: LooseMessages | null, more: LooseMessages): LooseMessages =>
  loose === null
    ? more
    : {
        firstRevision: Math.min(loose.firstRevision, more.firstRevision),
        lastRevision: Math.max(loose.lastRevision, more.lastRevision),
        since: Math.min(loose.since, more.since),
        firstAt: earliest(loose.firstAt, more.firstAt),
        present: loose.present + more.present,
        firstText: loose.firstText ?? more.firstText,
        episodes: more.episodes.reduce(withRun, loose.episodes),
        begun:
          loose.begun !== null && loose.begun.firstAt > (more.begun?.firstAt ?? -Infinity) ? loose.begun : more.begun,
      }

/** Runs that follow one another are one. */
const withRun = (runs: readonly EpisodeRun[], run: EpisodeRun): readonly EpisodeRun[] => {
  const last = runs.at(-1)
  return last !== undefined && last[1] + 1 === run[0]
    ? [...runs.slice(0, -1), [last[0], run[1]]]
    : newest(runs, run, LIMITS.looseEpisodes)
}

const earliest = (one: Instant | null, other: Instant | null): Instant | null =>
  one === null ? other : other === null ? one : Math.min(one, other)

/** A message that carries no episode. `text` and `at` as of {@link customerJoined}; `isCustomers` unless the business wrote it. */
export const cameLoose = (
  episodes: EpisodeMemory,
  { revision, at, text, isCustomers }: Omit<JoiningMessage, 'receivedAt'> & { readonly isCustomers: boolean },
): EpisodeMemory => ({
  ...episodes,
  loose: withLoose(episodes.loose, {
    firstRevision: revision,
    lastRevision: revision,
    since: at,
    firstAt: isCustomers ? at : null,
    present: isCustomers ? 1 : 0,
    firstText: text,
    episodes: [],
    begun: null,
  }),
})

/** Whether a message of the customer that carries this episode (0: none), recorded at that revision, is a loose one. */
export const isLoose = ({ loose, takenTo }: EpisodeMemory, episode: Episode, revision: Revision): boolean =>
  loose !== null &&
  (episode === 0 ? revision > takenTo : loose.episodes.some(([first, last]) => first <= episode && episode <= last))

/** The cancelled episode becomes loose when another begins. */
const loosened = ({ loose, latest }: EpisodeMemory): LooseMessages | null =>
  latest === null
    ? loose
    : withLoose(loose, {
        firstRevision: latest.firstRevision,
        lastRevision: latest.lastRevision,
        since: latest.firstAt,
        firstAt: latest.present > 0 ? latest.firstAt : null,
        present: latest.present,
        firstText: latest.firstText,
        episodes: [[latest.number, latest.number]],
        begun: latest.present > 0 ? { episode: latest.number, firstAt: latest.firstAt } : null,
      })

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

/**
 * The episode that a message of the business belongs to: the one in which the customer had begun to write last by then, so that between
 * two episodes it belongs to the earlier one. Before the customer's first message it belongs to none. It never starts one.
 */
export const episodeOfBusiness = ({ latest, tickets, loose }: EpisodeMemory, at: Instant): Episode | undefined => {
  const known: readonly Begun[] = [
    ...tickets,
    // A cancelled one can still be converted by hand, and then with what was answered.
    ...(latest === null || latest.present === 0 ? [] : [{ episode: latest.number, firstAt: latest.firstAt }]),
  ]
  const begun = known.filter(({ firstAt }) => firstAt <= at)
  const last = Math.max(...begun.map(({ firstAt }) => firstAt))
  const cancelled = loose?.begun ?? null
  const isBetween = ({ episode, firstAt }: Begun): boolean =>
    last < firstAt && firstAt <= at && begun.every((other) => other.episode < episode)
  return cancelled !== null && isBetween(cancelled)
    ? cancelled.episode
    : begun.findLast(({ firstAt }) => firstAt === last)?.episode
}

/**
 * What the business wrote after a message of the customer that comes late belongs to the episode of that message, if it is the last one
 * begun by then: as if they had come in order. `written` are messages of the business with the episodes that they have carried so far.
 */
export const joinedLate = (
  episodes: EpisodeMemory,
  place: { readonly episode: Episode; readonly at: Instant },
  written: readonly { readonly messageId: MessageId; readonly episode: Episode; readonly at: Instant }[],
): readonly MessageId[] => {
  const { episode, at } = place
  const begins = (known: { readonly episode: Episode; readonly firstAt: Instant; readonly at: Instant }) =>
    known.episode === episode ? { ...known, firstAt: Math.min(known.firstAt, at) } : known
  const { latest } = episodes
  const now: EpisodeMemory =
    episode > episodes.count
      ? { ...customerJoined(episodes, episode, { revision: 0, at, receivedAt: at, text: null }) }
      : {
          ...episodes,
          tickets: episodes.tickets.map(begins),
          latest: latest?.number === episode ? { ...latest, firstAt: Math.min(latest.firstAt, at) } : latest,
        }
  return written
    .filter((one) => one.at >= at && one.episode !== episode && episodeOfBusiness(now, one.at) === episode)
    .map(({ messageId }) => messageId)
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
      loose: loosened(episodes),
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
  if (latest?.number !== episode) {
    const tickets = episodes.tickets.map((ticket) =>
      ticket.episode === episode && at < ticket.firstAt ? { ...ticket, firstAt: at } : ticket,
    )
    return { ...episodes, tickets }
  }
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

/** The episode became a ticket, and with it the loose messages if it takes them. */
export const becameTicket = (
  episodes: EpisodeMemory,
  { data: { episode, at, firstCustomerMessageAt, takes } }: ConversationConverted,
): EpisodeMemory => ({
  // By hand one may be made of loose messages alone, under a number that none of them carries.
  count: Math.max(episodes.count, episode),
  latest: episodes.latest?.number === episode ? null : episodes.latest,
  tickets: newest(episodes.tickets, { episode, at, firstAt: firstCustomerMessageAt }, LIMITS.tickets),
  loose: takes === undefined ? episodes.loose : null,
  takenTo: takes === undefined ? episodes.takenTo : takes.to,
})
