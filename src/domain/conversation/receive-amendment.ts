import { amendmentOf, isNewerReaction, type ReactionOrder, wasUnsent } from './amendments.ts'
import type { Episode } from '../ids.ts'
import type { PastMessage, ReceiveEdit, ReceiveReaction, ReceiveUnsend } from './commands.ts'
import { cancelledByUnsend, rescheduledByUnsend } from './conversion.ts'
import { type Dropped, requireReceiving, started, timesOf, withheldBecause } from './delivered.ts'
import { isLoose } from './episode.ts'
import type { ConversationEvent } from './events.ts'
import { evolveAll } from './evolve.ts'
import { heldMessage, isWithheld } from './messages.ts'
import type { ConversationState } from './state.ts'

// Each of these may come before its message, and then waits for it: the stream starts, but shows no conversation.

/** Why an edit is not recorded; undefined: it is. 0 and a missing text are a quirk of Meta's and no edit. */
export const editDropped = (data: ReceiveEdit['data'], state: ConversationState): Dropped | undefined => {
  const { messageId, numEdit, text } = data
  const known = amendmentOf(state, messageId).edit ?? 0
  if (!Number.isInteger(numEdit) || numEdit < 1 || text === '' || numEdit === known) return 'known'
  if (wasUnsent(state, data)) return 'already-unsent'
  return numEdit < known ? 'superseded' : undefined
}

/** Only that it was said is kept of what is said while nothing is kept, or about a message of which nothing is. */
const isHidden = (data: ReceiveEdit['data'] | ReceiveReaction['data'], state: ConversationState): boolean =>
  withheldBecause(state, data) !== undefined || isWithheld(state, data)

/** The newest text is the one with the highest `numEdit`. */
export const receiveEdit = ({ data }: ReceiveEdit, state: ConversationState): readonly ConversationEvent[] => {
  requireReceiving(data)
  if (editDropped(data, state) !== undefined) return []
  const { messageId, numEdit, text } = data
  return [
    ...started(state, data),
    isHidden(data, state)
      ? { type: 'MessageEdited', data: { ...timesOf(data), messageId, numEdit, hidden: true } }
      : { type: 'MessageEdited', data: { ...timesOf(data), messageId, numEdit }, personal: { text } },
  ]
}

/** Under which episode the state still counts a message of the customer that it no longer remembers; 0: under none. */
const counts = (state: ConversationState, elsewhere: PastMessage | undefined): Episode | undefined => {
  if (state.status === 'none' || elsewhere === undefined) return undefined
  const { episode = elsewhere.loose === true ? 0 : undefined, revision = Infinity } = elsewhere
  return episode !== undefined &&
    (episode === state.episodes.latest?.number || isLoose(state.episodes, episode, revision))
    ? episode
    : undefined
}

/** Taken back: honoured in every state of channel and customer, also on a deleted channel. */
export const receiveUnsend = ({ data }: ReceiveUnsend, state: ConversationState): readonly ConversationEvent[] => {
  const { messageId, by, knownElsewhere, elsewhere } = data
  if (wasUnsent(state, data)) return []
  const isPast = knownElsewhere === true && heldMessage(state.messages, messageId) === undefined
  const leaves = isPast ? counts(state, elsewhere) : undefined
  const happened: readonly ConversationEvent[] = [
    ...started(state, data),
    {
      type: 'MessageUnsent',
      data: {
        ...timesOf(data),
        messageId,
        by,
        ...(isPast ? { past: true } : {}),
        ...(leaves === undefined ? {} : { leaves }),
      },
    },
  ]
  return [
    ...happened,
    ...cancelledByUnsend(state, data),
    ...rescheduledByUnsend(state, evolveAll(state, happened), timesOf(data).at),
  ]
}

/** Why a reaction is not the newest one of its side; undefined: it is. */
export const reactionDropped = (data: ReceiveReaction['data'], state: ConversationState): Dropped | undefined => {
  const { messageId, by } = data
  const known = amendmentOf(state, messageId)[by]
  const order = orderOf(data)
  const isSame = known !== undefined && order.every((part, index) => part === known[index])
  // Of what only a receipt is kept, the reaction itself may still come: delivered again, or fetched.
  const showsNow = known?.[3] === true && (isSame || data.fetched === true) && !isHidden(data, state)
  if (isSame && !showsNow) return 'known'
  if (wasUnsent(state, data)) return 'already-unsent'
  return showsNow || isNewerReaction(order, known) ? undefined : 'superseded'
}

const orderOf = ({ metaAt, action, digest }: ReceiveReaction['data']): ReactionOrder => [metaAt, action, digest ?? '']

/**
 * One reaction of each side to a message, the newest by Meta's time. One that opens the window is recorded also where it shows nothing,
 * so that the window at any instant is the same in every order of arrival.
 */
export const receiveReaction = ({ data }: ReceiveReaction, state: ConversationState): readonly ConversationEvent[] => {
  requireReceiving(data)
  const { messageId, by, action, reaction, emoji, digest, channel } = data
  const times = timesOf(data)
  const opens = channel.reactionOpensWindow && by === 'customer' && action === 'react'
  const dropped = reactionDropped(data, state)
  const isReceipted = state.status === 'started' && state.window.reacted.includes(times.at)
  if (dropped === 'known' || (dropped !== undefined && (!opens || isReceipted))) return []
  const shows = dropped === undefined && !isHidden(data, state)
  return [
    ...started(state, data),
    {
      type: 'ReactionChanged',
      data: {
        ...times,
        messageId,
        by,
        action,
        opens,
        ...(digest === undefined ? {} : { digest }),
        ...(shows ? {} : { hidden: true }),
      },
      ...(shows && action === 'react'
        ? { personal: { ...(reaction === undefined ? {} : { reaction }), ...(emoji === undefined ? {} : { emoji }) } }
        : {}),
    },
  ]
}
