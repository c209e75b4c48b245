import { isNewerReaction, type ReactionOrder } from '../../domain/conversation/amendments.ts'
import type { MessageEdited, MessageSeen, MessageUnsent, ReactionChanged } from '../../domain/conversation/events.ts'
import type { Marks, ReactionMark } from './document.ts'

export type Amending = MessageEdited | MessageUnsent | ReactionChanged | MessageSeen

const orderOf = ({ metaAt, action, digest }: ReactionMark): ReactionOrder => [metaAt, action, digest]

const edited = (marks: Marks, { data, personal }: MessageEdited): Marks =>
  data.numEdit <= (marks.edit?.numEdit ?? 0)
    ? marks
    : {
        ...marks,
        edit: {
          numEdit: data.numEdit,
          at: data.at,
          ...(personal?.text === undefined ? {} : { text: personal.text }),
        },
      }

const reacted = (marks: Marks, { data, personal }: ReactionChanged): Marks => {
  const { by, metaAt, action, digest = '', hidden } = data
  const mark: ReactionMark = { metaAt, action, digest, ...(action === 'react' ? personal : undefined) }
  const before = marks[by]
  return hidden === true || !isNewerReaction(orderOf(mark), before && orderOf(before))
    ? marks
    : { ...marks, [by]: mark }
}

/** What is remembered of a message after something was said about it. What is unsent stays so, whatever comes. */
export const marked = (marks: Marks, event: Amending): Marks => {
  if (marks.unsent !== undefined) return marks
  switch (event.type) {
    case 'MessageEdited':
      return edited(marks, event)
    case 'MessageUnsent':
      return {
        unsent: { at: event.data.at, by: event.data.by },
        ...(marks.seenAt === undefined ? {} : { seenAt: marks.seenAt }),
      }
    case 'ReactionChanged':
      return reacted(marks, event)
    case 'MessageSeen':
      return marks.seenAt !== undefined && marks.seenAt <= event.data.at ? marks : { ...marks, seenAt: event.data.at }
  }
}
