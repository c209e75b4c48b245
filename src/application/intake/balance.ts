import type { AccountId } from '../../domain/ids.ts'
import type { DeliveriesCounted, IntakeCounts } from '../../domain/intake/events.ts'
import { toNewEvent } from '../codec.ts'
import type { EventPlace } from '../commands/streams.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventStore, NewEvent } from '../ports/event-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import { isStoreError, type StoreUnavailable } from '../ports/store-errors.ts'
import { pause } from '../time.ts'

type Mutable<Type> = { -readonly [Member in keyof Type]: Type[Member] }

const OUTCOMES = ['received', 'recorded', 'duplicates', 'ignored', 'quarantined', 'unanswered'] as const

/** Bytes of JSON that one event of counts has at most: a quarter of what an event may have. */
const PART_BYTES = 262_144
/** Of the counts of one account: six numbers and their names. */
const MOST_BYTES_PER_COUNTS = 200
const MOST_BYTES_PER_UNIT = 3

/** The counts of one request, or of several. */
export class Tally {
  readonly counts: Map<AccountId, Mutable<IntakeCounts>> = new Map()
  readonly ignored: Map<string, number> = new Map()

  add(accountId: AccountId, outcome: keyof IntakeCounts, by = 1): void {
    let counts = this.counts.get(accountId)
    if (counts === undefined) {
      counts = { received: 0, recorded: 0, duplicates: 0, ignored: 0, quarantined: 0, unanswered: 0 }
      this.counts.set(accountId, counts)
    }
    counts[outcome] += by
  }

  ignore(accountId: AccountId, reason: string): void {
    this.add(accountId, 'ignored')
    this.ignored.set(reason, (this.ignored.get(reason) ?? 0) + 1)
  }

  isEmpty(): boolean {
    return this.counts.size === 0
  }

  /** The same counts in parts of which each fits into an event, whatever its accounts are called. */
  *parts(): Generator<Tally, undefined> {
    let part = new Tally()
    for (const [reason, by] of this.ignored) part.ignored.set(reason, by)
    let bytes = part.ignored.size * MOST_BYTES_PER_COUNTS
    for (const [accountId, counts] of this.counts) {
      const more = JSON.stringify(accountId).length * MOST_BYTES_PER_UNIT + MOST_BYTES_PER_COUNTS
      if (bytes + more > PART_BYTES && part.counts.size > 0) {
        yield part
        part = new Tally()
        bytes = 0
      }
      part.counts.set(accountId, counts)
      bytes += more
    }
    if (!part.isEmpty()) yield part
    return undefined
  }

  merge(other: Tally): void {
    for (const [accountId, counts] of other.counts) {
      for (const outcome of OUTCOMES) if (counts[outcome] !== 0) this.add(accountId, outcome, counts[outcome])
    }
    for (const [reason, by] of other.ignored) this.ignored.set(reason, (this.ignored.get(reason) ?? 0) + by)
  }
}

/** Beyond so many what is in doubt is counted as unanswered, though a few of them may be in the log. */
const MOST_DOUBTS = 10_000

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes the balance of intake: one event for all requests that end at the same time, durable before their answers.
 * Each process writes a stream of its own, so nobody waits for anybody.
 */
export class Balance {
  readonly #events: EventStore
  readonly #clock: Clock
  readonly #runtime: Runtime
  readonly #stream: string
  #revision = -1
  #pending = new Tally()
  #waiting: Waiting[] = []
  #isFlushing = false
  #isCatchingUp = false
  readonly #doubts = new Map<string, { readonly place: EventPlace; readonly tally: Tally }>()
  /** An event whose fate is unknown: repeated, with the same id, until it is known. */
  #stuck: NewEvent | undefined

  constructor(events: EventStore, clock: Clock, runtime: Runtime) {
    this.#runtime = runtime
    this.#stream = `intake-${runtime.newId()}`
    this.#events = events
    this.#clock = clock
  }

  /** Resolves when the counts are durable. */
  write(tally: Tally): Promise<void> {
    this.#pending.merge(tally)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (!this.#isFlushing) void this.#flush()
    })
  }

  /** Counts that need not be durable before an answer: they go with the next ones. May move a count: one less here, one more there. */
  note(tally: Tally): void {
    this.#pending.merge(tally)
  }

  /** Counts that are right unless this event is in the log: it holds those of what made it happen. */
  noteUnless(place: EventPlace, tally: Tally): void {
    if (this.#doubts.size >= MOST_DOUBTS) return this.note(tally)
    const doubt = this.#doubts.get(place.eventId)
    if (doubt === undefined) this.#doubts.set(place.eventId, { place, tally })
    else doubt.tally.merge(tally)
  }

  /** Looks for what is in doubt and writes what was noted and not yet written. */
  async settle(): Promise<void> {
    await this.#resolveDoubts()
    if (!this.#pending.isEmpty()) await this.write(new Tally())
  }

  /** Does so in passing, now that the store takes something again; what cannot be written stays noted. */
  catchUp(): void {
    if (this.#isCatchingUp || (this.#doubts.size === 0 && this.#pending.isEmpty())) return
    this.#isCatchingUp = true
    this.settle()
      .catch(() => {})
      .finally(() => (this.#isCatchingUp = false))
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true
    let isWritten = false
    while (this.#waiting.length > 0) {
      await Promise.resolve()
      const waiting = this.#waiting
      const tally = this.#pending
      this.#waiting = []
      this.#pending = new Tally()
      const parts = [...tally.parts()]
      try {
        if (this.#stuck !== undefined) await this.#append(this.#stuck)
        for (let part = parts.shift(); part !== undefined; part = parts.shift()) await this.#writePart(part)
        isWritten = true
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        isWritten = false
        // These requests get 503, and Meta delivers them again. What is not written yet is counted with the next ones, once.
        for (const part of parts) this.#pending.merge(part)
        for (const { reject } of waiting) reject(error)
      }
    }
    // In the same turn in which nobody was found waiting: whoever comes after that begins anew.
    this.#isFlushing = false
    if (isWritten) this.catchUp()
  }

  /** Appends one event of counts; where that certainly failed, they stay to be written. */
  async #writePart(part: Tally): Promise<void> {
    const event = this.#event(part)
    try {
      await this.#append(event)
    } catch (error) {
      if (this.#stuck !== event) this.#pending.merge(part)
      throw error
    }
  }

  /** Looks for events that nobody was sure of; the counts of others do not wait for it. @throws StoreUnavailable */
  async #resolveDoubts(): Promise<void> {
    for (const [eventId, { place, tally }] of this.#doubts) {
      const [event] = await this.#events.read(place.stream, { from: place.revision, limit: 1 })
      this.#doubts.delete(eventId)
      if (event?.id !== eventId) this.#pending.merge(tally)
    }
  }

  #event(tally: Tally): NewEvent {
    const at = this.#clock.now()
    const event: DeliveriesCounted = {
      type: 'DeliveriesCounted',
      data: { counts: Object.fromEntries(tally.counts), ignored: Object.fromEntries(tally.ignored), at },
    }
    return toNewEvent(event, this.#runtime.newId(), {}, at)
  }

  async #append(event: NewEvent): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        const { revision } = await this.#events.append(this.#stream, this.#revision < 0 ? 'none' : this.#revision, [
          event,
        ])
        this.#revision = revision
        this.#stuck = undefined
        return
      } catch (error) {
        if (tries < 4 && isStoreError(error, 'WrongExpectedRevision')) {
          if (await this.#catchUpWith(event)) return
          continue
        }
        const unknown = isStoreError(error, 'StoreUnavailable') && (error as StoreUnavailable).outcome === 'unknown'
        if (unknown) this.#stuck = event
        if (!unknown || tries >= 4) throw error
        await pause(this.#runtime, 10 * 2 ** tries)
      }
    }
  }

  /** The stream does not end where this process left it: a log was restored under it. Returns whether the event is in it. */
  async #catchUpWith({ id }: NewEvent): Promise<boolean> {
    const there = await this.#events.read(this.#stream, { from: this.#revision + 1 })
    this.#revision = (await this.#events.head(this.#stream))?.revision ?? -1
    if (!there.some((event) => event.id === id)) return false
    this.#stuck = undefined
    return true
  }
}
