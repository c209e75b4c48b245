import type { Projection } from '../../projections/projection.ts'
import { NewerThanCode } from '../codec.ts'
import { type Failing, LastingTrouble } from '../lasting-trouble.ts'
import type { EventStore, Position } from '../ports/event-store.ts'
import type { Log } from '../ports/log.ts'
import type { Runtime } from '../ports/runtime.ts'
import { CheckpointMoved, isStoreError } from '../ports/store-errors.ts'
import type { Views } from '../ports/views.ts'
import { problemOf } from '../problem.ts'
import { jitter, pause } from '../time.ts'
import { Turns } from '../turns.ts'
import { foreignChanges, touched, type ViewChange } from './foreign-changes.ts'
import { GroupCommits } from './group-commits.ts'
import { Holder } from './holder.ts'
import { OlderBuilds } from './older-builds.ts'
import { type Part, readable, type Unreadable } from './readable.ts'
import { Standing, type ViewProgress, type WaitOptions } from './standing.ts'
import { buildsOf, checkpointOf, type Group, NOTHING, placeOf, takeStock } from './stock.ts'
import { StoppedViews } from './stopped-views.ts'
import { stopOf } from './view-errors.ts'
import { type AnyProjection, DocumentCache, viewId } from './view-fold.ts'

export interface ViewRunnerOptions {
  readonly events: EventStore
  readonly views: Views
  readonly projections: readonly Projection<never, never>[]
  readonly log: Log
  readonly runtime: Runtime
  /** Documents kept in memory per view. */
  readonly capacity?: number
  /** Whether it is this process's turn to fold, where several do; the others follow it. Default: always. */
  readonly isMine?: () => boolean
  /** Milliseconds between two looks for older versions that nobody keeps any more. */
  readonly lookEvery?: number
  /** Milliseconds between two looks at views that this code cannot fold further. */
  readonly retryEvery?: number
}

/** The first pause after another process was first; doubled with each further time. */
const AFTER_LOSS = 10
const LONGEST_AFTER_LOSS = 80
/** How long a process of newer code has to fold what this one cannot, before the views here count as stopped. */
const LEFT_TO_NEWER = 250
const RETRY_EVERY = 5_000
/** Omissions of a view that its progress names. */
const NAMED = 20
/** Milliseconds after which what other processes have left out is read again. */
const OMISSIONS_EVERY = 1_000
const LOOK_EVERY = 30_000

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
  readonly #runtime: Runtime
  readonly #trouble: LastingTrouble
  readonly #cache: DocumentCache
  readonly #listeners = new Set<(change: ViewChange) => void>()
  readonly #standing: Standing
  readonly #commits: GroupCommits
  readonly #holder: Holder
  readonly #turns = new Turns()
  readonly #older: OlderBuilds
  readonly #stopped: StoppedViews
  readonly #lookEvery: number
  readonly #retryEvery: number
  /** Whether this process knows from where on it tells its listeners of what others fold. */
  #knowsStock = false
  #isToReadOmissions = false
  readonly #ended = new AbortController()
  /** How often in a row another process was first. */
  #losses = 0
  #stop: AbortController | undefined
  #running: Promise<void> | undefined

  constructor(options: ViewRunnerOptions) {
    this.#events = options.events
    this.#views = options.views
    this.#projections = options.projections as unknown as readonly AnyProjection[]
    this.#log = options.log
    this.#runtime = options.runtime
    this.#trouble = new LastingTrouble('following the log with the views', options.log, options.runtime)
    this.#standing = new Standing(this.#projections, options.runtime)
    this.#cache = new DocumentCache(options.capacity ?? 4_000)
    this.#commits = new GroupCommits(options.views, this.#cache, options.log, options.runtime)
    this.#older = new OlderBuilds(options.views)
    this.#holder = new Holder(options.views, options.runtime, options.isMine ?? (() => true))
    this.#stopped = new StoppedViews(options.events)
    this.#lookEvery = options.lookEvery ?? LOOK_EVERY
    this.#retryEvery = options.retryEvery ?? RETRY_EVERY
  }

  start(): void {
    if (this.#running !== undefined) return
    const stop = new AbortController()
    this.#stop = stop
    this.#standing.start()
    this.#running = this.#run(stop.signal)
    // Nobody waits for it: what is dropped may be large, and can be dropped at another time.
    void this.#tidy(stop.signal)
  }

  /** Aborts when the desk stops: whatever waits or watches ends. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** @throws Refusal `not-started`, StoreClosed when it was stopped */
  assertRunning(): void {
    this.#standing.assertRunning()
  }

  /** Before those are stopped that may be waiting for a view. */
  end(): void {
    this.#standing.end()
    this.#ended.abort()
  }

  async stop(): Promise<void> {
    this.#stop?.abort()
    await this.#running
    this.#running = undefined
    this.#standing.wake()
  }

  /** Called after every commit, with what changed; answers a function that ends it. */
  listen(listener: (change: ViewChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The place up to which every live view has read. */
  get position(): Position | undefined {
    return this.#standing.position
  }

  progress(): readonly ViewProgress[] {
    return this.#standing.progress().map((row) => {
      const omissions = [...this.#commits.omissions.of(row).values()]
      if (omissions.length === 0) return row
      const newest = omissions.toSorted((one, other) => (one.position < other.position ? 1 : -1)).slice(0, NAMED)
      return { ...row, omissions: { count: omissions.length, newest } }
    })
  }

  /** Resolves when the view can be read. @throws ViewBuilding, ViewsStopped, StoreUnavailable */
  whenLive(name: string, timeout?: number): Promise<void> {
    return this.#standing.whenLive(name, timeout)
  }

  /** Resolves when these views have read up to the position. @throws ViewsBehind */
  waitFor(position: Position | undefined, options?: WaitOptions): Promise<void> {
    return this.#standing.waitFor(position, options)
  }

  async #run(signal: AbortSignal): Promise<void> {
    let wait = 50
    while (!signal.aborted) {
      try {
        await this.#takeStock(signal)
        if (this.#standing.live.stop === undefined) await this.#follow(signal)
        else await pause(this.#runtime, this.#retryEvery, signal)
      } catch (error) {
        if (signal.aborted || isStoreError(error, 'StoreClosed')) return
        if (isStoreError(error, 'CheckpointMoved')) {
          this.#holder.cameBack()
          await pause(this.#runtime, this.#afterLoss(), signal)
          continue
        }
        this.#cache.forgetAll(this.#projections)
        if (!this.#trouble.lasts) wait = 50
        this.#standing.problem = stopOf(error)
        this.#trouble.goesOn(detailsOf(error))
        this.#standing.wake()
        await pause(this.#runtime, wait, signal)
        wait = Math.min(wait * 2, 5_000)
      }
    }
  }

  /** By chance, so that two processes do not meet again and again. */
  #afterLoss(): number {
    const longest = Math.min(AFTER_LOSS * 2 ** this.#losses, LONGEST_AFTER_LOSS)
    this.#losses++
    return jitter(this.#runtime) * longest
  }

  /** Finds out where every view stands, and tells of what others have folded since this process last did. */
  async #takeStock(signal: AbortSignal): Promise<void> {
    const [live = NOTHING, ...building] = await this.#stockOf(this.#projections)
    const before = this.#standing.live
    const stayed = live.projections.filter((projection) => before.projections.includes(projection))
    this.#cache.forgetAll(this.#projections.filter((projection) => !stayed.includes(projection)))
    if (this.#knowsStock && placeOf(live) > placeOf(before)) {
      await this.#hearOf(live.projections, { after: before.checkpoint?.position, to: placeOf(live) }, signal)
    } else if (live.checkpoint?.eventId !== before.checkpoint?.eventId) this.#cache.forgetAll(this.#projections)
    if (!this.#knowsStock) await this.#commits.omissions.load(live.projections)
    this.#knowsStock = true
    this.#standing.live = live
    this.#standing.building = building
    this.#standing.ready = live.unfinished === undefined
    this.#standing.wake()
  }

  /** Another process has folded from one place to another: what that changed is not what is remembered here any more. */
  async #hearOf(
    projections: readonly AnyProjection[],
    between: { readonly after: Position | undefined; readonly to: Position },
    signal: AbortSignal,
  ): Promise<void> {
    const log = { events: this.#events, runtime: this.#runtime }
    for await (const { change, isWhole } of foreignChanges(log, projections, between, signal)) {
      for (const projection of projections) this.#cache.forget(projection, change.get(projection.name) ?? [])
      if (!isWhole) this.#cache.forgetAll(projections)
      this.#tell(change)
    }
    this.#heardOf()
    signal.throwIfAborted()
  }

  /** Others have folded: what the views lack since is read in a moment, once for all that they do until then. */
  #heardOf(): void {
    const signal = this.#stop?.signal
    if (this.#isToReadOmissions || signal === undefined) return
    this.#isToReadOmissions = true
    void pause(this.#runtime, OMISSIONS_EVERY, signal).then(async () => {
      this.#isToReadOmissions = false
      // What fails is read with the next events.
      if (!signal.aborted) await this.#commits.omissions.load(this.#standing.live.projections).catch(() => {})
    })
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
    while (this.#commits.isBuiltAtOnce(this.#standing.live) && !signal.aborted) {
      const after = this.#standing.live.checkpoint?.position
      const limit = this.#commits.pieceOf(this.#standing.live, this.#standing.ready)
      const part = readable(
        (await this.#events.readAll({ limit, signal, ...(after === undefined ? {} : { after }) })).events,
      )
      if (part.events.length === 0) return
      await this.#turns.take(LIVE, async () => {
        this.#standing.live = await this.#commit(this.#standing.live, part)
      })
      this.#works()
      this.#standing.wake()
    }
  }

  async #followLive(signal: AbortSignal): Promise<void> {
    await this.#buildLive(signal)
    const after = this.#standing.live.checkpoint?.position
    for await (const delivery of this.#events.subscribe({ signal, ...(after === undefined ? {} : { after }) })) {
      if (delivery.kind === 'events') {
        this.#commits.batch.came(delivery.events.length)
        let at = 0
        while (at < delivery.events.length && !signal.aborted) {
          const part = readable(delivery.events.slice(at, at + this.#commits.batch.size))
          if (part.unreadable !== undefined && part.events.length === 0)
            await this.#leaveToNewer(part.unreadable, signal)
          const heard =
            part.events.length === 0 ? 0 : await this.#holder.leaveTo(part, () => this.#standing.live, signal)
          if (heard > 0) {
            await this.#turns.take(LIVE, async () => this.#hear(part, heard))
            at += heard
            continue
          }
          // Who lost last time asks before it folds for nothing.
          if (this.#losses > 0 && (await this.#hasMoved())) throw new CheckpointMoved('live')
          await this.#turns.take(LIVE, async () => {
            this.#standing.live = await this.#commit(this.#standing.live, part)
          })
          this.#losses = 0
          at += part.events.length
        }
      }
      if (delivery.kind === 'caught-up') {
        await this.#turns.take(LIVE, async () => {
          this.#standing.live = await this.#finish(this.#standing.live, signal)
        })
        if (signal.aborted) return
        this.#standing.ready = true
        this.#commits.batch.caughtUp()
      }
      this.#works()
      this.#standing.wake()
      if (signal.aborted) return
    }
  }

  /** Whether another process has folded further than this one. */
  async #hasMoved(): Promise<boolean> {
    const [projection] = this.#standing.live.projections
    if (projection === undefined) return false
    return (await this.#views.checkpoint(viewId(projection)))?.eventId !== this.#standing.live.checkpoint?.eventId
  }

  /** Another process has folded the first of these events: what they touch is read anew, and told. */
  #hear({ events, recorded }: Part, count: number): void {
    const last = events[count - 1]
    if (last === undefined) return
    const change = touched(this.#standing.live.projections, recorded.slice(0, count))
    for (const projection of this.#standing.live.projections)
      this.#cache.forget(projection, change.get(projection.name) ?? [])
    this.#standing.live = {
      ...this.#standing.live,
      checkpoint: checkpointOf(last),
    }
    this.#tell(change)
    this.#heardOf()
    this.#standing.wake()
  }

  /** What this code cannot read a process of newer code may fold: then this one goes on behind it. */
  async #leaveToNewer(unreadable: Unreadable, signal: AbortSignal): Promise<never> {
    this.#stopped.add(this.#standing.live.projections, unreadable)
    const end = this.#runtime.monotonic() + (this.#standing.problem === undefined ? LEFT_TO_NEWER : 0)
    do {
      if (await this.#hasMoved()) throw new CheckpointMoved('live')
      await pause(this.#runtime, 20, signal)
    } while (this.#runtime.monotonic() < end && !signal.aborted)
    throw unreadable.error
  }

  /** Reads the log for the views that are behind, one group after the other, until they stand with the live ones and join them. */
  async #build(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const group = this.#standing.building.find(({ stop }) => stop === undefined)
      if (group === undefined) {
        if (this.#standing.building.length === 0) return
        // What stopped stays as it is, until newer code has gone past the event or the views are started again.
        await pause(this.#runtime, this.#retryEvery, signal)
        await this.#takeStockOfBuilding()
        continue
      }
      const others = this.#standing.building.filter((other) => other !== group)
      if (placeOf(group) === placeOf(this.#standing.live) && this.#isToFinish(group)) {
        this.#standing.building = [await this.#finish(group, signal), ...others]
        continue
      }
      if (placeOf(group) === placeOf(this.#standing.live)) {
        await this.#turns.take(LIVE, async () => {
          if (placeOf(group) !== placeOf(this.#standing.live) || this.#isToFinish(group)) return
          this.#standing.live = {
            ...this.#standing.live,
            projections: [...this.#standing.live.projections, ...group.projections],
          }
          this.#standing.building = others
          await this.#commits.omissions.load(group.projections)
        })
        this.#works()
        this.#standing.wake()
        continue
      }
      const after = group.checkpoint?.position
      const page = await this.#events.readAll({
        limit: this.#commits.pieceOf(group, this.#standing.ready),
        signal,
        ...(after === undefined ? {} : { after }),
      })
      const part = readable(page.events.filter((event) => event.position <= placeOf(this.#standing.live)))
      if (part.unreadable !== undefined && part.events.length === 0) {
        const { error } = part.unreadable
        this.#stopped.add(group.projections, part.unreadable)
        this.#standing.building = [...others, { ...group, stop: stopOf(error) }]
        this.#log.error('a view cannot be built further by this code', detailsOf(error))
        this.#standing.wake()
        continue
      }
      try {
        if (part.events.length > 0) this.#standing.building = [await this.#commit(group, part), ...others]
        // Another process has built it beyond where the live views stand here.
        await pause(this.#runtime, part.events.length > 0 ? 0 : 10)
      } catch (error) {
        if (!isStoreError(error, 'CheckpointMoved')) throw error
        await pause(this.#runtime, this.#afterLoss(), signal)
        await this.#takeStockOfBuilding()
      }
    }
  }

  /** While everything is built from the beginning, what it joins is finished later, and it too. */
  #isToFinish(group: Group): boolean {
    return group.unfinished === true && this.#standing.live.unfinished === undefined
  }

  /** A group that has caught up may be read, here and by every process that comes. */
  async #finish(group: Group, signal: AbortSignal): Promise<Group> {
    if (group.unfinished === undefined) return group
    await this.#views.finish(buildsOf(group), { signal })
    if (signal.aborted) return group
    const { unfinished: _, ...finished } = group
    return finished
  }

  async #takeStockOfBuilding(): Promise<void> {
    const projections = this.#standing.building.flatMap((group) => group.projections)
    this.#cache.forgetAll(projections)
    this.#standing.building = await this.#stockOf(projections)
  }

  async #stockOf(projections: readonly AnyProjection[]): Promise<readonly Group[]> {
    const groups = await takeStock({ events: this.#events, views: this.#views, log: this.#log }, projections)
    for (const group of groups)
      if (group.checkpoint === undefined) for (const each of group.projections) this.#commits.omissions.forget(each)
    return (await Promise.all(groups.map((group) => this.#stopped.apart(group)))).flat()
  }

  /** Older versions of what is live are dropped once nobody keeps them any more. */
  async #tidy(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#runtime, this.#lookEvery, signal)
      if (signal.aborted) return
      try {
        const dropped = await this.#older.look(
          this.#standing.live.projections,
          this.#standing.live.checkpoint?.position,
        )
        if (dropped.length > 0) this.#log.info('older versions of views were dropped', { views: dropped.length })
      } catch (error) {
        if (isStoreError(error, 'StoreClosed')) return
        this.#log.warn('older versions of views are still there', detailsOf(error))
      }
    }
  }

  /** Live views go on. Whether what is built beside them does shows when it has joined them; what stopped has told so itself. */
  #works(): void {
    this.#standing.problem = undefined
    if (this.#standing.building.every(({ stop }) => stop !== undefined)) this.#trouble.isOver()
  }

  async #commit(group: Group, part: Part): Promise<Group> {
    const committed = await this.#commits.commit(group, part)
    this.#standing.count(group, part.events.length)
    this.#tell(committed.change)
    return committed.group
  }

  #tell(change: ViewChange): void {
    if (change.size === 0) return
    // After the checkpoint has moved, so that a listener reads what it hears of.
    queueMicrotask(() => {
      for (const listener of this.#listeners) listener(change)
    })
  }
}

/** Where the commits of the live views, and what joins them, take their turns. */
const LIVE = 'live'

/** What the log of the process may hear of a problem: names and ids. */
const detailsOf = (error: unknown): Failing => ({
  ...problemOf(error),
  problem: stopOf(error).problem,
  ...(error instanceof NewerThanCode ? { stream: error.stream, type: error.eventType, version: error.version } : {}),
})
