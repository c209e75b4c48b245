import { type ActorRef, isHuman } from '../actor.ts'
import type { Instant } from '../instant.ts'
import { refuse } from '../refusal.ts'
import { type Attempt, type AttemptKey, callInFlight, findAttempt, isSameAttempt, settledBesides } from './attempts.ts'
import type {
  RecordAttemptFailed,
  RecordLook,
  RecordOutcomeUnknown,
  RecordSent,
  RecordUnconfirmed,
  RejectReply,
} from './commands.ts'
import { cancelledByAnswer } from './conversion.ts'
import { partSent, settledByText } from './echo-join.ts'
import { runningEpisode } from './episode.ts'
import type { ConversationEvent, ReplyAttemptSuperseded } from './events.ts'
import { evolveAll } from './evolve.ts'
import { heldMessage } from './messages.ts'
import { findReply } from './replies.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { requireStarted } from './who-may.ts'

// Evidence is recorded in every state of channel and customer, and wins over everything that was only believed.

/** @throws Refusal `reply-not-found`, `attempt-out-of-turn` for an attempt that was never begun */
const requireBegun = (given: ConversationState, key: AttemptKey): StartedConversation => {
  const state = requireStarted(given)
  const reply = findReply(state.replies, key.replyId)
  if (reply === undefined && !state.replies.ids.includes(key.replyId))
    refuse('reply-not-found', { replyId: key.replyId })
  const isAhead =
    reply !== undefined &&
    (key.part > reply.sentParts || (key.part === reply.sentParts && key.attempt > reply.attempts))
  if (isAhead && findAttempt(state.attempts, key) === undefined) refuse('attempt-out-of-turn', { replyId: key.replyId })
  return state
}

/** Whether the part of an attempt is sent already, by another attempt. */
const isSuperseded = ({ replies }: StartedConversation, { replyId, part }: AttemptKey): boolean => {
  const reply = findReply(replies, replyId)
  return reply === undefined || part < reply.sentParts
}

const superseded = (
  { replyId, part, attempt, code, at }: AttemptKey & { readonly code?: string; readonly at: Instant },
  outcome: ReplyAttemptSuperseded['data']['outcome'],
): ReplyAttemptSuperseded => ({
  type: 'ReplyAttemptSuperseded',
  data: { replyId, part, attempt, outcome, ...(code === undefined ? {} : { code }), at },
})

/** What happened, and all that follows from it now that no call may be in flight any more. */
const withConsequences = (
  state: StartedConversation,
  events: readonly ConversationEvent[],
  at: Instant,
): readonly ConversationEvent[] => {
  const all = [...events, ...settledByText(evolveAll(state, events), at)]
  return [...all, ...cancelledByAnswers(state, all, at)]
}

/** Where the channel says so, a person's answer that arrived takes the pending conversion away: ours, or one from outside this desk. */
export const cancelledByAnswers = (
  state: StartedConversation,
  events: readonly ConversationEvent[],
  at: Instant,
): readonly ConversationEvent[] => {
  if (runningEpisode(state.episodes)?.policy?.cancelOnAnswer !== true) return []
  for (const { by, ...answer } of [...ownAnswers(state, events), ...foreignAnswers(state, events)]) {
    const cancelled = cancelledByAnswer(state, answer, { by, at })
    if (cancelled.length > 0) return cancelled
  }
  return []
}

type Given = Parameters<typeof cancelledByAnswer>[1] & { readonly by: ActorRef }

const ownAnswers = (state: StartedConversation, events: readonly ConversationEvent[]): readonly Given[] =>
  events.flatMap((event) => {
    if (event.type !== 'ReplyPartSent' || event.data.unsent === true) return []
    const by = findReply(state.replies, event.data.replyId)?.author
    // Of an attempt that was given up nobody knows any more when it was: it takes nothing away.
    const givenAt = findAttempt(state.attempts, event.data)?.attemptedAt ?? -Infinity
    return by !== undefined && isHuman(by) ? [{ by, episode: event.data.episode, givenAt }] : []
  })

/** Echoes that might have been messages of ours, and are none, now that the calls have ended. */
const foreignAnswers = (state: StartedConversation, events: readonly ConversationEvent[]): readonly Given[] => {
  const after = evolveAll(state, events)
  if (after.status === 'none') return []
  const known = events.flatMap(({ type, data }) => (type === 'MessageEchoed' ? [data.messageId] : []))
  const candidates = new Set([...state.attempts.echoes.map(({ messageId }) => messageId), ...known])
  for (const { messageId } of after.attempts.echoes) candidates.delete(messageId)
  return [...candidates].flatMap((messageId) => {
    const [, , standing, episode, givenAt] = heldMessage(after.messages, messageId) ?? []
    return standing === 'echo' && givenAt !== undefined ? [{ by: { kind: 'system' }, episode, givenAt }] : []
  })
}

/**
 * Meta took the part, and named its message. If equal text had given that message to another attempt, that one is open again;
 * if equal text had given this attempt another message, that one is a reply from outside.
 */
export const recordSent = ({ data }: RecordSent, given: ConversationState): readonly ConversationEvent[] => {
  const state = requireBegun(given, data)
  const { messageId, settledBy, at } = data
  const attempt = findAttempt(state.attempts, data)
  if (attempt === undefined) {
    // It had failed for certain, as we believed, and the part has not been sent since.
    if (findReply(state.replies, data.replyId)?.sentParts !== data.part) return []
  } else if (attempt.status === 'settled-by-text') {
    if (settledBy !== 'answer' || attempt.echo?.messageId === messageId) return []
  }
  const corrected = takenBack(state, data)
  return withConsequences(state, [...corrected, partSent(state, data, data, settledBy, at)], at)
}

/** The other attempt that equal text had given this message to. */
const takenBack = (state: StartedConversation, data: RecordSent['data']): readonly ConversationEvent[] => {
  const holder = state.attempts.open.find(
    (attempt) => attempt.echo?.messageId === data.messageId && !isSameAttempt(attempt, data),
  )
  if (holder === undefined) return []
  const { replyId, part, attempt } = holder
  // Where another attempt is certain, or later parts went on from there, what is sent stays sent.
  const isLast = findReply(state.replies, replyId)?.sentParts === part + 1
  const goesOn = callInFlight(state.attempts)?.replyId === replyId
  return holder.carries === true && isLast && !goesOn && settledBesides(state.attempts, holder) === undefined
    ? [{ type: 'ReplyUnconfirmed', data: { replyId, part, attempt, at: data.at } }]
    : [superseded({ replyId, part, attempt, at: data.at }, 'unknown')]
}

/**
 * For certain nothing was delivered: it is tried again by itself, also if another process had given the attempt up meanwhile,
 * until automatic settling has ended.
 */
export const recordAttemptFailed = (
  { data }: RecordAttemptFailed,
  given: ConversationState,
): readonly ConversationEvent[] => {
  const state = requireBegun(given, data)
  const status = findAttempt(state.attempts, data)?.status
  if (status !== 'in-flight' && status !== 'unknown' && status !== 'looked') return []
  const { replyId, part, attempt, reason, code, tookChannel, retryAt, at } = data
  if (isSuperseded(state, data)) return withConsequences(state, [superseded(data, 'nothing-delivered')], at)
  return withConsequences(
    state,
    [
      {
        type: 'ReplyAttemptFailed',
        data: {
          replyId,
          part,
          attempt,
          reason,
          ...(code === undefined ? {} : { code }),
          ...(tookChannel === true ? { tookChannel } : {}),
          retryAt,
          at,
        },
      },
    ],
    at,
  )
}

/** The call ended, or its process is gone, and nobody knows: never repeated by itself, settled by evidence. */
export const recordOutcomeUnknown = (
  { data }: RecordOutcomeUnknown,
  given: ConversationState,
): readonly ConversationEvent[] => {
  const state = requireBegun(given, data)
  if (findAttempt(state.attempts, data)?.status !== 'in-flight') return []
  const { replyId, part, attempt, code, at } = data
  if (isSuperseded(state, data)) return withConsequences(state, [superseded(data, 'unknown')], at)
  return withConsequences(
    state,
    [{ type: 'ReplyOutcomeUnknown', data: { replyId, part, attempt, ...(code === undefined ? {} : { code }), at } }],
    at,
  )
}

const isUnsettled = (attempt: Attempt | undefined): boolean =>
  attempt?.status === 'unknown' || attempt?.status === 'looked' || attempt?.status === 'unconfirmed'

/** One look at Meta's conversation. A message that is another part of ours already is no evidence. */
export const recordLook = ({ data }: RecordLook, given: ConversationState): readonly ConversationEvent[] => {
  const state = requireBegun(given, data)
  const known = findAttempt(state.attempts, data)
  if (!isUnsettled(known)) return []
  const { replyId, part, attempt, at } = data
  const found =
    data.found !== null && heldMessage(state.messages, data.found.messageId)?.[2] !== 'sent' ? data.found : null
  if (found === null && known?.status !== 'unknown') return []
  return withConsequences(
    state,
    [
      { type: 'ReplyLookedFor', data: { replyId, part, attempt, found: found !== null, at } },
      ...(found === null ? [] : [partSent(state, data, found, 'look', at)]),
    ],
    at,
  )
}

/** Automatic settling has ended: from here on only an agent sends it again. */
export const recordUnconfirmed = (
  { data }: RecordUnconfirmed,
  given: ConversationState,
): readonly ConversationEvent[] => {
  const state = requireBegun(given, data)
  const known = findAttempt(state.attempts, data)
  if (!isUnsettled(known) || known?.status === 'unconfirmed') return []
  const { replyId, part, attempt, at } = data
  return isSuperseded(state, data)
    ? [superseded(data, 'unknown')]
    : [{ type: 'ReplyUnconfirmed', data: { replyId, part, attempt, at } }]
}

/** Meta refused it for good, or it can never be attempted. */
export const rejectReply = ({ data }: RejectReply, given: ConversationState): readonly ConversationEvent[] => {
  const { replyId, part, attempt, reason, code, at } = data
  const state = requireBegun(given, { replyId, part, attempt: attempt ?? 0 })
  const key = { replyId, part, attempt: attempt ?? 0 }
  const call = callInFlight(state.attempts)
  if (call !== undefined && isSameAttempt(call, key) && isSuperseded(state, key)) {
    return withConsequences(state, [superseded({ ...data, ...key }, 'nothing-delivered')], at)
  }
  const reply = findReply(state.replies, replyId)
  if (reply === undefined || part !== reply.sentParts) return []
  const open = state.attempts.open.filter((each) => each.replyId === replyId && each.part === part)
  const meant = open.find((each) => each.attempt === attempt)
  if (attempt === undefined) {
    if (reply.status !== 'waiting') return []
    if (open.some(({ status }) => status !== 'unconfirmed' && status !== 'refused'))
      refuse('attempt-out-of-turn', { replyId })
  } else if (
    meant === undefined ||
    meant.status === 'refused' ||
    (meant.status === 'unconfirmed' && reply.status === 'waiting')
  ) {
    // Settled or refused before, or sent again in the meantime.
    return []
  }
  return withConsequences(
    state,
    [
      {
        type: 'ReplyRejected',
        data: {
          replyId,
          part,
          ...(attempt === undefined ? {} : { attempt }),
          reason,
          ...(code === undefined ? {} : { code }),
          at,
        },
      },
    ],
    at,
  )
}
