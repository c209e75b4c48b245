import type { ConversationEvent } from '../../domain/conversation/events.ts'
import type { Episode } from '../../domain/ids.ts'
import type { Key, Projection, Recorded } from '../projection.ts'
import { channelOf, conversationOf } from '../scope.ts'
import { tokensOf } from '../search/tokens.ts'
import { textOf, textOfPart } from './assemble.ts'
import {
  conversionKey,
  entryKey,
  messageKey,
  replyKey,
  type ReplyItem,
  type SystemEvent,
  type SystemItem,
  type TranscriptDocument,
} from './document.ts'
import { amended, arrived, asMessage, becamePart, readAgain } from './message.ts'
import { queuedReply, repliedWith } from './reply.ts'

/** What a transcript looks at. */
export type TranscriptEvent = Exclude<
  ConversationEvent,
  {
    readonly type:
      | 'ConversationStarted'
      | 'MessageWithheld'
      | 'EpisodeStarted'
      | 'ConversionRescheduled'
      | 'ConversationRead'
      | 'CustomerProfileLearned'
      | 'ReplyLookedFor'
  }
>

const TYPES: Readonly<Record<TranscriptEvent['type'], true>> = {
  MessageReceived: true,
  MessageReadAgain: true,
  MessageEdited: true,
  MessageUnsent: true,
  ReactionChanged: true,
  MessageSeen: true,
  ReferralReceived: true,
  ThreadControlChanged: true,
  MessageEchoed: true,
  ReplyWindowExpired: true,
  ConversionScheduled: true,
  ConversionCancelled: true,
  ConversationConverted: true,
  ConversationAssigned: true,
  ConversationReturned: true,
  ConversationEnded: true,
  ConversationReopened: true,
  NoteAdded: true,
  CustomerBlocked: true,
  CustomerUnblocked: true,
  ReplyQueued: true,
  ReplyAttempted: true,
  ReplyPartSent: true,
  ReplyAttemptFailed: true,
  ReplyAttemptSuperseded: true,
  ReplyOutcomeUnknown: true,
  ReplyUnconfirmed: true,
  ReplyRejected: true,
  ReplyRequeued: true,
}

const keys = (recorded: Recorded<TranscriptEvent>): readonly string[] => {
  const { event } = recorded
  const conversationId = conversationOf(recorded)
  switch (event.type) {
    case 'MessageReceived':
      return [event.data.messageId, ...(event.data.joined ?? [])].map((id) => messageKey(conversationId, id))
    case 'ConversationConverted':
      return [conversionKey(conversationId, event.data.episode)]
    case 'MessageEdited':
    case 'MessageSeen':
      return event.data.hidden === true ? [] : [messageKey(conversationId, event.data.messageId)]
    case 'MessageEchoed':
    case 'MessageReadAgain':
    case 'MessageUnsent':
    case 'ReactionChanged':
      return [messageKey(conversationId, event.data.messageId)]
    case 'ReplyPartSent':
      // The message first: it takes its content out of the reply.
      return [messageKey(conversationId, event.data.messageId), replyKey(conversationId, event.data.replyId)]
    case 'ReplyQueued':
    case 'ReplyAttempted':
    case 'ReplyAttemptFailed':
    case 'ReplyAttemptSuperseded':
    case 'ReplyOutcomeUnknown':
    case 'ReplyUnconfirmed':
    case 'ReplyRejected':
    case 'ReplyRequeued':
      return [replyKey(conversationId, event.data.replyId)]
    case 'ReferralReceived':
      return event.data.hidden === true ? [] : [entryKey(conversationId, recorded.revision)]
    default:
      return [entryKey(conversationId, recorded.revision)]
  }
}

const evolve = (
  document: TranscriptDocument | undefined,
  recorded: Recorded<TranscriptEvent>,
  key: string,
  peek?: (key: string) => TranscriptDocument | undefined,
): TranscriptDocument | undefined => {
  const { event } = recorded
  switch (event.type) {
    case 'MessageReceived':
      return key === messageKey(conversationOf(recorded), event.data.messageId)
        ? arrived(asMessage(document), event, recorded)
        : document && inEpisode(document, event.data.episode)
    case 'MessageEchoed':
      return arrived(asMessage(document), event, recorded)
    case 'MessageReadAgain':
      return readAgain(asMessage(document), event)
    case 'MessageEdited':
    case 'MessageUnsent':
    case 'ReactionChanged':
    case 'MessageSeen':
      return amended(asMessage(document), event, recorded)
    case 'ReplyPartSent': {
      const ofReply = replyKey(conversationOf(recorded), event.data.replyId)
      return key === ofReply
        ? document && repliedWith(document as ReplyItem, event, peek !== undefined)
        : becamePart(asMessage(document), event, recorded, peek?.(ofReply) as ReplyItem | undefined)
    }
    case 'ReplyQueued':
      return document ?? queuedReply(event, recorded)
    case 'ReplyAttempted':
    case 'ReplyAttemptFailed':
    case 'ReplyAttemptSuperseded':
    case 'ReplyOutcomeUnknown':
    case 'ReplyUnconfirmed':
    case 'ReplyRejected':
    case 'ReplyRequeued':
      return document?.kind === 'reply' ? repliedWith(document, event, true) : document
    case 'NoteAdded': {
      const { noteId, by, at } = event.data
      const text = event.personal?.text
      return { kind: 'note', ...placeOf(recorded, at), noteId, by, ...(text === undefined ? {} : { text }) }
    }
    default:
      return systemItem(event, recorded)
  }
}

/** What the business wrote belongs to the episode of a message that came later. */
const inEpisode = (document: TranscriptDocument, episode: Episode | undefined): TranscriptDocument => {
  if (episode === undefined) return document
  if (document.kind === 'message') return { ...document, episode }
  if (document.kind === 'part' && document.echo !== undefined)
    return { ...document, echo: { ...document.echo, episode } }
  return document
}

const placeOf = (
  recorded: Recorded<unknown>,
  at: number,
): Pick<SystemItem, 'conversationId' | 'channelId' | 'at' | 'revision'> => ({
  conversationId: conversationOf(recorded),
  channelId: channelOf(recorded),
  at,
  revision: recorded.revision,
})

const systemItem = (event: SystemEvent, recorded: Recorded<unknown>): SystemItem => {
  const { type, data } = event
  const reason = event.type === 'CustomerBlocked' ? event.personal?.reason : undefined
  return {
    kind: 'system',
    ...placeOf(recorded, data.at),
    event: { type, data } as SystemItem['event'],
    ...(reason === undefined ? {} : { reason }),
  }
}

/** Of one instant: messages first, by Meta's id, then everything else, as it was recorded. */
const tieOf = (revision: number): string => `~${String(revision).padStart(16, '0')}`

const NOWHERE: readonly (readonly Key[])[] = []

const placesOf = (document: TranscriptDocument): readonly (readonly Key[])[] => {
  switch (document.kind) {
    case 'message':
      return [[document.conversationId, document.at, document.mid ?? document.messageId]]
    case 'part':
      // Joined by equal text only, it may turn out to be a message of its own: the reader looks at the reply.
      return document.echo === undefined ? NOWHERE : [[document.conversationId, document.echo.at, document.mid]]
    case 'awaited':
      return NOWHERE
    case 'reply':
    case 'note':
    case 'system':
      return [[document.conversationId, document.at, tieOf(document.revision)]]
  }
}

/** What of it can be searched for. */
export const searchableText = (document: TranscriptDocument): string | undefined => {
  switch (document.kind) {
    case 'message':
      return textOf(document)
    case 'part':
      return textOfPart(document)
    case 'note':
      return document.text
    case 'reply': {
      // On its way it changes a few times within a second; what was sent is found by its parts.
      const { status } = document.progress
      if (status === 'queued' || status === 'attempted' || status === 'sent') return undefined
      const left = document.cut?.flatMap((part) => (part?.kind === 'text' ? [part.text ?? ''] : []))
      return document.text ?? left?.join('')
    }
    case 'awaited':
    case 'system':
      return undefined
  }
}

const tokensIn = (document: TranscriptDocument): readonly (readonly Key[])[] => {
  const text = searchableText(document)
  if (text === undefined || text === '' || document.kind === 'awaited') return NOWHERE
  const { channelId, at } = document
  return tokensOf(text).map((token) => [channelId, token, at])
}

/** Everything that was said and done in conversations, one document per item. Keys: `messageKey`, `replyKey`, `entryKey`. */
export const transcript: Projection<TranscriptEvent, TranscriptDocument> = {
  name: 'transcript',
  version: 3,
  types: Object.keys(TYPES),
  keys,
  evolve,
  indexes: {
    /** conversation, message time, tie */
    conversation: placesOf,
    /** conversation, episode, revision: the messages of a ticket are those of its episode between its revisions */
    episode: (document) =>
      (document.kind === 'message' || document.kind === 'reply') && document.episode !== undefined
        ? [[document.conversationId, document.episode, document.revision]]
        : NOWHERE,
    /** channel, token, message time */
    search: tokensIn,
  },
}
