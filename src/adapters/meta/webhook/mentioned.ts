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

/** Calls back for every object with a `mid`, with the id of the entry it stands in; a stack of its own, for it may be deep. */
const everyMessage = (body: Json, found: (message: JsonObject, mentioned: MentionedMessage) => void): void => {
  const open: (readonly [value: Json, accountId: string | undefined])[] = [[body, undefined]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, accountId] = next
    const list = asList(value)
    if (list !== undefined) for (const item of list) open.push([item, accountId])
    const object = asObject(value)
    if (object === undefined) continue
    const mid = textOf(object['mid'])
    if (mid !== undefined && accountId !== undefined) found(object, { accountId, mid })
    for (const name in object) {
      const member = object[name]
      if (QUOTES.has(name) || typeof member !== 'object' || member === null) continue
      const entries = name === 'entry' && accountId === undefined ? asList(member) : undefined
      if (entries === undefined) open.push([member, accountId])
      else for (const entry of entries) open.push([entry, textOf(asObject(entry)?.['id']) ?? ''])
    }
  }
}

const MIDS = /"mid"\s*:\s*"((?:[^"\\]|\\.){1,512})"/g
const IDS = /"id"\s*:\s*"((?:[^"\\]|\\.){1,512})"/g
/** Of a body that is no JSON: ids that could be its accounts. */
const MOST_ACCOUNTS = 20

/** A body that broke off has ids too. Which account is whose nobody can say, so each is taken to be of each. */
const mentionedInText = (raw: string): readonly MentionedMessage[] => {
  const all = (pattern: RegExp): readonly string[] => [
    ...new Set([...raw.matchAll(pattern)].map(([, id = '']) => unescaped(id))),
  ]
  const accounts = all(IDS).slice(0, MOST_ACCOUNTS)
  return all(MIDS).flatMap((mid) => accounts.map((accountId) => ({ accountId, mid })))
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

export const messagesIn: Platform['messagesIn'] = (raw) => {
  const body = asJson(raw)
  if (body === undefined) return mentionedInText(raw)
  const mentioned: MentionedMessage[] = []
  everyMessage(body, (_, message) => void mentioned.push(message))
  return mentioned
}

export const without: Platform['without'] = (raw, isUnsent) => {
  const body = asJson(raw)
  if (body === undefined) return mentionedInText(raw).some(isUnsent) ? undefined : raw
  everyMessage(body, (message, mentioned) => {
    if (!isUnsent(mentioned)) return
    for (const name of Object.keys(message)) {
      if (!KEPT.has(name)) delete (message as Record<string, unknown>)[name]
    }
  })
  return jsonText(body)
}
