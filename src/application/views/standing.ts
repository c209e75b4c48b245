import { refuse } from '../../domain/refusal.ts'
import type { Position } from '../ports/event-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { ViewOmission } from './omissions.ts'
import { type Group, NOTHING, placeOf } from './stock.ts'
import { StoreClosed } from '../ports/store-errors.ts'
import { type Stop, ViewBuilding, ViewsBehind, ViewsStopped } from './view-errors.ts'
import type { AnyProjection } from './view-fold.ts'

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
  /** What it goes on without: events that its fold could not take, documents and entries that the engine refused. */
  readonly omissions?: {
    /** 1,000 stands for that many or more. */
    readonly count: number
    /** At most 20, the newest first. */
    readonly newest: readonly ViewOmission[]
  }
  /** The stream of the event before which it stopped, if that is newer than the code or damaged. */
  readonly stream?: string
}

/** What to wait for. */
export interface WaitOptions {
  /** The views that are needed, by name; default: all of them. */
  readonly views?: readonly string[]
  /** Milliseconds; default 5,000. */
  readonly timeout?: number
}

/** Where the views of this process stand, and who waits for them to get further. */
export class Standing {
  /** What can be read, once everything is {@link ready}. */
  live: Group = NOTHING
  /** What is built beside it, and joins it when it has caught up. */
  building: readonly Group[] = []
  /** False while everything is built from the beginning: half a view is worse than none. */
  ready = false
  /** Why nothing goes on. */
  problem: Stop | undefined
  #phase: 'new' | 'running' | 'ended' = 'new'
  readonly #runtime: Runtime
  readonly #projections: readonly AnyProjection[]
  readonly #folded = new Map<string, number>()
  readonly #waiting = new Set<() => void>()

  constructor(projections: readonly AnyProjection[], runtime: Runtime) {
    this.#runtime = runtime
    this.#projections = projections
  }

  /** The place up to which every live view has read. */
  get position(): Position | undefined {
    return this.live.checkpoint?.position
  }

  /**
   * Resolves when the view can be read: at once, but for the moments after the start and a build.
   * @throws ViewBuilding, ViewsStopped, StoreUnavailable, StoreClosed, Refusal `not-started`
   */
  async whenLive(name: string, timeout = 5_000): Promise<void> {
    const end = this.#runtime.monotonic() + timeout
    for (;;) {
      const stop = this.#stopOf(name)
      if (stop?.lasting === true) throw new ViewsStopped(name, stop)
      if (this.#isLive(name)) return
      const left = this.#left(end)
      if (left <= 0) throw stop?.unavailable ?? new ViewBuilding(name)
      await this.#changed(left)
    }
  }

  /** Resolves when these views have been built and have read up to the position. @throws ViewsBehind, StoreClosed, Refusal `not-started` */
  async waitFor(position: Position | undefined, { views, timeout = 5_000 }: WaitOptions = {}): Promise<void> {
    const names = views ?? this.#projections.map(({ name }) => name)
    const there = (): boolean =>
      names.every((name) => this.#isLive(name)) && (position === undefined || placeOf(this.live) >= position)
    const end = this.#runtime.monotonic() + timeout
    while (this.#phase === 'ended' || !there()) {
      const left = this.#left(end)
      const stop = names.map((name) => this.#stopOf(name)).find((each) => each !== undefined)
      // A store that fails for a moment is worth waiting for; code that is too old is not.
      if (left <= 0 || stop?.problem === 'NewerThanCode') throw new ViewsBehind(position ?? '', stop)
      await this.#changed(left)
    }
  }

  /** Each view once, with what stopped it. */
  progress(): readonly ViewProgress[] {
    const rows = (group: Group, state: 'live' | 'building'): readonly ViewProgress[] => {
      const stop = group.stop ?? this.problem
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
    const groups = [this.live, ...this.building]
    // Nobody knows yet where these stand.
    const unknown = this.#projections.filter((each) => !groups.some(({ projections }) => projections.includes(each)))
    return [
      ...rows(this.live, this.ready ? 'live' : 'building'),
      ...[...this.building, { ...NOTHING, projections: unknown }].flatMap((group) => rows(group, 'building')),
    ]
  }

  /** Counts events that were folded into the views of a group. */
  count({ projections }: Group, events: number): void {
    for (const { name } of projections) this.#folded.set(name, (this.#folded.get(name) ?? 0) + events)
  }

  start(): void {
    this.#phase = 'running'
  }

  /** From now on nobody waits any more. */
  end(): void {
    this.#phase = 'ended'
    this.wake()
  }

  /** @throws Refusal `not-started`, StoreClosed when it has ended */
  assertRunning(): void {
    if (this.#phase === 'new') refuse('not-started', {})
    if (this.#phase === 'ended') throw new StoreClosed()
  }

  #left(end: number): number {
    this.assertRunning()
    return end - this.#runtime.monotonic()
  }

  /** To be called whenever something of it has changed: who waits looks again. */
  wake(): void {
    for (const done of this.#waiting) done()
  }

  #isLive(name: string): boolean {
    return this.ready && this.live.projections.some((projection) => projection.name === name)
  }

  #stopOf(name: string): Stop | undefined {
    const groups = [this.live, ...this.building]
    const group = groups.find(({ projections }) => projections.some((projection) => projection.name === name))
    return group?.stop ?? this.problem
  }

  #changed(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        this.#waiting.delete(done)
        resolve()
      }
      const cancel = this.#runtime.schedule(timeout, done)
      this.#waiting.add(done)
    })
  }
}
