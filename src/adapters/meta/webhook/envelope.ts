import type { Json, JsonObject } from '../../../application/ports/json.ts'
import { readChange } from './change.ts'
import { readEvent } from './event.ts'
import { ENVELOPE_TEXT, LIMITS } from './limits.ts'
import { asId, asList, asObject, isDeeper, NotReadable } from './readers.ts'
import { ignored, quarantined, type Verdict } from './verdict.ts'

/** Delivered events of one kind that stand together in a body. */
export interface Run {
  readonly accountOf: (item: Json) => string
  readonly items: readonly Json[]
  /** Never throws. */
  readonly read: (item: Json) => Verdict
  /** Some of them in an envelope of their own, so that they can be read again by themselves. */
  readonly enclose: (items: readonly Json[]) => Json
}

/** The end of a body, for which there was no more room: counted, and not looked into. */
export interface Beyond extends Omit<Run, 'read'> {
  readonly count: number
}

/** The delivered events of a body, in its order, as long as there is room for them. */
export const deliveredEvents = function* (body: Json, room: () => number): Generator<Run | Beyond, undefined> {
  // The examples page wraps bodies in an array.
  const list = asList(body)
  if (list === undefined || list.length === 0) yield* inEnvelope(body, room)
  else {
    for (const [at, item] of list.entries()) {
      if (room() <= 0)
        return yield beyond(
          list.slice(at),
          () => '',
          eventsInBody,
          (some) => some,
        )
      yield* inEnvelope(item, room)
    }
  }
  return undefined
}

const beyond = (
  items: readonly Json[],
  accountOf: Run['accountOf'],
  events: (item: Json) => number,
  enclose: Run['enclose'],
): Beyond => ({ items, accountOf, enclose, count: items.reduce<number>((count, item) => count + events(item), 0) })

const inEnvelope = function* (value: Json, room: () => number): Generator<Run | Beyond, undefined> {
  const one = (verdict: Verdict): Run => ({
    accountOf: () => '',
    items: [value],
    read: () => verdict,
    enclose: () => value,
  })
  const unreadable = (detail: string): Run => one(quarantined('unreadable-envelope', detail))
  const envelope = asObject(value)
  if (envelope === undefined) return yield unreadable('no object')
  const { object, entry } = envelope
  const entries = asList(entry)
  if (typeof object !== 'string') return yield unreadable('object is missing or no text')
  if (object !== 'instagram') {
    if (entries === undefined || entries.length === 0) return yield one(ignored('other-object'))
    return yield {
      accountOf: routed,
      items: entries,
      read: () => ignored('other-object'),
      enclose: (some) => ({ object, entry: some }),
    }
  }
  if (entries === undefined) return yield unreadable('entry is missing or no list')
  if (entries.length === 0) return yield one(ignored('empty-entry'))
  for (const [at, it] of entries.entries()) {
    if (room() <= 0) return yield beyond(entries.slice(at), routed, eventsInEntry, (entry) => ({ object, entry }))
    yield* inEntry(it)
  }
  return undefined
}

/** The account of an entry; what its events end as where it names none that can be routed. */
const accountOf = (entry: Json): string | Verdict => {
  try {
    const id = asId(asObject(entry)?.['id'], 'entry.id')
    return id ?? quarantined('unreadable-envelope', 'entry.id is missing')
  } catch (error) {
    return verdictOf(error)
  }
}

const routed = (entry: Json): string => {
  const account = accountOf(entry)
  return typeof account === 'string' ? account : ''
}

const inEntry = function* (value: Json): Generator<Run, undefined> {
  const entry = asObject(value)
  const accountId = routed(value)
  const enclosed = (it: Json): Json => ({ object: 'instagram', entry: [it] })
  const whole = (verdict: Verdict): Run => ({
    accountOf: () => accountId,
    items: [value],
    read: () => verdict,
    enclose: () => enclosed(value),
  })
  const run = (name: string, items: readonly Json[], read: (item: Json) => Verdict): Run => ({
    accountOf: () => accountId,
    items,
    read: inAccount(accountOf(value), read),
    enclose: (some) => enclosed({ ...address(entry as JsonObject), [name]: some }),
  })
  if (entry === undefined) return yield whole(quarantined('unreadable-envelope', 'entry is no object'))
  let isEmpty = true
  for (const name of LISTS) {
    const items = entry[name]
    if (items === undefined || items === null) continue
    const list = asList(items)
    if (list?.length !== 0) isEmpty = false
    if (list === undefined) yield whole(quarantined('unreadable-envelope', `${name} is no list`))
    else if (list.length > 0) yield run(name, list, (item) => readItem(name, item, accountId))
  }
  if (typeof entry['field'] === 'string') {
    const { field, value: flat } = entry
    return yield run('changes', [{ field, value: flat }], (item) => readChange(item as JsonObject, accountId))
  }
  if (!isEmpty) return undefined
  const unknown = Object.keys(entry).find((name) => !envelopeMembers.has(name))
  return yield whole(unknown === undefined ? ignored('empty-entry') : quarantined('unknown-member', unknown))
}

const LISTS = ['messaging', 'standby', 'changes'] as const

/** How many delivered events an entry holds: as many as {@link inEntry} yields items. */
const eventsInEntry = (value: Json): number => {
  const entry = asObject(value)
  if (entry === undefined) return 1
  let count = typeof entry['field'] === 'string' ? 1 : 0
  for (const name of LISTS) {
    const items = entry[name]
    if (items !== undefined && items !== null) count += asList(items)?.length ?? 1
  }
  return Math.max(count, 1)
}

/** The same for a whole body. */
const eventsInBody = (value: Json): number => {
  const { object, entry } = asObject(value) ?? {}
  const entries = asList(entry)
  if (typeof object !== 'string' || entries === undefined || entries.length === 0) return 1
  return object === 'instagram' ? entries.reduce<number>((count, it) => count + eventsInEntry(it), 0) : entries.length
}

const envelopeMembers: ReadonlySet<string> = new Set(['id', 'time', 'uid', 'messaging', 'standby', 'changes'])

/** Id and time of an entry, as they are kept with each of its events: what is longer than Meta's could be kept a thousand times. */
const address = ({ id, time }: JsonObject): JsonObject => ({ id: brief(id), time: brief(time) })

const brief = (value: Json | undefined): Json | undefined =>
  typeof value === 'string' ? value.slice(0, ENVELOPE_TEXT) : typeof value === 'number' ? value : undefined

/** The dashboard's Test button sends entry id `0`, signed like a real delivery; an entry without an id routes nowhere. */
const inAccount = (account: string | Verdict, reader: (item: Json) => Verdict): ((item: Json) => Verdict) => {
  if (account === '0') return () => ignored('dashboard-test')
  if (typeof account !== 'string') return () => account
  return (item) => {
    if (isDeeper(item, LIMITS.depth)) return TOO_DEEP
    try {
      return reader(item)
    } catch (error) {
      return verdictOf(error)
    }
  }
}

const TOO_DEEP = quarantined('over-limit', `an event: nested more than ${LIMITS.depth} levels deep`)

/** Nothing but {@link NotReadable} is known to be thrown. An event that the code has not foreseen must not cost its batch. */
const verdictOf = (error: unknown): Verdict =>
  error instanceof NotReadable
    ? error.verdict
    : quarantined('unreadable-member', `could not be read: ${error instanceof Error ? error.name : 'Error'}`)

const readItem = (name: 'messaging' | 'standby' | 'changes', item: Json, accountId: string): Verdict => {
  const event = asObject(item)
  if (event === undefined) return quarantined('unreadable-member', `an item of ${name} is no object`)
  return name === 'changes'
    ? readChange(event, accountId)
    : readEvent(event, { accountId, standby: name === 'standby' })
}
