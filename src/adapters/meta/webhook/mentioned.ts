import type { Json, JsonObject } from '../../../application/ports/json.ts'
import type { MentionedMessage, Platform } from '../../../application/ports/platform.ts'
import { isWhole, jsonText, parseJson } from './json.ts'
import { asList, asObject } from './readers.ts'

// What waits in quarantine could not be read, so nothing is taken for granted here: a message is what has a `mid`, wherever it stands.

/** Members of a message that say nothing of what was written: they stay when it is unsent. */
const KEPT: ReadonlySet<string> = new Set(['mid', 'is_echo', 'is_deleted', 'is_self', 'is_unsupported', 'action'])

/** What names another message than the one it stands in: to quote one is not to repeat it. */
const QUOTES: ReadonlySet<string> = new Set(['reply_to'])

const textOf = (id: Json | undefined): string | undefined =>
  typeof id === 'string' && id !== '' ? id : typeof id === 'number' ? String(id) : undefined

/** Every object with a `mid`, with the id of the entry it is in, if any. With a stack of its own: the body may be deep. */
const everyMessage = function* (body: Json): Generator<{ message: JsonObject; mid: string; accountId?: string }> {
  const open: (readonly [value: Json, accountId: string | undefined])[] = [[body, undefined]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, accountId] = next
    for (const item of asList(value) ?? []) open.push([item, accountId])
    const object = asObject(value)
    if (object === undefined) continue
    const mid = textOf(object['mid'])
    if (mid !== undefined) yield { message: object, mid, ...(accountId !== undefined && { accountId }) }
    for (const name in object) {
      const member = object[name] ?? null
      if (QUOTES.has(name)) continue
      if (name !== 'entry' || accountId !== undefined) open.push([member, accountId])
      else for (const entry of asList(member) ?? [member]) open.push([entry, textOf(asObject(entry)?.['id'])])
    }
  }
}

/** Texts and numbers called `mid` or `id`. */
const IDS = /"(mid|id)"\s*:\s*(?:"((?:[^"\\]|\\.){1,512})"|(\d{1,20}))/g
/** Messages that are looked for in a text, and ids read on the way: a thousand events of Meta's have far fewer. */
const MOST_MIDS = 1_000
const MOST_IDS = 100_000
/** Ids before and after a message that may be those of its two parties, wherever they stand in its event. */
const NEAR = 2
const MOST_ACCOUNTS = 2 * NEAR + 1

/**
 * The messages of a text, each with the accounts whose it may be where none is named: ids that stand near, and the most frequent of
 * all. The most likely come first: those that are named most often, for an account has many customers.
 */
const accountsOfMessages = (raw: string): ReadonlyMap<string, readonly string[]> => {
  const ids: string[] = []
  const counts = new Map<string, number>()
  const places = new Map<string, number>()
  for (const [, name, text, digits = ''] of raw.matchAll(IDS)) {
    const id = text === undefined ? digits : unescaped(text)
    if (name === 'id') {
      ids.push(id)
      counts.set(id, (counts.get(id) ?? 0) + 1)
    } else if (!places.has(id)) places.set(id, ids.length)
    if (places.size > MOST_MIDS || ids.length >= MOST_IDS) break
  }
  const byCount = (one: string, other: string): number => (counts.get(other) ?? 0) - (counts.get(one) ?? 0)
  const most = [...counts.keys()].toSorted(byCount).slice(0, 1)
  const accountsAt = (place: number): readonly string[] => {
    const near = [...ids.slice(Math.max(0, place - NEAR), place).toReversed(), ...ids.slice(place, place + NEAR)]
    return [...new Set([...near, ...most])].toSorted(byCount)
  }
  return new Map([...places].map(([mid, place]) => [mid, accountsAt(place)]))
}

/** A body that broke off has ids too. Of every message the likeliest comes first. */
const mentionedInText = (raw: string): readonly MentionedMessage[] => {
  const messages = [...accountsOfMessages(raw)]
  return Array.from({ length: MOST_ACCOUNTS }, (_, rank) =>
    messages.flatMap(([mid, { [rank]: accountId }]) => (accountId === undefined ? [] : [{ accountId, mid }])),
  ).flat()
}

const unescaped = (text: string): string => {
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

/**
 * Code units above which a body is not read as JSON again only to look for ids: one of 16 MiB would take seconds, and so would a
 * hundred that came together. No event of Meta's comes near.
 */
const LARGE = 65_536

const asJson = (raw: string): Json | undefined => {
  try {
    const body = parseJson(raw)
    return isWhole(body) ? body : undefined
  } catch {
    return undefined
  }
}

/** Every object with a `mid`, and which messages it may be of. */
const mentionedIn = function* (
  raw: string,
  body: Json,
): Generator<{ message: JsonObject; mentioned: readonly MentionedMessage[] }> {
  let possible: ReadonlyMap<string, readonly string[]> | undefined
  for (const { message, mid, accountId } of everyMessage(body)) {
    const accounts = accountId === undefined ? ((possible ??= accountsOfMessages(raw)).get(mid) ?? []) : [accountId]
    yield { message, mentioned: accounts.map((account) => ({ accountId: account, mid })) }
  }
}

/** Whether a message may be named in it: most of what nobody can read names none, and need not be read for that. */
const mayName = (raw: string): boolean => raw.includes('mid') || raw.includes('\\u')

export const messagesIn: Platform['messagesIn'] = (raw) => {
  if (!mayName(raw)) return []
  const body = raw.length > LARGE ? undefined : asJson(raw)
  if (body === undefined) return mentionedInText(raw)
  return [...mentionedIn(raw, body)].flatMap(({ mentioned }) => mentioned)
}

export const without: Platform['without'] = (raw, isUnsent) => {
  if (!mayName(raw)) return raw
  const body = asJson(raw)
  if (body === undefined) return mentionedInText(raw).some(isUnsent) ? undefined : raw
  for (const { message, mentioned } of mentionedIn(raw, body)) {
    if (!mentioned.some(isUnsent)) continue
    for (const name of Object.keys(message)) {
      if (!KEPT.has(name)) delete (message as Record<string, unknown>)[name]
    }
  }
  return jsonText(body)
}
