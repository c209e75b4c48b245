import type { Step } from '../../src/application/steps.ts'
import type { Chance } from './chance.ts'
import type { When } from './moments.ts'

/** While a channel is made. */
export const CREATION_STEPS: readonly Step[] = ['slot-taken', 'account-claimed', 'channel-created']
/** While customers and agents write. */
export const WORK_STEPS: readonly Step[] = ['attempted', 'called', 'answered', 'converted', 'ticket-opened']

/** How much there is to do in one life, on average. */
export interface Share {
  readonly messages: number
  readonly replies: number
}

const randomEnd = (chance: Chance, { messages, replies }: Share): When => {
  const kind = chance.next()
  const upTo = (most: number): number => chance.between(1, Math.max(1, Math.floor(most)))
  if (kind < 0.25) return { kind: 'send', nth: upTo(replies), moment: chance.pick(['asked', 'done']) }
  if (kind < 0.5) return { kind: 'webhook', nth: upTo(messages / 2), after: chance.between(0, 25) }
  if (kind < 0.6) return { kind: 'time', since: 'started', after: chance.between(100, 1_500) }
  // Some live long enough to give up a call of the one before them.
  const after = chance.happens(0.3) ? chance.between(2_600, 5_000) : chance.between(10, 1_500)
  return { kind: 'time', since: 'ready', after }
}

/** The ends of all lives but the last of a host that is alone, random ones and each step of the work once. */
export const endsOf = (chance: Chance, kills: number, steps: readonly Step[], share: Share): readonly When[] => {
  const ends = Array.from({ length: kills }, () => randomEnd(chance, share))
  for (const step of steps) {
    const nth = chance.between(1, share.replies > 4 ? 3 : 1)
    ends.splice(chance.between(0, ends.length), 0, { kind: 'step', step, nth })
  }
  return ends
}
