/** Longest preview, in code points. */
export const PREVIEW_LENGTH = 160

const SPACE = /\s+/gu
/** What belongs to the character before it: marks, joiners, variation selectors, skin tones, tags. */
const EXTENDS = /^[\p{M}\u200c\u200d\p{Emoji_Modifier}\u{e0020}-\u{e007f}]$/u
const JOINER = '\u200d'
const FLAG_HALF = /^\p{Regional_Indicator}$/u

/**
 * The beginning of a text on one line: at most {@link PREVIEW_LENGTH} code points, cut between characters as people see them.
 * A character that is longer than that by itself is cut between code points.
 */
export const preview = (text: string): string => {
  // Of a long text only what can be shown is looked at.
  const line = text
    .slice(0, PREVIEW_LENGTH * 8)
    .replace(SPACE, ' ')
    .trim()
  if (line.length <= PREVIEW_LENGTH) return line.toWellFormed()
  const points = Array.from(line)
  if (points.length <= PREVIEW_LENGTH) return line.toWellFormed()
  let end = PREVIEW_LENGTH
  while (end > 0 && !isBoundary(points, end)) end -= 1
  return points
    .slice(0, end === 0 ? PREVIEW_LENGTH : end)
    .join('')
    .trimEnd()
    .toWellFormed()
}

const isBoundary = (points: readonly string[], at: number): boolean => {
  const before = points[at - 1] ?? ''
  const after = points[at] ?? ''
  if (EXTENDS.test(after) || before === JOINER) return false
  if (!FLAG_HALF.test(before) || !FLAG_HALF.test(after)) return true
  let halves = 0
  for (let place = at - 1; place >= 0 && FLAG_HALF.test(points[place] ?? ''); place -= 1) halves += 1
  return halves % 2 === 0
}
