import type { Chance } from './chance.ts'

/** What people, clocks and machines do, in order. */
export const ACTS = {
  writes: 30,
  'writes several': 4,
  edits: 2,
  unsends: 2,
  reacts: 2,
  'answers from the app': 3,
  'asks for a reply': 24,
  'asks for a long reply': 4,
  'asks for a picture': 2,
  'an automation answers': 8,
  converts: 3,
  resends: 3,
  transfers: 3,
  'opens a page': 2,
  ends: 1,
  blocks: 1,
  unblocks: 3,
  disables: 1.2,
  enables: 4,
  'fetches what was missed': 1,
  deletes: 0.2,
  waits: 45,
  'waits long': 4,
  'clock ticks': 10,
  'clock jumps': 3,
  'clock to an edge': 6,
  'desk dies': 2,
  'desk stops': 3,
  'desk sleeps': 3,
  'desk ends': 1,
  'desk starts': 3,
  'wall clock jumps': 1,
  'Meta out of order': 1,
  'token dies': 0.3,
} as const
export type ActKind = keyof typeof ACTS

export interface Act {
  readonly number: number
  readonly kind: ActKind
}

export const actsOf = (chance: Chance, count: number): readonly Act[] =>
  Array.from({ length: count }, (_, number) => ({ number, kind: chance.weighted(ACTS) }))
