import type { MessageId, Revision } from '../ids.ts'
import type { Instant } from '../instant.ts'
import type { PastMessage } from './commands.ts'
import { LIMITS } from './limits.ts'
import { heldMessage, knowsMessage } from './messages.ts'
import type { ConversationState } from './state.ts'

export type Side = 'customer' | 'business'
/** What orders the reactions of one side to one message, whatever their order of arrival; and whether only a receipt of it is kept. */
export type ReactionOrder = readonly [metaAt: Instant, action: 'react' | 'unreact', digest: string, hidden?: true]

/** What happened to a message after it was sent. May come before the message itself, and then waits for it. */
export interface Amendment {
  readonly id: MessageId
  /** The message itself has not come yet. */
  readonly waits?: true
  /** It was taken back, by the event of that revision. */
  readonly unsent?: Revision
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
  heldMessage(state.messages, id)?.[2] === 'unsent' || amendmentOf(state, id).unsent !== undefined

/** Whether the first of two reactions of one side is the newer one: by Meta's time; of one instant, by an order that is no accident. */
export const isNewerReaction = (one: ReactionOrder, other: ReactionOrder | undefined): boolean => {
  if (other === undefined) return true
  if (one[0] !== other[0]) return one[0] > other[0]
  if (one[1] !== other[1]) return one[1] === 'react'
  return one[2] > other[2]
}

/** The same, also by the word of the index for a message or an unsend that the state no longer remembers. */
export const wasUnsent = (
  state: ConversationState,
  { messageId, elsewhere }: { readonly messageId: MessageId; readonly elsewhere?: PastMessage },
): boolean => isUnsent(state, messageId) || (elsewhere?.unsent === true && !holds(state, messageId))

/** What the state itself remembers of a message; `'ask-index'` when it no longer remembers that far back. */
export const pastMessage = (
  state: ConversationState,
  id: MessageId,
): (PastMessage & { readonly known: boolean }) | 'ask-index' => {
  const known = knowsMessage(state, id)
  if (known === 'ask-index') return known
  const [, , standing, episode] = heldMessage(state.messages, id) ?? []
  return {
    known,
    ...(isUnsent(state, id) ? { unsent: true } : {}),
    ...(standing === 'withheld' ? { withheld: true } : {}),
    ...(episode && (standing === 'text' || standing === 'message') ? { episode } : {}),
  }
}

const holds = (state: ConversationState, id: MessageId): boolean => heldMessage(state.messages, id) !== undefined

/** How much is lost with an amendment: an unsend that waits is needed most, one whose message has come least. */
const worth = ({ waits, unsent, edit }: Amendment): number =>
  waits === undefined ? 0 : unsent !== undefined ? 3 : edit !== undefined ? 2 : 1

/**
 * Remembers an amendment. Of too many the one of the least worth goes, the oldest first. An unsend that goes is not lost:
 * its revision counts as dropped, so that from then on the index is asked before a message is taken to be new.
 */
export const amend = (
  { amendments, messages, droppedUpTo }: Pick<ConversationState, 'amendments' | 'messages' | 'droppedUpTo'>,
  id: MessageId,
  change: Omit<Amendment, 'id' | 'waits'>,
): Pick<ConversationState, 'amendments' | 'droppedUpTo'> => {
  const known = amendments.find((amendment) => amendment.id === id)
  const waits: Pick<Amendment, 'waits'> = heldMessage(messages, id) === undefined ? { waits: true } : {}
  const others = amendments.filter((amendment) => amendment.id !== id)
  const amended: Amendment = { ...known, id, ...waits, ...change }
  if (others.length < LIMITS.amendments) return { amendments: [...others, amended], droppedUpTo }
  const least = Math.min(...others.map(worth))
  const index = others.findIndex((amendment) => worth(amendment) === least)
  return {
    amendments: [...others.toSpliced(index, 1), amended],
    droppedUpTo: Math.max(droppedUpTo, others[index]?.unsent ?? -1),
  }
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
