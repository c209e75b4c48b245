import type { Asked, Call } from '../host/call.ts'
import type { DeskContext } from '../host/context.ts'
import { oneOf, queryNumber, queryText, queryWord, textOrNull } from '../host/fields.ts'
import { given } from '../host/json.ts'
import { settled } from '../host/settled.ts'

const BASE = '/api/tickets/:ticketId'

const of = ({ params: { ticketId = '' }, key }: Asked): { readonly ticketId: string; readonly key?: string } =>
  given({ ticketId, key })

/** What became of conversations. */
export const ticketCalls: readonly Call<DeskContext>[] = [
  {
    method: 'GET',
    path: '/api/tickets',
    says: 'Tickets of a channel or of one conversation, newest first; status is open, pending, on-hold or closed.',
    example: '?channelId=<channel id>',
    answer: ({ actor, query }, { desk }) =>
      desk.tickets.list(actor, {
        channelId: queryText(query, 'channelId'),
        ...given({
          status: queryWord(query, 'status', ['open', 'pending', 'on-hold', 'closed']),
          conversationId: query.get('conversationId') ?? undefined,
          limit: queryNumber(query, 'limit', 1, 200),
          cursor: query.get('cursor') ?? undefined,
        }),
      }),
  },
  {
    method: 'GET',
    path: BASE,
    says: 'One ticket.',
    answer: (asked, { desk }) => desk.tickets.get(asked.actor, of(asked)),
  },
  {
    method: 'GET',
    path: `${BASE}/messages`,
    says: 'The messages of the ticket, of both sides, without notes, a page at a time, the earliest first.',
    example: '?limit=50',
    answer: (asked, { desk }) =>
      desk.tickets.messages(asked.actor, {
        ...of(asked),
        ...given({
          limit: queryNumber(asked.query, 'limit', 1, 200),
          cursor: asked.query.get('cursor') ?? undefined,
        }),
      }),
  },
  {
    method: 'POST',
    path: `${BASE}/assign`,
    says: 'Gives the ticket to an associated agent, or to nobody (null).',
    example: { assignee: 'ben' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.tickets.assign(asked.actor, { ...of(asked), assignee: textOrNull(asked.body, 'assignee') }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/status`,
    says: 'Sets the status: open, pending or on-hold.',
    example: { status: 'pending' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.tickets.setStatus(asked.actor, {
          ...of(asked),
          status: oneOf(asked.body, 'status', ['open', 'pending', 'on-hold']),
        }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/close`,
    says: 'Closes the ticket.',
    answer: (asked, context) => settled(context, context.desk.tickets.close(asked.actor, of(asked))),
  },
  {
    method: 'POST',
    path: `${BASE}/reopen`,
    says: 'Opens a closed ticket again.',
    answer: (asked, context) => settled(context, context.desk.tickets.reopen(asked.actor, of(asked))),
  },
]
