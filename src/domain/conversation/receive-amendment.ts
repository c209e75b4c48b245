import { amendmentOf, isNewerReaction, isUnsent, type ReactionOrder } from './amendments.ts'
import type { ReceiveEdit, ReceiveReaction, ReceiveUnsend } from './commands.ts'
import { cancelledByUnsend } from './conversion.ts'
import { requireReceiving, started, timesOf, withheldBecause } from './delivered.ts'
import type { ConversationEvent } from './events.ts'
import type { ConversationState } from './state.ts'

// Each of these may come before its message, and then waits for it: the stream starts, but shows no conversation.

/** The newest text is the one with the highest `numEdit`. 0 and a missing text are a quirk of Meta's and no edit. */
export const receiveEdit = ({ data }: ReceiveEdit, state: ConversationState): readonly ConversationEvent[] => {
  requireReceiving(data)
  const { messageId, numEdit, text } = data
  if (!Number.isInteger(numEdit) || numEdit < 1 || text === '') return []
  if (numEdit <= (amendmentOf(state, messageId).edit ?? 0) || isUnsent(state, messageId)) return []
  if (withheldBecause(state, data) !== undefined) return []
  return [
    ...started(state, data),
    { type: 'MessageEdited', data: { ...timesOf(data), messageId, numEdit }, personal: { text } },
  ]
}

/** Taken back: honoured in every state of channel and customer, also on a deleted channel. */
export const receiveUnsend = ({ data }: ReceiveUnsend, state: ConversationState): readonly ConversationEvent[] => {
  const { messageId, by } = data
  if (isUnsent(state, messageId)) return []
  return [
    ...started(state, data),
    { type: 'MessageUnsent', data: { ...timesOf(data), messageId, by } },
    ...cancelledByUnsend(state, messageId, data.at),
  ]
}

/**
 * One reaction of each side to a message, the newest by Meta's time. One that shows nothing is still recorded if it moves the window,
 * so that the order of arrival changes no anchor.
 */
export const receiveReaction = ({ data }: ReceiveReaction, state: ConversationState): readonly ConversationEvent[] => {
  requireReceiving(data)
  const { messageId, by, action, reaction, emoji, digest, channel, metaAt } = data
  const times = timesOf(data)
  const opens = channel.reactionOpensWindow && by === 'customer' && action === 'react'
  const order: ReactionOrder = [metaAt, action, digest ?? '']
  const shows =
    withheldBecause(state, data) === undefined &&
    !isUnsent(state, messageId) &&
    isNewerReaction(order, amendmentOf(state, messageId)[by])
  const moves = opens && times.at > (state.status === 'started' ? (state.window.anchor ?? -Infinity) : -Infinity)
  if (!shows && !moves) return []
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
