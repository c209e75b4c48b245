import type { Position } from '../ports/event-store.ts'
import { CheckpointMoved } from '../ports/store-errors.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Views } from '../ports/views.ts'
import { pause, pauseUnless } from '../time.ts'
import type { Part } from './readable.ts'
import { buildsOf, type Group } from './stock.ts'

/** How long a process waits for the one whose turn it is before it folds in its stead. */
const PATIENCE = 500
/** The longest pause between two looks at how far that one is. */
const LONGEST_LOOK = 16

/** The process whose turn it is to fold, as the others see it. */
export class Holder {
  readonly #views: Views
  readonly #runtime: Runtime
  readonly #isMe: () => boolean
  /** Whether this process folds although it is not its turn, because nobody else did: also where views are of each process alone. */
  #standsIn = false

  /** @param isMe whether it is this process */
  constructor(views: Views, runtime: Runtime, isMe: () => boolean) {
    this.#views = views
    this.#runtime = runtime
    this.#isMe = isMe
  }

  /** Somebody else folds: this process does not stand in for it any more. */
  cameBack(): void {
    this.#standsIn = false
  }

  /**
   * Leaves these events to it, and waits for it. Answers how many of them it has folded; 0: it is this process's turn, it stands in
   * because nobody did so in time, or it stops.
   * @param live the views that are followed, as they stand
   * @throws CheckpointMoved when they do not stand together any more
   */
  async leaveTo({ events }: Part, live: () => Group, signal: AbortSignal): Promise<number> {
    const end = this.#runtime.monotonic() + PATIENCE
    const { commits } = this.#views
    const upTo = (place: Position | undefined): number =>
      events.filter(({ position }) => position <= (place ?? '')).length
    let hasWaited = commits === undefined
    for (
      let wait = commits === undefined ? 1 : LONGEST_LOOK;
      !this.#standsIn && !this.#isMe() && !signal.aborted;
      wait = Math.min(wait * 2, LONGEST_LOOK)
    ) {
      const heard = commits?.rings() ?? 0
      const told = upTo(commits?.reached(buildsOf(live())))
      const count = told === 0 && hasWaited ? upTo(await this.#reached(live())) : told
      if (count > 0) return count
      if (this.#runtime.monotonic() > end) this.#standsIn = true
      else if (commits === undefined) await pause(this.#runtime, wait, signal)
      else await pauseUnless(this.#runtime, (woken) => commits.after(heard, woken), wait, signal)
      hasWaited = true
    }
    return 0
  }

  /** How far these views have been folded, by whomever. @throws CheckpointMoved when they do not stand together any more */
  async #reached(live: Group): Promise<Position | undefined> {
    const mine = new Set(buildsOf(live).map(({ name, version }) => `${name}@${version}`))
    const builds = (await this.#views.builds()).filter(({ view }) => mine.has(`${view.name}@${view.version}`))
    const [first] = builds
    if (builds.some(({ checkpoint }) => checkpoint.eventId !== first?.checkpoint.eventId))
      throw new CheckpointMoved('live')
    return first?.checkpoint.position
  }
}
