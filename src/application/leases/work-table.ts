import type { JsonObject } from '../ports/json.ts'
import { PARTITIONS } from '../views/partition.ts'

/**
 * What processes share out among themselves, each kind apart from the other. Views are one kind per set of them, which is another
 * one in each release: only who has the same views can fold them.
 */
export type Work = 'deadlines' | 'delivery' | `views ${string}`

/** In how many pieces a kind of work is shared out. Views follow the whole log, so one process folds them. */
export const piecesOf = (work: Work): number => (work.startsWith('views ') ? 1 : PARTITIONS)

/** Who does a piece. The epoch rises whenever it passes to somebody else, and only then. */
export interface Hold {
  readonly owner: string | undefined
  readonly epoch: number
}

export interface Member {
  /** Another one with every sign of life, also of a member that had been taken out. */
  readonly beat: number
  readonly does: readonly Work[]
}

/** Who is there, and who holds what. Processes change it one after the other. */
export interface WorkTable {
  readonly members: ReadonlyMap<string, Member>
  readonly holds: ReadonlyMap<Work, readonly Hold[]>
}

const NOBODY = -1

/** Nobody is there and everything is free. */
export const NO_TABLE: WorkTable = { members: new Map(), holds: new Map() }

/** Epochs must not be forgotten; those of views mean nothing once nobody folds this set of them any more. */
const isKept = (members: WorkTable['members'], work: Work): boolean =>
  !work.startsWith('views ') || [...members.values()].some(({ does }) => does.includes(work))

/** Without those members: what they held is free. */
export const without = (table: WorkTable, gone: ReadonlySet<string>): WorkTable => {
  const members = new Map([...table.members].filter(([name]) => !gone.has(name)))
  const free = (hold: Hold): Hold =>
    hold.owner === undefined || members.has(hold.owner) ? hold : { ...hold, owner: undefined }
  const kept = [...table.holds].filter(([work]) => isKept(members, work))
  return { members, holds: new Map(kept.map(([work, holds]) => [work, holds.map(free)])) }
}

/** Everyone's part if what there is were shared out evenly, rounded up. */
const fairShare = (members: WorkTable['members'], work: Work): number => {
  const workers = [...members.values()].filter(({ does }) => does.includes(work)).length
  return workers === 0 ? 0 : Math.ceil(piecesOf(work) / workers)
}

/**
 * A sign of life of one member, which may be new, told by a number that it never had: it gives up what is more than its fair share,
 * and takes what is free up to it. What it takes gets the next epoch, and at least one more than was seen of that piece (`above`).
 */
export const renewed = (
  table: WorkTable,
  { me, does, beat }: { readonly me: string } & Member,
  above: (work: Work, piece: number) => number = () => -1,
): WorkTable => {
  const members = new Map(table.members).set(me, { beat, does })
  const holds = new Map(table.holds)
  for (const work of does) {
    const before =
      table.holds.get(work) ?? Array.from({ length: piecesOf(work) }, (): Hold => ({ owner: undefined, epoch: 0 }))
    const share = fairShare(members, work)
    let mine = before.filter(({ owner }) => owner === me).length
    const next = before.map((hold, piece): Hold => {
      if (hold.owner === me && mine > share) {
        mine--
        return { ...hold, owner: undefined }
      }
      const least = above(work, piece) + 1
      if (hold.owner === me && hold.epoch < least) return { owner: me, epoch: least }
      if (hold.owner !== undefined || mine >= share) return hold
      mine++
      return { owner: me, epoch: Math.max(hold.epoch + 1, least) }
    })
    holds.set(work, next)
  }
  return { members, holds }
}

/** The table as it is kept: short, because it is written every few seconds. */
export const encodeTable = ({ members, holds }: WorkTable): JsonObject => {
  const places = new Map([...members.keys()].map((name, place) => [name, place]))
  return {
    members: [...members].map(([name, { beat, does }]) => [name, beat, [...does]]),
    holds: [...holds].map(([work, pieces]) => [
      work,
      pieces.map(({ owner }) => (owner === undefined ? NOBODY : (places.get(owner) ?? NOBODY))),
      pieces.map(({ epoch }) => epoch),
    ]),
  }
}

interface Encoded {
  readonly members: readonly (readonly [string, number, readonly Work[]])[]
  readonly holds: readonly (readonly [Work, readonly number[], readonly number[]])[]
}

export const decodeTable = (value: JsonObject): WorkTable => {
  const { members, holds } = value as unknown as Encoded
  return {
    members: new Map(members.map(([name, beat, does]) => [name, { beat, does }])),
    holds: new Map(
      holds.map(([work, owners, epochs]) => [
        work,
        owners.map((place, piece) => ({ owner: members[place]?.[0], epoch: epochs[piece] ?? 0 })),
      ]),
    ),
  }
}
