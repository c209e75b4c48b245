import * as v from 'valibot'

import type { Messenger, PastMessage } from '../../../application/ports/messenger.ts'
import type { Graph } from './graph.ts'
import { sendingNode } from './send.ts'

/** Meta gives details of the newest 20 messages of a thread and says of older ones that they were deleted. */
const DETAILED = 20
const FIELDS = 'id,created_time,from,to,message,attachments'

const threads = v.object({ data: v.array(v.object({ id: v.string() })) })
const id = v.union([v.string(), v.pipe(v.number(), v.safeInteger(), v.transform(String))])
const detail = v.object({
  id: v.string(),
  created_time: v.union([v.string(), v.number()]),
  from: v.optional(v.object({ id })),
  message: v.nullish(v.string()),
  attachments: v.nullish(v.object({ data: v.array(v.unknown()) })),
})
const messages = v.object({ messages: v.optional(v.object({ data: v.array(v.unknown()) })) })

/**
 * The newest messages with a customer: the thread by `user_id`, then its messages with details in one call. What comes
 * without details (older, unsent) is left out.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/conversations (Feb 11, 2026)
 */
export const history =
  (graph: Graph): Messenger['history'] =>
  async (sender, customerId) => {
    const { account } = sender
    const found = await graph(sender, {
      method: 'GET',
      path: [sendingNode(account), 'conversations'],
      query: { platform: 'instagram', user_id: customerId, fields: 'id' },
      lane: 'conversations',
    })
    if (found.kind !== 'answered') return found
    const listed = v.safeParse(threads, found.body)
    if (!listed.success) return unreadable
    const [thread] = listed.output.data
    if (thread === undefined) return { kind: 'found', messages: [] }

    const opened = await graph(sender, {
      method: 'GET',
      path: [thread.id],
      query: { fields: `messages.limit(${DETAILED}){${FIELDS}}` },
      lane: 'conversations',
      // Of a small part of the rate the next turn may be so late that no look would ever end.
      goesOn: true,
    })
    if (opened.kind !== 'answered') return opened
    const read = v.safeParse(messages, opened.body)
    if (!read.success) return unreadable
    const past = (read.output.messages?.data ?? []).flatMap((row) => pastMessage(row, customerId))
    return { kind: 'found', messages: past.toSorted((a, b) => b.at - a.at).slice(0, DETAILED) }
  }

const unreadable = { kind: 'outcome-unknown', code: 'unreadable-answer' } as const

const pastMessage = (row: unknown, customerId: string): readonly PastMessage[] => {
  const parsed = v.safeParse(detail, row)
  if (!parsed.success || parsed.output.from === undefined) return []
  const { id: mid, created_time: created, from, message: text, attachments } = parsed.output
  const at = instantOf(created)
  if (at === undefined) return []
  const count = attachments?.data.length ?? 0
  return [
    {
      mid,
      at,
      from: from.id === customerId ? 'customer' : 'business',
      ...(text && { text }),
      ...(count > 0 && { attachments: count }),
    },
  ]
}

/** ISO with `+0000` in every sample, UNIX time by the table of the same page. */
const instantOf = (time: string | number): number | undefined => {
  const seconds = typeof time === 'number' ? time : /^\d{1,13}$/.test(time) ? Number(time) : undefined
  if (seconds !== undefined) return seconds < 100_000_000_000 ? seconds * 1_000 : seconds
  const at = Date.parse(String(time).replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  return Number.isNaN(at) ? undefined : at
}
