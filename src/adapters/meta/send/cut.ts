import type { MediaKind, Part } from '../../../domain/conversation/events.ts'

/**
 * UTF-8 bytes of text that Meta takes in one message. The same page also says "less than 1000 characters".
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message (Jun 24, 2026)
 */
export const MAX_TEXT_BYTES = 1_000

/**
 * Cuts a reply into what Meta takes at once: each medium by itself, then the text in parts of at most 1,000 UTF-8 bytes.
 *
 * What fits into a part by itself is never cut: sentences, then words (and links), then graphemes; a grapheme of more than
 * 1,000 bytes is cut between code points. White space at the cuts is dropped and nothing else, and no part is empty.
 */
export const cutReply = (reply: {
  readonly text?: string
  readonly media?: readonly { readonly kind: MediaKind }[]
}): readonly Part[] => [
  ...(reply.media ?? []).map((_, index): Part => ({ kind: 'media', indexes: [index] })),
  ...(reply.text ? cutText(reply.text) : []),
]

// How good a place for a cut is; a better place is also one of every lesser kind.
const CODE_POINT = 1
const GRAPHEME = 2
const WORD = 3
const SPACE = 4
const SENTENCE = 5

const cutText = (text: string): readonly Part[] => {
  const bytes = bytesBefore(text)
  if (bytesBetween(bytes, 0, text.length) <= MAX_TEXT_BYTES) return [{ kind: 'text', from: 0, to: text.length }]
  const places = placesOf(text, bytes)
  const parts: Part[] = []
  let from = 0
  while (from < text.length) {
    const next = nextCut(text, bytes, places, from)
    const to = withoutSpaceAtEnd(text, places, from, next)
    if (to > from) parts.push({ kind: 'text', from, to })
    from = withoutSpaceAtStart(text, places, next)
  }
  return parts
}

/** For every code unit, how many UTF-8 bytes stand before it. The middle of a surrogate pair counts as its end. */
const bytesBefore = (text: string): Uint32Array => {
  const bytes = new Uint32Array(text.length + 1)
  let sum = 0
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) ?? 0
    sum += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
    bytes[at + 1] = sum
    if (point >= 0x1_0000) bytes[++at + 1] = sum
  }
  return bytes
}
const bytesBetween = (bytes: Uint32Array, from: number, to: number): number => (bytes[to] ?? 0) - (bytes[from] ?? 0)

let segmenters: Readonly<Record<'grapheme' | 'word' | 'sentence', Intl.Segmenter>> | undefined

/** For every place between two code units, how good a cut there would be; 0 is no place at all. */
const placesOf = (text: string, bytes: Uint32Array): Uint8Array => {
  segmenters ??= {
    grapheme: new Intl.Segmenter('en', { granularity: 'grapheme' }),
    word: new Intl.Segmenter('en', { granularity: 'word' }),
    sentence: new Intl.Segmenter('en', { granularity: 'sentence' }),
  }
  // The middle of a surrogate pair is never chosen: by its bytes it stands at the end of the pair.
  const places = new Uint8Array(text.length + 1).fill(CODE_POINT)
  for (const { index } of segmenters.grapheme.segment(text)) places[index] = GRAPHEME
  places[text.length] = SENTENCE
  // The other borders count only where no grapheme is torn.
  const raise = (at: number, to: number): void => {
    const place = places[at] ?? 0
    if (place >= GRAPHEME) places[at] = Math.max(place, to)
  }
  for (const { index } of segmenters.word.segment(text)) raise(index, WORD)
  for (const { index, 0: space } of text.matchAll(/\s+/g)) raise(index + space.length, SPACE)
  for (const { index } of segmenters.sentence.segment(text)) raise(index, SENTENCE)
  for (const [from, to] of linksOf(text, bytes)) {
    places.fill(0, from + 1, to)
    raise(from, WORD)
    raise(to, WORD)
  }
  return places
}

const LINK = /(?:\b[a-z][a-z0-9+.-]{0,20}:\/\/|\bwww\.)\S+/giu
const PLAIN = /^[!-~]+/

/** Links that fit into a part. In scripts without spaces a link may run into the text behind it: then its plain start. */
const linksOf = (text: string, bytes: Uint32Array): readonly (readonly [number, number])[] => {
  const links: (readonly [number, number])[] = []
  for (const { index, 0: link } of text.matchAll(LINK)) {
    const whole = index + link.length
    const plain = index + (PLAIN.exec(link)?.[0].length ?? 0)
    const to = [whole, plain].find((end) => bytesBetween(bytes, index, end) <= MAX_TEXT_BYTES)
    if (to !== undefined && to > index) links.push([index, to])
  }
  return links
}

/** Where the part that starts at `from` ends, white space behind it included. */
const nextCut = (text: string, bytes: Uint32Array, places: Uint8Array, from: number): number => {
  let limit = from
  while (limit < text.length && bytesBetween(bytes, from, limit + 1) <= MAX_TEXT_BYTES) limit++
  while (limit < text.length && isSpace(text, limit)) limit++
  if (limit >= text.length) return text.length
  for (let kind = SENTENCE; kind > CODE_POINT; kind--) {
    const before = lastPlace(places, kind, from, limit)
    if (before === undefined) continue
    const after = nextPlace(places, kind, limit)
    // The unit across the limit stays whole if it fits; otherwise it is cut at places of the next lesser kind.
    const end = withoutSpaceAtEnd(text, places, before, after)
    if (bytesBetween(bytes, before, end) <= MAX_TEXT_BYTES) return before
  }
  return lastPlace(places, CODE_POINT, from, limit) ?? nextPlace(places, CODE_POINT, limit)
}

const lastPlace = (places: Uint8Array, kind: number, from: number, limit: number): number | undefined => {
  for (let at = limit; at > from; at--) if ((places[at] ?? 0) >= kind) return at
  return undefined
}

const nextPlace = (places: Uint8Array, kind: number, limit: number): number => {
  let at = limit + 1
  while (at < places.length - 1 && (places[at] ?? 0) < kind) at++
  return at
}

const isSpace = (text: string, at: number): boolean => /\s/.test(text.charAt(at))

// White space that carries a mark belongs to a grapheme that is more than white space.
const withoutSpaceAtEnd = (text: string, places: Uint8Array, from: number, to: number): number => {
  let end = to
  while (end > from && (places[end] ?? 0) >= CODE_POINT && isSpace(text, end - 1)) end--
  return end
}
const withoutSpaceAtStart = (text: string, places: Uint8Array, from: number): number => {
  let start = from
  while (start < text.length && (places[start + 1] ?? 0) >= GRAPHEME && isSpace(text, start)) start++
  return start
}
