import * as v from 'valibot'

import type { Json, JsonObject } from '../../../application/ports/json.ts'
import type { Messenger, PastMessage, PastReaction, Sender, SendFailure } from '../../../application/ports/messenger.ts'
import { readListedMessage } from '../webhook/message.ts'
import { LIMITS } from '../webhook/limits.ts'
import { asId, asList, asObject, asText, idOf, isDeeper } from '../webhook/readers.ts'
import { graphPath } from './graph-path.ts'
import type { Graph, GraphAnswer } from './graph.ts'
import { sendingNode } from './send.ts'

/** Meta gives details of the newest 20 messages of a thread and says of older ones that they were deleted. */
const DETAILED = 20
/** Pages of a thread that are read at most, where Meta gives details of more. */
const PAGES = 10
const BASIC = 'id,created_time,from,to,message,attachments'
const FIELDS = `${BASIC},shares,story,reactions,reply_to`

const threads = v.object({ data: v.array(v.object({ id: v.string() })) })
const page = v.object({
  data: v.array(v.unknown()),
  paging: v.nullish(
    v.object({ cursors: v.nullish(v.object({ after: v.nullish(v.string()) })), next: v.nullish(v.string()) }),
  ),
})
const opened = v.object({ messages: v.optional(page) })

/**
 * The messages with a customer: the thread by `user_id`, then its messages with details, page by page. What comes without details
 * (older, unsent) is left out; a page of nothing else ends the reading.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/conversations (Feb 11, 2026)
 */
export const history =
  (graph: Graph): Messenger['history'] =>
  async (sender, customerId, { since } = {}) => {
    const found = await graph(sender, {
      method: 'GET',
      path: graphPath(sendingNode(sender.account), 'conversations'),
      query: { platform: 'instagram', user_id: customerId, fields: 'id' },
      lane: 'conversations',
    })
    if (found.kind !== 'answered') return found
    const listed = v.safeParse(threads, found.body)
    if (!listed.success) return unreadable
    const [thread] = listed.output.data
    if (thread === undefined) return { kind: 'found', messages: [] }

    const past: PastMessage[] = []
    let after: string | undefined
    for (let read = 0; read < PAGES; read++) {
      const next = await pageOf(graph, sender, thread.id, after)
      if (next.kind !== 'page') return read === 0 ? next : foundAll(past)
      const messages = next.rows.flatMap((row) => pastMessage(asObject(row as JsonObject), customerId))
      past.push(...messages)
      const { after: following } = next
      const isEnough = since === undefined || messages.length === 0 || messages.some(({ at }) => at < since)
      if (isEnough || following === undefined || following === after) break
      after = following
    }
    return foundAll(past)
  }

const foundAll = (past: readonly PastMessage[]) =>
  ({ kind: 'found', messages: past.toSorted((a, b) => b.at - a.at) }) as const

type Page = { readonly kind: 'page'; readonly rows: readonly unknown[]; readonly after?: string }

const pageOf = async (
  graph: Graph,
  sender: Sender,
  threadId: string,
  after: string | undefined,
): Promise<Page | SendFailure> => {
  const ask = (fields: string): Promise<GraphAnswer> =>
    graph(sender, {
      method: 'GET',
      ...(after === undefined
        ? { path: graphPath(threadId), query: { fields: `messages.limit(${DETAILED}){${fields}}` } }
        : { path: graphPath(threadId, 'messages'), query: { fields, limit: String(DETAILED), after } }),
      lane: 'conversations',
      // Of a small part of the rate the next turn may be so late that no look would ever end.
      goesOn: true,
    })
  let answer = await ask(FIELDS)
  // A member that this version or flavour does not have fails the whole call.
  if (answer.kind === 'give-up' && answer.code.split('/')[0] === '100') answer = await ask(BASIC)
  if (answer.kind !== 'answered') return answer
  const read =
    after === undefined
      ? v.safeParse(opened, answer.body)
      : v.safeParse(v.object({ messages: page }), { messages: answer.body })
  if (!read.success) return unreadable
  const { data = [], paging } = read.output.messages ?? {}
  const cursor = paging?.cursors?.after ?? afterOf(paging?.next)
  return { kind: 'page', rows: data, ...(cursor !== undefined && { after: cursor }) }
}

const unreadable = { kind: 'outcome-unknown', code: 'unreadable-answer' } as const

/** Only the cursor is taken from Meta's address of the next page. */
const afterOf = (next: string | null | undefined): string | undefined =>
  typeof next === 'string' && URL.canParse(next) ? (new URL(next).searchParams.get('after') ?? undefined) : undefined

/** One row; none if it has no details, or ids that no message has. */
const pastMessage = (row: JsonObject | undefined, customerId: string): readonly PastMessage[] => {
  try {
    return readRow(row, customerId)
  } catch {
    return []
  }
}

const readRow = (row: JsonObject | undefined, customerId: string): readonly PastMessage[] => {
  const mid = asId(row?.['id'], 'id')
  const from = idOf(row?.['from'], 'from')
  const at = instantOf(row?.['created_time'])
  if (isDeeper(row, LIMITS.depth)) return []
  if (row === undefined || mid === undefined || from === undefined || at === undefined) return []
  const content = readListedMessage(row)
  const reactions = reactionsOf(row, customerId)
  return [
    {
      mid,
      at,
      from: from === customerId ? 'customer' : 'business',
      content,
      ...(reactions.length > 0 && { reactions }),
    },
  ]
}

/** The reaction of each side. Samples name it, or hold the emoji itself. */
const reactionsOf = (row: JsonObject, customerId: string): readonly PastReaction[] => {
  const list = asList(asObject(row['reactions'])?.['data']) ?? []
  const bySide = new Map<PastReaction['by'], PastReaction>()
  for (const each of list.map(asObject)) {
    const reaction = asText(each?.['reaction'])
    const emoji = asText(each?.['emoji'])
    if (reaction === undefined && emoji === undefined) continue
    for (const user of asList(each?.['users']) ?? []) {
      const by = idOf(user, 'users') === customerId ? 'customer' : 'business'
      bySide.set(by, { by, ...(reaction !== undefined && { reaction }), ...(emoji !== undefined && { emoji }) })
    }
  }
  return [...bySide.values()]
}

/** ISO with `+0000` in every sample, UNIX time by the table of the same page. */
const instantOf = (time: Json | undefined): number | undefined => {
  if (typeof time !== 'number' && typeof time !== 'string') return undefined
  const seconds = typeof time === 'number' ? time : /^\d{1,13}$/.test(time) ? Number(time) : undefined
  if (seconds !== undefined) return seconds < 100_000_000_000 ? seconds * 1_000 : seconds
  const at = Date.parse(String(time).replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  return Number.isNaN(at) ? undefined : at
}
