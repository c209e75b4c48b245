import type { JsonObject } from '../ports/json.ts'
import { PARTITIONS } from '../views/partition.ts'

/** What processes share out among themselves, each kind apart from the other. */
export const WORK = ['deadlines', 'delivery'] as const
export type Work = (typeof WORK)[number]

/** Who does the work of a partition. The epoch rises whenever it passes to somebody else, and only then. */
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
  readonly holds: Readonly<Record<Work, readonly Hold[]>>
}

const NOBODY = -1
const FREE: readonly Hold[] = Array.from({ length: PARTITIONS }, () => ({ owner: undefined, epoch: 0 }))

/** Nobody is there and everything is free. */
export const NO_TABLE: WorkTable = { members: new Map(), holds: { deadlines: FREE, delivery: FREE } }

const forEachWork = (change: (work: Work) => readonly Hold[]): WorkTable['holds'] => ({
  deadlines: change('deadlines'),
  delivery: change('delivery'),
})

/** Without those members: what they held is free. */
export const without = (table: WorkTable, gone: ReadonlySet<string>): WorkTable => {
  const members = new Map([...table.members].filter(([name]) => !gone.has(name)))
  const free = (hold: Hold): Hold =>
    hold.owner === undefined || members.has(hold.owner) ? hold : { ...hold, owner: undefined }
  return { members, holds: forEachWork((work) => table.holds[work].map(free)) }
}

/** Everyone's part if what there is were shared out evenly, rounded up. */
const fairShare = (members: WorkTable['members'], work: Work): number => {
  const workers = [...members.values()].filter(({ does }) => does.includes(work)).length
  return workers === 0 ? 0 : Math.ceil(PARTITIONS / workers)
}

/**
 * A sign of life of one member, which may be new, told by a number that it never had: it gives up what is more than its fair share, and takes what is free up to it.
 * A hold it takes gets the next epoch, and at least `above` + 1 of the epochs that its partition is known to have seen.
 */
export const renewed = (
  table: WorkTable,
  { me, does, beat }: { readonly me: string } & Member,
  above: (work: Work, partition: number) => number = () => -1,
): WorkTable => {
  const members = new Map(table.members).set(me, { beat, does })
  const holds = forEachWork((work) => {
    const before = table.holds[work]
    if (!does.includes(work)) return before
    const share = fairShare(members, work)
    let mine = before.filter(({ owner }) => owner === me).length
    return before.map((hold, partition) => {
      if (hold.owner === me && mine > share) {
        mine--
        return { ...hold, owner: undefined }
      }
      const least = above(work, partition) + 1
      if (hold.owner === me && hold.epoch < least) return { owner: me, epoch: least }
      if (hold.owner !== undefined || mine >= share) return hold
      mine++
      return { owner: me, epoch: Math.max(hold.epoch + 1, least) }
    })
  })
  return { members, holds }
}

/** The table as it is kept: short, because it is written every few seconds. */
export const encodeTable = ({ members, holds }: WorkTable): JsonObject => {
  const places = new Map([...members.keys()].map((name, place) => [name, place]))
  return {
    members: [...members].map(([name, { beat, does }]) => [name, beat, [...does]]),
    ...Object.fromEntries(
      WORK.map((work) => [
        work,
        {
          owners: holds[work].map(({ owner }) => (owner === undefined ? NOBODY : (places.get(owner) ?? NOBODY))),
          epochs: holds[work].map(({ epoch }) => epoch),
        },
      ]),
    ),
  }
}

type Encoded = {
  readonly members: readonly (readonly [string, number, readonly Work[]])[]
} & Readonly<Record<Work, { readonly owners: readonly number[]; readonly epochs: readonly number[] }>>

export const decodeTable = (value: JsonObject): WorkTable => {
  const { members, ...holds } = value as unknown as Encoded
  return {
    members: new Map(members.map(([name, beat, does]) => [name, { beat, does }])),
    holds: forEachWork((work) =>
      holds[work].owners.map((place, partition) => ({
        owner: members[place]?.[0],
        epoch: holds[work].epochs[partition] ?? 0,
      })),
    ),
  }
}
