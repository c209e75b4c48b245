import type { ConversionPolicy } from '../channel/settings.ts'
import type { Episode, MessageId } from '../ids.ts'
import type { Instant } from '../instant.ts'
import { wasUnsent } from './amendments.ts'
import type { ReceiveMessage } from './commands.ts'
import { requireReceiving, started, timesOf, withheldBecause } from './delivered.ts'
import { dueTime, joinedLate, NO_EPISODE, type Place, placeOfMessage } from './episode.ts'
import type { ConversationEvent } from './events.ts'
import { heldMessage, isDuplicate } from './messages.ts'
import { isConvertible, opensWindow, outlineOf, personalOf } from './message-shape.ts'
import type { ConversationState } from './state.ts'

/** A customer's message: recorded once, whatever the state of channel and customer. */
export const receiveMessage = (command: ReceiveMessage, state: ConversationState): readonly ConversationEvent[] => {
  const { data } = command
  requireReceiving(data)
  if (isDuplicate(state, data) && !isMissed(data, state)) return []
  return [...started(state, data), ...(withheld(command, state) ?? received(command, state))]
}

/** Only a receipt of it was kept, and now somebody has asked for the message itself. */
const isMissed = (data: ReceiveMessage['data'], state: ConversationState): boolean =>
  data.fetched === true &&
  heldMessage(state.messages, data.messageId)?.[2] === 'withheld' &&
  withheldBecause(state, data) === undefined

/** Blocked or disabled: a receipt without content, which moves the window. */
const withheld = ({ data }: ReceiveMessage, state: ConversationState): readonly ConversationEvent[] | undefined => {
  const reason = withheldBecause(state, data)
  if (reason === undefined) return undefined
  const { messageId, mid, content, channel, standby } = data
  const opens = opensWindow(content.kind, channel)
  return [
    {
      type: 'MessageWithheld',
      data: {
        ...timesOf(data),
        messageId,
        ...(mid === undefined ? {} : { mid }),
        opens,
        reason,
        standby: standby === true,
        ...(wasUnsent(state, data) ? { unsent: true } : {}),
      },
    },
  ]
}

const received = ({ data }: ReceiveMessage, state: ConversationState): readonly ConversationEvent[] => {
  const { messageId, mid, content, channel, standby, fetched } = data
  const times = timesOf(data)
  // Its author took it back before it came: it happened, but nothing of it is kept.
  const unsent = wasUnsent(state, data)
  const convertible = isConvertible(content.kind)
  const place = convertible && !unsent ? placeOf(data, state) : NOWHERE
  return [
    {
      type: 'MessageReceived',
      data: {
        ...times,
        messageId,
        ...(mid === undefined ? {} : { mid }),
        outline: outlineOf(content, channel),
        opens: opensWindow(content.kind, channel),
        convertible,
        ...(standby === true ? { standby } : {}),
        ...(place.kind === 'none' ? {} : { episode: place.episode }),
        ...(place.kind === 'ticket' && place.reopens ? { reopensTicket: true } : {}),
        ...joinedBy(place, times.at, state),
        ...(fetched === true ? { recovered: true } : {}),
        ...(unsent ? { unsent } : {}),
      },
      ...(unsent ? {} : { personal: personalOf(content, channel) }),
    },
    ...(unsent ? [] : reopened(state, data.at)),
    ...scheduled(place, { ...data, at: times.at }),
  ]
}

const NOWHERE: Place = { kind: 'none' }

/** What the business wrote after it and came before it, as far as the state remembers. */
const joinedBy = (place: Place, at: Instant, state: ConversationState): { readonly joined?: readonly MessageId[] } => {
  if (place.kind === 'none' || state.status === 'none') return {}
  const { episodes, messages } = state
  const written = messages.flatMap(([messageId, revision, standing, episode, wroteAt]) =>
    standing === 'echo' && wroteAt !== undefined && (episode > 0 || revision > episodes.takenTo)
      ? [{ messageId, episode, at: wroteAt }]
      : [],
  )
  const joined = joinedLate(episodes, { episode: place.episode, at }, written)
  return joined.length === 0 ? {} : { joined }
}

/** A message older than the connection of its channel belongs to nothing: it may have been answered long ago. */
const placeOf = (data: ReceiveMessage['data'], state: ConversationState): Place => {
  const { metaAt, channel, conversationId, latestTicket } = data
  if (metaAt < channel.connectedAt) return NOWHERE
  const known = state.status === 'started' ? state : { conversationId, episodes: NO_EPISODE }
  return placeOfMessage(known, channel, timesOf(data).at, latestTicket)
}

/** The customer wrote on an ended conversation: it is open again, in the queue. */
const reopened = (state: ConversationState, at: Instant): readonly ConversationEvent[] => {
  if (state.status === 'none' || !state.ended) return []
  const by = { kind: 'system' } as const
  return [
    { type: 'ConversationReopened', data: { by, at } },
    ...(state.assignee === null
      ? []
      : [{ type: 'ConversationReturned', data: { how: 'customer-wrote', by, at } } as const]),
  ]
}

/** What the message does to the conversion of its episode. */
const scheduled = (
  place: Place,
  { messageId, at, channel }: Pick<ReceiveMessage['data'], 'messageId' | 'at' | 'channel'>,
): readonly ConversationEvent[] => {
  if (place.kind === 'new') return [schedule(place.episode, messageId, at, channel.conversion)]
  if (place.kind !== 'running') return []
  const { episode, running } = place
  if (running.policy === null || running.dueAt === null) {
    // It began when the channel had no delay: the first message that finds one schedules it, as it would a new episode.
    return channel.conversion.delay === 'never' ? [] : [schedule(episode, messageId, at, channel.conversion)]
  }
  const dueAt = dueTime(at, running.policy)
  return dueAt === null || dueAt >= running.dueAt
    ? []
    : [{ type: 'ConversionRescheduled', data: { episode, dueAt, at } }]
}

const schedule = (episode: Episode, startedBy: string, at: Instant, policy: ConversionPolicy): ConversationEvent => {
  const dueAt = dueTime(at, policy)
  return dueAt === null
    ? { type: 'EpisodeStarted', data: { episode, startedBy, at } }
    : { type: 'ConversionScheduled', data: { episode, startedBy, dueAt, policy, at } }
}
