import type { AccountId } from '../../domain/ids.ts'
import type { EventQuarantined } from '../../domain/intake/events.ts'
import { toNewEvent } from '../codec.ts'
import type { MessageId } from '../../domain/ids.ts'
import { derivedId, messageIdOf } from '../identity.ts'
import type { Platform } from '../ports/platform.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { EventStore, NewEvent } from '../ports/event-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import { isStoreError, type StoreUnavailable } from '../ports/store-errors.ts'
import { pause } from '../time.ts'

/** Bodies that take more than this in the log (in bytes, as JSON escapes them) are kept beside it. */
const LARGEST_IN_THE_LOG = 262_144
const MAX_UNKNOWN_OUTCOMES = 5
/** Messages of one body that an unsend reaches while it is in quarantine. */
const MOST_MESSAGES = 1_000

export interface Unplaced {
  readonly accountId: AccountId
  readonly reason: string
  /** Without content. */
  readonly detail: string
  /** What came, as JSON text (or as text, if it was no JSON). */
  readonly raw: string
  /** Set if it is the unsend of a message. */
  readonly unsends?: MessageId | undefined
  readonly receivedAt: number
}

export const quarantineStream = (quarantineId: string): string => `quarantine-${quarantineId}`
export const quarantineBlob = (quarantineId: string): string => `quarantine/${quarantineId}`

/** Where delivered events wait that nobody could place. */
export class Quarantine {
  readonly #events: EventStore
  readonly #blobs: Blobs
  readonly #platform: Platform
  readonly #keepFor: number
  readonly #runtime: Runtime
  readonly #underWay = new Map<string, Promise<boolean>>()

  /** `keepFor` in milliseconds of business time. */
  constructor(
    { events, blobs }: { readonly events: EventStore; readonly blobs: Blobs },
    platform: Platform,
    keepFor: number,
    runtime: Runtime,
  ) {
    this.#events = events
    this.#blobs = blobs
    this.#platform = platform
    this.#keepFor = keepFor
    this.#runtime = runtime
  }

  /** Keeps what came; false if exactly this was kept before. */
  async keep(unplaced: Unplaced): Promise<boolean> {
    const quarantineId = derivedId('quarantine', unplaced.accountId, unplaced.raw)
    const underWay = this.#underWay.get(quarantineId)
    // One body may hold the same thing a thousand times.
    if (underWay !== undefined) return underWay.then(() => false)
    const keeping = this.#keep(quarantineId, unplaced).finally(() => this.#underWay.delete(quarantineId))
    this.#underWay.set(quarantineId, keeping)
    return keeping
  }

  async #keep(
    quarantineId: string,
    { accountId, reason, detail, raw, unsends, receivedAt }: Unplaced,
  ): Promise<boolean> {
    // What was kept once is known for ever: a body that has expired is not taken back.
    if ((await this.#events.head(quarantineStream(quarantineId))) !== undefined) return false
    const bytes = new TextEncoder().encode(raw)
    const isLarge = new TextEncoder().encode(JSON.stringify(raw)).byteLength > LARGEST_IN_THE_LOG
    if (isLarge) await this.#blobs.put(quarantineBlob(quarantineId), 'application/json', bytes)
    const messages = this.#mentioned(raw, unsends)
    const event: EventQuarantined = {
      type: 'EventQuarantined',
      data: {
        quarantineId,
        accountId,
        reason,
        detail,
        size: bytes.byteLength,
        ...(messages.length === 0 ? {} : { messages }),
        ...(unsends === undefined ? {} : { unsends }),
        receivedAt,
        expiresAt: receivedAt + this.#keepFor,
      },
      ...(isLarge ? {} : { personal: { raw } }),
    }
    return this.#append(quarantineStream(quarantineId), toNewEvent(event, quarantineId, {}, receivedAt))
  }

  /** The messages of a body, but for the one that it takes back: that says nothing which could be taken back. */
  #mentioned(raw: string, unsends: MessageId | undefined): readonly MessageId[] {
    const messages = new Set<MessageId>()
    for (const { accountId, mid } of this.#platform.messagesIn(raw)) {
      if (messages.size >= MOST_MESSAGES) break
      const messageId = messageIdOf(accountId, mid)
      if (messageId !== unsends) messages.add(messageId)
    }
    return [...messages]
  }

  /** A reply that was lost is asked for again; its own event found there is still news. */
  async #append(stream: string, event: NewEvent): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      try {
        const { replayed } = await this.#events.append(stream, 'none', [event])
        return tries > 0 || !replayed
      } catch (error) {
        if (isStoreError(error, 'WrongExpectedRevision')) return false
        const isUnknown =
          isStoreError(error, 'StoreUnavailable') && (tries > 0 || (error as StoreUnavailable).outcome === 'unknown')
        if (!isUnknown || tries >= MAX_UNKNOWN_OUTCOMES) throw error
        await pause(this.#runtime, 10 * 2 ** tries)
      }
    }
  }
}
