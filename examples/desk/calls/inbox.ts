import type { Call } from '../host/call.ts'
import type { DeskContext } from '../host/context.ts'
import { queryNumber, queryText, queryWord } from '../host/fields.ts'
import { given } from '../host/json.ts'

const VIEWS = ['mine', 'unassigned', 'all', 'ended', 'blocked', 'waiting', 'deleted'] as const
const STATUSES = ['queued', 'attempted', 'sent', 'partly-sent', 'rejected', 'unconfirmed'] as const

const page = (query: URLSearchParams): { readonly limit?: number; readonly cursor?: string } =>
  given({ limit: queryNumber(query, 'limit', 1, 200), cursor: query.get('cursor') ?? undefined })

/** What an agent looks at: only what belongs to their channels. */
export const inboxCalls: readonly Call<DeskContext>[] = [
  {
    method: 'GET',
    path: '/api/inbox',
    says: `Conversations, newest first; view is one of ${VIEWS.join(', ')}; administrators name a channelId.`,
    example: '?view=all&limit=20',
    answer: ({ actor, query }, { desk }) =>
      desk.inbox.list(actor, {
        view: queryWord(query, 'view', VIEWS) ?? 'all',
        ...given({ channelId: query.get('channelId') ?? undefined }),
        ...page(query),
      }),
  },
  {
    method: 'GET',
    path: '/api/inbox/search',
    says: 'Customers of that name, and messages, replies and notes that hold these words, the newest first; further back with the cursor.',
    example: '?text=delivery',
    answer: ({ actor, query }, { desk }) =>
      desk.inbox.search(actor, {
        text: queryText(query, 'text'),
        ...given({ channelId: query.get('channelId') ?? undefined }),
        ...page(query),
      }),
  },
  {
    method: 'GET',
    path: '/api/inbox/unread',
    says: 'How many open conversations hold something that the actor has not read, in all and by channel.',
    answer: ({ actor }, { desk }) => desk.inbox.unread(actor),
  },
  {
    method: 'GET',
    path: '/api/pending-conversions',
    says: 'What becomes a ticket of this channel by itself, soonest first, each with its due time.',
    example: '?channelId=<channel id>',
    answer: ({ actor, query }, { desk }) =>
      desk.worklists.pendingConversions(actor, { channelId: queryText(query, 'channelId'), ...page(query) }),
  },
  {
    method: 'GET',
    path: '/api/deliveries',
    says: `Replies of a channel or of one conversation, newest first, with every part and attempt; status is one of ${STATUSES.join(', ')}.`,
    example: '?channelId=<channel id>&status=unconfirmed',
    answer: ({ actor, query }, { desk }) =>
      desk.worklists.deliveries(actor, {
        channelId: queryText(query, 'channelId'),
        ...given({
          status: queryWord(query, 'status', STATUSES),
          conversationId: query.get('conversationId') ?? undefined,
        }),
        ...page(query),
      }),
  },
]
