import type { MessageKind } from '../../domain/conversation/content.ts'
import type { MediaKind } from '../../domain/conversation/events.ts'
import type { MessageId, Mid, Revision } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import { preview } from '../search/preview.ts'

/** One of the newest messages, as the inbox shows it. A screen puts words to `kind` where there is no text. */
export interface Line {
  /** Of the message; for `desk` of the reply. */
  readonly id: MessageId
  /** Meta's id, which orders messages of one instant. */
  readonly mid?: Mid
  readonly by: 'customer' | 'desk' | 'outside'
  readonly kind: MessageKind | MediaKind
  readonly at: Instant
  readonly revision: Revision
  /** Its beginning; absent also when it was taken back or forgotten. */
  readonly text?: string
  readonly attachments?: number
  /** S17: not received; a placeholder stands in its place. */
  readonly placeholder?: true
  /** The number of its newest edit. */
  readonly edit?: number
  readonly unsent?: true
  /** What became of a reply of this desk. */
  readonly status?: 'queued' | 'sent' | 'rejected' | 'unconfirmed'
  readonly automation?: true
  /** The messages that a reply became. */
  readonly messageIds?: readonly MessageId[]
}

/** Former lines are kept so that there is one to fall back to when the last is taken back. */
export const MAX_LINES = 5

/** As in the transcript: of one instant messages first, by Meta's id, then replies, as they were recorded. */
const isBefore = (one: Line, other: Line): boolean => {
  if (one.at !== other.at) return one.at < other.at
  if (one.by === 'desk' || other.by === 'desk') {
    return one.by === other.by ? one.revision < other.revision : other.by === 'desk'
  }
  return (one.mid ?? one.id) < (other.mid ?? other.id)
}

/** The newest lines with one more, oldest first. */
export const withLine = (lines: readonly Line[], line: Line): readonly Line[] => {
  const last = lines.at(-1)
  const all =
    last === undefined || isBefore(last, line)
      ? [...lines, line]
      : [...lines, line].toSorted((one, other) => (isBefore(one, other) ? -1 : 1))
  return all.length <= MAX_LINES ? all : all.slice(-MAX_LINES)
}

const stands = (line: Line, messageId: MessageId): boolean =>
  line.id === messageId || line.messageIds?.includes(messageId) === true

/** The line of a message, also if it is part of a reply. */
export const lineOf = (lines: readonly Line[], messageId: MessageId): Line | undefined =>
  lines.find((line) => stands(line, messageId))

export const replaceLine = (lines: readonly Line[], line: Line, by: Line): readonly Line[] =>
  lines.map((one) => (one === line ? by : one))

/** The line as it is after its message was edited. */
export const editedLine = (line: Line, numEdit: number, text: string | undefined): Line => {
  if (line.unsent === true || numEdit <= (line.edit ?? 0)) return line
  const { text: _, ...rest } = line
  return { ...rest, edit: numEdit, ...(text === undefined ? {} : { text: preview(text) }) }
}

/** The line without what was taken back. A reply of several messages stays, without its text, as long as one of them does. */
export const unsentLine = (line: Line, messageId: MessageId): Line => {
  const { text: _, attachments: _count, messageIds, edit, ...rest } = line
  const others = messageIds?.filter((id) => id !== messageId) ?? []
  if (others.length === 0) return { ...rest, unsent: true }
  return { ...rest, ...(edit === undefined ? {} : { edit }), messageIds: others }
}

/** What the inbox shows as the last line: the newest that was not taken back, else that one was. */
export const lastLine = ({ lines }: { readonly lines: readonly Line[] }): Line | undefined =>
  lines.findLast(({ unsent }) => unsent !== true) ?? lines.at(-1)
