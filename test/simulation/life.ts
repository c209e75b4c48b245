import { checkQuiet } from './checks.ts'
import type { Injected } from './faults.ts'
import { type LifeOptions, World } from './world.ts'

/** How a seed went. */
export interface Played {
  readonly seed: number
  readonly violations: readonly string[]
  readonly injected: readonly Injected[]
  readonly acts: number
  /** Processes that were started. */
  readonly lives: number
  /** Events in the log. */
  readonly events: number
  /** Virtual milliseconds. */
  readonly lasted: number
  readonly digest: string
  readonly lines: readonly string[]
}

/** Plays a seed to its end, or to the first rule that is broken. */
export const playLife = async (options: LifeOptions): Promise<Played> => {
  const world = new World(options)
  const { history } = world
  try {
    await world.begin()
    await world.play()
    if (history.violations.length === 0) await world.settle()
    if (history.violations.length === 0) await checkQuiet(world)
  } catch (error) {
    history.violation(
      error instanceof Error
        ? `${error.name}: ${error.message} ${error.stack?.split('\n')[1]?.trim() ?? ''}`
        : String(error),
    )
  }
  world.countMetas()
  await world.close()
  return {
    seed: options.seed,
    violations: history.violations,
    injected: world.faults.injected,
    acts: world.acts.length,
    lives: world.lives,
    events: world.watcher.events,
    lasted: world.time.now,
    digest: history.digest(),
    lines: history.lines(),
  }
}
