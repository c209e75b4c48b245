import type { Step } from '../../src/application/steps.ts'
import type { Chance } from './chance.ts'

/** How one life of the host ends. */
export type End =
  /** It kills itself at a named step. */
  | { readonly kind: 'step'; readonly step: Step; readonly nth: number }
  /** So many real milliseconds after it was started, perhaps before it listens. */
  | { readonly kind: 'time'; readonly after: number }
  /** While its n-th send is with Meta: before it is done, or done and not yet answered. */
  | { readonly kind: 'send'; readonly nth: number; readonly moment: 'asked' | 'done' }
  /** So many real milliseconds after the n-th webhook request left for it. */
  | { readonly kind: 'webhook'; readonly nth: number; readonly after: number }

/** While a channel is made. */
export const CREATION_STEPS: readonly Step[] = ['slot-taken', 'account-claimed', 'channel-created']
/** While customers and agents write. */
export const WORK_STEPS: readonly Step[] = ['attempted', 'called', 'answered', 'converted', 'ticket-opened']

const randomEnd = (chance: Chance): End => {
  const kind = chance.next()
  if (kind < 0.25) return { kind: 'send', nth: chance.between(1, 8), moment: chance.pick(['asked', 'done']) }
  if (kind < 0.5) return { kind: 'webhook', nth: chance.between(1, 60), after: chance.between(0, 25) }
  // Some live long enough to give up a call of the one before them.
  return { kind: 'time', after: chance.happens(0.2) ? chance.between(3_500, 6_000) : chance.between(100, 3_000) }
}

/** The ends of all lives but the last, random ones and each step of the work once. */
export const endsOf = (chance: Chance, kills: number, steps: readonly Step[]): readonly End[] => {
  const ends = Array.from({ length: kills }, () => randomEnd(chance))
  for (const step of steps)
    ends.splice(chance.between(0, ends.length), 0, { kind: 'step', step, nth: chance.between(1, 3) })
  return ends
}
