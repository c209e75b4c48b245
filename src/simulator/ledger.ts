import { createHash } from 'node:crypto'
import { countEvents, type EventKind, type WebhookEvent } from './webhook-event.ts'
import type { Attachment } from './world.ts'

/** What came back for one webhook request. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'no-answer'; readonly reason: string }

/** One POST to the app's webhook. */
export interface DeliveryAttempt {
  readonly deliveryId: string
  /** 1 for the first try; more is a redelivery of the same bytes. */
  readonly attempt: number
  /** Business time, epoch ms. */
  readonly at: number
  readonly bytes: number
  readonly sha256: string
  readonly eventIds: readonly string[]
  /** How many events the body holds per account. */
  readonly accounts: Readonly<Record<string, number>>
  readonly answer: Answer
}

/**
 * Where an event stands: `waiting`, `delivered` (answered 200 at least once), `given-up` (retries ran out),
 * `not-subscribed` (the account had not installed the app) or `dropped` (withheld on request, see the fault `dropEcho`).
 */
export type EventState = 'waiting' | 'delivered' | 'given-up' | 'not-subscribed' | 'dropped'

/** What became of one event. */
export interface EventRecord {
  readonly eventId: string
  readonly accountId: string
  readonly customerId?: string
  readonly kind: EventKind
  readonly mid?: string
  readonly state: EventState
  readonly attempts: number
  readonly answered200: number
}

/** A message that the Send API accepted: it is on the customer's phone, whatever the caller was told. */
export interface AcceptedSend {
  readonly mid: string
  readonly accountId: string
  readonly customerId: string
  readonly at: number
  readonly text?: string
  readonly attachments?: readonly Attachment[]
  readonly tag?: string
  /** `lost`: the caller got a cut connection or a 5xx instead of the answer. */
  readonly answer: 'given' | 'lost'
}

/** One call of the Send API that asked for a message to be sent. */
export interface SendCall {
  readonly accountId: string
  readonly recipientId: string
  readonly at: number
  /** `failed` is a 5xx without a message having been sent. */
  readonly outcome: 'accepted' | 'refused' | 'failed'
  readonly mid?: string
  /** What was answered; 200 for an accepted call even if its answer got lost. */
  readonly status: number
  readonly code?: number
  readonly subcode?: number
}

/** Deliveries of events, each delivery counted anew. */
export interface DeliveredEvents {
  /** Answered 200. */
  readonly accepted: number
  /** Answered with any other status. */
  readonly refused: number
  /** No answer: no connection, cut, or later than five seconds. */
  readonly unanswered: number
}

/** The oracle's own books, to hold against the library's. */
export interface Ledger {
  readonly attempts: readonly DeliveryAttempt[]
  readonly sends: readonly AcceptedSend[]
  readonly calls: readonly SendCall[]
  /** What became of every event, in the order in which they happened. */
  events(filter?: { readonly accountId?: string; readonly kind?: EventKind }): readonly EventRecord[]
  event(eventId: string): EventRecord | undefined
  /** Counts per event and account: a redelivery or a duplicate counts again. */
  deliveredEvents(filter?: { readonly accountId?: string }): DeliveredEvents
  /** The state of the echo of an accepted message. */
  echoOf(mid: string): EventState | undefined
}

/** The ledger as JSON. */
export interface SavedLedger {
  readonly attempts: readonly DeliveryAttempt[]
  readonly sends: readonly AcceptedSend[]
  readonly calls: readonly SendCall[]
  readonly events: readonly EventRecord[]
}

/** The ledger as the simulator writes it. */
export interface LedgerBook extends Ledger {
  addAttempt(attempt: DeliveryAttempt): void
  addSend(send: AcceptedSend): void
  addCall(call: SendCall): void
  addEvent(event: WebhookEvent, state: EventState): void
  settleEvent(eventId: string, state: EventState): void
  save(): SavedLedger
}

/** The entry for one request. Events are counted in the bytes themselves, as an outside reader would. */
export const attemptOf = (
  deliveryId: string,
  attempt: number,
  at: number,
  rawBody: Uint8Array,
  eventIds: readonly string[],
  answer: Answer,
): DeliveryAttempt => ({
  deliveryId,
  attempt,
  at,
  bytes: rawBody.byteLength,
  sha256: createHash('sha256').update(rawBody).digest('hex'),
  eventIds,
  accounts: countEvents(new TextDecoder().decode(rawBody)),
  answer,
})

/** An empty ledger, or a saved one that goes on. */
export const openLedger = (saved?: SavedLedger): LedgerBook => {
  const attempts = [...(saved?.attempts ?? [])]
  const sends = [...(saved?.sends ?? [])]
  const calls = [...(saved?.calls ?? [])]
  const events = new Map((saved?.events ?? []).map((record) => [record.eventId, record]))
  const echoes = new Map<string, string>()
  for (const record of events.values()) if (record.kind === 'echo') echoes.set(record.mid ?? '', record.eventId)

  const put = (eventId: string, update: (record: EventRecord) => EventRecord): void => {
    const record = events.get(eventId)
    if (record !== undefined) events.set(eventId, update(record))
  }

  return {
    attempts,
    sends,
    calls,
    events: (filter = {}) =>
      [...events.values()].filter(
        ({ accountId, kind }) => (filter.accountId ?? accountId) === accountId && (filter.kind ?? kind) === kind,
      ),
    event: (eventId) => events.get(eventId),
    deliveredEvents: ({ accountId } = {}) => {
      const sum = { accepted: 0, refused: 0, unanswered: 0 }
      for (const { accounts, answer } of attempts) {
        const count = Object.entries(accounts).reduce((n, [id, c]) => ((accountId ?? id) === id ? n + c : n), 0)
        if (answer.kind === 'no-answer') sum.unanswered += count
        else if (answer.status === 200) sum.accepted += count
        else sum.refused += count
      }
      return sum
    },
    echoOf: (mid) => events.get(echoes.get(mid) ?? '')?.state,
    addAttempt: (attempt) => {
      attempts.push(attempt)
      const ok = attempt.answer.kind === 'answered' && attempt.answer.status === 200
      for (const eventId of attempt.eventIds) {
        put(eventId, (record) => ({
          ...record,
          attempts: record.attempts + 1,
          answered200: record.answered200 + (ok ? 1 : 0),
          state: ok ? 'delivered' : record.state,
        }))
      }
    },
    addSend: (send) => void sends.push(send),
    addCall: (call) => void calls.push(call),
    addEvent: (event, state) => {
      const { eventId, accountId, customerId, kind, mid } = event
      events.set(eventId, {
        eventId,
        accountId,
        ...(customerId !== undefined && { customerId }),
        kind,
        ...(mid !== undefined && { mid }),
        state,
        attempts: 0,
        answered200: 0,
      })
      if (event.kind === 'echo' && event.mid !== undefined) echoes.set(event.mid, event.eventId)
    },
    settleEvent: (eventId, state) =>
      put(eventId, (record) => (record.state === 'delivered' ? record : { ...record, state })),
    save: () => ({ attempts: [...attempts], sends: [...sends], calls: [...calls], events: [...events.values()] }),
  }
}
