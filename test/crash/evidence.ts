import { createDesk, type Desk, type EventStore, type RecordedEvent } from 'madoguchi'
import { meta } from 'madoguchi/meta'
import { openEngine } from './engine-store.ts'
import type { Played } from './play.ts'
import type { Stage } from './stage.ts'

/** What one check found. */
export interface Finding {
  readonly name: string
  readonly figures: Readonly<Record<string, number>>
  /** What must not be; empty is good. */
  readonly violations: readonly string[]
}

/** Everything that can be held against each other when a run is over. */
export interface Evidence {
  readonly stage: Stage
  readonly played: Played
  /** The whole log, in its order. */
  readonly log: readonly RecordedEvent[]
  /** A desk on what the last host left, which sends nothing. */
  readonly desk: Desk
}

/** The member of an event's data; the log is read here without the library's own types and folds. */
export const told = <Value>(event: RecordedEvent, member: string): Value => event.data[member] as Value

export const eventsOf = (log: readonly RecordedEvent[], ...types: readonly string[]): readonly RecordedEvent[] =>
  log.filter(({ type }) => types.includes(type))

/** Groups by what is told of each item, in the order of first appearance. */
export const groupBy = <Item>(items: Iterable<Item>, key: (item: Item) => string): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}

/** All pages of something. */
export const allOf = async <Item>(
  page: (cursor: {
    readonly cursor?: string
  }) => Promise<{ readonly items: readonly Item[]; readonly cursor?: string }>,
): Promise<readonly Item[]> => {
  const all: Item[] = []
  for (let cursor: string | undefined; ;) {
    const { items, cursor: next } = await page(cursor === undefined ? {} : { cursor })
    all.push(...items)
    if (next === undefined) return all
    cursor = next
  }
}

export const wholeLog = async (events: EventStore): Promise<readonly RecordedEvent[]> => {
  const log: RecordedEvent[] = []
  for (let after: string | undefined; ;) {
    const page = await events.readAll(after === undefined ? {} : { after })
    log.push(...page.events)
    after = page.lookedTo
    if (page.atEnd || after === undefined) return log
  }
}

/** Opens what the hosts left behind, asks `examine`, and closes it. */
export const withEvidence = async <Result>(
  stage: Stage,
  played: Played,
  examine: (evidence: Evidence) => Promise<Result>,
): Promise<Result> => {
  const store = await openEngine(stage.ground.settings)
  const desk = createDesk({
    store,
    clock: stage.clock,
    meta: meta({ appSecrets: ['none'], verifyToken: 'none' }),
    delivery: { enabled: false },
  })
  await desk.start()
  try {
    const log = await wholeLog(store.events)
    await desk.waitFor(log.at(-1)?.position)
    return await examine({ stage, played, log, desk })
  } finally {
    await desk.stop()
  }
}
