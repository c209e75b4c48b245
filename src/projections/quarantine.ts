import type { IntakeEvent } from '../domain/intake/events.ts'
import type { AccountId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection } from './projection.ts'

/** A delivered event that nobody could place. Its body is not here: it is read from the log when somebody looks. */
export interface QuarantineDocument {
  readonly quarantineId: string
  readonly accountId: AccountId
  /** The newest reason. */
  readonly reason: string
  readonly detail: string
  /** Bytes. */
  readonly size: number
  readonly receivedAt: Instant
  /** When what came is let go, if nobody has placed it by then. */
  readonly expiresAt?: Instant
  readonly status: 'waiting' | 'recorded' | 'duplicate' | 'ignored' | 'expired'
  readonly reruns: number
}

/** Quarantined events: waiting, placed by a re-run, or too old. */
export const quarantine: Projection<IntakeEvent, QuarantineDocument> = {
  name: 'quarantine',
  version: 2,
  types: ['EventQuarantined', 'QuarantineRerun', 'QuarantineExpired'],
  keys: ({ event }) =>
    event.type === 'DeliveriesCounted' || event.type === 'QuarantinedMessageUnsent' ? [] : [event.data.quarantineId],
  evolve: (document, { event }) => {
    switch (event.type) {
      case 'EventQuarantined': {
        const { messages: _, unsends: __, ...data } = event.data
        return { ...data, status: 'waiting', reruns: 0 }
      }
      case 'QuarantineRerun': {
        const { outcome, reason } = event.data
        if (document === undefined) return undefined
        const run = { ...document, reruns: document.reruns + 1, reason: reason ?? document.reason }
        return outcome === 'quarantined' ? run : { ...run, status: outcome }
      }
      case 'QuarantineExpired':
        return document && { ...document, status: 'expired' }
      case 'DeliveriesCounted':
      case 'QuarantinedMessageUnsent':
        return document
    }
  },
  indexes: {
    /** receipt: what still waits */
    received: ({ status, receivedAt }) => (status === 'waiting' ? [[receivedAt]] : []),
  },
}
