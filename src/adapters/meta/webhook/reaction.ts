import type { JsonObject } from '../../../application/ports/json.ts'
import { asId, asText } from './readers.ts'
import type { Addressed } from './thread.ts'
import { ignored, read, unreadable, type Verdict } from './verdict.ts'

/** `reaction`: name and emoji may be missing singly; an unreact has neither. */
export const readReaction = (member: JsonObject, { thread, by }: Addressed): Verdict => {
  const { action } = member
  const mid = asId(member['mid'], 'reaction.mid')
  if (mid === undefined) return unreadable('reaction.mid is missing')
  if (action !== 'react' && action !== 'unreact') return unreadable('reaction.action is neither react nor unreact')
  const reaction = asText(member['reaction'])
  const emoji = asText(member['emoji'])
  return read({
    ...thread,
    kind: 'reaction',
    mid,
    by,
    action,
    ...(reaction !== undefined && { reaction }),
    ...(emoji !== undefined && { emoji: unescaped(emoji) }),
  })
}

/** Meta's page prints emoji as `\u{2764}\u{FE0F}`, and bodies are seen that carry it literally. */
const unescaped = (emoji: string): string =>
  emoji.replace(/\\u\{([0-9a-f]{1,6})\}/gi, (literal, hex: string) => {
    const point = Number.parseInt(hex, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : literal
  })

/** `read`: the customer has seen this message of ours. A message id and not a time, unlike Messenger. */
export const readSeen = (member: JsonObject, { thread, by }: Addressed): Verdict => {
  if (by === 'business') return ignored('self')
  const mid = asId(member['mid'], 'read.mid')
  return mid === undefined ? unreadable('read.mid is missing') : read({ ...thread, kind: 'seen', mid })
}
