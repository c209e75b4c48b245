import type { DeliveriesDecided, IntakeCounts } from '../domain/intake/events.ts'
import type { DeskEvent } from '../domain/desk-event.ts'
import { EVENT_TYPES } from '../domain/upcasting.ts'
import type { AccountId } from '../domain/ids.ts'
import type { Projection } from './projection.ts'

/** The counts of one account; `accountId: null`: ignored events by reason, over all accounts. */
export interface BalanceDocument {
  readonly accountId: AccountId | null
  readonly counts: IntakeCounts
  readonly ignored: Readonly<Record<string, number>>
}

/** The document of ignored events by reason. */
export const IGNORED_KEY = 'ignored'
/** `''` stands for bodies that name no account. */
export const balanceKey = (accountId: AccountId): string => `account/${accountId}`

const NOTHING: IntakeCounts = { received: 0, recorded: 0, duplicates: 0, ignored: 0, quarantined: 0, unanswered: 0 }
const PLACED = { recorded: 'recorded', duplicate: 'duplicates', ignored: 'ignored' } as const

const sum = (one: IntakeCounts, other: Partial<IntakeCounts> = {}): IntakeCounts => ({
  received: one.received + (other.received ?? 0),
  recorded: one.recorded + (other.recorded ?? 0),
  duplicates: one.duplicates + (other.duplicates ?? 0),
  ignored: one.ignored + (other.ignored ?? 0),
  quarantined: one.quarantined + (other.quarantined ?? 0),
  unanswered: one.unanswered + (other.unanswered ?? 0),
})

const sumByReason = (
  one: BalanceDocument['ignored'],
  other: BalanceDocument['ignored'],
): BalanceDocument['ignored'] => {
  const counts = new Map(Object.entries(one))
  for (const [reason, count] of Object.entries(other)) counts.set(reason, (counts.get(reason) ?? 0) + count)
  return Object.fromEntries(counts)
}

const total = (counts: Readonly<Record<string, number>> = {}): number =>
  Object.values(counts).reduce((all, count) => all + count, 0)

const countsOf = ({ recorded = 0, duplicates = 0, ignored }: DeliveriesDecided): Partial<IntakeCounts> => ({
  received: recorded + duplicates + total(ignored),
  recorded,
  duplicates,
  ignored: total(ignored),
})

/**
 * What was delivered and what became of it, per account; a re-run moves one out of quarantine. What made something happen is
 * counted with the first event of that, whichever it is.
 */
export const intakeBalance: Projection<DeskEvent, BalanceDocument> = {
  name: 'intake-balance',
  version: 2,
  types: EVENT_TYPES,
  keys: ({ event, deliveries }) => {
    if (deliveries !== undefined) {
      const { accountId, ignored } = deliveries
      return ignored === undefined ? [balanceKey(accountId)] : [balanceKey(accountId), IGNORED_KEY]
    }
    switch (event.type) {
      case 'DeliveriesCounted': {
        const accounts = Object.keys(event.data.counts).map(balanceKey)
        return Object.keys(event.data.ignored).length === 0 ? accounts : [...accounts, IGNORED_KEY]
      }
      case 'QuarantineRerun': {
        const { outcome, accountId, reason } = event.data
        if (outcome === 'quarantined') return []
        return outcome === 'ignored' && reason !== undefined
          ? [balanceKey(accountId), IGNORED_KEY]
          : [balanceKey(accountId)]
      }
      default:
        return []
    }
  },
  evolve: (before, { event, deliveries }, key) => {
    const accountId = key === IGNORED_KEY ? null : key.slice(balanceKey('').length)
    const document: BalanceDocument = before ?? { accountId, counts: NOTHING, ignored: {} }
    if (deliveries !== undefined) {
      return accountId === null
        ? { ...document, ignored: sumByReason(document.ignored, deliveries.ignored ?? {}) }
        : { ...document, counts: sum(document.counts, countsOf(deliveries)) }
    }
    if (event.type === 'DeliveriesCounted') {
      return accountId === null
        ? { ...document, ignored: sumByReason(document.ignored, event.data.ignored) }
        : { ...document, counts: sum(document.counts, event.data.counts[accountId]) }
    }
    if (event.type !== 'QuarantineRerun' || event.data.outcome === 'quarantined') return before
    const { outcome, reason = '' } = event.data
    return accountId === null
      ? { ...document, ignored: sumByReason(document.ignored, { [reason]: 1 }) }
      : { ...document, counts: sum(document.counts, { quarantined: -1, [PLACED[outcome]]: 1 }) }
  },
  indexes: {
    /** account; null for ignored events by reason */
    account: ({ accountId }) => [[accountId]],
  },
}
