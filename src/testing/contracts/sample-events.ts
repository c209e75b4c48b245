import type { Delivery, EventStore, NewEvent, RecordedEvent } from '../../application/ports/event-store.ts'
import type { Snapshot } from '../../application/ports/snapshots.ts'

/** The n-th UUID of a group; groups keep apart what different writers make up. */
export const sampleId = (n: number, group = 0): string =>
  `00000000-0000-5${group.toString(16).padStart(3, '0')}-8000-${n.toString(16).padStart(12, '0')}`

export const NOON = 1_772_445_600_000

export const sampleEvent = (n: number, changes: Partial<NewEvent> = {}): NewEvent => ({
  id: sampleId(n),
  type: 'MessageReceived',
  version: 1,
  data: { n },
  meta: { actor: 'system' },
  recordedAt: NOON + n,
  ...changes,
})

/** Events `first` to `last`, both included. */
export const sampleEvents = (first: number, last: number): readonly NewEvent[] =>
  Array.from({ length: last - first + 1 }, (_, at) => sampleEvent(first + at))

/** What an older release wrote, for the case of migration: stream `old-stream`, in one append. */
export const OLDER_EVENTS: readonly NewEvent[] = [
  sampleEvent(1, { personal: { text: 'gr\u00fc\u00df dich' } }),
  sampleEvent(2, { type: 'ReplyQueued' }),
]

export const OLDER_STREAM = 'old-stream'

/** A snapshot at a revision. */
export const sampleSnapshot = (revision: number, changes: Partial<Snapshot> = {}): Snapshot => ({
  revision,
  position: String(revision).padStart(16, '0'),
  fold: 'conversation@1',
  state: JSON.stringify({ revision }),
  ...changes,
})

export const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id)

/** The whole log, page by page. */
export const wholeLog = async (
  events: EventStore,
  options: Parameters<EventStore['readAll']>[0] = {},
): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = []
  let { after } = options
  for (;;) {
    const page = await events.readAll({ ...options, ...(after !== undefined && { after }) })
    all.push(...page.events)
    if (page.atEnd || page.lookedTo === undefined) return all
    after = page.lookedTo
  }
}

/** Takes deliveries until the condition holds. */
export const takeUntil = async (
  deliveries: AsyncIterable<Delivery>,
  enough: (taken: readonly Delivery[]) => boolean,
): Promise<readonly Delivery[]> => {
  const taken: Delivery[] = []
  for await (const delivery of deliveries) {
    taken.push(delivery)
    if (enough(taken)) break
  }
  return taken
}

export const eventsIn = (deliveries: readonly Delivery[]): readonly RecordedEvent[] =>
  deliveries.flatMap((delivery) => (delivery.kind === 'events' ? delivery.events : []))

export const isCaughtUp = (deliveries: readonly Delivery[]): boolean => deliveries.at(-1)?.kind === 'caught-up'
