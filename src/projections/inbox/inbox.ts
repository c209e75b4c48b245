import type { ConversationEvent } from '../../domain/conversation/events.ts'
import { toldByControl, toldByMessage } from '../../domain/conversation/thread-control.ts'
import type { Key, Projection, Recorded } from '../projection.ts'
import { channelOf, conversationOf } from '../scope.ts'
import { assigneeKey, folderOf, type InboxDocument, waitingSince } from './document.ts'
import { echoed, edited, partSent, queued, readAgain, received, replyStatus, unsent } from './messages.ts'
import { hasReadAll, withReader } from './unread.ts'
import { callEnded, NOBODY_WAITS } from './waiting.ts'

/** What the inbox looks at: what happens between asking for a reply and its outcome changes no line. */
export type InboxEvent = Exclude<
  ConversationEvent,
  {
    readonly type: 'ReplyWindowExpired' | 'ReplyAttempted' | 'ReplyLookedFor'
  }
>

const TYPES: Readonly<Record<InboxEvent['type'], true>> = {
  ConversationStarted: true,
  MessageReceived: true,
  MessageWithheld: true,
  MessageReadAgain: true,
  MessageEdited: true,
  MessageUnsent: true,
  ReactionChanged: true,
  MessageSeen: true,
  ReferralReceived: true,
  ThreadControlChanged: true,
  MessageEchoed: true,
  EpisodeStarted: true,
  ConversionScheduled: true,
  ConversionRescheduled: true,
  ConversionCancelled: true,
  ConversationConverted: true,
  ConversationAssigned: true,
  ConversationReturned: true,
  ConversationEnded: true,
  ConversationReopened: true,
  NoteAdded: true,
  CustomerBlocked: true,
  CustomerUnblocked: true,
  ConversationRead: true,
  CustomerProfileLearned: true,
  ReplyQueued: true,
  ReplyPartSent: true,
  ReplyAttemptFailed: true,
  ReplyOutcomeUnknown: true,
  ReplyAttemptSuperseded: true,
  ReplyUnconfirmed: true,
  ReplyRejected: true,
  ReplyRequeued: true,
}

/** First contact; every stream begins with it. */
const started = (recorded: Recorded<InboxEvent>): InboxDocument => {
  const { event, scope } = recorded
  const data = event.type === 'ConversationStarted' ? event.data : undefined
  return {
    conversationId: conversationOf(recorded),
    channelId: channelOf(recorded),
    accountId: data?.accountId ?? '',
    customerId: data?.customerId ?? scope.customerId ?? '',
    profile: {},
    visible: false,
    ended: false,
    blocked: null,
    assignee: null,
    lines: [],
    awaited: [],
    lastActivityAt: event.data.at,
    waiting: NOBODY_WAITS,
    anchor: null,
    thread: null,
    episode: null,
    pending: null,
    latestTicket: null,
    seen: null,
    customerRevisions: [],
    readers: [],
    counts: { received: 0, withheld: 0, notes: 0, tickets: 0 },
  }
}

const changed = (document: InboxDocument, { event, revision }: Recorded<InboxEvent>): InboxDocument => {
  switch (event.type) {
    case 'ConversationStarted':
      return document
    case 'MessageReceived':
      return received(document, event, revision)
    case 'MessageWithheld':
      return {
        ...document,
        thread: toldByMessage(document.thread, event),
        counts: { ...document.counts, withheld: document.counts.withheld + 1 },
      }
    case 'MessageReadAgain':
      return readAgain(document, event)
    case 'MessageEdited':
      return edited(document, event)
    case 'MessageUnsent':
      return unsent(document, event)
    case 'ReactionChanged':
    case 'ReferralReceived':
      return document
    case 'MessageSeen': {
      const { messageId, at, metaAt } = event.data
      return event.data.hidden === true || (document.seen !== null && document.seen.metaAt > metaAt)
        ? document
        : { ...document, seen: { messageId, at, metaAt } }
    }
    case 'ThreadControlChanged':
      return { ...document, thread: toldByControl(document.thread, event.data) }
    case 'MessageEchoed':
      return echoed(document, event, revision)
    case 'EpisodeStarted':
      return { ...document, episode: event.data.episode }
    case 'ConversionScheduled':
    case 'ConversionRescheduled': {
      const { episode, dueAt } = event.data
      return { ...document, episode, pending: { episode, dueAt } }
    }
    case 'ConversionCancelled':
      return document.pending?.episode === event.data.episode ? { ...document, pending: null } : document
    case 'ConversationConverted': {
      const { episode, ticketId, at } = event.data
      return {
        ...document,
        episode: document.episode === episode ? null : document.episode,
        pending: document.pending?.episode === episode ? null : document.pending,
        latestTicket: { ticketId, episode, at },
        counts: { ...document.counts, tickets: document.counts.tickets + 1 },
      }
    }
    case 'ConversationAssigned': {
      const { agentId, association } = event.data
      return { ...document, assignee: { agentId, association } }
    }
    case 'ConversationReturned':
      return { ...document, assignee: null }
    case 'ConversationEnded':
      return { ...document, ended: true }
    case 'ConversationReopened':
      return { ...document, ended: false }
    case 'NoteAdded':
      return { ...document, counts: { ...document.counts, notes: document.counts.notes + 1 } }
    case 'CustomerBlocked': {
      const { by, at } = event.data
      const reason = event.personal?.reason
      return { ...document, blocked: { by, at, ...(reason === undefined ? {} : { reason }) } }
    }
    case 'CustomerUnblocked':
      return { ...document, blocked: null }
    case 'ConversationRead': {
      const readers = withReader(document.readers, event.data.agentId, event.data.upTo)
      return readers === document.readers ? document : { ...document, readers }
    }
    case 'CustomerProfileLearned':
      return { ...document, profile: { ...event.personal } }
    case 'ReplyQueued':
      return queued(document, event, revision)
    case 'ReplyPartSent':
      return partSent(document, event)
    case 'ReplyAttemptFailed':
    case 'ReplyOutcomeUnknown':
    case 'ReplyAttemptSuperseded':
      return withCallEnded(document)
    case 'ReplyUnconfirmed':
      return replyStatus(document, event.data.replyId, 'unconfirmed')
    case 'ReplyRejected':
      return replyStatus(
        event.data.attempt === undefined ? document : withCallEnded(document),
        event.data.replyId,
        'rejected',
      )
    case 'ReplyRequeued':
      return replyStatus(document, event.data.replyId, 'queued')
  }
}

const withCallEnded = (document: InboxDocument): InboxDocument => {
  const waiting = callEnded(document.waiting)
  return waiting === document.waiting ? document : { ...document, waiting }
}

/** The newest instant at which the customer opened the window: it never moves back. */
const withAnchor = (document: InboxDocument, event: InboxEvent): InboxDocument => {
  if (!('opens' in event.data) || !event.data.opens) return document
  const { at } = event.data
  return document.anchor !== null && document.anchor >= at ? document : { ...document, anchor: at }
}

const NOWHERE: readonly (readonly Key[])[] = []

/** Conversations as agents see them in lists. Key: the conversation. */
export const inbox: Projection<InboxEvent, InboxDocument> = {
  name: 'inbox',
  version: 8,
  types: Object.keys(TYPES),
  keys: (recorded) => [conversationOf(recorded)],
  evolve: (document, recorded) => withAnchor(changed(document ?? started(recorded), recorded), recorded.event),
  indexes: {
    /** channel, folder, last activity */
    folder: (document) =>
      document.visible ? [[document.channelId, folderOf(document), document.lastActivityAt]] : NOWHERE,
    /** channel, folder, assignee, last activity */
    assignee: (document) =>
      document.visible
        ? [[document.channelId, folderOf(document), assigneeKey(document.assignee), document.lastActivityAt]]
        : NOWHERE,
    /** channel, since when the customer waits: open conversations only */
    waiting: (document) => {
      const since = waitingSince(document)
      return since === undefined || !document.visible ? NOWHERE : [[document.channelId, since]]
    },
  },
  counters: (document) => {
    if (!document.visible) return NOWHERE
    const { channelId, customerRevisions, readers, assignee } = document
    const folder = folderOf(document)
    const counters: (readonly Key[])[] = [['assignee', channelId, assigneeKey(assignee), folder]]
    // Unread by an agent are all that the customer wrote in, without those that the agent has read to the end.
    if (customerRevisions.length > 0) {
      counters.push(['written', channelId, folder])
      for (const [agentId, upTo] of readers) {
        if (hasReadAll(document, upTo)) counters.push(['read', channelId, agentId, folder])
      }
    }
    return counters
  },
}
