import type { ReplyRequest } from 'madoguchi'
import type { Asked, Call } from '../host/call.ts'
import type { DeskContext } from '../host/context.ts'
import {
  oneOf,
  optionalBoolean,
  optionalText,
  queryNumber,
  queryWord,
  text,
  textOrNull,
  wholeNumber,
} from '../host/fields.ts'
import { given, type Json, type JsonObject } from '../host/json.ts'
import { liveResponse } from '../host/live.ts'
import { HttpProblem } from '../host/problem.ts'
import { settled } from '../host/settled.ts'
import { watchConversation } from '../host/watch-conversation.ts'

const BASE = '/api/conversations/:conversationId'
const KINDS = ['image', 'video', 'audio', 'file'] as const

/** The conversation that is named, with the idempotency key. */
const of = ({
  params: { conversationId = '' },
  key,
}: Asked): { readonly conversationId: string; readonly key?: string } => given({ conversationId, key })

type Media = NonNullable<ReplyRequest['media']>

const mediaOf = (body: JsonObject): Media | undefined => {
  const { media } = body
  if (media === undefined) return undefined
  const wrong = (): never => {
    throw new HttpProblem(422, 'invalid', { field: 'media', expected: 'a list of { kind, url }' })
  }
  if (!Array.isArray(media)) return wrong()
  return (media as readonly Json[]).map((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return wrong()
    return { kind: oneOf(item as JsonObject, 'kind', KINDS), url: text(item as JsonObject, 'url') }
  })
}

const replyOf = (body: JsonObject): Omit<ReplyRequest, 'conversationId'> =>
  given({ text: optionalText(body, 'text'), media: mediaOf(body), replyTo: optionalText(body, 'replyTo') })

/** What agents do in one conversation. */
export const conversationCalls: readonly Call<DeskContext>[] = [
  {
    method: 'GET',
    path: BASE,
    says: 'The conversation as it is now: assignee, reply window, and whether and why the actor cannot answer.',
    answer: (asked, { desk }) => desk.conversations.get(asked.actor, of(asked)),
  },
  {
    method: 'GET',
    path: `${BASE}/entry`,
    says: 'The conversation as inboxes list it: name, last line, unread, pending conversion.',
    answer: (asked, { desk }) => desk.inbox.entry(asked.actor, of(asked).conversationId),
  },
  {
    method: 'GET',
    path: `${BASE}/transcript`,
    says: 'What was said and done, a page at a time, the newest first; direction=forwards begins at the oldest.',
    example: '?limit=50&direction=forwards',
    answer: (asked, { desk }) =>
      desk.conversations.transcript(asked.actor, {
        ...of(asked),
        ...given({
          limit: queryNumber(asked.query, 'limit', 1, 200),
          cursor: asked.query.get('cursor') ?? undefined,
          backwards: queryWord(asked.query, 'direction', ['forwards', 'backwards']) !== 'forwards',
        }),
      }),
  },
  {
    method: 'GET',
    path: `${BASE}/live`,
    says: 'Server-Sent Events: transcript, with each item that is new or different (reactions, attempts, seen).',
    example: '?actor=agent:aki',
    answer: (asked, { desk }) =>
      liveResponse((send, signal) => watchConversation(desk, asked.actor, of(asked).conversationId, send, signal)),
  },
  {
    method: 'POST',
    path: `${BASE}/reply`,
    says: 'Queues a reply of at most 1,600 characters; pictures go first; replyTo quotes a message id of the transcript.',
    example: { text: 'Yes, it is. Shall I put it aside for you?' },
    answer: (asked, context) =>
      settled(context, context.desk.conversations.reply(asked.actor, { ...of(asked), ...replyOf(asked.body) })),
  },
  {
    method: 'POST',
    path: `${BASE}/reply-and-end`,
    says: 'Queues a reply and ends the conversation.',
    example: { text: 'Have a nice day!' },
    answer: (asked, context) =>
      settled(context, context.desk.conversations.replyAndEnd(asked.actor, { ...of(asked), ...replyOf(asked.body) })),
  },
  {
    method: 'POST',
    path: `${BASE}/withdraw`,
    says: 'Takes back a reply that has not been attempted.',
    example: { replyId: '<reply id>' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.conversations.withdraw(asked.actor, { ...of(asked), replyId: text(asked.body, 'replyId') }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/resend`,
    says: 'Sends the missing parts again; an unconfirmed reply needs mayArriveTwice: true.',
    example: { replyId: '<reply id>', mayArriveTwice: true },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.conversations.resend(asked.actor, {
          ...of(asked),
          replyId: text(asked.body, 'replyId'),
          ...given({ mayArriveTwice: optionalBoolean(asked.body, 'mayArriveTwice') }),
        }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/pick-up`,
    says: 'Takes the conversation.',
    answer: (asked, context) => settled(context, context.desk.conversations.pickUp(asked.actor, of(asked))),
  },
  {
    method: 'POST',
    path: `${BASE}/transfer`,
    says: 'Hands it to another associated agent, or to nobody (null); seen is the assignee that was shown.',
    example: { to: 'ben', seen: 'aki' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.conversations.transfer(asked.actor, {
          ...of(asked),
          to: textOrNull(asked.body, 'to'),
          seen: textOrNull(asked.body, 'seen'),
        }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/end`,
    says: 'Ends the conversation; the next message of the customer reopens it.',
    answer: (asked, context) => settled(context, context.desk.conversations.end(asked.actor, of(asked))),
  },
  {
    method: 'POST',
    path: `${BASE}/reopen`,
    says: 'Opens an ended conversation again.',
    answer: (asked, context) => settled(context, context.desk.conversations.reopen(asked.actor, of(asked))),
  },
  {
    method: 'POST',
    path: `${BASE}/notes`,
    says: 'Adds a note that only the desk sees.',
    example: { text: 'Asked twice about delivery' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.conversations.addNote(asked.actor, { ...of(asked), text: text(asked.body, 'text') }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/block`,
    says: 'Blocks the customer on the desk.',
    example: { reason: 'spam' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.conversations.block(asked.actor, {
          ...of(asked),
          ...given({ reason: optionalText(asked.body, 'reason') }),
        }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/unblock`,
    says: 'Lets the customer in again.',
    answer: (asked, context) => settled(context, context.desk.conversations.unblock(asked.actor, of(asked))),
  },
  {
    method: 'POST',
    path: `${BASE}/read`,
    says: 'Marks everything up to this revision as read by the actor.',
    example: { upTo: 4 },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.conversations.markRead(asked.actor, {
          ...of(asked),
          upTo: wholeNumber(asked.body, 'upTo', 0, Number.MAX_SAFE_INTEGER),
        }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/seen`,
    says: 'Shows the customer that their messages were seen; answers whether Meta took it.',
    answer: (asked, { desk }) => desk.conversations.markSeen(asked.actor, of(asked)),
  },
  {
    method: 'POST',
    path: `${BASE}/typing`,
    says: 'Shows the customer for some 20 seconds that somebody is typing, or not any more; answers whether Meta took it.',
    example: { on: true },
    answer: (asked, { desk }) =>
      desk.conversations.typing(asked.actor, { ...of(asked), on: optionalBoolean(asked.body, 'on') ?? true }),
  },
  {
    method: 'POST',
    path: `${BASE}/react`,
    says: 'Reacts to a message of either side, null takes the reaction away; answers whether Meta took it.',
    example: { messageId: '<message id>', emoji: '❤️' },
    answer: async (asked, context) => {
      const { actor, body } = asked
      const result = await context.desk.conversations.react(actor, {
        ...of(asked),
        messageId: text(body, 'messageId'),
        emoji: textOrNull(body, 'emoji'),
      })
      return result.done ? settled(context, Promise.resolve(result)) : result
    },
  },
  {
    method: 'POST',
    path: `${BASE}/convert`,
    says: 'Makes a ticket of what came since the last one.',
    answer: (asked, context) => settled(context, context.desk.conversations.convert(asked.actor, of(asked))),
  },
  {
    method: 'POST',
    path: `${BASE}/dismiss-conversion`,
    says: 'Takes the pending conversion away: no ticket is needed.',
    answer: (asked, context) => settled(context, context.desk.conversations.dismissConversion(asked.actor, of(asked))),
  },
]
