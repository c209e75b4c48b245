import type { Json, JsonObject } from '../../../application/ports/json.ts'
import type { ParsedEvent } from '../../../application/ports/platform.ts'
import { readChange } from './change.ts'
import { readEvent } from './event.ts'
import { bodyAsIs, bodyText, parseJson } from './json.ts'
import { asId, asList, asObject } from './readers.ts'
import { ignored, quarantined, type Verdict } from './verdict.ts'

/**
 * Every delivered event of a webhook body, in its order, each with what became of it. Never throws: what cannot be read
 * is an outcome too. Counted are the items of `messaging`, `standby` and `changes`, an entry without any, an entry of the
 * flat form, an entry of another object, and a body that holds none of these.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/webhook (Jun 26, 2026)
 */
export const parseWebhook = (body: Uint8Array): readonly ParsedEvent[] => {
  const events: ParsedEvent[] = []
  const text = bodyText(body)
  let envelope: Json
  try {
    envelope = parseJson(text)
  } catch {
    const verdict = quarantined('not-json', `${body.byteLength} bytes`)
    return [conclude('', verdict, () => bodyAsIs(body))]
  }
  // The examples page wraps bodies in an array.
  const list = asList(envelope)
  if (list === undefined || list.length === 0) readEnvelope(envelope, events, text)
  else for (const item of list) readEnvelope(item, events, text)
  return events
}

const readEnvelope = (value: Json, events: ParsedEvent[], text: string): void => {
  const envelope = asObject(value)
  const unreadable = (detail: string): void => {
    events.push(conclude('', quarantined('unreadable-envelope', detail), () => jsonText(value, text)))
  }
  if (envelope === undefined) return unreadable('no object')
  const { object, entry } = envelope
  const entries = asList(entry)
  if (typeof object !== 'string') return unreadable('object is missing or no text')
  if (object !== 'instagram') {
    if (entries === undefined || entries.length === 0) events.push(conclude('', ignored('other-object'), empty))
    else for (const it of entries) events.push(conclude(accountOf(it), ignored('other-object'), empty))
    return
  }
  if (entries === undefined) return unreadable('entry is missing or no list')
  if (entries.length === 0) events.push(conclude('', ignored('empty-entry'), empty))
  for (const it of entries) readEntry(it, events, text)
}

const empty = (): string => ''
const accountOf = (entry: Json): string => asId(asObject(entry)?.['id']) ?? ''

const readEntry = (value: Json, events: ParsedEvent[], text: string): void => {
  const entry = asObject(value)
  const accountId = accountOf(value)
  const wholeEntry = (): string => jsonText({ object: 'instagram', entry: [value] }, text)
  if (entry === undefined) {
    events.push(conclude('', quarantined('unreadable-envelope', 'entry is no object'), wholeEntry))
    return
  }
  const before = events.length
  for (const name of ['messaging', 'standby', 'changes'] as const) {
    const items = entry[name]
    if (items === undefined || items === null) continue
    const list = asList(items)
    if (list === undefined) {
      events.push(conclude(accountId, quarantined('unreadable-envelope', `${name} is no list`), wholeEntry))
      continue
    }
    for (const item of list) {
      const verdict = inAccount(accountId, () => readItem(name, item, accountId))
      events.push(conclude(accountId, verdict, () => enclosed(entry, name, item, text)))
    }
  }
  if (typeof entry['field'] === 'string') {
    const { field, value: flat } = entry
    const change: JsonObject = { field, value: flat }
    const verdict = inAccount(accountId, () => readChange(change, accountId))
    events.push(conclude(accountId, verdict, () => enclosed(entry, 'changes', change, text)))
  }
  if (events.length > before) return
  const unknown = Object.keys(entry).find((name) => !envelopeMembers.has(name))
  const verdict = unknown === undefined ? ignored('empty-entry') : quarantined('unknown-member', unknown)
  events.push(conclude(accountId, verdict, wholeEntry))
}

const envelopeMembers: ReadonlySet<string> = new Set(['id', 'time', 'uid', 'messaging', 'standby', 'changes'])

/** The dashboard's Test button sends entry id `0`, signed like a real delivery; an entry without an id routes nowhere. */
const inAccount = (accountId: string, reader: () => Verdict): Verdict => {
  if (accountId === '0') return ignored('dashboard-test')
  if (accountId === '') return quarantined('unreadable-envelope', 'entry.id is missing')
  try {
    return reader()
  } catch {
    // Only a nesting that overflows the stack comes here; one event must not cost its batch.
    return quarantined('unreadable-member', 'nested too deeply')
  }
}

const readItem = (name: 'messaging' | 'standby' | 'changes', item: Json, accountId: string): Verdict => {
  const event = asObject(item)
  if (event === undefined) return quarantined('unreadable-member', `an item of ${name} is no object`)
  return name === 'changes'
    ? readChange(event, accountId)
    : readEvent(event, { accountId, standby: name === 'standby' })
}

const conclude = (accountId: string, verdict: Verdict, raw: () => string): ParsedEvent => {
  switch (verdict.outcome) {
    case 'read':
      return { outcome: 'read', accountId, incoming: verdict.incoming, raw }
    case 'ignored':
      return { outcome: 'ignored', accountId, reason: verdict.reason }
    case 'quarantined':
      return { outcome: 'quarantined', accountId, reason: verdict.reason, detail: verdict.detail, raw }
  }
}

/** One event in an envelope of its own, so that it can be read again by itself. */
const enclosed = ({ id, time }: JsonObject, name: string, item: Json, body: string): string =>
  jsonText({ object: 'instagram', entry: [{ id, time, [name]: [item] }] }, body)

/** What was read can be written, but for a nesting that overflows the stack: then the whole body stands for it. */
const jsonText = (value: Json, body: string): string => {
  try {
    return JSON.stringify(value)
  } catch {
    return body
  }
}
