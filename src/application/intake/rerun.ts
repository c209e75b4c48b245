import type { ActorRef } from '../../domain/actor.ts'
import type { MessageId } from '../../domain/ids.ts'
import type {
  EventQuarantined,
  IntakeEvent,
  QuarantinedMessageUnsent,
  QuarantineExpired,
  QuarantineRerun,
} from '../../domain/intake/events.ts'
import { given } from '../../domain/text.ts'
import type { Aggregate, Streams } from '../commands/streams.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventStore, Position } from '../ports/event-store.ts'
import type { Platform } from '../ports/platform.ts'
import { toDomainEvent } from '../codec.ts'
import { messageIdOf } from '../identity.ts'
import type { Intake, When } from './intake.ts'
import type { ItemOutcome } from './outcome.ts'
import { quarantineBlob, quarantineStream } from './quarantine.ts'

/** Where one quarantined event stands. */
interface Held {
  readonly kept?: Omit<EventQuarantined['data'], 'messages'>
  /** Messages in it that were taken back. */
  readonly unsent: readonly MessageId[]
  readonly status: 'waiting' | 'placed' | 'expired'
}

const quarantined: Aggregate<Held, never, IntakeEvent> = {
  name: 'quarantine',
  decider: {
    initialState: () => ({ status: 'waiting', unsent: [] }),
    decide: () => [],
    evolve: (held, event) => {
      switch (event.type) {
        case 'EventQuarantined': {
          const { messages: _, ...kept } = event.data
          return { ...held, kept, status: 'waiting' }
        }
        case 'QuarantinedMessageUnsent':
          return { ...held, unsent: [...held.unsent, event.data.messageId] }
        case 'QuarantineRerun':
          return event.data.outcome === 'quarantined' ? held : { ...held, status: 'placed' }
        case 'QuarantineExpired':
          return { ...held, status: 'expired' }
        case 'DeliveriesCounted':
          return held
      }
    },
  },
  foldVersion: 2,
}

/** What is asked for is not waiting in quarantine. */
export class NotInQuarantine extends Error {
  override readonly name = 'NotInQuarantine'
  readonly status: 'unknown' | 'placed' | 'expired'
  constructor(quarantineId: string, status: 'unknown' | 'placed' | 'expired') {
    super(`quarantined event ${given(quarantineId)} is ${status}`)
    this.status = status
  }
}

export interface RerunOptions {
  readonly events: EventStore
  readonly blobs: Blobs
  readonly streams: Streams
  readonly platform: Platform
  readonly intake: Intake
  readonly clock: Clock
}

/** Runs quarantined events again, and lets their bodies go when they are too old. */
export class Reruns {
  readonly #options: RerunOptions

  constructor(options: RerunOptions) {
    this.#options = options
  }

  /** What came, as text; undefined when it is waiting no longer: what was placed stands in its conversation, what expired is let go. */
  async raw(quarantineId: string): Promise<string | undefined> {
    const { state } = await this.#options.streams.atHead(quarantined, quarantineId)
    return state.kept === undefined || state.status !== 'waiting' ? undefined : this.#kept(quarantineId, state.unsent)
  }

  /** What is left of what came, without the messages that were taken back. */
  async #kept(quarantineId: string, unsent: readonly MessageId[]): Promise<string | undefined> {
    const raw = await this.#stored(quarantineId)
    return raw === undefined || unsent.length === 0 ? raw : this.#without(raw, unsent)
  }

  #without(raw: string, unsent: readonly MessageId[]): string | undefined {
    const ids = new Set(unsent)
    return this.#options.platform.without(raw, ({ accountId, mid }) => ids.has(messageIdOf(accountId, mid)))
  }

  /**
   * A message was taken back of which this body holds something: from now on nothing of it is shown or run again. A body beside the
   * log is written without it; what the log holds stays there until personal content is sealed and its key destroyed.
   */
  async strike(quarantineId: string, messageId: MessageId): Promise<Position | undefined> {
    const { streams, blobs, clock } = this.#options
    const blob = await blobs.get(quarantineBlob(quarantineId))
    if (blob !== undefined) {
      const left = this.#without(new TextDecoder().decode(blob.bytes), [messageId])
      if (left === undefined) await blobs.remove(quarantineBlob(quarantineId))
      else await blobs.put(quarantineBlob(quarantineId), 'application/json', new TextEncoder().encode(left))
    }
    const at = clock.now()
    const { position } = await streams.execute(
      quarantined,
      quarantineId,
      ({ state }): readonly QuarantinedMessageUnsent[] =>
        state.kept === undefined || state.unsent.includes(messageId)
          ? []
          : [{ type: 'QuarantinedMessageUnsent', data: { quarantineId, messageId, at } }],
      { meta: {}, at },
    )
    return position
  }

  async #stored(quarantineId: string): Promise<string | undefined> {
    const [first] = await this.#options.events.read(quarantineStream(quarantineId), { limit: 1 })
    if (first === undefined) return undefined
    const { personal } = toDomainEvent<EventQuarantined>(first)
    if (personal?.raw !== undefined) return personal.raw
    const blob = await this.#options.blobs.get(quarantineBlob(quarantineId))
    return blob === undefined ? undefined : new TextDecoder().decode(blob.bytes)
  }

  /**
   * Reads the event again with what is known now (a channel that was connected since, a newer version of the code).
   * The new outcome moves it out of quarantine in the balance, or leaves it there with its newest reason.
   * @throws NotInQuarantine
   */
  async run(
    quarantineId: string,
    by: ActorRef,
  ): Promise<{ readonly outcome: ItemOutcome; readonly position?: Position }> {
    const { streams, intake, clock } = this.#options
    const { state } = await streams.atHead(quarantined, quarantineId)
    if (state.kept === undefined) throw new NotInQuarantine(quarantineId, 'unknown')
    if (state.status !== 'waiting') throw new NotInQuarantine(quarantineId, state.status)
    const raw = await this.#kept(quarantineId, state.unsent)
    if (raw === undefined) throw new NotInQuarantine(quarantineId, 'expired')
    const at = clock.now()
    const when: When = { receivedAt: at, since: intake.moment(), occasion: 'rerun' }
    const outcome = worst(await this.#taken(raw, when))
    const { accountId } = state.kept
    const event: QuarantineRerun = {
      type: 'QuarantineRerun',
      data: {
        quarantineId,
        accountId,
        outcome: outcome.kind === 'duplicates' ? 'duplicate' : outcome.kind,
        by,
        at,
        ...('reason' in outcome ? { reason: outcome.reason } : {}),
      },
    }
    const { position } = await streams.execute(
      quarantined,
      quarantineId,
      (entity) => (entity.state.status === 'waiting' ? [event] : []),
      { meta: {}, at },
    )
    if (outcome.kind !== 'quarantined') await this.#options.blobs.remove(quarantineBlob(quarantineId))
    return position === undefined ? { outcome } : { outcome, position }
  }

  /** What becomes of the events of a body now, however many they are. */
  async #taken(raw: string, when: When): Promise<readonly ItemOutcome[]> {
    const { platform, intake } = this.#options
    const outcomes: ItemOutcome[] = []
    for (let left: string | undefined = raw; left !== undefined;) {
      const parsed = platform.parse(new TextEncoder().encode(left))
      const last = parsed.at(-1)
      left = last?.outcome === 'quarantined' && last.rest === true ? last.raw() : undefined
      outcomes.push(...(await Promise.all(intake.take(left === undefined ? parsed : parsed.slice(0, -1), when))))
    }
    return outcomes
  }

  /** The age limit has passed: what came is let go, the count stays. */
  async expire(quarantineId: string): Promise<Position | undefined> {
    const { streams, blobs, clock } = this.#options
    const at = clock.now()
    await blobs.remove(quarantineBlob(quarantineId))
    const { position } = await streams.execute(
      quarantined,
      quarantineId,
      ({ state }): readonly QuarantineExpired[] =>
        state.status === 'waiting' && state.kept !== undefined
          ? [{ type: 'QuarantineExpired', data: { quarantineId, accountId: state.kept.accountId, at } }]
          : [],
      { meta: {}, at },
    )
    return position
  }
}

/** One stored event is one delivered event; a body that could not be read then may hold several now. */
const worst = (outcomes: readonly ItemOutcome[]): ItemOutcome => {
  const order = ['quarantined', 'recorded', 'duplicates', 'ignored'] as const
  for (const kind of order) {
    const found = outcomes.find((outcome) => outcome.kind === kind)
    if (found !== undefined) return found
  }
  return { kind: 'ignored', reason: 'empty-entry' }
}
