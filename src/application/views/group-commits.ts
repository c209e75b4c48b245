import type { Runtime } from '../ports/runtime.ts'
import type { RecordedEvent } from '../ports/event-store.ts'
import type { Log } from '../ports/log.ts'
import { isStoreError, refusedIn } from '../ports/store-errors.ts'
import type { Views } from '../ports/views.ts'
import { breather } from '../time.ts'
import { BatchSize, MIN_BATCH } from './batch-size.ts'
import type { ViewChange } from './foreign-changes.ts'
import { LeftOut, Omissions } from './omissions.ts'
import type { Part } from './readable.ts'
import { checkpointOf, type Group } from './stock.ts'
import { type AnyProjection, type DocumentCache, type Fold, foldBatch } from './view-fold.ts'

/**
 * Events folded together for a build whose entries the engine keeps back: a document, or a page of an index, that changes often is
 * written once. Beside views that are read there are fewer, for those wait for its commits.
 */
const BUILD_BATCH = 8_192
const BUILD_BATCH_BESIDE = 2_048
/** How often an engine may fail with one event, without saying why, before it is tried with less of it. */
const TRIES = 3
/** Milliseconds of folding after which others get their turn. */
const LONGEST_WORK = 5

/** Folds a part of the log into views that stand together, in one commit, and learns how many events to fold at once. */
export class GroupCommits {
  readonly batch: BatchSize
  readonly omissions: Omissions
  readonly #views: Views
  readonly #cache: DocumentCache
  readonly #runtime: Runtime

  /** The event that failed last, alone, and how often in a row. */
  #failing: { readonly id: string; readonly times: number } | undefined

  constructor(views: Views, cache: DocumentCache, log: Log, runtime: Runtime) {
    this.omissions = new Omissions(views, log)
    this.#views = views
    this.#cache = cache
    this.#runtime = runtime
    this.batch = new BatchSize(views.commitsAside === true)
  }

  /** Whether the engine takes large pieces of it, because nobody reads it yet. */
  isBuiltAtOnce({ unfinished }: Group): boolean {
    return unfinished === true && this.#views.keepsEntriesBack === true
  }

  /**
   * How many events are folded together. The first ones create the build, which the engine has to see at once.
   * @param isBeside whether other views are read meanwhile
   */
  pieceOf(group: Group, isBeside: boolean): number {
    if (!this.isBuiltAtOnce(group)) return this.batch.size
    if (group.checkpoint === undefined) return MIN_BATCH
    return isBeside ? BUILD_BATCH_BESIDE : BUILD_BATCH
  }

  /** Answers where the group stands then, and which documents changed. @throws CheckpointMoved: another process was first */
  async commit(
    group: Group,
    { events, recorded }: Part,
  ): Promise<{ readonly group: Group; readonly change: ViewChange }> {
    const last = events.at(-1)
    if (last === undefined) return { group, change: new Map() }
    const to = checkpointOf(last)
    const isBuilt = this.isBuiltAtOnce(group)
    const isUnfinished = group.unfinished === true && group.checkpoint === undefined
    const folded = (projection: AnyProjection): Promise<Fold> => {
      const known = this.omissions.of(projection)
      const place = { from: group.checkpoint, to, isUnfinished, known }
      return foldBatch(this.#views, this.#cache, projection, recorded, place)
    }
    // What is asked for in one turn may share a statement; many events take too long for one turn.
    const isLong = isBuilt || this.batch.isLong(events.length)
    const folds = isLong
      ? await oneByOne(this.#runtime, group.projections, folded)
      : await Promise.all(group.projections.map(folded))
    const began = this.#runtime.monotonic()
    const left = await this.#commitAll(folds).catch((error: unknown) => {
      if (isStoreTrouble(error)) throw error
      return events.length > 1 ? undefined : this.#commitWithoutSome(folds, last, error)
    })
    // One of the events is to blame: the others are found by halves.
    if (left === undefined) return this.#commitHalves(group, { events, recorded })
    for (const [at, fold] of folds.entries()) {
      fold.kept(left)
      const projection = group.projections[at]
      if (projection !== undefined) this.omissions.changed(projection, fold.omissions(left), fold.mended(left))
    }
    if (isBuilt) this.batch.forget()
    else this.batch.took(events.length, this.#runtime.monotonic() - began)
    const change = group.projections.flatMap(({ name }, index) => {
      const changed = folds[index]?.changed ?? []
      return changed.length === 0 ? [] : [[name, new Set(changed)] as const]
    })
    return { group: { ...group, checkpoint: to }, change: new Map(change) }
  }

  async #commitHalves(group: Group, { events, recorded }: Part): ReturnType<GroupCommits['commit']> {
    const half = events.length >> 1
    const first = await this.commit(group, { events: events.slice(0, half), recorded: recorded.slice(0, half) })
    const second = await this.commit(first.group, { events: events.slice(half), recorded: recorded.slice(half) })
    return { group: second.group, change: both(first.change, second.change) }
  }

  /** Commits them without what the engine names as refused. Returns what was left out. */
  async #commitAll(folds: readonly Fold[]): Promise<LeftOut> {
    const left = new LeftOut()
    for (;;) {
      try {
        await this.#views.commit(folds.flatMap((fold) => fold.changes(left)))
        return left
      } catch (error) {
        if (refusedIn(error).filter((refused) => left.add(refused)).length === 0) throw error
      }
    }
  }

  /**
   * For an engine that fails and does not say why: once one event has failed often enough, it is tried without each of its documents,
   * then without all of them.
   */
  async #commitWithoutSome(folds: readonly Fold[], { id }: RecordedEvent, cause: unknown): Promise<LeftOut> {
    this.#failing = this.#failing?.id === id ? { id, times: this.#failing.times + 1 } : { id, times: 1 }
    if (this.#failing.times < TRIES) throw cause
    const changes = folds.flatMap((fold) => fold.changes(new LeftOut()))
    const all = changes.flatMap(({ view, puts }) => puts.map(({ key }) => ({ view, key })))
    for (const some of [...all.map((one) => [one]), all]) {
      const left = new LeftOut()
      for (const one of some) left.add(one)
      try {
        await this.#views.commit(folds.flatMap((fold) => fold.changes(left)))
        return left
      } catch (error) {
        if (isStoreTrouble(error)) throw error
      }
    }
    throw cause
  }
}

/** Troubles that are none of what is written, or nobody's fault. */
const isStoreTrouble = (error: unknown): boolean =>
  ['StoreUnavailable', 'StoreUnfit', 'StoreClosed', 'CheckpointMoved', 'LogDamaged'].some((name) =>
    isStoreError(error, name),
  )

/** The changes of two commits as one. */
const both = (one: ViewChange, other: ViewChange): ViewChange =>
  new Map(
    [...new Set([...one.keys(), ...other.keys()])].map((name) => [
      name,
      new Set([...(one.get(name) ?? []), ...(other.get(name) ?? [])]),
    ]),
  )

/** Lets others have their turn between two of many. */
const oneByOne = async <Item, Result>(
  runtime: Runtime,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const breathe = breather(runtime, LONGEST_WORK)
  const results: Result[] = []
  for (const item of items) {
    await breathe()
    results.push(await work(item))
  }
  return results
}
