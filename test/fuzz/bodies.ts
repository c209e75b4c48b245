import { changedBytes } from './bytes.ts'
import { Chance } from './chance.ts'
import { entriesOf } from './corpus.ts'
import { mutated } from './structure.ts'
import { type Branch, branch, isBranch, Raw, textOf, type Tree } from './tree.ts'

export const ACCOUNTS = ['17841499000000001', '17841499000000002'] as const
export const NOON = 1_788_858_000_000
/** Customers who write the known good events, and sometimes something else. */
export const GOOD_CUSTOMERS = 24

/** A message that must be recorded exactly once. */
export interface GoodEvent {
  readonly mid: string
  readonly customer: string
  readonly account: string
}

export interface FuzzedBody {
  readonly index: number
  readonly bytes: Buffer
  readonly kind: 'structure' | 'bytes' | 'large'
  /** Absent where there is no place in the body for it, or where its bytes were changed. */
  readonly good?: GoodEvent
}

/** The body of this seed and index: a function of both alone. */
export const bodyOf = (seed: number, index: number): FuzzedBody => {
  const chance = new Chance(seed, index)
  const { body, size } = mutated(chance)
  // The second half makes sure that a changed byte makes no other good event's mid of it.
  const mid = `good-${index}-${new Chance(index).bits().toString(36)}`
  const good: GoodEvent = {
    mid,
    customer: `g${chance.below(GOOD_CUSTOMERS)}`,
    account: chance.pick(ACCOUNTS),
  }
  const isPut = putGood(chance, body, good, size)
  const bytes = Buffer.from(textOf(body, chance.once(2)), 'utf8')
  if (size > 0) return { index, bytes, kind: 'large', ...(isPut && { good }) }
  if (!chance.once(8)) return { index, bytes, kind: 'structure', ...(isPut && { good }) }
  const changed = changedBytes(chance, bytes)
  return {
    index,
    bytes: changed,
    kind: 'bytes',
    ...(isPut && isIntact(changed, good) && { good }),
  }
}

const eventOf = ({ mid, customer, account }: GoodEvent): Branch =>
  branch({
    sender: branch({ id: customer }),
    recipient: branch({ id: account }),
    timestamp: NOON,
    message: branch({ mid, text: mid }),
  })

/** Puts it among other events, or in an entry of its own. In a body with too much of something it comes first: there are limits. */
const putGood = (chance: Chance, body: Tree, good: GoodEvent, size: number): boolean => {
  const envelopes = (Array.isArray(body) ? body : [body]).filter(isBranch)
  const envelope = envelopes.find(({ object, entry }) => object === 'instagram' && Array.isArray(entry))
  if (envelope === undefined) return false
  const event = eventOf(good)
  const lists = entriesOf(envelope)
    .filter(({ id }) => id === good.account)
    .map(({ messaging }) => messaging)
    .filter((list) => Array.isArray(list))
  const list = lists.length > 0 && !chance.once(4) ? chance.pick(lists) : undefined
  if (list !== undefined && size === 0) {
    list.splice(chance.below(list.length + 1), 0, event)
    return true
  }
  const entries = envelope['entry'] as Tree[]
  const own = branch({ id: good.account, time: NOON, messaging: [event] })
  entries.splice(size > 0 ? 0 : chance.below(entries.length + 1), 0, own)
  return true
}

/**
 * Whether a body whose bytes were changed is a body still, with the good event in it as it was, and its mid nowhere else: copied into
 * the event of another customer it is a message of theirs too. Judged without the product.
 */
const isIntact = (bytes: Buffer, good: GoodEvent): boolean => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (text.split(good.mid).length !== 3) return false
    const body = JSON.parse(text) as Tree
    if (!isBranch(body) || body['object'] !== 'instagram') return false
    const wanted = JSON.stringify(eventOf(good))
    // A member that is there twice counts by its last value, for us as for `JSON.parse`.
    return entriesOf(body).some(
      ({ id, messaging }) =>
        id === good.account && Array.isArray(messaging) && messaging.some((event) => JSON.stringify(event) === wanted),
    )
  } catch {
    return false
  }
}

/** How many events a body delivers, counted naively; undefined where that is a matter of reading. */
export const deliveredIn = (bytes: Buffer): number | undefined => {
  let body: Tree
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Tree
  } catch {
    return undefined
  }
  if (!isBranch(body) || body['object'] !== 'instagram' || !Array.isArray(body['entry'])) return undefined
  let count = 0
  for (const entry of body['entry']) {
    if (!isBranch(entry) || entry instanceof Raw || 'field' in entry) return undefined
    let items = 0
    for (const name of ['messaging', 'standby', 'changes']) {
      const list = entry[name]
      if (list === undefined || list === null) continue
      if (!Array.isArray(list)) return undefined
      items += list.length
    }
    count += Math.max(items, 1)
  }
  // Above what Meta sends there are limits.
  return count > 900 || body['entry'].length === 0 ? undefined : count
}
