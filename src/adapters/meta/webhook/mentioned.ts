import type { Json, JsonObject } from '../../../application/ports/json.ts'
import type { MentionedMessage, Platform } from '../../../application/ports/platform.ts'
import { jsonText, parseJson } from './json.ts'
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

/** Where a body names such an id: as text or as a number. */
const idsNamed = (name: 'mid' | 'id'): RegExp =>
  new RegExp(`"${name}"\\s*:\\s*(?:"((?:[^"\\\\]|\\\\.){1,512})"|(\\d{1,20}))`, 'g')
const MIDS = idsNamed('mid')
const IDS = idsNamed('id')
/** Accounts that a message is taken to be of where its own is not named. */
const MOST_ACCOUNTS = 20

const allOf = (pattern: RegExp, raw: string): readonly string[] => [
  ...new Set(
    [...raw.matchAll(pattern)].map(([, text, number = '']) => (text === undefined ? number : unescaped(text))),
  ),
]

/** Where no entry names the account of a message, any id of the body may be it: the message is taken to be of each. */
const possibleAccounts = (raw: string): readonly string[] => allOf(IDS, raw).slice(0, MOST_ACCOUNTS)

/** A body that broke off has ids too. */
const mentionedInText = (raw: string): readonly MentionedMessage[] => {
  const accounts = possibleAccounts(raw)
  return allOf(MIDS, raw).flatMap((mid) => accounts.map((accountId) => ({ accountId, mid })))
}

const unescaped = (text: string): string => {
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

const asJson = (raw: string): Json | undefined => {
  try {
    return parseJson(raw)
  } catch {
    return undefined
  }
}

/** Every object with a `mid`, and which messages it may be of. */
const mentionedIn = function* (
  raw: string,
  body: Json,
): Generator<{ message: JsonObject; mentioned: readonly MentionedMessage[] }> {
  let possible: readonly string[] | undefined
  for (const { message, mid, accountId } of everyMessage(body)) {
    const accounts = accountId === undefined ? (possible ??= possibleAccounts(raw)) : [accountId]
    yield { message, mentioned: accounts.map((account) => ({ accountId: account, mid })) }
  }
}

export const messagesIn: Platform['messagesIn'] = (raw) => {
  const body = asJson(raw)
  if (body === undefined) return mentionedInText(raw)
  return [...mentionedIn(raw, body)].flatMap(({ mentioned }) => mentioned)
}

export const without: Platform['without'] = (raw, isUnsent) => {
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
