import type { MessageId } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'

/**
 * A message that was not taken back: of the customer, or an answer, as of when it was written. What may be a message of ours that is being
 * sent is a `possible-answer`, until the call has ended and says who wrote it.
 */
type Item = readonly [id: MessageId, at: Instant, side: 'customer' | 'answer' | 'possible-answer']

/** What is older than every item, all in one. */
interface Older {
  /** The newest answer of it. */
  readonly answeredAt: Instant | null
  /** The customer's messages after that: the earliest, the newest, how many. */
  readonly since: Instant | null
  readonly until: Instant | null
  readonly count: number
  /** The customer's earliest message of all, answered or not. */
  readonly first: Instant | null
  /** Something of it was taken back or came late: what was read of it may not hold any more. */
  readonly isUnsure?: true
}

/** From which follows whether the customer waits, in every order in which messages come and are taken back. */
export interface Waiting {
  /** The newest messages, the oldest first. */
  readonly items: readonly Item[]
  /** Null: nothing was left out. */
  readonly older: Older | null
}

export const NOBODY_WAITS: Waiting = { items: [], older: null }

/** Messages kept one by one: as many answers and messages of the customer can be taken back without asking the transcript. */
const MAX_ITEMS = 24
/** Answers among them: what is older than so many of them rarely matters again. */
const MAX_ANSWERS = 4

const isBefore = ([id, at]: Item, [otherId, otherAt]: Item): boolean => at < otherAt || (at === otherAt && id < otherId)

const NONE: Older = { answeredAt: null, since: null, until: null, count: 0, first: null }

const least = (one: Instant | null, other: Instant): Instant => (one === null ? other : Math.min(one, other))

/** What is older, with one more message that is newer than all of it. */
const closing = (older: Older | null, [, at, side]: Item): Older | null => {
  if (side === 'possible-answer') return older
  const { since, count, ...known } = older ?? NONE
  if (side === 'answer') return { ...NONE, answeredAt: at, first: known.first }
  const first = least(known.first, at)
  // Written with the last answer: answered.
  if (known.answeredAt !== null && at <= known.answeredAt) return { ...known, since, count, first }
  return { ...known, since: since ?? at, until: at, count: count + 1, first }
}

/** What is older, with a message that came late. */
const cameLate = (older: Older, [, at, side]: Item): Older => {
  if (side === 'possible-answer') return older
  const known = side === 'customer' ? { ...older, first: least(older.first, at) } : older
  if (known.answeredAt !== null && at <= known.answeredAt) return known
  const { since, until, count } = known
  if (side === 'customer') {
    return { ...known, since: least(since, at), until: Math.max(until ?? at, at), count: count + 1 }
  }
  return until === null || until <= at
    ? { ...known, answeredAt: at, since: null, until: null, count: 0 }
    : { ...known, answeredAt: at, isUnsure: true }
}

const trimmed = ({ items, older }: Waiting): Waiting => {
  let rest = items
  let left = older
  for (;;) {
    const [oldest] = rest
    const answers = rest.filter(([, , side]) => side === 'answer').length
    if (oldest === undefined || (rest.length <= MAX_ITEMS && answers <= MAX_ANSWERS)) break
    left = closing(left, oldest)
    rest = rest.slice(1)
  }
  return rest === items ? { items, older } : { items: rest, older: left }
}

const withItem = (waiting: Waiting, item: Item): Waiting => {
  const { items, older } = without(waiting, item[0])
  const [oldest] = items
  if (older !== null && (oldest === undefined ? item[1] <= lastOf(older) : isBefore(item, oldest))) {
    return { items, older: cameLate(older, item) }
  }
  const place = items.findLastIndex((one) => isBefore(one, item)) + 1
  return trimmed({ items: items.toSpliced(place, 0, item), older })
}

const lastOf = ({ answeredAt, until }: Older): Instant => Math.max(answeredAt ?? -Infinity, until ?? -Infinity)

const without = (waiting: Waiting, id: MessageId): Waiting =>
  waiting.items.some(([known]) => known === id)
    ? { ...waiting, items: waiting.items.filter(([known]) => known !== id) }
    : waiting

/** The customer wrote. */
export const wrote = (waiting: Waiting, id: MessageId, at: Instant): Waiting => withItem(waiting, [id, at, 'customer'])

/** The business answered. */
export const answered = (waiting: Waiting, id: MessageId, at: Instant): Waiting => withItem(waiting, [id, at, 'answer'])

/** The business wrote, or an automation: the call that is under way will tell. */
export const mayHaveAnswered = (waiting: Waiting, id: MessageId, at: Instant): Waiting =>
  withItem(waiting, [id, at, 'possible-answer'])

/** The call has ended: what is no message of ours was written outside this desk. */
export const callEnded = (waiting: Waiting): Waiting =>
  waiting.items.some(([, , side]) => side === 'possible-answer')
    ? trimmed({ ...waiting, items: waiting.items.map(([id, at, side]) => [id, at, certain(side)]) })
    : waiting

const certain = (side: Item[2]): Item[2] => (side === 'possible-answer' ? 'answer' : side)

/** It is no answer after all. */
export const noAnswer: typeof without = without

/** A message of either side was taken back. */
export const tookBack = (waiting: Waiting, id: MessageId): Waiting => {
  const left = without(waiting, id)
  // It may be one that is not kept one by one.
  return left !== waiting || waiting.older === null ? left : { ...left, older: { ...waiting.older, isUnsure: true } }
}

/** The newest answer that was not taken back. */
export const lastAnswer = ({ items, older }: Waiting): Instant | null =>
  items.findLast(([, , side]) => side === 'answer')?.[1] ?? older?.answeredAt ?? null

/** The customer's earliest message after the last answer; undefined: there is none. Where {@link isUnsure}, it is no later than that. */
export const unansweredSince = (waiting: Waiting): Instant | undefined => {
  const { items, older } = waiting
  const earliest = older?.first ?? undefined
  if (isUnsure(waiting) && earliest !== undefined) return earliest
  const last = items.findLastIndex(([, , side]) => side === 'answer')
  const answeredAt = last < 0 ? (older?.answeredAt ?? -Infinity) : (items[last]?.[1] ?? -Infinity)
  const since = items.slice(last + 1).find(([, at, side]) => side === 'customer' && at > answeredAt)?.[1]
  return last < 0 ? (older?.since ?? since) : since
}

/** Whether more was taken back than the document can tell: then the transcript has to be asked. */
export const isUnsure = ({ items, older }: Waiting): boolean =>
  older?.isUnsure === true && !items.some(([, , side]) => side === 'answer')
