import type { PersonalContent } from '../../domain/conversation/content.ts'
import type {
  MessageEchoed,
  MessageReadAgain,
  MessageReceived,
  ReplyPartSent,
} from '../../domain/conversation/events.ts'
import type { Recorded } from '../projection.ts'
import { channelOf, conversationOf } from '../scope.ts'
import type {
  AwaitedItem,
  Marks,
  MessageItem,
  PartContent,
  PartItem,
  ReplyItem,
  TranscriptDocument,
} from './document.ts'
import { type Amending, marked } from './marks.ts'

export type MessageDocument = MessageItem | PartItem | AwaitedItem
const NONE: Marks = {}

const isMessage = (document: TranscriptDocument | undefined): document is MessageDocument =>
  document?.kind === 'message' || document?.kind === 'part' || document?.kind === 'awaited'

/** The document of a message; whatever else stood under that key is not one. */
export const asMessage = (document: TranscriptDocument | undefined): MessageDocument | undefined =>
  isMessage(document) ? document : undefined

/** What may be kept of a message: nothing of one that was taken back, and no text that was edited since. */
const keptContent = (content: PersonalContent | undefined, marks: Marks): Pick<MessageItem, 'content'> => {
  if (content === undefined || marks.unsent !== undefined) return {}
  if (marks.edit === undefined) return { content }
  const { text: _, ...rest } = content
  return { content: rest }
}

const keptPart = (content: PartContent | undefined, marks: Marks): Pick<PartItem, 'content'> => {
  if (content === undefined || marks.unsent !== undefined) return {}
  return marks.edit !== undefined && content.kind === 'text' ? { content: { kind: 'text' } } : { content }
}

/** What was said about a message before it came; also that it was taken back in another place, at the latest when it came. */
const marksBefore = (origin: MessageItem['origin'], marks: Marks, { data }: MessageReceived | MessageEchoed): Marks =>
  data.unsent === true && marks.unsent === undefined
    ? { ...marks, unsent: { at: data.receivedAt, by: origin === 'customer' ? 'customer' : 'business' } }
    : marks

const arrivedAs = (
  origin: MessageItem['origin'],
  before: Marks,
  event: MessageReceived | MessageEchoed,
  recorded: Recorded<unknown>,
): MessageItem => {
  const { data, personal } = event
  const marks = marksBefore(origin, before, event)
  return {
    kind: 'message',
    conversationId: conversationOf(recorded),
    channelId: channelOf(recorded),
    origin,
    messageId: data.messageId,
    ...(data.mid === undefined ? {} : { mid: data.mid }),
    at: data.at,
    revision: recorded.revision,
    outline: data.outline,
    ...(data.standby === undefined ? {} : { standby: data.standby }),
    ...(data.episode === undefined ? {} : { episode: data.episode }),
    ...('recovered' in data && data.recovered === true ? { recovered: true } : {}),
    ...keptContent(personal, marks),
    marks,
  }
}

/** The message itself has come. One that is known stays as it is: it is a part of ours, or was delivered again. */
export const arrived = (
  document: MessageDocument | undefined,
  event: MessageReceived | MessageEchoed,
  recorded: Recorded<unknown>,
): MessageDocument =>
  document !== undefined && document.kind !== 'awaited'
    ? document
    : arrivedAs(event.type === 'MessageReceived' ? 'customer' : 'outside', document?.marks ?? NONE, event, recorded)

/** More of the message can be read than when it came. It stays in its place. */
export const readAgain = (
  document: MessageDocument | undefined,
  event: MessageReadAgain,
): MessageDocument | undefined => {
  if (document?.kind === 'part' && document.echo !== undefined)
    return { ...document, echo: readAgain(document.echo, event) as MessageItem }
  if (document?.kind !== 'message' || document.marks.unsent !== undefined) return document
  const { content: _, ...rest } = document
  return {
    ...rest,
    outline: event.data.outline,
    ...(event.data.recovered === true ? { recovered: true } : {}),
    ...keptContent(event.personal, document.marks),
  }
}

/** Something was said about the message. */
export const amended = (
  document: MessageDocument | undefined,
  event: Amending,
  recorded: Recorded<unknown>,
): MessageDocument | undefined => {
  const marks = marked(document?.marks ?? NONE, event)
  if (document === undefined) {
    return marks === NONE
      ? undefined
      : {
          kind: 'awaited',
          conversationId: conversationOf(recorded),
          channelId: channelOf(recorded),
          messageId: event.data.messageId,
          marks,
        }
  }
  return marks === document.marks ? document : withMarks(document, marks)
}

const withMarks = (document: MessageDocument, marks: Marks): MessageDocument => {
  switch (document.kind) {
    case 'awaited':
      return { ...document, marks }
    case 'message': {
      const { content, ...rest } = document
      return { ...rest, ...keptContent(content, marks), marks }
    }
    case 'part': {
      const { content, echo, ...rest } = document
      const kept = echo === undefined ? {} : { echo: withMarks(echo, marks) as MessageItem }
      return { ...rest, ...keptPart(content, marks), ...kept, marks }
    }
  }
}

/** A part of a reply became this message. Its content moves here from the reply, so that taking the message back finds it. */
export const becamePart = (
  document: MessageDocument | undefined,
  { data }: ReplyPartSent,
  recorded: Recorded<unknown>,
  reply: ReplyItem | undefined,
): PartItem => {
  const marks = document?.marks ?? NONE
  const echo = document?.kind === 'message' ? document : document?.kind === 'part' ? document.echo : undefined
  const content = reply?.cut?.[data.part] ?? contentOfEcho(echo, marks) ?? contentOfPart(document)
  return {
    kind: 'part',
    conversationId: conversationOf(recorded),
    channelId: channelOf(recorded),
    messageId: data.messageId,
    mid: data.mid,
    replyId: data.replyId,
    part: data.part,
    settledBy: data.settledBy,
    at: data.at,
    revision: recorded.revision,
    ...keptPart(content, marks),
    ...(echo === undefined || data.settledBy !== 'text' ? {} : { echo }),
    marks,
  }
}

const contentOfPart = (document: MessageDocument | undefined): PartContent | undefined =>
  document?.kind === 'part' ? document.content : undefined

const contentOfEcho = (echo: MessageItem | undefined, marks: Marks): PartContent | undefined => {
  if (echo === undefined || !echo.outline.hasText) return undefined
  const text = marks.edit === undefined ? echo.content?.text : undefined
  return { kind: 'text', ...(text === undefined ? {} : { text }) }
}
