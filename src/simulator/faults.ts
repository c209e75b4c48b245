import { withDefaults } from './check-options.ts'

/**
 * What goes wrong, and how often: probabilities from 0 (never, the default) to 1 (always).
 *
 * Each choice follows from the seed and from what it is about (an event, a mid, the n-th call for a recipient).
 */
export interface Faults {
  /** A delivered event is posted once more, a little later. */
  readonly duplicate: number
  /** An event is held back for some 20 to 200 real ms so that later ones overtake it. */
  readonly reorder: number
  /** The echo of a send is delivered before the Send API answers. */
  readonly echoFirst: number
  /** A send is accepted, but the caller gets a cut connection, an error 1 or 2, or an HTML page instead. */
  readonly loseAnswer: number
  /** The echo of an accepted send never comes. */
  readonly dropEcho: number
  /** A call is refused with a rate-limit code; nothing was done. */
  readonly throttle: number
  /** A call ends in a 5xx; nothing was done, but the caller cannot know. */
  readonly serverError: number
}

/** The knobs of {@link Faults}, to be turned while the simulator runs. */
export interface FaultSwitch {
  current(): Faults
  /** Sets the given probabilities and leaves the others. Throws a RangeError for an unknown name, or outside 0..1. */
  set(faults: Partial<Faults>): void
  /** Everything works again. */
  clear(): void
}

const none: Faults = {
  duplicate: 0,
  reorder: 0,
  echoFirst: 0,
  loseAnswer: 0,
  dropEcho: 0,
  throttle: 0,
  serverError: 0,
}

/** A switch that starts with these faults. */
export const faultSwitch = (initial: Partial<Faults> = {}): FaultSwitch => {
  let faults = none
  const set = (changes: Partial<Faults>): void => {
    for (const [name, probability] of Object.entries(changes)) {
      if (!Object.hasOwn(none, name)) throw new RangeError(`faults.${name}: there are ${Object.keys(none).join(', ')}`)
      if (probability !== undefined && !(probability >= 0 && probability <= 1))
        throw new RangeError(`faults.${name}: ${probability} is not in 0..1`)
    }
    faults = withDefaults(faults, changes)
  }
  set(initial)
  return { current: () => faults, set, clear: () => void (faults = none) }
}
