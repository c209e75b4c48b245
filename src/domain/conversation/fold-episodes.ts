import type { Episode, MessageId, Revision } from '../ids.ts'
import type { Instant } from '../instant.ts'
import {
  businessJoined,
  cameLoose,
  changeLatest,
  customerJoined,
  type EpisodeMemory,
  type EpisodeState,
  isLoose,
  type LooseMessages,
} from './episode.ts'
import type { MessageReceived } from './events.ts'
import type { HeldMessage, Standing } from './messages.ts'
import type { StartedConversation } from './state.ts'

// What messages do to the memory of episodes.

/** A message of the customer: of its episode, or in none. */
export const customerWrote = (
  { episodes, messages }: StartedConversation,
  { messageId, episode, at, receivedAt, outline, convertible, joined }: MessageReceived['data'],
  revision: number,
  standing: Standing,
): EpisodeMemory => {
  const text = outline.hasText ? messageId : null
  if (episode !== undefined) {
    const joining = customerJoined(episodes, episode, { revision, at, receivedAt, text })
    const before = messages.filter(([id]) => joined?.includes(id)).map((held) => held[1])
    return changeLatest(joining, episode, (latest) => ({
      ...latest,
      firstRevision: Math.min(latest.firstRevision, ...before),
    }))
  }
  return convertible && standing !== 'unsent'
    ? cameLoose(episodes, { revision, at, text, isCustomers: true })
    : episodes
}

/** These messages of the business belong to that episode now. */
export const movedTo = (
  messages: readonly HeldMessage[],
  ids: readonly MessageId[],
  episode: Episode,
): readonly HeldMessage[] =>
  messages.map((held): HeldMessage => {
    if (!ids.includes(held[0])) return held
    const [id, revision, standing, , ...at] = held
    return [id, revision, standing, episode, ...at]
  })

/** A message of the business, with the episode that it carries, if any: one that is cancelled may be none of the newest. */
export const businessWrote = (
  episodes: EpisodeMemory,
  { episode, at }: { readonly episode?: Episode; readonly at: Instant },
  revision: number,
): EpisodeMemory =>
  episode === undefined || isLoose(episodes, episode, revision)
    ? cameLoose(episodes, { revision, at, text: null, isCustomers: false })
    : businessJoined(episodes, episode, revision)

/** An episode has one message of the customer less. Its times are those of what is left, if all of that is still remembered. */
export const takenBack = (
  { episodes, messages }: StartedConversation,
  episode: Episode | undefined,
  messageId: MessageId,
  revision: Revision = Infinity,
): StartedConversation['episodes'] => {
  if (episode === undefined) return episodes
  const { loose } = episodes
  const isNoneOf = (held: HeldMessage): boolean => isLoose(episodes, held[3], held[1])
  if (loose !== null && isLoose(episodes, episode, revision)) {
    return { ...episodes, loose: looseWithout(loose, messageId, leftOf(messages, messageId, isNoneOf)) }
  }
  return changeLatest(episodes, episode, (latest) => {
    const left = leftOf(messages, messageId, (held) => held[3] === latest.number)
    return {
      ...latest,
      ...timesOf(left.times, latest.present - 1),
      present: latest.present - 1,
      firstText: latest.firstText === messageId ? left.firstText : latest.firstText,
    }
  })
}

const looseWithout = (
  loose: LooseMessages,
  messageId: MessageId,
  { times, firstText }: ReturnType<typeof leftOf>,
): LooseMessages => {
  const present = loose.present - 1
  return {
    ...loose,
    present,
    firstAt: present === 0 ? null : (timesOf(times, present).firstAt ?? loose.firstAt),
    firstText: loose.firstText === messageId ? firstText : loose.firstText,
  }
}

/** Of an episode of that many messages. */
const timesOf = (times: readonly Instant[], present: number): Partial<Pick<EpisodeState, 'firstAt' | 'newestAt'>> =>
  present === 0 || times.length !== present ? {} : { firstAt: Math.min(...times), newestAt: Math.max(...times) }

/** What is left of the customer's remembered messages of which that holds. */
const leftOf = (
  messages: readonly HeldMessage[],
  but: MessageId,
  holds: (held: HeldMessage) => boolean,
): { readonly times: readonly Instant[]; readonly firstText: MessageId | null } => {
  const left = messages.filter(
    (held) => (held[2] === 'text' || held[2] === 'message') && held[0] !== but && holds(held),
  )
  return {
    times: left.flatMap((held) => (held[4] === undefined ? [] : [held[4]])),
    firstText: left.find((held) => held[2] === 'text')?.[0] ?? null,
  }
}
