import type { Projection, Recorded } from '../../projections/projection.ts'
import { NewerThanCode, toRecorded } from '../codec.ts'
import type { EventStore, Position, RecordedEvent } from '../ports/event-store.ts'
import type { Log } from '../ports/log.ts'
import { isStoreError } from '../ports/store-errors.ts'
import type { Checkpoint, Views } from '../ports/views.ts'
import { monotonic, pause } from '../time.ts'
import { Turns } from '../turns.ts'
import { type AnyProjection, countersId, DocumentCache, foldBatch, viewId } from './view-fold.ts'

/** Documents that changed, by view name. */
export type ViewChange = ReadonlyMap<string, ReadonlySet<string>>

/** Where one view stands. */
export interface ViewProgress {
  readonly name: string
  readonly version: number
  readonly state: 'live' | 'building' | 'stopped'
  readonly position?: Position
  /** Events folded since this process began to build it. */
  readonly folded: number
  /** Why it stopped, as an error name; never content. */
  readonly problem?: string
}

/** The views have not reached the position within the time given. */
export class ViewsBehind extends Error {
  override readonly name = 'ViewsBehind'
  readonly position: Position
  constructor(position: Position, problem?: string) {
    super(`the views have not reached ${position} in time${problem === undefined ? '' : ` (stopped: ${problem})`}`)
    this.position = position
  }
}

/** The view is being built and cannot be read yet. */
export class ViewBuilding extends Error {
  override readonly name = 'ViewBuilding'
  readonly view: string
  constructor(view: string) {
    super(`view ${view} is being built; see the progress of views`)
    this.view = view
  }
}

/** Views that stand at the same place of the log and are folded together. */
interface Group {
  readonly projections: readonly AnyProjection[]
  readonly checkpoint: Checkpoint | undefined
}

export interface ViewRunnerOptions {
  readonly events: EventStore
  readonly views: Views
  readonly projections: readonly Projection<never, never>[]
  readonly log: Log
  /** Documents kept in memory per view. */
  readonly capacity?: number
}

const MAX_BATCH = 1_000
const MIN_BATCH = 16
/** A commit should hold the database no longer than this, so that appends are not kept waiting. */
const COMMIT_MILLISECONDS = 12
/** While the views are behind they are written in larger pieces: each page of an index is then written less often. */
const CATCH_UP_MILLISECONDS = 60
/** So many events at once are not what just happened: the views are behind. */
const BEHIND = 250

/**
 * Folds the log into the views, each event exactly once: documents and checkpoint are one commit.
 *
 * Several processes may run it on the same views: whoever commits first wins, the other goes on from there.
 * A view without a checkpoint, or whose checkpoint names an event that the log does not have, is built from the beginning
 * beside the others and joins them when it has caught up.
 */
export class ViewRunner {
  readonly #events: EventStore
  readonly #views: Views
  readonly #projections: readonly AnyProjection[]
  readonly #log: Log
  readonly #cache: DocumentCache
  readonly #listeners = new Set<(change: ViewChange) => void>()
  readonly #waiting = new Set<() => void>()
  readonly #folded = new Map<string, number>()
  readonly #turns = new Turns()
  #live: Group = { projections: [], checkpoint: undefined }
  #building: readonly Group[] = []
  #problem: string | undefined
  /** False while everything is built from the beginning: half a view is worse than none. */
  #ready = false
  #stop: AbortController | undefined
  #running: Promise<void> | undefined
  #batch = 64
  #behind = true

  constructor(options: ViewRunnerOptions) {
    this.#events = options.events
    this.#views = options.views
    this.#projections = options.projections as unknown as readonly AnyProjection[]
    this.#log = options.log
    this.#cache = new DocumentCache(options.capacity ?? 4_000)
  }

  start(): void {
    if (this.#running !== undefined) return
    const stop = new AbortController()
    this.#stop = stop
    this.#running = this.#run(stop.signal)
  }

  async stop(): Promise<void> {
    this.#stop?.abort()
    await this.#running
    this.#running = undefined
    this.#wake()
  }

  /** Called after every commit, with what changed; answers a function that ends it. */
  listen(listener: (change: ViewChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The place up to which every live view has read. */
  get position(): Position | undefined {
    return this.#live.checkpoint?.position
  }

  /** Resolves when the view can be read: at once, but for the moments after the start and a build. @throws ViewBuilding */
  async whenLive(name: string, timeout = 5_000): Promise<void> {
    const live = (): boolean => this.#ready && this.#live.projections.some((projection) => projection.name === name)
    const end = monotonic() + timeout
    while (!live()) {
      const left = end - monotonic()
      if (left <= 0) throw new ViewBuilding(name)
      await this.#changed(left)
    }
  }

  /** Resolves when all views have been built and have read up to the position. @throws ViewsBehind */
  async waitFor(position: Position | undefined, timeout = 5_000): Promise<void> {
    const there = (): boolean =>
      this.#ready &&
      this.#live.projections.length === this.#projections.length &&
      (position === undefined || (this.#live.checkpoint?.position ?? '') >= position)
    const end = monotonic() + timeout
    while (!there()) {
      const left = end - monotonic()
      if (left <= 0 || this.#problem === 'NewerThanCode') throw new ViewsBehind(position ?? '', this.#problem)
      await this.#changed(left)
    }
  }

  progress(): readonly ViewProgress[] {
    const rows = (group: Group, state: 'live' | 'building'): readonly ViewProgress[] =>
      group.projections.map(({ name, version }) => ({
        name,
        version,
        state: this.#problem === undefined ? state : 'stopped',
        folded: this.#folded.get(name) ?? 0,
        ...(group.checkpoint === undefined ? {} : { position: group.checkpoint.position }),
        ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      }))
    return [
      ...rows(this.#live, this.#ready ? 'live' : 'building'),
      ...this.#building.flatMap((group) => rows(group, 'building')),
    ]
  }

  async #run(signal: AbortSignal): Promise<void> {
    let wait = 50
    while (!signal.aborted) {
      try {
        await this.#takeStock()
        await this.#follow(signal)
        wait = 50
      } catch (error) {
        if (signal.aborted || isStoreError(error, 'StoreClosed')) return
        this.#cache.clear()
        if (isStoreError(error, 'CheckpointMoved')) continue
        this.#problem = error instanceof Error ? error.name : 'Error'
        this.#log.error('the views have stopped; they go on from where they stand', {
          problem: this.#problem,
          ...(error instanceof NewerThanCode
            ? { stream: error.stream, type: error.eventType, version: error.version }
            : {}),
        })
        this.#wake()
        await pause(wait, signal)
        wait = Math.min(wait * 2, 5_000)
      }
    }
  }

  /** Finds out where every view stands. */
  async #takeStock(): Promise<void> {
    const groups = new Map<string, Group>()
    for (const projection of this.#projections) {
      const checkpoint = await this.#provenCheckpoint(projection)
      const place = checkpoint?.position ?? ''
      const group = groups.get(place)
      groups.set(place, { checkpoint, projections: [...(group?.projections ?? []), projection] })
    }
    const ordered = [...groups].toSorted(([a], [b]) => (a < b ? 1 : -1)).map(([, group]) => group)
    const [live, ...building] = ordered
    this.#live = live ?? { projections: [], checkpoint: undefined }
    this.#building = building
    if (live?.checkpoint !== undefined) this.#ready = true
    this.#wake()
  }

  /** A checkpoint counts only while the log holds the event that it names. */
  async #provenCheckpoint(projection: AnyProjection): Promise<Checkpoint | undefined> {
    const checkpoint = await this.#views.checkpoint(viewId(projection))
    if (checkpoint === undefined) return undefined
    const named = readCheckpointEvent(checkpoint.eventId)
    const [found] = named === undefined ? [] : await this.#events.read(named.stream, { from: named.revision, limit: 1 })
    if (
      found !== undefined &&
      checkpointEvent(found) === checkpoint.eventId &&
      found.position === checkpoint.position
    ) {
      return checkpoint
    }
    this.#log.warn('a view stands on an event that the log does not have; it is built anew', { view: projection.name })
    await this.#views.drop(viewId(projection))
    if (projection.counters !== undefined) await this.#views.drop(countersId(projection))
    return undefined
  }

  /** Follows the log live; what is behind is built beside it. */
  async #follow(signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const both = AbortSignal.any([signal, stop.signal])
    const tasks = [this.#followLive(both), this.#build(both)]
    try {
      await Promise.all(tasks)
    } finally {
      stop.abort()
      await Promise.allSettled(tasks)
    }
  }

  async #followLive(signal: AbortSignal): Promise<void> {
    const after = this.#live.checkpoint?.position
    for await (const delivery of this.#events.subscribe({ signal, ...(after === undefined ? {} : { after }) })) {
      if (delivery.kind === 'events') {
        if (delivery.events.length >= BEHIND) this.#behind = true
        let at = 0
        while (at < delivery.events.length && !signal.aborted) {
          const part = delivery.events.slice(at, at + this.#batch)
          await this.#turns.take(LIVE, async () => {
            this.#live = await this.#commit(this.#live, part)
          })
          at += part.length
        }
      }
      this.#problem = undefined
      if (delivery.kind === 'caught-up') {
        this.#ready = true
        this.#behind = false
      }
      this.#wake()
      if (signal.aborted) return
    }
  }

  /** Reads the log for the views that are behind, one group after the other, until they stand with the live ones and join them. */
  async #build(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [group, ...others] = this.#building
      if (group === undefined) return
      if (placeOf(group) === placeOf(this.#live)) {
        await this.#turns.take(LIVE, async () => {
          if (placeOf(group) !== placeOf(this.#live)) return
          this.#live = { ...this.#live, projections: [...this.#live.projections, ...group.projections] }
          this.#building = others
        })
        this.#wake()
        continue
      }
      const after = group.checkpoint?.position
      const page = await this.#events.readAll({ limit: this.#batch, ...(after === undefined ? {} : { after }) })
      const events = page.events.filter((event) => event.position <= placeOf(this.#live))
      if (events.length > 0) this.#building = [await this.#commit(group, events), ...others]
      await pause(0)
    }
  }

  async #commit(group: Group, events: readonly RecordedEvent[]): Promise<Group> {
    const last = events.at(-1)
    if (last === undefined) return group
    const batch: readonly Recorded<unknown>[] = events.map((event) => toRecorded(event))
    const to: Checkpoint = { position: last.position, eventId: checkpointEvent(last) }
    const folds = await Promise.all(
      group.projections.map((projection) =>
        foldBatch(this.#views, this.#cache, projection, batch, group.checkpoint, to),
      ),
    )
    const began = monotonic()
    try {
      await this.#views.commit(folds.flatMap(({ changes }) => changes))
    } catch (error) {
      // Another process wrote these very documents: who listens here must hear of them all the same.
      if (isStoreError(error, 'CheckpointMoved')) this.#tell(group, folds)
      throw error
    }
    for (const { kept } of folds) kept()
    const took = monotonic() - began
    const limit = this.#behind ? CATCH_UP_MILLISECONDS : COMMIT_MILLISECONDS
    if (took > limit) this.#batch = Math.max(MIN_BATCH, Math.floor(this.#batch * 0.7))
    else if (events.length >= this.#batch && took < limit / 2) this.#batch = Math.min(MAX_BATCH, this.#batch * 2)
    for (const { name } of group.projections) this.#folded.set(name, (this.#folded.get(name) ?? 0) + events.length)
    this.#tell(group, folds)
    return { ...group, checkpoint: to }
  }

  #tell(group: Group, folds: readonly { readonly changed: readonly string[] }[]): void {
    const change = new Map<string, ReadonlySet<string>>()
    group.projections.forEach((projection, index) => {
      const changed = folds[index]?.changed ?? []
      if (changed.length > 0) change.set(projection.name, new Set(changed))
    })
    if (change.size === 0) return
    // After the checkpoint has moved, so that a listener reads what it hears of.
    queueMicrotask(() => {
      for (const listener of this.#listeners) listener(change)
    })
  }

  #changed(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, timeout)
      this.#waiting.add(done)
    })
  }

  #wake(): void {
    for (const done of this.#waiting) done()
  }
}

/** Where the commits of the live views, and what joins them, take their turns. */
const LIVE = 'live'

const placeOf = ({ checkpoint }: Group): Position => checkpoint?.position ?? ''

/** What a checkpoint names: stream, revision and id of the event it stands on. */
const checkpointEvent = (event: RecordedEvent): string => `${event.revision} ${event.id} ${event.stream}`

const readCheckpointEvent = (text: string): { readonly stream: string; readonly revision: number } | undefined => {
  const [revision, , ...stream] = text.split(' ')
  return revision === undefined || stream.length === 0
    ? undefined
    : { stream: stream.join(' '), revision: Number(revision) }
}
