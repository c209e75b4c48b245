import type { Instant } from '../instant.ts'
import { isOnItsWay } from './attempts.ts'
import type { ChannelFacts, ChannelThen } from './channel-facts.ts'
import type { ConversationCommand } from './commands.ts'
import type { RejectionReason, ReplyRejected } from './events.ts'
import type { ReplyState } from './replies.ts'
import { HUMAN_AGENT_WINDOW, STANDARD_WINDOW } from './reply-window.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { reasonsAgainst, whyNotSend } from './why-not-reply.ts'

/** What the end of a reply that only waits is decided on. */
type Given = Pick<ConversationCommand['data'], 'channel' | 'channelThen' | 'at'>

const waitsSince = ({ queuedAt, requeuedAt }: ReplyState): Instant => requeuedAt ?? queuedAt

/** Replies of which nothing is on its way. */
const onlyWaiting = ({ replies, attempts }: StartedConversation): readonly ReplyState[] =>
  replies.waiting.filter(({ id }) => !isOnItsWay(attempts, id))

/**
 * Replies that only wait, and were to be sent already when their channel was disabled or deleted (S14) or their customer blocked (S13),
 * also if that has been undone since. They never leave: the next decision on the conversation rejects them.
 */
export const stoppedReplies = (state: ConversationState, channel: ChannelFacts): readonly ReplyState[] =>
  state.status === 'none' || state.replies.waiting.length === 0
    ? []
    : onlyWaiting(state).filter((reply) => reply.blockedAt !== undefined || wasStopped(reply, channel))

/** Earlier releases did not record how often the channel had been disabled: of those the instants tell. */
const wasStopped = (reply: ReplyState, { stops, enabledSince }: ChannelFacts): boolean =>
  stops > 0 &&
  (reply.stops === undefined ? enabledSince === null || waitsSince(reply) < enabledSince : reply.stops < stops)

/** Rejects the stopped replies, each as of the instant at which its channel was disabled or deleted, or its customer blocked. */
export const rejectStopped = (state: StartedConversation, given: Given): readonly ReplyRejected[] =>
  stoppedReplies(state, given.channel).map((reply) => {
    const { blockedAt = Infinity } = reply
    const stoppedAt = wasStopped(reply, given.channel) ? stopOf(reply, given) : Infinity
    return blockedAt < stoppedAt
      ? rejectedAsOfBlock(state, reply, given, blockedAt)
      : rejectedAsOf(state, reply, given, stoppedAt)
  })

/** Rejects every reply that only waits, on a conversation that is blocked at this instant. */
export const rejectWaiting = (state: StartedConversation, given: Given): readonly ReplyRejected[] =>
  onlyWaiting(state).map((reply) => rejectedAsOfBlock(state, reply, given, given.at))

const rejectedAsOfBlock = (state: StartedConversation, reply: ReplyState, given: Given, blockedAt: Instant) =>
  rejectedAsOf({ ...state, blocked: true, blockedAt }, reply, given, blockedAt)

const rejectedAsOf = (state: StartedConversation, reply: ReplyState, given: Given, at: Instant): ReplyRejected => ({
  type: 'ReplyRejected',
  data: {
    replyId: reply.id,
    part: reply.sentParts,
    reason: firstReason(state, reply, given, at) ?? 'channel-disabled',
    at,
  },
})

/** The channel from its beginning, as far as it is known. */
const channelThen = ({ channel, channelThen }: Given): readonly ChannelThen[] => {
  if (channelThen !== undefined) return channelThen
  const { stops, stoppedAt, enabledSince, deletion } = channel
  if (stoppedAt === null) return [{ from: -Infinity, channel }]
  const enabled: ChannelFacts = { ...channel, status: 'enabled', stops: stops - 1, deletion: null }
  const stopped: ChannelFacts = deletion === null ? { ...channel, status: 'disabled' } : channel
  return [
    { from: -Infinity, channel: enabled },
    { from: stoppedAt, channel: stopped },
    ...(enabledSince === null ? [] : [{ from: enabledSince, channel }]),
  ]
}

/** When its channel was first disabled or deleted while the reply waited. */
const stopOf = (reply: ReplyState, given: Given): Instant => {
  const since = waitsSince(reply)
  const then = channelThen(given)
  const stop = then.find(({ channel }, index) => {
    if (channel.status === 'enabled') return false
    return reply.stops === undefined ? since < (then[index + 1]?.from ?? Infinity) : reply.stops < channel.stops
  })
  return Math.max(since, stop?.from ?? given.channel.stoppedAt ?? given.at)
}

/**
 * Of all reasons that hold at an instant the one that has held for longest, since the reply began to wait: which of them is recorded
 * does not depend on when somebody noticed. Undefined: none holds.
 */
export const firstReason = (
  state: StartedConversation,
  reply: ReplyState,
  given: Given,
  at: Instant,
): RejectionReason | undefined => {
  const since = waitsSince(reply)
  const then = channelThen(given)
  const reasonsAt = (instant: Instant) => {
    const { channel } = then.findLast(({ from }) => from <= instant) ?? given
    const blocked = state.blocked && (state.blockedAt ?? -Infinity) <= instant
    return reasonsAgainst({ ...state, blocked }, channel, reply.author, instant).map(({ code }) => code)
  }
  const all = reasonsAt(at)
  // It is not known since when somebody else has held the conversation.
  const dated = all.filter((code) => code !== 'not-the-assignee')
  let first = dated.length > 0 ? dated : all
  for (const instant of changesOf(state, then, since).filter((change) => since <= change && change < at)) {
    const held = reasonsAt(instant)
    const stillFirst = held.filter((code) => first.some((later) => kindOf(later) === kindOf(code)))
    if (stillFirst.length === 0) break
    first = stillFirst
  }
  return first[0]
}

/** The window closes in two steps, for automations before it does for people: who was kept out by the first stays so. */
const kindOf = (reason: RejectionReason): string =>
  reason === 'human-agent-only' || reason === 'human-agent-refused' ? 'window-expired' : reason

/** The instants at which a reason may have begun to hold, newest first. */
const changesOf = (
  { window, blockedAt }: StartedConversation,
  then: readonly ChannelThen[],
  since: Instant,
): readonly Instant[] => {
  const ends = window.anchor === null ? [] : [window.anchor + STANDARD_WINDOW, window.anchor + HUMAN_AGENT_WINDOW]
  const instants = [since, ...ends, ...(blockedAt === null ? [] : [blockedAt]), ...then.map(({ from }) => from)]
  return [...new Set(instants)].toSorted((one, other) => other - one)
}

/** Whether a decision on this command asks how the channel stood before: then `channelThen` should say so. */
export const asksHowChannelStood = (state: ConversationState, { type, data }: ConversationCommand): boolean =>
  state.status === 'started' &&
  (stoppedReplies(state, data.channel).length > 0 ||
    (state.replies.waiting.length > 0 &&
      (type === 'BlockCustomer' ||
        (type === 'BeginAttempt' &&
          state.replies.waiting.some(({ author }) => whyNotSend(state, data.channel, author, data.at) !== undefined)))))
