import type { MessageId } from '../ids.ts'
import type { Instant } from '../instant.ts'
import { LIMITS } from './limits.ts'
import { heldMessage } from './messages.ts'
import type { ConversationState } from './state.ts'

export type Side = 'customer' | 'business'
/** What orders the reactions of one side to one message, whatever their order of arrival. */
export type ReactionOrder = readonly [metaAt: Instant, action: 'react' | 'unreact', digest: string]

/** What happened to a message after it was sent. May come before the message itself, and then waits for it. */
export interface Amendment {
  readonly id: MessageId
  /** The message itself has not come yet. */
  readonly waits?: true
  readonly unsent?: true
  /** The highest `numEdit`. */
  readonly edit?: number
  readonly customer?: ReactionOrder
  readonly business?: ReactionOrder
}

const NONE: Omit<Amendment, 'id'> = {}

/** What is remembered of a message's amendments. */
export const amendmentOf = (state: ConversationState, id: MessageId): Omit<Amendment, 'id'> =>
  state.amendments.find((amendment) => amendment.id === id) ?? NONE

/** Whether its author took it back: for ever, whatever comes later. */
export const isUnsent = (state: ConversationState, id: MessageId): boolean =>
  heldMessage(state.messages, id)?.[2] === 'unsent' || amendmentOf(state, id).unsent === true

/** Whether the first of two reactions of one side is the newer one: by Meta's time; of one instant, by an order that is no accident. */
export const isNewerReaction = (one: ReactionOrder, other: ReactionOrder | undefined): boolean => {
  if (other === undefined) return true
  if (one[0] !== other[0]) return one[0] > other[0]
  if (one[1] !== other[1]) return one[1] === 'react'
  return one[2] > other[2]
}

/** Remembers an amendment. Of too many the oldest goes whose message has come: those that wait are needed most. */
export const amend = (
  state: Pick<ConversationState, 'amendments' | 'messages'>,
  id: MessageId,
  change: Omit<Amendment, 'id' | 'waits'>,
): readonly Amendment[] => {
  const { amendments, messages } = state
  const known = amendments.find((amendment) => amendment.id === id)
  const waits: Pick<Amendment, 'waits'> = heldMessage(messages, id) === undefined ? { waits: true } : {}
  const others = amendments.filter((amendment) => amendment.id !== id)
  const room =
    others.length < LIMITS.amendments
      ? others
      : others.toSpliced(
          Math.max(
            0,
            others.findIndex((amendment) => amendment.waits === undefined),
          ),
          1,
        )
  return [...room, { ...known, id, ...waits, ...change }]
}

/** The message has come: what waited for it now stays only as long as there is room. */
export const arrived = (amendments: readonly Amendment[], id: MessageId): readonly Amendment[] =>
  amendments.some((amendment) => amendment.id === id && amendment.waits === true)
    ? amendments.map((amendment) => {
        if (amendment.id !== id) return amendment
        const { waits: _, ...rest } = amendment
        return rest
      })
    : amendments
