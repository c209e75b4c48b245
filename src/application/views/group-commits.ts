import type { Runtime } from '../ports/runtime.ts'
import type { Views } from '../ports/views.ts'
import { breather } from '../time.ts'
import { BatchSize, MIN_BATCH } from './batch-size.ts'
import type { ViewChange } from './foreign-changes.ts'
import type { Part } from './readable.ts'
import { checkpointOf, type Group } from './stock.ts'
import { type AnyProjection, type DocumentCache, foldBatch } from './view-fold.ts'

/**
 * Events folded together for a build whose entries the engine keeps back: a document, or a page of an index, that changes often is
 * written once. Beside views that are read there are fewer, for those wait for its commits.
 */
const BUILD_BATCH = 8_192
const BUILD_BATCH_BESIDE = 2_048
/** Milliseconds of folding after which others get their turn. */
const LONGEST_WORK = 5

/** Folds a part of the log into views that stand together, in one commit, and learns how many events to fold at once. */
export class GroupCommits {
  readonly batch: BatchSize
  readonly #views: Views
  readonly #cache: DocumentCache
  readonly #runtime: Runtime

  constructor(views: Views, cache: DocumentCache, runtime: Runtime) {
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
    const isBegun = group.unfinished === true && group.checkpoint === undefined
    const folded = (projection: AnyProjection): ReturnType<typeof foldBatch> =>
      foldBatch(this.#views, this.#cache, projection, recorded, group.checkpoint, to, isBegun)
    // What is asked for in one turn may share a statement; many events take too long for one turn.
    const isLong = isBuilt || this.batch.isLong(events.length)
    const folds = isLong
      ? await oneByOne(this.#runtime, group.projections, folded)
      : await Promise.all(group.projections.map(folded))
    const began = this.#runtime.monotonic()
    await this.#views.commit(folds.flatMap(({ changes }) => changes))
    for (const { kept } of folds) kept()
    if (isBuilt) this.batch.forget()
    else this.batch.took(events.length, this.#runtime.monotonic() - began)
    const change = group.projections.flatMap(({ name }, index) => {
      const changed = folds[index]?.changed ?? []
      return changed.length === 0 ? [] : [[name, new Set(changed)] as const]
    })
    return { group: { ...group, checkpoint: to }, change: new Map(change) }
  }
}

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
