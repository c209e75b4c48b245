import type { Decider } from '../../domain/decider.ts'
import type { DomainEvent } from '../../domain/event.ts'
import type { DeliveriesDecided } from '../../domain/intake/events.ts'
import { isRefusal, refuse } from '../../domain/refusal.ts'
import { type EventMeta, toDomainEvent, toNewEvent } from '../codec.ts'
import { derivedId } from '../identity.ts'
import { Lru } from '../lru.ts'
import type { AppendResult, EventStore, NewEvent, Position, Premise, RecordedEvent } from '../ports/event-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Snapshots } from '../ports/snapshots.ts'
import { isStoreError, StoreUnavailable } from '../ports/store-errors.ts'
import { pause } from '../time.ts'
import { Turns } from '../turns.ts'

/** A kind of stream and the rules that decide it. */
export interface Aggregate<State, Command, Event> {
  /** Streams are named `<name>-<id>`. */
  readonly name: string
  readonly decider: Decider<State, Command, Event>
  /** Rises when `evolve` or the state's shape changes: older snapshots are ignored then. */
  readonly foldVersion: number
}

/** The use of an idempotency key, as far as the stream remembers it. */
interface KeyUse {
  readonly key: string
  /** Digest of what was asked for; absent in events of older versions. */
  readonly content?: string
  readonly revision: number
  readonly position: Position
}

/** One stream folded up to one revision. */
export interface Entity<State> {
  readonly state: State
  /** Last revision folded; -1 for a stream that has no event. */
  readonly revision: number
  readonly position?: Position
  /** The newest idempotency keys used on this stream, oldest first. */
  readonly keys: readonly KeyUse[]
  /** Position of the newest key that is no longer among them. */
  readonly keysDroppedTo?: Position
}

/**
 * What a decision made happen; with the state that it folded to, if it was folded to decide on, and with what became of the
 * deliveries that were decided on.
 */
export type Decided<State, Event> =
  | readonly Event[]
  | { readonly events: readonly Event[]; readonly state: State; readonly deliveries?: DeliveriesDecided | undefined }

/** Decides on a folded stream. May be asked several times. */
export type Decide<State, Event> = (entity: Entity<State>) => Decided<State, Event> | Promise<Decided<State, Event>>

export interface Outcome<Event> {
  /** What happened, in this call or, if `replayed`, when its idempotency key was used before (then left empty). */
  readonly events: readonly Event[]
  /** Last revision of the stream afterwards; -1 if it has no event. */
  readonly revision: number
  /** Where to wait for, to read one's own write; undefined if the stream has no event. */
  readonly position?: Position
  readonly replayed: boolean
}

export interface ExecuteOptions {
  readonly meta: Omit<EventMeta, 'commandKey' | 'commandContent' | 'deliveries'>
  /** Business time, stored as the time of recording. */
  readonly at: number
  /** Other streams on which the decision rests, where {@link Streams.checksPremises}. */
  readonly premises?: readonly Premise[]
  /** Idempotency key: a second use on the same stream changes nothing and answers with the first outcome. */
  readonly key?: string
  /** Digest of what is asked for under that key: a second use for something else is refused. */
  readonly content?: string
}

/** When something was asked, among the readings of this process: see {@link Streams.moment}. */
export type Moment = number

/** The last reading of one stream's end. */
interface HeadReading {
  /** Infinity before it has begun. */
  began: Moment
  /** In monotonic milliseconds. */
  startedAt: number
  readonly entity: Promise<Entity<unknown>>
}

/** Milliseconds after which a stream is read again, whoever could do with an older reading. */
const LONGEST_SHARED = 50
const READINGS_KEPT = 256

const KEYS_KEPT = 64
const MAX_CONFLICTS = 50
const MAX_UNKNOWN_OUTCOMES = 5
const SNAPSHOT_EVERY = 50
const MAX_SNAPSHOT_LENGTH = 65_536

/** Too many others wrote to the same stream at the same time; nothing was written by this call. */
export class TooManyConflicts extends Error {
  override readonly name = 'TooManyConflicts'
  constructor(stream: string) {
    super(`stream ${stream} changed ${MAX_CONFLICTS} times while a command was being decided`)
  }
}

/** Where an event stands, if it is in the log. */
export interface EventPlace {
  readonly stream: string
  readonly revision: number
  readonly eventId: string
}

/** Nobody could say whether the events of a command are in the log; what is said of the first of them holds for all. */
export class AppendUnknown extends StoreUnavailable {
  readonly place: EventPlace
  constructor(place: EventPlace, options: { readonly cause: unknown }) {
    super('unknown', options)
    this.place = place
  }
}

export interface StreamsOptions {
  readonly events: EventStore
  readonly snapshots: Snapshots
  readonly runtime: Runtime
  /** Folded states kept in memory. */
  readonly capacity?: number
  /** Answers whether a key was used on a stream before what its state remembers; waits until it can prove it. */
  readonly findKey?: (
    stream: string,
    key: string,
    coveredTo: Position,
  ) => Promise<{ revision: number; position: Position; content?: string } | undefined>
}

/**
 * Where rules meet the log: read, fold, decide, append at the exact revision, and again if somebody else was first.
 *
 * Folded states are cached and snapshotted, so the cost of a command does not grow with the length of its stream.
 * A cached state may be behind another process; the exact revision of the append notices, and a decision that writes
 * nothing is repeated on the state at the head of the stream.
 */
export class Streams {
  readonly #events: EventStore
  readonly #snapshots: Snapshots
  readonly #runtime: Runtime
  readonly #findKey: StreamsOptions['findKey']
  readonly #entities: Lru<Entity<unknown>>
  readonly #snapshotted: Lru<number>
  readonly #turns = new Turns()
  readonly #readings = new Lru<HeadReading>(READINGS_KEPT)
  #readingsBegun = 0
  readonly #saving = new Set<Promise<void>>()

  constructor(options: StreamsOptions) {
    this.#events = options.events
    this.#snapshots = options.snapshots
    this.#runtime = options.runtime
    this.#findKey = options.findKey
    this.#entities = new Lru(options.capacity ?? 2_000)
    this.#snapshotted = new Lru(options.capacity ?? 2_000)
  }

  /** Whether an append sees to it that other streams stand where they did. */
  get checksPremises(): boolean {
    return this.#events.checksPremises === true
  }

  /** The stream as this process has seen it last, if it has: perhaps others have gone on since. */
  remembered<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
  ): { readonly state: State; readonly premise: Premise } | undefined {
    const stream = `${aggregate.name}-${id}`
    const entity = this.#entities.get(stream) as Entity<State> | undefined
    return entity && { state: entity.state, premise: { stream, revision: entity.revision } }
  }

  /** Now, to be given to {@link atHead} later. */
  moment(): Moment {
    return this.#readingsBegun
  }

  /**
   * The stream as it was at some instant after `since`, which is now unless it is given. Whoever came before a reading began shares
   * it: the calls of one turn of the event loop, and those of requests that came in together.
   */
  async atHead<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    since: Moment = this.#readingsBegun,
  ): Promise<Entity<State>> {
    const stream = `${aggregate.name}-${id}`
    const last = this.#readings.get(stream)
    if (last !== undefined && last.began > since && this.#runtime.monotonic() - last.startedAt < LONGEST_SHARED) {
      const entity = (await last.entity) as Entity<State>
      const cached = this.#entities.get(stream) as Entity<State> | undefined
      return cached !== undefined && cached.revision > entity.revision ? cached : entity
    }
    const reading: HeadReading = {
      began: Infinity,
      startedAt: this.#runtime.monotonic(),
      entity: Promise.resolve().then(() => {
        reading.began = ++this.#readingsBegun
        return this.#refresh(aggregate, stream)
      }),
    }
    this.#readings.set(stream, reading)
    reading.entity.catch(() => this.#readings.delete(stream))
    return reading.entity as Promise<Entity<State>>
  }

  /** The stream as it was before the first event of which that holds. Read from its beginning, and not remembered. */
  async before<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    holds: (event: Event) => boolean,
  ): Promise<State> {
    let before = aggregate.decider.initialState()
    await this.each(aggregate, id, (state, event) => {
      if (holds(event)) return true
      before = state
      return false
    })
    return before
  }

  /** Every event of a stream with the state after it, from the beginning until `visit` returns true. Not remembered. */
  async each<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    visit: (state: State, event: Event) => boolean | void,
  ): Promise<void> {
    let state = aggregate.decider.initialState()
    for (let from = 0; ;) {
      const page = await this.#events.read(`${aggregate.name}-${id}`, { from, limit: 1_000 })
      for (const recorded of page) {
        const event = toDomainEvent<Event>(recorded)
        state = aggregate.decider.evolve(state, event)
        if (visit(state, event) === true) return
      }
      if (page.length < 1_000) return
      from += page.length
    }
  }

  /**
   * Decides and appends. `decide` may be called several times; it gets the folded stream and answers with what happened.
   * @throws Refusal from `decide`, `key-reused`; PremiseMoved; TooManyConflicts; StoreUnavailable; NewerThanCode
   */
  execute<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    decide: Decide<State, Event>,
    options: ExecuteOptions,
  ): Promise<Outcome<Event>> {
    const stream = `${aggregate.name}-${id}`
    return this.#turns.take(stream, () => this.#run(aggregate, stream, decide, options))
  }

  async #run<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    stream: string,
    decide: Decide<State, Event>,
    options: ExecuteOptions,
  ): Promise<Outcome<Event>> {
    let entity = (this.#entities.get(stream) as Entity<State> | undefined) ?? (await this.#refresh(aggregate, stream))
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const used = await this.#useOf(entity, stream, options)
      if (used !== undefined) return { events: [], revision: used.revision, position: used.position, replayed: true }
      let decided: Decided<State, Event>
      try {
        decided = await decide(entity)
      } catch (error) {
        if (!isRefusal(error)) throw error
        const head = await this.#refresh(aggregate, stream)
        if (head.revision === entity.revision) throw error
        // Another process has written meanwhile, perhaps under this very key: look again.
        entity = head
        continue
      }
      const events = 'events' in decided ? decided.events : decided
      if (events.length === 0) {
        // It must not rest on a state that another process has left behind.
        const head = await this.#refresh(aggregate, stream)
        const isCurrent = head.revision === entity.revision
        entity = head
        if (!isCurrent) continue
        return {
          events,
          revision: entity.revision,
          replayed: false,
          ...(entity.position === undefined ? {} : { position: entity.position }),
        }
      }
      const deliveries = 'deliveries' in decided ? decided.deliveries : undefined
      const appended = await this.#append(stream, entity, events, options, deliveries)
      if (appended !== 'conflict') {
        const state =
          'events' in decided
            ? decided.state
            : decided.reduce((folded, event) => aggregate.decider.evolve(folded, event), entity.state)
        const next = onward(entity, state, appended, options)
        this.#entities.set(stream, next)
        this.#snapshotNowAndThen(aggregate, stream, next)
        return { events, revision: next.revision, position: appended.position, replayed: false }
      }
      entity = await this.#refresh(aggregate, stream)
    }
    throw new TooManyConflicts(stream)
  }

  /** Forgets what is cached; the log is read again. */
  forget(): void {
    this.#entities.clear()
    this.#readings.clear()
  }

  /** Waits for snapshots that are being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#saving)
  }

  /** Whether an idempotency key was used on the stream for this, as far as its head tells. @throws Refusal `key-reused` */
  async isUsed<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    use: Pick<ExecuteOptions, 'key' | 'content'>,
  ): Promise<boolean> {
    const entity = await this.atHead(aggregate, id)
    return (await this.#useOf(entity, `${aggregate.name}-${id}`, use)) !== undefined
  }

  async #append<State, Event>(
    stream: string,
    entity: Entity<State>,
    events: readonly Event[],
    { meta, at, key, content, premises }: ExecuteOptions,
    deliveries: DeliveriesDecided | undefined,
  ): Promise<AppendResult | 'conflict'> {
    // Never derived from the key: another process that was asked the same may have decided on another instant, and its events must
    // not look like these.
    const batch = this.#runtime.newId()
    const eventMeta =
      key === undefined
        ? meta
        : { ...meta, commandKey: key, ...(content === undefined ? {} : { commandContent: content }) }
    const newEvents: readonly NewEvent[] = events.map((event, index) =>
      toNewEvent(
        event as DomainEvent<string, object, object>,
        index === 0 ? batch : derivedId(batch, index, entity.revision),
        index === 0 && deliveries !== undefined ? { ...eventMeta, deliveries } : eventMeta,
        at,
      ),
    )
    const expected = entity.revision < 0 ? 'none' : entity.revision
    const place: EventPlace = { stream, revision: entity.revision + 1, eventId: batch }
    let isApplied = false
    for (let unknown = 0; ; unknown++) {
      try {
        const options = premises === undefined || isApplied ? undefined : { premises }
        return await this.#events.append(stream, expected, newEvents, options)
      } catch (error) {
        let outcome = isStoreError(error, 'StoreUnavailable') ? (error as StoreUnavailable).outcome : 'not-applied'
        // That a repetition was not applied says nothing about the append that it repeats.
        if (unknown > 0 && isStoreError(error, 'StoreUnavailable')) outcome = 'unknown'
        if (unknown > 0 && isStoreError(error, 'PremiseMoved')) {
          // Perhaps that is only because it was applied: then, without preconditions, the next repetition gets the lost answer.
          const isThere = await this.#isThere(place)
          isApplied = isThere === true
          if (isThere !== false) outcome = 'unknown'
        }
        if (isStoreError(error, 'WrongExpectedRevision') || isStoreError(error, 'CorruptIdempotency')) return 'conflict'
        if (outcome !== 'unknown') throw error
        if (unknown >= MAX_UNKNOWN_OUTCOMES) throw new AppendUnknown(place, { cause: error })
        await pause(this.#runtime, 10 * 2 ** unknown)
      }
    }
  }

  /** Whether the event is in the log; undefined if nobody can say. */
  async #isThere({ stream, revision, eventId }: EventPlace): Promise<boolean | undefined> {
    try {
      const [event] = await this.#events.read(stream, { from: revision, limit: 1 })
      return event?.id === eventId
    } catch (error) {
      if (!isStoreError(error, 'StoreUnavailable')) throw error
      return undefined
    }
  }

  /** The use of this key before; undefined: it was not used. @throws Refusal `key-reused` if it was used for something else */
  async #useOf(
    entity: Entity<unknown>,
    stream: string,
    { key, content }: Pick<ExecuteOptions, 'key' | 'content'>,
  ): Promise<Omit<KeyUse, 'key'> | undefined> {
    if (key === undefined) return undefined
    const { keys, keysDroppedTo } = entity
    const known = keys.find((use) => use.key === key)
    const used = known ?? (keysDroppedTo === undefined ? undefined : await this.#findKey?.(stream, key, keysDroppedTo))
    const isSame = used?.content === undefined || content === undefined || used.content === content
    return isSame ? used : refuse('key-reused', { field: 'key' })
  }

  /** Reads what is new since the cached state, or since the snapshot, or everything. */
  async #refresh<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    stream: string,
  ): Promise<Entity<State>> {
    let entity = this.#entities.get(stream) as Entity<State> | undefined
    if (entity === undefined) {
      const head = await this.#events.head(stream)
      // A stream that is short has no snapshot, and one that has no event needs no reading at all.
      entity = (head === undefined || head.revision < SNAPSHOT_EVERY - 1
        ? undefined
        : await this.#fromSnapshot(aggregate, stream)) ?? {
        state: aggregate.decider.initialState(),
        revision: -1,
        keys: [],
      }
      if (head === undefined) return entity
    }
    const before = entity
    for (;;) {
      const page = await this.#events.read(stream, { from: entity.revision + 1, limit: 1_000 })
      if (page.length > 0) entity = this.#evolved(aggregate, entity, page)
      if (page.length < 1_000) break
    }
    const cached = this.#entities.get(stream) as Entity<State> | undefined
    if (cached !== undefined && cached.revision >= entity.revision) return cached
    this.#entities.set(stream, entity)
    if (entity.revision - before.revision >= SNAPSHOT_EVERY) this.#snapshotNowAndThen(aggregate, stream, entity)
    return entity
  }

  #evolved<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    entity: Entity<State>,
    page: readonly RecordedEvent[],
  ): Entity<State> {
    let { state } = entity
    let withKeys: Pick<Entity<State>, 'keys' | 'keysDroppedTo'> = entity
    let last: RecordedEvent | undefined
    for (const recorded of page) {
      state = aggregate.decider.evolve(state, toDomainEvent<Event>(recorded))
      const { commandKey, commandContent } = recorded.meta as EventMeta
      if (commandKey !== undefined) withKeys = withKey(withKeys, keyUse(commandKey, commandContent, recorded))
      last = recorded
    }
    return last === undefined
      ? entity
      : { ...entity, ...withKeys, state, revision: last.revision, position: last.position }
  }

  async #fromSnapshot<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    stream: string,
  ): Promise<Entity<State> | undefined> {
    const snapshot = await this.#snapshots.load(stream)
    if (snapshot === undefined || snapshot.fold !== foldName(aggregate)) return undefined
    const found = keptIn<State>(snapshot.state)
    if (found === undefined) return undefined
    const { eventId, ...kept } = found
    // A log that was restored may have lost the event on which the snapshot stands, or have another one there.
    const [event] = await this.#events.read(stream, { from: snapshot.revision, limit: 1 })
    if (event?.id !== eventId || event?.position !== snapshot.position) return undefined
    this.#snapshotted.set(stream, snapshot.revision)
    return { ...kept, revision: snapshot.revision, position: snapshot.position }
  }

  #snapshotNowAndThen<State, Command, Event>(
    aggregate: Aggregate<State, Command, Event>,
    stream: string,
    entity: Entity<State>,
  ): void {
    if (entity.position === undefined || entity.revision - (this.#snapshotted.get(stream) ?? -1) < SNAPSHOT_EVERY)
      return
    const { state, keys, keysDroppedTo, revision, position } = entity
    this.#snapshotted.set(stream, revision)
    const saving = this.#events
      .read(stream, { from: revision, limit: 1 })
      .then(async ([event]) => {
        if (event?.position !== position) return
        const text = JSON.stringify({ state, keys, keysDroppedTo, eventId: event.id })
        if (text.length > MAX_SNAPSHOT_LENGTH) return
        await this.#snapshots.save(stream, { revision, position, fold: foldName(aggregate), state: text })
      })
      // A snapshot only saves reading: losing one is no error.
      .catch(() => {})
      .finally(() => this.#saving.delete(saving))
    this.#saving.add(saving)
  }
}

/** What the text of a snapshot holds: the folded stream and the event on which it stands. */
type Kept<State> = Pick<Entity<State>, 'state' | 'keys' | 'keysDroppedTo'> & { readonly eventId?: string }

/** Undefined for a snapshot that is damaged: the stream is read from its beginning instead. */
const keptIn = <State>(text: string): Kept<State> | undefined => {
  try {
    return JSON.parse(text) as Kept<State>
  } catch {
    return undefined
  }
}

const foldName = (aggregate: { readonly name: string; readonly foldVersion: number }): string =>
  `${aggregate.name}@${aggregate.foldVersion}`

/** The stream after an append. */
const onward = <State>(
  entity: Entity<State>,
  state: State,
  appended: AppendResult,
  { key, content }: Pick<ExecuteOptions, 'key' | 'content'>,
): Entity<State> => {
  const { revision, position } = appended
  const next: Entity<State> = { ...entity, state, revision, position }
  return key === undefined ? next : withKey(next, keyUse(key, content, appended))
}

const keyUse = (
  key: string,
  content: string | undefined,
  { revision, position }: Pick<AppendResult, 'revision' | 'position'>,
): KeyUse => ({ key, revision, position, ...(content === undefined ? {} : { content }) })

const withKey = <Held extends Pick<Entity<unknown>, 'keys' | 'keysDroppedTo'>>(held: Held, use: KeyUse): Held => {
  const others = held.keys.filter((other) => other.key !== use.key)
  const dropped = others.length >= KEYS_KEPT ? others[0] : undefined
  const keys = [...(dropped === undefined ? others : others.slice(1)), use]
  return { ...held, keys, ...(dropped === undefined ? {} : { keysDroppedTo: dropped.position }) }
}
