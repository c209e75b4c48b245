import type { IdPage } from '../../application/ports/ids.ts'
import { originalText, storableText } from '../index-key.ts'

const DEFAULT_LIMIT = 1_000

/** A page of these ids in the order that every engine gives them. */
export const idPage = (ids: Iterable<string>, { after, limit = DEFAULT_LIMIT }: IdPage = {}): readonly string[] => {
  const beyond = after === undefined ? undefined : storableText(after)
  return [...ids]
    .map(storableText)
    .filter((id) => beyond === undefined || id > beyond)
    .toSorted()
    .slice(0, limit)
    .map(originalText)
}
