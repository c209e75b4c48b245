import type { ExpectedRevision } from '../application/ports/event-store.ts'
import { CorruptIdempotency, WrongExpectedRevision } from '../application/ports/store-errors.ts'

/**
 * Whether an append goes to the end of its stream (`append`) or may have happened before (`replayed`).
 *
 * `head` is the stream's last revision, null when it has no event; `idAt` gives the event id at a revision.
 * @throws WrongExpectedRevision, CorruptIdempotency
 */
export const decideAppend = (
  stream: string,
  expected: ExpectedRevision,
  head: number | null,
  ids: readonly { readonly id: string }[],
  idAt: (revision: number) => string | undefined,
): 'append' | 'replayed' => {
  if (expected === 'any' || (expected === 'exists' && head !== null)) return 'append'
  if (expected === 'exists') throw new WrongExpectedRevision(stream, expected, head)
  const before = expected === 'none' ? -1 : expected
  const last = head ?? -1
  if (last === before) return 'append'
  if (last < before) throw new WrongExpectedRevision(stream, expected, head)
  let same = 0
  while (same < ids.length && idAt(before + 1 + same) === ids[same]?.id) same += 1
  if (same === ids.length) return 'replayed'
  if (same === 0) throw new WrongExpectedRevision(stream, expected, head)
  throw new CorruptIdempotency(stream)
}
