import type { MessageEchoed, MediaKind, Part } from './events.ts'

/** What an echo and an attempt must have in common to be one message: the digest of the text, or kind and count of the media. */
export type Likeness = string

const ofMedia = (kinds: readonly string[]): Likeness => {
  const counts = new Map<string, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return `media ${[...counts]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, count]) => `${kind}*${count}`)
    .join(' ')}`
}

/** Null for a text without a digest: nothing can equal it. */
export const likenessOfPart = (
  part: Part,
  media: readonly MediaKind[],
  textDigest: string | undefined,
): Likeness | null => {
  if (part.kind === 'media') return ofMedia(part.indexes.map((index) => media[index] ?? 'file'))
  return textDigest === undefined ? null : `text ${textDigest}`
}

/** Null for what this desk never sends: text and media in one message, shares, templates without text. */
export const likenessOfEcho = ({
  outline,
  textDigest,
}: Pick<MessageEchoed['data'], 'outline' | 'textDigest'>): Likeness | null => {
  if (outline.hasText) return textDigest === undefined || outline.attachments.length > 0 ? null : `text ${textDigest}`
  return outline.attachments.length === 0 ? null : ofMedia(outline.attachments.map(({ kind }) => kind))
}
