import type { DomainEvent } from '../../src/domain/event.ts'
import type { Key, Projection, Recorded } from '../../src/projections/index.ts'
import { CHANNEL, NOON, ORGANIZATION } from '../domain/people.ts'
import { CONVERSATION, CUSTOMER } from '../domain/conversation/talk.ts'

type AnyEvent = DomainEvent<string, object, object>

/** A stream as the log gives it back, one revision each. */
export const recorded = <Event extends AnyEvent>(
  events: readonly Event[],
  scope: Recorded<Event>['scope'] = {
    organizationId: ORGANIZATION,
    channelId: CHANNEL,
    conversationId: CONVERSATION,
    customerId: CUSTOMER,
  },
  stream = `conversation-${CONVERSATION}`,
): readonly Recorded<Event>[] =>
  events.map((event, revision) => ({
    event: JSON.parse(JSON.stringify(event)) as Event,
    id: `${stream}@${revision}`,
    stream,
    revision,
    position: String(revision).padStart(8, '0'),
    recordedAt: NOON,
    scope,
  }))

export type Documents<Document> = ReadonlyMap<string, Document>

/**
 * All documents of a view, folded in batches of these lengths (then one by one) as the runner does. Between batches documents are text,
 * as in a database, so what is no JSON does not survive.
 */
export const fold = <Event, Document>(
  projection: Projection<Event, Document>,
  events: readonly Recorded<unknown>[],
  batches: readonly number[] = [events.length],
): Documents<Document> => {
  const stored = new Map<string, string>()
  for (let at = 0, batch = 0; at < events.length; batch += 1) {
    const length = Math.max(1, batches[batch] ?? 1)
    const documents = new Map<string, Document | undefined>()
    const get = (key: string): Document | undefined => {
      if (!documents.has(key)) {
        const text = stored.get(key)
        documents.set(key, text === undefined ? undefined : frozen(JSON.parse(text) as Document))
      }
      return documents.get(key)
    }
    for (const one of events.slice(at, at + length) as readonly Recorded<Event>[]) {
      if (!projection.types.includes((one.event as AnyEvent).type)) continue
      const keys = projection.keys(one)
      const peek = (key: string): Document | undefined => {
        if (!keys.includes(key)) throw new Error(`${projection.name} looked at ${key}, which the event does not touch`)
        return get(key)
      }
      for (const key of keys) documents.set(key, frozen(projection.evolve(get(key), one, key, peek)))
    }
    for (const [key, document] of documents) {
      if (document === undefined) stored.delete(key)
      else stored.set(key, JSON.stringify(document))
    }
    at += length
  }
  return new Map([...stored].map(([key, text]) => [key, JSON.parse(text) as Document]))
}

/** Who changes a document in place is found out, and what is no JSON. */
const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`no JSON: ${value}`)
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== Array.prototype) throw new Error('no plain object')
    for (const [name, part] of Object.entries(value)) {
      if (part === undefined || typeof part === 'function') throw new Error(`no JSON: ${name}`)
      frozen(part)
    }
  }
  return value
}

const compare = (one: Key, other: Key): number =>
  one === other ? 0 : one === null || (other !== null && one < other) ? -1 : 1

/** The keys of the documents in the order of an index, with their entries. */
export const places = <Document>(
  projection: Projection<never, Document>,
  documents: Documents<Document>,
  index: string,
): readonly { readonly key: string; readonly entry: readonly Key[] }[] =>
  [...documents]
    .flatMap(([key, document]) => (projection.indexes[index]?.(document, key) ?? []).map((entry) => ({ key, entry })))
    .toSorted((one, other) => {
      for (const [place, part] of one.entry.entries()) {
        const order = compare(part, other.entry[place] ?? null)
        if (order !== 0) return order
      }
      return one.key < other.key ? -1 : 1
    })

/** All that a view keeps: documents by key, the entries of each index in order, each after the key of its document, and counters. */
export const whole = <Document>(
  projection: Projection<never, Document>,
  documents: Documents<Document>,
): {
  readonly documents: Readonly<Record<string, Document>>
  readonly entries: Readonly<Record<string, readonly (readonly Key[])[]>>
  readonly counters: readonly (readonly Key[])[]
} => ({
  documents: Object.fromEntries(documents),
  entries: Object.fromEntries(
    Object.keys(projection.indexes).map((index) => [
      index,
      places(projection, documents, index).map(({ key, entry }) => [key, ...entry]),
    ]),
  ),
  counters: [...documents].flatMap(([key, document]) => projection.counters?.(document, key) ?? []),
})

/** Everything that a view keeps, entries of indexes and counters included, as one text. */
export const kept = <Document>(projection: Projection<never, Document>, documents: Documents<Document>): string =>
  JSON.stringify([
    [...documents].toSorted(([one], [other]) => (one < other ? -1 : 1)),
    Object.keys(projection.indexes).map((index) => places(projection, documents, index)),
    [...documents].flatMap(([key, document]) => projection.counters?.(document, key) ?? []),
  ])
