import type { Instant } from '../instant.ts'
import { amend, amendmentOf, arrived, isNewerReaction, isUnsent, type ReactionOrder } from './amendments.ts'
import { attemptsOf, begun, echoed, findAttempt, NO_ATTEMPTS, refused, sent, stillOpen, withdrawn } from './attempts.ts'
import { becameTicket, businessJoined, changeLatest, NO_EPISODE } from './episode.ts'
import type {
  ConversationEvent,
  ConversationStarted,
  MessageEchoed,
  MessageReceived,
  MessageUnsent,
  MessageWithheld,
  ReactionChanged,
  ReplyAttempted,
  ReplyPartSent,
} from './events.ts'
import { businessWrote, customerWrote, movedTo, takenBack } from './fold-episodes.ts'
import { likenessOfPart } from './likeness.ts'
import { LIMITS, newest } from './limits.ts'
import { heldMessage, type HeldMessage, remember, type Standing } from './messages.ts'
import {
  attempted,
  attemptFailed,
  blocked,
  findReply,
  NO_REPLIES,
  partOf,
  partSent,
  queued,
  rejected,
  requeued,
  unconfirmed,
  writtenOf,
} from './replies.ts'
import { moveAnchor } from './reply-window.ts'
import type { ConversationState, StartedConversation } from './state.ts'
import { toldByControl, toldByMessage } from './thread-control.ts'

/** The state after an event. Never refuses, reads no setting and no personal content: what happened, happened. */
export const evolve = (state: ConversationState, event: ConversationEvent): ConversationState => {
  const revision = state.revision + 1
  if (event.type === 'ConversationStarted') return begin(state, event, revision)
  // Every stream begins with its start; one that does not is still folded, to nothing.
  if (state.status === 'none') return { ...state, revision }
  return { ...state, ...changes(state, event, revision), revision }
}

/** The state after a run of events. */
export const evolveAll = (state: ConversationState, events: readonly ConversationEvent[]): ConversationState =>
  events.reduce(evolve, state)

type Change = Partial<StartedConversation>
const NOTHING: Change = {}

const changes = (
  state: StartedConversation,
  event: Exclude<ConversationEvent, ConversationStarted>,
  revision: number,
): Change => {
  switch (event.type) {
    case 'MessageReceived':
      return received(state, event, revision)
    case 'MessageWithheld':
      return {
        ...remember(state, [event.data.messageId, revision, cameUnsent(state, event) ? 'unsent' : 'withheld', 0]),
        amendments: arrived(state.amendments, event.data.messageId),
        window: moveAnchor(state.window, event.data.opens, event.data.at),
        thread: toldByMessage(state.thread, event),
      }
    case 'MessageReadAgain':
      return NOTHING
    case 'MessageEdited':
      return amend(state, event.data.messageId, { edit: event.data.numEdit })
    case 'MessageUnsent':
      return unsent(state, event, revision)
    case 'ReactionChanged':
      return reacted(state, event)
    case 'MessageSeen':
      return { seen: { messageId: event.data.messageId, metaAt: event.data.metaAt } }
    case 'ReferralReceived':
      return {
        ...remember(state, [event.data.messageId, revision, 'notice', 0]),
        window: moveAnchor(state.window, event.data.opens, event.data.at),
      }
    case 'ThreadControlChanged':
      return {
        ...remember(state, [event.data.messageId, revision, 'notice', 0]),
        thread: toldByControl(state.thread, event.data),
      }
    case 'MessageEchoed':
      return echo(state, event, revision)
    case 'ReplyWindowExpired':
      return event.data.anchor === state.window.anchor
        ? { window: { ...state.window, written: [...state.window.written, event.data.kind] } }
        : NOTHING
    case 'EpisodeStarted':
      return NOTHING
    case 'ConversionScheduled': {
      const { episode, dueAt, policy } = event.data
      return { episodes: changeLatest(state.episodes, episode, (latest) => ({ ...latest, dueAt, policy })) }
    }
    case 'ConversionRescheduled': {
      const { episode, dueAt } = event.data
      return { episodes: changeLatest(state.episodes, episode, (latest) => ({ ...latest, dueAt })) }
    }
    case 'ConversionCancelled': {
      const { episode, reason } = event.data
      return {
        episodes: changeLatest(state.episodes, episode, (latest) => ({ ...latest, dueAt: null, cancelled: reason })),
      }
    }
    case 'ConversationConverted':
      return { episodes: becameTicket(state.episodes, event) }
    case 'ConversationAssigned': {
      const { agentId, association } = event.data
      return { assignee: { agentId, association } }
    }
    case 'ConversationReturned':
      return { assignee: null }
    case 'ConversationEnded':
      return { ended: true }
    case 'ConversationReopened':
      return { ended: false }
    case 'NoteAdded':
      return { noteIds: newest(state.noteIds, event.data.noteId, LIMITS.notes) }
    case 'CustomerBlocked':
      return { blocked: true, blockedAt: event.data.at, replies: blocked(state.replies, event.data.at) }
    case 'CustomerUnblocked':
      return { blocked: false, blockedAt: null }
    case 'ConversationRead': {
      const { agentId, upTo } = event.data
      const others = state.readers.filter((reader) => reader.agentId !== agentId)
      return { readers: newest(others, { agentId, upTo }, LIMITS.readers) }
    }
    case 'CustomerProfileLearned':
      return NOTHING
    case 'ReplyQueued':
      return {
        replies: queued(state.replies, event, revision),
        episodes: businessWrote(state.episodes, event.data, revision),
      }
    case 'ReplyAttempted':
      return attempt(state, event, revision)
    case 'ReplyPartSent':
      return replyPartSent(state, event, revision)
    case 'ReplyAttemptFailed':
      return {
        replies: attemptFailed(state.replies, event),
        // Without a connection nothing can have arrived; what Meta said is only what it said.
        attempts:
          event.data.reason === 'no-connection'
            ? withdrawn(state.attempts, event.data)
            : refused(state.attempts, event.data, event.data.at),
      }
    case 'ReplyOutcomeUnknown':
      return { attempts: stillOpen(state.attempts, event.data, 'unknown', event.data.at) }
    case 'ReplyLookedFor':
      return { attempts: stillOpen(state.attempts, event.data, 'looked') }
    case 'ReplyUnconfirmed':
      return {
        attempts: stillOpen(state.attempts, event.data, 'unconfirmed'),
        replies: unconfirmed(state.replies, event, attemptsOf(state.attempts, event.data)),
      }
    case 'ReplyAttemptSuperseded':
      return {
        attempts:
          event.data.outcome === 'unknown'
            ? stillOpen(state.attempts, event.data, 'unconfirmed')
            : refused(state.attempts, event.data, event.data.at, { superseded: true }),
      }
    case 'ReplyRejected': {
      const { replyId, part, attempt: number, at } = event.data
      return {
        replies: rejected(state.replies, event),
        ...(number === undefined ? {} : { attempts: refused(state.attempts, { replyId, part, attempt: number }, at) }),
      }
    }
    case 'ReplyRequeued':
      return { replies: requeued(state.replies, event) }
  }
}

const begin = (state: ConversationState, { data }: ConversationStarted, revision: number): ConversationState => {
  if (state.status === 'started') return { ...state, revision }
  const { conversationId, organizationId, channelId, accountId, customerId } = data
  return {
    ...state,
    status: 'started',
    revision,
    conversationId,
    organizationId,
    channelId,
    accountId,
    customerId,
    visible: false,
    ended: false,
    blocked: false,
    blockedAt: null,
    assignee: null,
    window: { anchor: null, written: [], reacted: [] },
    thread: null,
    seen: null,
    episodes: NO_EPISODE,
    replies: NO_REPLIES,
    attempts: NO_ATTEMPTS,
    readers: [],
    noteIds: [],
  }
}

/** Taken back before it came: as the event says, or the state when the event is older than that member. */
const cameUnsent = (state: StartedConversation, { data }: MessageReceived | MessageWithheld | MessageEchoed): boolean =>
  data.unsent === true || isUnsent(state, data.messageId)

const received = (state: StartedConversation, event: MessageReceived, revision: number): Change => {
  const { data } = event
  const { messageId, episode = 0, at, outline, joined } = data
  const standing: Standing = cameUnsent(state, event) ? 'unsent' : outline.hasText ? 'text' : 'message'
  const remembered = remember(state, [messageId, revision, standing, episode, at])
  return {
    ...remembered,
    ...(joined === undefined ? {} : { messages: movedTo(remembered.messages, joined, episode) }),
    amendments: arrived(state.amendments, messageId),
    visible: true,
    window: moveAnchor(state.window, data.opens, at),
    thread: toldByMessage(state.thread, event),
    episodes: customerWrote(state, data, revision, standing),
  }
}

const echo = (state: StartedConversation, event: MessageEchoed, revision: number): Change => {
  const { messageId, episode = 0, at } = event.data
  const standing: Standing = cameUnsent(state, event) ? 'unsent' : 'echo'
  return {
    ...remember(state, [messageId, revision, standing, episode, at]),
    amendments: arrived(state.amendments, messageId),
    visible: true,
    thread: toldByMessage(state.thread, event),
    episodes: businessWrote(state.episodes, event.data, revision),
    attempts: echoed(state.attempts, event, revision),
  }
}

const unsent = (state: StartedConversation, { data }: MessageUnsent, revision: number): Change => {
  const { messageId } = data
  const held = heldMessage(state.messages, messageId)
  if (data.past === true) {
    // The index holds the message, and now its unsend too: nothing waits.
    const droppedUpTo = Math.max(state.droppedUpTo, revision)
    return { droppedUpTo, episodes: takenBack(state, data.leaves, messageId) }
  }
  const amended = amend(state, messageId, { unsent: revision })
  if (held === undefined) return amended
  const [id, heldSince, was, episode, ...at] = held
  const wasShown = was === 'text' || was === 'message'
  return {
    ...amended,
    ...remember({ ...state, ...amended }, [id, heldSince, 'unsent', episode, ...at]),
    ...(wasShown ? { episodes: takenBack(state, episode, messageId, heldSince) } : {}),
  }
}

const reacted = (state: StartedConversation, { data }: ReactionChanged): Change => {
  const { messageId, by, metaAt, action, digest, opens, at } = data
  const isHidden = data.hidden === true
  const order: ReactionOrder = isHidden ? [metaAt, action, digest ?? '', true] : [metaAt, action, digest ?? '']
  const moved = moveAnchor(state.window, opens, at)
  const window = opens ? { ...moved, reacted: newest(moved.reacted, at, LIMITS.openingReactions) } : moved
  // One that shows nothing is known again when it is delivered again, unless a newer one is known.
  const isNewest = isNewerReaction(order, amendmentOf(state, messageId)[by])
  return { window, ...(isHidden && !isNewest ? {} : amend(state, messageId, { [by]: order })) }
}

const attempt = (state: StartedConversation, event: ReplyAttempted, revision: number): Change => {
  const replies = attempted(state.replies, event)
  const reply = findReply(replies, event.data.replyId)
  const part = reply && partOf(reply, event.data.part)
  const likeness = part === undefined ? null : likenessOfPart(part, reply?.media ?? [], event.data.textDigest)
  const written = reply === undefined ? null : writtenOf(reply)
  const attempts = begun(state.attempts, event, { revision, likeness, episode: reply?.episode ?? null, written })
  return { replies, attempts }
}

const replyPartSent = (state: StartedConversation, event: ReplyPartSent, revision: number): Change => {
  const { messageId, episode, replyId, part } = event.data
  const before = findAttempt(state.attempts, event.data)?.echo?.messageId
  const released = before === messageId ? NOTHING : standing(state, before, 'echo')
  const held = isUnsent(state, messageId) ? 'unsent' : 'sent'
  const isNews = findReply(state.replies, replyId)?.sentParts === part
  return {
    ...remember({ ...state, ...released }, [messageId, revision, held, episode ?? 0]),
    amendments: arrived(state.amendments, messageId),
    replies: partSent(state.replies, event, attemptsOf(state.attempts, { replyId, part: part + 1 })),
    attempts: sent(state.attempts, event, revision, isNews),
    episodes: businessJoined(state.episodes, episode, revision),
  }
}

const timeOf = ([, , , , ...at]: HeldMessage): readonly [] | readonly [Instant] => at

/** Changes what a remembered message stands for. */
const standing = (state: StartedConversation, id: string | undefined, standing: Standing): Change => {
  const held = id === undefined ? undefined : heldMessage(state.messages, id)
  return held === undefined || held[2] === 'unsent'
    ? NOTHING
    : remember(state, [held[0], held[1], standing, held[3], ...timeOf(held)])
}
