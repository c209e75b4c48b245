import type { Json, JsonObject } from './json.ts'

/** What a webhook event tells, in the simulator's own words. */
export type EventKind =
  | 'message'
  | 'echo'
  | 'unsend'
  | 'echo-unsend'
  | 'edit'
  | 'reaction'
  | 'seen'
  | 'postback'
  | 'referral'
  | 'thread-control'
  | 'comment'
  | 'policy'

/** One event on its way to the app. */
export interface WebhookEvent {
  /** The same for every delivery of this event, so that repetitions can be counted. */
  readonly eventId: string
  readonly accountId: string
  readonly customerId?: string
  readonly kind: EventKind
  readonly mid?: string
  /** Which list of the entry it stands in: `standby` while another app owns the thread. */
  readonly list: 'messaging' | 'standby' | 'changes'
  readonly body: JsonObject
}

/** The envelope of several events, of one account or of many: one entry per run of one account and one list. */
export const envelope = (events: readonly WebhookEvent[], time: number): JsonObject => {
  const entries: { id: string; list: WebhookEvent['list']; bodies: JsonObject[] }[] = []
  for (const { accountId, list, body } of events) {
    const last = entries.at(-1)
    if (last?.id === accountId && last.list === list) last.bodies.push(body)
    else entries.push({ id: accountId, list, bodies: [body] })
  }
  return {
    object: 'instagram',
    entry: entries.map(({ id, list, bodies }) =>
      // Meta dates the entries of comments in seconds, all others in milliseconds.
      list === 'changes' ? { id, time: Math.floor(time / 1000), changes: bodies } : { time, id, [list]: bodies },
    ),
  }
}

/** How many events a body holds per account; nothing for what is not a readable webhook. */
export const countEvents = (rawBody: string): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const entry of entriesOf(rawBody)) {
    const { id } = entry
    const lists = [entry['messaging'], entry['standby'], entry['changes']]
    const count = lists.reduce((sum: number, list) => sum + (Array.isArray(list) ? list.length : 0), 0)
    if (typeof id === 'string') counts[id] = (counts[id] ?? 0) + count
  }
  return counts
}

const entriesOf = (rawBody: string): readonly JsonObject[] => {
  try {
    const entries = (JSON.parse(rawBody) as { readonly entry?: Json }).entry
    return Array.isArray(entries) ? (entries as readonly JsonObject[]).filter((entry) => entry !== null) : []
  } catch {
    return []
  }
}
