import type { Chance } from './chance.ts'

/** What can go wrong at a call of a port, at Meta, or to clocks and processes. */
export type FaultKind =
  | 'dies before a call'
  | 'dies after a call'
  | 'stops before a call'
  | 'stops after a call'
  | 'sleeps before a call'
  | 'sleeps after a call'
  | 'store refuses'
  | 'store refuses some of several calls'
  | 'store loses a request'
  | 'store loses a reply'
  | 'store is slow'
  | 'Meta refuses the connection'
  | 'Meta is slow'
  | 'Meta loses a request'
  | 'Meta loses an answer'
  | 'Meta throttles'
  | 'Meta fails with 5xx'
  | 'Meta doubles a webhook'
  | 'Meta drops an echo'
  | 'Meta cuts off a webhook'
  | 'Meta is out of order'
  | 'the ticket system refuses'
  | 'the ticket system is slow'
  | 'the ticket system loses an answer'
  | 'a token dies'
  | 'a desk dies'
  | 'a desk stops'
  | 'a desk sleeps'
  | 'a wall clock jumps'
  | 'the clock jumps'

export interface Injected {
  /** The how-manieth decision it was: the same in each run of a seed. */
  readonly place: number
  readonly kind: FaultKind
}

/** Decides what goes wrong, by a seed; counts it; and can leave out all but some, to find those that matter. */
export class Faults {
  isOn = false
  readonly injected: Injected[] = []
  readonly #chance: Chance
  readonly #rate: number
  readonly #only: ReadonlySet<number> | undefined
  #decisions = 0

  /** @param only places of faults that are injected; absent: all */
  constructor(chance: Chance, rate: number, only?: ReadonlySet<number>) {
    this.#chance = chance
    this.#rate = rate
    this.#only = only
  }

  /** What goes wrong here, seldom anything; with chance for the details. `times`: how much more often than usual. */
  draw<Kind extends FaultKind>(
    weights: Readonly<Partial<Record<Kind, number>>>,
    times = 1,
  ): { readonly kind: Kind; readonly chance: Chance } | undefined {
    if (!this.isOn) return undefined
    const place = this.#decisions++
    if (!this.#chance.happens(this.#rate * times)) return undefined
    const chance = this.#chance.fork(`${place}`)
    const kind = chance.weighted(weights as Readonly<Record<Kind, number>>)
    if (this.#only?.has(place) === false) return undefined
    this.injected.push({ place, kind })
    return { kind, chance }
  }

  /** Of something that is decided elsewhere. It cannot be left out. */
  count(kind: FaultKind, times = 1): void {
    for (let time = 0; time < times; time++) this.injected.push({ place: -1, kind })
  }
}

export const countsOf = (injected: readonly Injected[]): ReadonlyMap<FaultKind, number> => {
  const counts = new Map<FaultKind, number>()
  for (const { kind } of injected) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}
