import type {
  MessageEchoed,
  MessageEdited,
  MessageReadAgain,
  MessageReceived,
  MessageUnsent,
  ReplyPartSent,
  ReplyQueued,
} from '../../domain/conversation/events.ts'
import type { ReplyId, Revision } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import { toldByMessage } from '../../domain/conversation/thread-control.ts'
import { preview } from '../search/preview.ts'
import type { AwaitedLine, InboxDocument } from './document.ts'
import { editedLine, type Line, lineOf, replaceLine, unsentLine, withLine } from './line.ts'
import { withCustomerRevision } from './unread.ts'
import { answered, callEnded, mayHaveAnswered, noAnswer, tookBack, wrote } from './waiting.ts'

/** Of more the oldest go: most of them are for messages that left the lines long ago. */
const MAX_AWAITED = 12

const withAwaited = (awaited: InboxDocument['awaited'], one: AwaitedLine): InboxDocument['awaited'] =>
  [...awaited.filter(({ id }) => id !== one.id), one].slice(-MAX_AWAITED)

const withoutAwaited = (awaited: InboxDocument['awaited'], id: string): InboxDocument['awaited'] =>
  awaited.some((one) => one.id === id) ? awaited.filter((one) => one.id !== id) : awaited

const amended = (line: Line, awaited: AwaitedLine | undefined): Line => {
  if (awaited === undefined) return line
  if (awaited.unsent === true) return unsentLine(line, awaited.id)
  return awaited.numEdit === undefined ? line : editedLine(line, awaited.numEdit, awaited.text)
}

/** What a line shows of a message. */
const shownOf = ({
  data: { outline },
  personal,
}: MessageReceived | MessageEchoed | MessageReadAgain): Pick<
  Line,
  'kind' | 'text' | 'attachments' | 'placeholder'
> => ({
  kind: outline.kind,
  ...(personal?.text === undefined || personal.text === '' ? {} : { text: preview(personal.text) }),
  ...(outline.attachments.length === 0 ? {} : { attachments: outline.attachments.length }),
  ...(outline.attachments.some(({ placeholder }) => placeholder === true) ? { placeholder: true } : {}),
})

const lineOfMessage = (event: MessageReceived | MessageEchoed, by: Line['by'], revision: Revision): Line => ({
  id: event.data.messageId,
  ...(event.data.mid === undefined ? {} : { mid: event.data.mid }),
  by,
  at: event.data.at,
  revision,
  ...shownOf(event),
})

/** The line of a message that has just come; one that was taken back before it came is none to read. */
const arrivedLine = (
  event: MessageReceived | MessageEchoed,
  by: Line['by'],
  revision: Revision,
  awaited: AwaitedLine | undefined,
): Line => {
  const line = lineOfMessage(event, by, revision)
  return event.data.unsent === true ? unsentLine(line, line.id) : amended(line, awaited)
}

/** What began the conversation without showing it, such as a reaction to a message that was still to come, is no activity. */
const activeAt = ({ visible, lastActivityAt }: InboxDocument, at: Instant): Instant =>
  visible ? Math.max(lastActivityAt, at) : at

/** The customer wrote. */
export const received = (document: InboxDocument, event: MessageReceived, revision: Revision): InboxDocument => {
  const { messageId, at } = event.data
  const awaited = document.awaited.find(({ id }) => id === messageId)
  // Of what is awaited only the newest are kept; earlier releases did not record it with the message.
  const isUnsent = awaited?.unsent === true || event.data.unsent === true
  return {
    ...document,
    visible: true,
    lines: withLine(document.lines, arrivedLine(event, 'customer', revision, awaited)),
    awaited: withoutAwaited(document.awaited, messageId),
    lastActivityAt: activeAt(document, at),
    waiting: isUnsent ? document.waiting : wrote(document.waiting, messageId, at),
    thread: toldByMessage(document.thread, event),
    customerRevisions: isUnsent
      ? document.customerRevisions
      : withCustomerRevision(document.customerRevisions, messageId, revision),
    counts: {
      ...document.counts,
      received: document.counts.received + 1,
      withheld: document.counts.withheld - (event.data.recovered === true ? 1 : 0),
    },
  }
}

/**
 * Whether an echo may be what we are sending: then it is told who wrote it when the call has ended, since an automation's is no answer.
 * Earlier releases did not record it: of those it may be an automation's.
 */
const mayBeOurs = ({ lines }: InboxDocument, { data }: MessageEchoed): boolean =>
  data.equalsAttempt ?? lines.some(({ automation, status }) => automation === true && status === 'queued')

/** The business account sent something: a reply from outside, or one of ours of which our call does not know yet. */
export const echoed = (document: InboxDocument, event: MessageEchoed, revision: Revision): InboxDocument => {
  const { messageId, at } = event.data
  const thread = toldByMessage(document.thread, event)
  if (document.lines.some(({ messageIds }) => messageIds?.includes(messageId))) return { ...document, thread }
  const awaited = document.awaited.find(({ id }) => id === messageId)
  const isUnsent = awaited?.unsent === true || event.data.unsent === true
  const wroteBack = mayBeOurs(document, event) ? mayHaveAnswered : answered
  return {
    ...document,
    waiting: isUnsent ? document.waiting : wroteBack(document.waiting, messageId, at),
    visible: true,
    lines: withLine(document.lines, arrivedLine(event, 'outside', revision, awaited)),
    // It may still turn out to be a part of a reply, whose line is older and shows the same text.
    awaited: awaited?.unsent === true ? document.awaited : withoutAwaited(document.awaited, messageId),
    lastActivityAt: activeAt(document, at),
    thread,
  }
}

/** More of it can be read: its line shows that, where it stands. */
export const readAgain = (document: InboxDocument, event: MessageReadAgain): InboxDocument => {
  const line = document.lines.find(({ id, by }) => id === event.data.messageId && by !== 'desk')
  if (line === undefined || line.unsent === true) return document
  const { text, attachments: _, placeholder: __, ...rest } = line
  const shown = { ...rest, ...shownOf(event) }
  if (line.edit === undefined) return { ...document, lines: replaceLine(document.lines, line, shown) }
  const { text: ___, ...unedited } = shown
  return {
    ...document,
    lines: replaceLine(document.lines, line, { ...unedited, ...(text === undefined ? {} : { text }) }),
  }
}

export const edited = (document: InboxDocument, { data, personal }: MessageEdited): InboxDocument => {
  const { messageId, numEdit } = data
  if (data.hidden === true) return document
  const line = lineOf(document.lines, messageId)
  if (line !== undefined) {
    const changed = editedLine(line, numEdit, personal?.text)
    return changed === line ? document : { ...document, lines: replaceLine(document.lines, line, changed) }
  }
  const awaited = document.awaited.find(({ id }) => id === messageId)
  if (awaited?.unsent === true || numEdit <= (awaited?.numEdit ?? 0)) return document
  const text = personal?.text === undefined ? {} : { text: preview(personal.text) }
  return { ...document, awaited: withAwaited(document.awaited, { id: messageId, numEdit, ...text }) }
}

/** Its text is gone from here, and nobody needs to read or answer it any more. */
export const unsent = (document: InboxDocument, { data: { messageId } }: MessageUnsent): InboxDocument => {
  const line = lineOf(document.lines, messageId)
  const waiting = tookBack(document.waiting, messageId)
  const customerRevisions = document.customerRevisions.filter(([id]) => id !== messageId)
  const awaited = withAwaited(document.awaited, { id: messageId, unsent: true })
  if (line === undefined) return { ...document, waiting, customerRevisions, awaited }
  return {
    ...document,
    waiting,
    customerRevisions,
    awaited: line.by === 'outside' ? awaited : document.awaited,
    lines: replaceLine(document.lines, line, unsentLine(line, messageId)),
  }
}

export const queued = (
  document: InboxDocument,
  { data, personal }: ReplyQueued,
  revision: Revision,
): InboxDocument => ({
  ...document,
  lastActivityAt: activeAt(document, data.at),
  lines: withLine(document.lines, {
    id: data.replyId,
    by: 'desk',
    kind: data.hasText ? 'text' : (data.media[0]?.kind ?? 'text'),
    at: data.at,
    revision,
    status: 'queued',
    ...(data.author.kind === 'automation' ? { automation: true } : {}),
    ...(personal?.text === undefined ? {} : { text: preview(personal.text) }),
    ...(data.media.length === 0 ? {} : { attachments: data.media.length }),
  }),
})

/** A message of ours has arrived: the customer is answered as of when it was written. Its echo, if that came first, is the same. */
export const partSent = (document: InboxDocument, { data }: ReplyPartSent): InboxDocument => {
  const { replyId, messageId, at, written } = data
  const reply = replyLine(document, replyId)
  const echo = document.lines.find(({ id, by }) => id === messageId && by === 'outside')
  const lines = echo === undefined ? document.lines : document.lines.filter((line) => line !== echo)
  // Earlier releases did not record who wrote it and when.
  const isAutomation = written === undefined ? reply?.automation === true : written.by === 'automation'
  const awaited = document.awaited.find(({ id }) => id === messageId)
  const isUnsent = awaited?.unsent === true || echo?.unsent === true || data.unsent === true
  const waiting = callEnded(document.waiting)
  const answer = {
    waiting:
      isAutomation || isUnsent
        ? noAnswer(waiting, messageId)
        : answered(waiting, messageId, written?.at ?? reply?.at ?? echo?.at ?? at),
  }
  if (reply === undefined) return { ...document, ...answer, lines: echo === undefined ? lines : document.lines }
  const joined: Line = {
    ...reply,
    status: 'sent',
    messageIds: [...(reply.messageIds ?? []).filter((id) => id !== messageId), messageId],
  }
  const edit = echo?.edit === undefined ? joined : editedLine(joined, echo.edit, echo.text)
  const line = isUnsent ? unsentLine(joined, messageId) : amended(edit, awaited)
  return {
    ...document,
    ...answer,
    lines: replaceLine(lines, reply, line),
    awaited: withoutAwaited(document.awaited, messageId),
  }
}

export const replyLine = ({ lines }: InboxDocument, replyId: ReplyId): Line | undefined =>
  lines.find(({ id, by }) => id === replyId && by === 'desk')

export const replyStatus = (
  document: InboxDocument,
  replyId: ReplyId,
  status: Line['status'] & string,
): InboxDocument => {
  const line = replyLine(document, replyId)
  return line === undefined || line.status === status
    ? document
    : { ...document, lines: replaceLine(document.lines, line, { ...line, status }) }
}
