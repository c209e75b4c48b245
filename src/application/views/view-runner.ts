import type { Projection, Recorded } from '../../projections/projection.ts'
import { NewerThanCode, toRecorded } from '../codec.ts'
import type { EventStore, Position, RecordedEvent } from '../ports/event-store.ts'
import type { Log } from '../ports/log.ts'
import { CheckpointMoved, isStoreError } from '../ports/store-errors.ts'
import type { Checkpoint, Views } from '../ports/views.ts'
import { problemOf } from '../problem.ts'
import { breather, monotonic, pause, pauseUnless } from '../time.ts'
import { Turns } from '../turns.ts'
import { foreignChanges, touched, type ViewChange } from './foreign-changes.ts'
import { OlderBuilds } from './older-builds.ts'
import { buildsOf, checkpointEvent, type Group, placeOf, takeStock } from './stock.ts'
import { type Stop, stopOf, ViewBuilding, ViewsBehind, ViewsStopped } from './view-errors.ts'
import { type AnyProjection, DocumentCache, foldBatch, viewId } from './view-fold.ts'

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
  /** The stream of the event before which it stopped, if that is newer than the code. */
  readonly stream?: string
}

/** What to wait for. */
export interface WaitOptions {
  /** The views that are needed, by name; default: all of them. */
  readonly views?: readonly string[]
  /** Milliseconds; default 5,000. */
  readonly timeout?: number
}

export interface ViewRunnerOptions {
  readonly events: EventStore
  readonly views: Views
  readonly projections: readonly Projection<never, never>[]
  readonly log: Log
  /** Documents kept in memory per view. */
  readonly capacity?: number
  /** Whether it is this process's turn to fold, where several do; the others follow it. Default: always. */
  readonly isMine?: () => boolean
  /** Milliseconds between two looks for older versions that nobody keeps any more. */
  readonly lookEvery?: number
}

const MAX_BATCH = 1_000
const FIRST_BATCH = 64
const MIN_BATCH = 16
/**
 * Events folded together for a build whose entries the engine keeps back: a document, or a page of an index, that changes often is
 * written once. Beside views that are read there are fewer, for those wait for its commits.
 */
const BUILD_BATCH = 8_192
const BUILD_BATCH_BESIDE = 2_048
/** A commit should take no longer than this: an append may wait for it, or the next commit of views. */
const COMMIT_MILLISECONDS = 12
/** While the views are behind they may be written in somewhat larger pieces. */
const CATCH_UP_MILLISECONDS = 15
/** Where no append waits for the views they are written in pieces that are worth the flush to the disk. */
const CATCH_UP_ASIDE_MILLISECONDS = 250
/** So many events at once are not what just happened: the views are behind. */
const BEHIND = 250
/** The first pause after another process was first; doubled with each further time. */
const AFTER_LOSS = 10
const LONGEST_AFTER_LOSS = 80
/** How long a process of newer code has to fold what this one cannot, before the views here count as stopped. */
const LEFT_TO_NEWER = 250
/** How often a view that this code cannot build is looked at again. */
const RETRY_BUILD = 5_000
/** How long a process waits for the one whose turn it is before it folds in its stead. */
const PATIENCE = 500
/** The longest pause between two looks at how far that one is. */
const LONGEST_LOOK = 16
const LOOK_EVERY = 30_000
/** Milliseconds of folding after which others get their turn. */
const LONGEST_WORK = 5

/**
 * Folds the log into the views, each event exactly once: documents and checkpoint are one commit.
 *
 * Several processes may run it on the same views: whoever commits first wins. The other one reads what that was about, tells
 * its own listeners of it, and goes on from there; it keeps out of the way for a moment, and follows as long as it loses.
 * A view without a checkpoint, or whose checkpoint names an event that the log does not have, is built from the beginning
 * beside the others and joins them when it has caught up.
 * An event newer than the code is never skipped: the views stop before it, and answer nothing until newer code has read it.
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
  readonly #older: OlderBuilds
  readonly #lookEvery: number
  #live: Group = NOTHING
  #building: readonly Group[] = []
  #problem: Stop | undefined
  /** Whether this process knows from where on it tells its listeners of what others fold. */
  #knowsStock = false
  /** How often in a row another process was first. */
  #losses = 0
  readonly #isMine: () => boolean
  /** Whether this process folds although it is not its turn, because nobody else did: also where views are of each process alone. */
  #standsIn = false
  /** False while everything is built from the beginning: half a view is worse than none. */
  #ready = false
  #stop: AbortController | undefined
  #running: Promise<void> | undefined
  #batch = FIRST_BATCH
  #behind = true

  constructor(options: ViewRunnerOptions) {
    this.#events = options.events
    this.#views = options.views
    this.#projections = options.projections as unknown as readonly AnyProjection[]
    this.#log = options.log
    this.#cache = new DocumentCache(options.capacity ?? 4_000)
    this.#older = new OlderBuilds(options.views)
    this.#isMine = options.isMine ?? (() => true)
    this.#lookEvery = options.lookEvery ?? LOOK_EVERY
  }

  start(): void {
    if (this.#running !== undefined) return
    const stop = new AbortController()
    this.#stop = stop
    this.#running = this.#run(stop.signal)
    // Nobody waits for it: what is dropped may be large, and can be dropped at another time.
    void this.#tidy(stop.signal)
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

  /**
   * Resolves when the view can be read: at once, but for the moments after the start and a build.
   * @throws ViewBuilding, ViewsStopped
   */
  async whenLive(name: string, timeout = 5_000): Promise<void> {
    const end = monotonic() + timeout
    for (;;) {
      const stop = this.#stopOf(name)
      if (stop?.lasting === true) throw new ViewsStopped(name, stop)
      if (this.#isLive(name)) return
      const left = end - monotonic()
      if (left <= 0) throw new ViewBuilding(name)
      await this.#changed(left)
    }
  }

  /** Resolves when these views have been built and have read up to the position. @throws ViewsBehind */
  async waitFor(position: Position | undefined, { views, timeout = 5_000 }: WaitOptions = {}): Promise<void> {
    const names = views ?? this.#projections.map(({ name }) => name)
    const there = (): boolean =>
      names.every((name) => this.#isLive(name)) && (position === undefined || placeOf(this.#live) >= position)
    const end = monotonic() + timeout
    while (!there()) {
      const left = end - monotonic()
      const stop = names.map((name) => this.#stopOf(name)).find((each) => each !== undefined)
      // A store that fails for a moment is worth waiting for; code that is too old is not.
      if (left <= 0 || stop?.problem === 'NewerThanCode') throw new ViewsBehind(position ?? '', stop?.problem)
      await this.#changed(left)
    }
  }

  #isLive(name: string): boolean {
    return this.#ready && this.#live.projections.some((projection) => projection.name === name)
  }

  #stopOf(name: string): Stop | undefined {
    const group = this.#building.find(({ projections }) => projections.some((projection) => projection.name === name))
    return group?.stop ?? this.#problem
  }

  progress(): readonly ViewProgress[] {
    const rows = (group: Group, state: 'live' | 'building'): readonly ViewProgress[] => {
      const stop = group.stop ?? this.#problem
      return group.projections.map(({ name, version }) => ({
        name,
        version,
        state: stop === undefined ? state : 'stopped',
        folded: this.#folded.get(name) ?? 0,
        ...(group.checkpoint === undefined ? {} : { position: group.checkpoint.position }),
        ...(stop === undefined ? {} : { problem: stop.problem }),
        ...(stop?.stream === undefined ? {} : { stream: stop.stream }),
      }))
    }
    return [
      ...rows(this.#live, this.#ready ? 'live' : 'building'),
      ...this.#building.flatMap((group) => rows(group, 'building')),
    ]
  }

  async #run(signal: AbortSignal): Promise<void> {
    let wait = 50
    while (!signal.aborted) {
      try {
        await this.#takeStock(signal)
        await this.#follow(signal)
      } catch (error) {
        if (signal.aborted || isStoreError(error, 'StoreClosed')) return
        if (isStoreError(error, 'CheckpointMoved')) {
          this.#standsIn = false
          await pause(this.#afterLoss(), signal)
          continue
        }
        this.#cache.forgetAll(this.#projections)
        if (this.#problem === undefined) wait = 50
        this.#problem = stopOf(error)
        this.#log.error('the views have stopped; they go on from where they stand', detailsOf(error))
        this.#wake()
        await pause(wait, signal)
        wait = Math.min(wait * 2, 5_000)
      }
    }
  }

  /** By chance, so that two processes do not meet again and again. */
  #afterLoss(): number {
    const longest = Math.min(AFTER_LOSS * 2 ** this.#losses, LONGEST_AFTER_LOSS)
    this.#losses++
    return ((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 256) * longest
  }

  /** Finds out where every view stands, and tells of what others have folded since this process last did. */
  async #takeStock(signal: AbortSignal): Promise<void> {
    const [live = NOTHING, ...building] = await takeStock(
      { events: this.#events, views: this.#views, log: this.#log },
      this.#projections,
    )
    const before = this.#live
    const stayed = live.projections.filter((projection) => before.projections.includes(projection))
    this.#cache.forgetAll(this.#projections.filter((projection) => !stayed.includes(projection)))
    if (this.#knowsStock && placeOf(live) > placeOf(before)) {
      await this.#hearOf(live.projections, { after: before.checkpoint?.position, to: placeOf(live) }, signal)
    } else if (live.checkpoint?.eventId !== before.checkpoint?.eventId) this.#cache.forgetAll(this.#projections)
    this.#knowsStock = true
    this.#live = live
    this.#building = building
    this.#ready = live.unindexed === undefined
    this.#wake()
  }

  /** Another process has folded from one place to another: what that changed is not what is remembered here any more. */
  async #hearOf(
    projections: readonly AnyProjection[],
    between: { readonly after: Position | undefined; readonly to: Position },
    signal: AbortSignal,
  ): Promise<void> {
    for await (const { change, isWhole } of foreignChanges(this.#events, projections, between, signal)) {
      for (const projection of projections) this.#cache.forget(projection, change.get(projection.name) ?? [])
      if (!isWhole) this.#cache.forgetAll(projections)
      this.#tell(change)
    }
    signal.throwIfAborted()
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

  /** Builds everything from the beginning, up to the end of the log, before it is followed. */
  async #buildLive(signal: AbortSignal): Promise<void> {
    while (this.#isBuiltAtOnce(this.#live) && !signal.aborted) {
      const after = this.#live.checkpoint?.position
      const limit = this.#pieceOf(this.#live)
      const part = readable((await this.#events.readAll({ limit, ...(after === undefined ? {} : { after }) })).events)
      if (part.events.length === 0) return
      await this.#turns.take(LIVE, async () => {
        this.#live = await this.#commit(this.#live, part)
      })
      this.#wake()
    }
  }

  /** Whether the engine takes large pieces of it, because nobody reads it yet. */
  #isBuiltAtOnce({ unindexed }: Group): boolean {
    return unindexed === true && this.#views.index !== undefined
  }

  /** How many events are folded together. The first ones create the build, which the engine has to see at once. */
  #pieceOf(group: Group): number {
    if (!this.#isBuiltAtOnce(group)) return this.#batch
    if (group.checkpoint === undefined) return MIN_BATCH
    return this.#ready ? BUILD_BATCH_BESIDE : BUILD_BATCH
  }

  async #followLive(signal: AbortSignal): Promise<void> {
    await this.#buildLive(signal)
    const after = this.#live.checkpoint?.position
    for await (const delivery of this.#events.subscribe({ signal, ...(after === undefined ? {} : { after }) })) {
      if (delivery.kind === 'events') {
        if (delivery.events.length >= BEHIND) this.#behind = true
        let at = 0
        while (at < delivery.events.length && !signal.aborted) {
          const part = readable(delivery.events.slice(at, at + this.#batch))
          if (part.error !== undefined && part.events.length === 0) await this.#leaveToNewer(part.error, signal)
          const heard = part.events.length === 0 ? 0 : await this.#leaveToHolder(part, signal)
          if (heard > 0) {
            at += heard
            continue
          }
          // Who lost last time asks before it folds for nothing.
          if (this.#losses > 0 && (await this.#hasMoved())) throw new CheckpointMoved('live')
          await this.#turns.take(LIVE, async () => {
            this.#live = await this.#commit(this.#live, part)
          })
          this.#losses = 0
          at += part.events.length
        }
      }
      this.#problem = undefined
      if (delivery.kind === 'caught-up') {
        await this.#turns.take(LIVE, async () => {
          this.#live = await this.#index(this.#live, signal)
        })
        if (signal.aborted) return
        this.#ready = true
        this.#behind = false
      }
      this.#wake()
      if (signal.aborted) return
    }
  }

  /** Whether another process has folded further than this one. */
  async #hasMoved(): Promise<boolean> {
    const [projection] = this.#live.projections
    if (projection === undefined) return false
    return (await this.#views.checkpoint(viewId(projection)))?.eventId !== this.#live.checkpoint?.eventId
  }

  /** Leaves these events to the process whose turn it is. Answers how many of them that has folded; 0: none, so this one does. */
  async #leaveToHolder(part: Part, signal: AbortSignal): Promise<number> {
    const end = monotonic() + PATIENCE
    const { commits } = this.#views
    const upTo = (place: Position | undefined): number =>
      part.events.filter(({ position }) => position <= (place ?? '')).length
    let hasWaited = commits === undefined
    for (
      let wait = commits === undefined ? 1 : LONGEST_LOOK;
      !this.#standsIn && !this.#isMine() && !signal.aborted;
      wait = Math.min(wait * 2, LONGEST_LOOK)
    ) {
      const heard = commits?.rings() ?? 0
      const told = upTo(commits?.reached(buildsOf(this.#live)))
      const count = told === 0 && hasWaited ? upTo(await this.#reached()) : told
      if (count > 0) {
        await this.#turns.take(LIVE, async () => this.#hear(part, count))
        return count
      }
      if (monotonic() > end) this.#standsIn = true
      else if (commits === undefined) await pause(wait, signal)
      else await pauseUnless((woken) => commits.after(heard, woken), wait, signal)
      hasWaited = true
    }
    return 0
  }

  /** How far the live views have been folded, by whomever. @throws CheckpointMoved when they do not stand together any more */
  async #reached(): Promise<Position | undefined> {
    const mine = new Set(buildsOf(this.#live).map(({ name, version }) => `${name}@${version}`))
    const builds = (await this.#views.builds()).filter(({ view }) => mine.has(`${view.name}@${view.version}`))
    const [first] = builds
    if (builds.some(({ checkpoint }) => checkpoint.eventId !== first?.checkpoint.eventId))
      throw new CheckpointMoved('live')
    return first?.checkpoint.position
  }

  /** Another process has folded the first of these events: what they touch is read anew, and told. */
  #hear({ events, recorded }: Part, count: number): void {
    const last = events[count - 1]
    if (last === undefined) return
    const change = touched(this.#live.projections, recorded.slice(0, count))
    for (const projection of this.#live.projections) this.#cache.forget(projection, change.get(projection.name) ?? [])
    this.#live = { ...this.#live, checkpoint: { position: last.position, eventId: checkpointEvent(last) } }
    this.#tell(change)
    this.#wake()
  }

  /** What this code cannot read a process of newer code may fold: then this one goes on behind it. */
  async #leaveToNewer(error: NewerThanCode, signal: AbortSignal): Promise<never> {
    const end = monotonic() + (this.#problem === undefined ? LEFT_TO_NEWER : 0)
    do {
      if (await this.#hasMoved()) throw new CheckpointMoved('live')
      await pause(20, signal)
    } while (monotonic() < end && !signal.aborted)
    throw error
  }

  /** Reads the log for the views that are behind, one group after the other, until they stand with the live ones and join them. */
  async #build(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const group = this.#building.find(({ stop }) => stop === undefined)
      if (group === undefined) {
        if (this.#building.length === 0) return
        // What stopped stays as it is, until newer code has gone past the event or the views are started again.
        await pause(RETRY_BUILD, signal)
        await this.#takeStockOfBuilding()
        continue
      }
      const others = this.#building.filter((other) => other !== group)
      if (placeOf(group) === placeOf(this.#live) && this.#isBeforeIndex(group)) {
        this.#building = [await this.#index(group, signal), ...others]
        continue
      }
      if (placeOf(group) === placeOf(this.#live)) {
        await this.#turns.take(LIVE, async () => {
          if (placeOf(group) !== placeOf(this.#live) || this.#isBeforeIndex(group)) return
          this.#live = { ...this.#live, projections: [...this.#live.projections, ...group.projections] }
          this.#building = others
        })
        this.#wake()
        continue
      }
      const after = group.checkpoint?.position
      const page = await this.#events.readAll({
        limit: this.#pieceOf(group),
        ...(after === undefined ? {} : { after }),
      })
      const part = readable(page.events.filter((event) => event.position <= placeOf(this.#live)))
      try {
        if (part.error !== undefined && part.events.length === 0) throw part.error
        if (part.events.length > 0) this.#building = [await this.#commit(group, part), ...others]
        // Another process has built it beyond where the live views stand here.
        await pause(part.events.length > 0 ? 0 : 10)
      } catch (error) {
        if (isStoreError(error, 'CheckpointMoved')) {
          await pause(this.#afterLoss(), signal)
          await this.#takeStockOfBuilding()
        } else if (error instanceof NewerThanCode) {
          this.#building = [...others, { ...group, stop: stopOf(error) }]
          this.#log.error('a view cannot be built further by this code', detailsOf(error))
          this.#wake()
        } else throw error
      }
    }
  }

  /** While everything is built from the beginning, the live views wait for their entries too. */
  #isBeforeIndex(group: Group): boolean {
    return group.unindexed === true && this.#live.unindexed === undefined
  }

  /** Puts the entries of a build into place, which it may have kept back so far. */
  async #index(group: Group, signal: AbortSignal): Promise<Group> {
    if (group.unindexed === undefined) return group
    await this.#views.index?.(buildsOf(group), { signal })
    if (signal.aborted) return group
    const { unindexed: _, ...indexed } = group
    return indexed
  }

  async #takeStockOfBuilding(): Promise<void> {
    const projections = this.#building.flatMap((group) => group.projections)
    this.#cache.forgetAll(projections)
    this.#building = await takeStock({ events: this.#events, views: this.#views, log: this.#log }, projections)
  }

  /** Older versions of what is live are dropped once nobody keeps them any more. */
  async #tidy(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#lookEvery, signal)
      if (signal.aborted) return
      try {
        const dropped = await this.#older.look(this.#live.projections, this.#live.checkpoint?.position)
        if (dropped.length > 0) this.#log.info('older versions of views were dropped', { views: dropped.length })
      } catch (error) {
        if (isStoreError(error, 'StoreClosed')) return
        this.#log.warn('older versions of views are still there', detailsOf(error))
      }
    }
  }

  async #commit(group: Group, { events, recorded }: Part): Promise<Group> {
    const last = events.at(-1)
    if (last === undefined) return group
    const to: Checkpoint = { position: last.position, eventId: checkpointEvent(last) }
    const isBuilt = this.#isBuiltAtOnce(group)
    const deferEntries = isBuilt && group.checkpoint === undefined
    const folded = (projection: AnyProjection): ReturnType<typeof foldBatch> =>
      foldBatch(this.#views, this.#cache, projection, recorded, group.checkpoint, to, deferEntries)
    // What is asked for in one turn may share a statement; many events take too long for one turn.
    const isLong = isBuilt || events.length > FIRST_BATCH
    const folds = isLong ? await oneByOne(group.projections, folded) : await Promise.all(group.projections.map(folded))
    const began = monotonic()
    await this.#views.commit(folds.flatMap(({ changes }) => changes))
    for (const { kept } of folds) kept()
    const took = monotonic() - began
    const limit = this.#longestCommit()
    if (isBuilt) this.#batch = FIRST_BATCH
    else if (took > limit) this.#batch = Math.max(MIN_BATCH, Math.floor(this.#batch * 0.7))
    else if (events.length >= this.#batch && took < limit / 2) this.#batch = Math.min(MAX_BATCH, this.#batch * 2)
    for (const { name } of group.projections) this.#folded.set(name, (this.#folded.get(name) ?? 0) + events.length)
    this.#tell(
      new Map(
        group.projections.flatMap(({ name }, index) => {
          const changed = folds[index]?.changed ?? []
          return changed.length === 0 ? [] : [[name, new Set(changed)] as const]
        }),
      ),
    )
    return { ...group, checkpoint: to }
  }

  #longestCommit(): number {
    if (!this.#behind) return COMMIT_MILLISECONDS
    return this.#views.commitsAside === true ? CATCH_UP_ASIDE_MILLISECONDS : CATCH_UP_MILLISECONDS
  }

  #tell(change: ViewChange): void {
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

/** Lets others have their turn between two of many. */
const oneByOne = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const breathe = breather(LONGEST_WORK)
  const results: Result[] = []
  for (const item of items) {
    await breathe()
    results.push(await work(item))
  }
  return results
}

/** Where the commits of the live views, and what joins them, take their turns. */
const LIVE = 'live'

const NOTHING: Group = { projections: [], checkpoint: undefined }

/** Events as far as this code can read them. */
interface Part {
  readonly events: readonly RecordedEvent[]
  readonly recorded: readonly Recorded<unknown>[]
  /** Why it ends before the last one. */
  readonly error?: NewerThanCode
}

const readable = (events: readonly RecordedEvent[]): Part => {
  const recorded: Recorded<unknown>[] = []
  try {
    for (const event of events) recorded.push(toRecorded(event))
    return { events, recorded }
  } catch (error) {
    if (error instanceof NewerThanCode) return { events: events.slice(0, recorded.length), recorded, error }
    throw error
  }
}

/** What the log of the process may hear of a problem: names and ids. */
const detailsOf = (error: unknown): Readonly<Record<string, string | number | undefined>> => ({
  ...problemOf(error),
  problem: stopOf(error).problem,
  ...(error instanceof NewerThanCode ? { stream: error.stream, type: error.eventType, version: error.version } : {}),
})
