import { conversionsOf } from './naive-conversions.ts'
import { DAY } from './people.ts'
import { wholeLog } from './whole-log.ts'
import type { World } from './world.ts'

/** Milliseconds within which something is done that is due: a worker looks every second. */
const SOON = 3_000

interface Due {
  readonly at: number
  /** As the watcher knows it. */
  readonly done: string
}

/** The next conversion and the next end of a window happen at their very instants: not a millisecond before, and soon after. */
export const checkDue = async (world: World): Promise<void> => {
  const { watcher, history, time } = world
  const next = [await dueConversions(world), dueExpiries(world)].flatMap((dues) =>
    dues.toSorted((one, other) => one.at - other.at).slice(0, 1),
  )
  for (const { at, done } of next.toSorted((one, other) => one.at - other.at)) {
    if (at <= world.now() + 1) continue
    world.advance(at - 1 - world.now())
    await time.pass(SOON)
    if (watcher.happened.has(done)) history.violation(`happened before its time: ${done}`)
    world.advance(1)
    await time.pass(SOON)
    if (!watcher.happened.has(done)) history.violation(`due and has not happened: ${done}`)
  }
}

const dueConversions = async (world: World): Promise<readonly Due[]> => {
  const log = await wholeLog(world)
  return world.people.flatMap((person) => {
    if (person.isUnusual) return []
    const stream = `conversation-${world.conversationIdOf(person)}`
    const { dueAt } = conversionsOf(
      log.filter((event) => event.stream === stream),
      world.now(),
    )
    return dueAt === undefined ? [] : [{ at: dueAt, done: `${stream} converted ${dueAt}` }]
  })
}

const dueExpiries = (world: World): readonly Due[] =>
  world.people.flatMap((person) => {
    const anchor = person.opened.at(-1)
    if (anchor === undefined || person.channel === world.deleted?.channel) return []
    const stream = `conversation-${world.conversationIdOf(person)}`
    return (
      [
        ['standard', DAY],
        ['human-agent', 7 * DAY],
      ] as const
    )
      .map(([kind, length]) => ({ at: anchor + length, done: `${stream} expired ${kind} ${anchor}` }))
      .filter(({ at }) => at > world.now())
  })
