import { refuse } from '../refusal.ts'
import type { Part } from './events.ts'

/** A part as short text, because cuts are snapshotted: `t0-998` is text from 0 to 998, `m0,2` the media 0 and 2. */
export type StoredPart = string

/** Ten media and 1,600 code points in messages of 1,000 bytes come to 24 parts at most: two neighbours exceed 1,000 bytes. */
const MAX_PARTS = 32

export const storeParts = (parts: readonly Part[]): readonly StoredPart[] =>
  parts.map((part) => (part.kind === 'text' ? `t${part.from}-${part.to}` : `m${part.indexes.join(',')}`))

const numbers = (text: string, separator: string): readonly number[] => text.slice(1).split(separator).map(Number)

export const readParts = (stored: readonly StoredPart[]): readonly Part[] =>
  stored.map((part) => {
    if (part.startsWith('m')) return { kind: 'media', indexes: numbers(part, ',') }
    const [from = 0, to = 0] = numbers(part, '-')
    return { kind: 'text', from, to }
  })

const isIndex = (value: number, below: number): boolean => Number.isInteger(value) && value >= 0 && value < below

const isPart = (part: Part, media: number): boolean =>
  part.kind === 'text'
    ? Number.isInteger(part.from) && Number.isInteger(part.to) && part.from >= 0 && part.from < part.to
    : part.indexes.length > 0 && part.indexes.every((index) => isIndex(index, media))

/** The cut of a first attempt. @throws Refusal `invalid` if it is none of a reply with so many media */
export const requireParts = (parts: readonly Part[] | undefined, media: number): readonly Part[] => {
  if (
    parts !== undefined &&
    parts.length > 0 &&
    parts.length <= MAX_PARTS &&
    parts.every((part) => isPart(part, media))
  ) {
    return parts
  }
  return refuse('invalid', {
    field: 'parts',
    expected: `1 to ${MAX_PARTS} parts of the reply`,
    given: parts === undefined ? 'none' : `${parts.length} parts`,
  })
}
