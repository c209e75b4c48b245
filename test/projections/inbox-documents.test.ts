import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../src/domain/conversation/index.ts'
import type { ThreadHolder } from '../../src/domain/conversation/state.ts'
import { toldByControl, toldByMessage } from '../../src/domain/conversation/thread-control.ts'
import {
  assigneeKey,
  inbox,
  type InboxDocument,
  lastAnswer,
  type Line,
  readAssigneeKey,
  readUpTo,
  unansweredSince,
  unreadFor,
  waitingSince,
} from '../../src/projections/index.ts'
import { editedLine, lastLine, unsentLine, withLine } from '../../src/projections/inbox/line.ts'
import { hasReadAll, withCustomerRevision, withReader } from '../../src/projections/inbox/unread.ts'
import * as talk from '../domain/conversation/talk.ts'
import { ACCOUNT, byAda, CHANNEL, ORGANIZATION } from '../domain/people.ts'
import { fold, places, recorded, whole } from './fold.ts'

// The document of a conversation in the inbox, as a whole: what an event changes, and nothing else.

const { after, byBob, byBot, CONVERSATION, CUSTOMER } = talk
type Of<Type extends ConversationEvent['type']> = Extract<ConversationEvent, { type: Type }>
type Fields<Type extends ConversationEvent['type']> = Partial<Of<Type>['data']>

const times = (minutes: number) => ({ at: after(minutes), metaAt: after(minutes), receivedAt: after(minutes) })
const started: ConversationEvent = {
  type: 'ConversationStarted',
  data: {
    conversationId: CONVERSATION,
    organizationId: ORGANIZATION,
    channelId: CHANNEL,
    accountId: ACCOUNT,
    customerId: CUSTOMER,
    at: after(-1),
  },
}
const TEXT = { kind: 'text', hasText: true, attachments: [] } as const
const PICTURES = { kind: 'image', hasText: false, attachments: [{ kind: 'image' }, { kind: 'image' }] } as const
const WITHOUT = { kind: 'video', hasText: false, attachments: [{ kind: 'video', placeholder: true }] } as const

const received = (
  messageId: string,
  minutes: number,
  fields: Fields<'MessageReceived'> = {},
  personal: Of<'MessageReceived'>['personal'] = { text: messageId },
): ConversationEvent => ({
  type: 'MessageReceived',
  data: { ...times(minutes), messageId, outline: TEXT, opens: true, convertible: true, ...fields },
  ...(personal && { personal }),
})
const forgotten = ({ type, data }: ConversationEvent) => ({ type, data }) as ConversationEvent
const withheld = (minutes: number): ConversationEvent => ({
  type: 'MessageWithheld',
  data: { ...times(minutes), messageId: 'm1', opens: true, reason: 'channel-disabled' },
})
const echoed = (messageId: string, minutes: number, fields: Fields<'MessageEchoed'> = {}): ConversationEvent => ({
  type: 'MessageEchoed',
  data: { ...times(minutes), messageId, mid: `mid-${messageId}`, outline: TEXT, equalsAttempt: false, ...fields },
  personal: { text: messageId },
})
/** As earlier releases wrote it. */
const earlierEcho = (messageId: string, minutes: number): ConversationEvent => {
  const event = echoed(messageId, minutes) as Of<'MessageEchoed'>
  const { equalsAttempt: _, ...data } = event.data
  return { ...event, data }
}
const edited = (messageId: string, numEdit: number, text?: string): ConversationEvent => ({
  type: 'MessageEdited',
  data: { ...times(9), messageId, numEdit },
  ...(text === undefined ? {} : { personal: { text } }),
})
const unsent = (messageId: string): ConversationEvent => ({
  type: 'MessageUnsent',
  data: { ...times(9), messageId, by: 'customer' },
})
const reacted = (minutes: number, opens: boolean): ConversationEvent => ({
  type: 'ReactionChanged',
  data: { ...times(minutes), messageId: 'm1', by: 'customer', action: 'react', opens },
})
const seen = (messageId: string, minutes: number): ConversationEvent => ({
  type: 'MessageSeen',
  data: { ...times(minutes), messageId },
})
/** It shows nothing. */
const hidden = (event: ConversationEvent) => ({ ...event, data: { ...event.data, hidden: true } }) as ConversationEvent
const queued = (fields: Fields<'ReplyQueued'> = {}, text: string | null = 'hi'): ConversationEvent => ({
  type: 'ReplyQueued',
  data: { replyId: 'r', author: byBob, hasText: text !== null, length: 2, media: [], at: after(3), ...fields },
  ...(text === null ? {} : { personal: { text } }),
})
const partSent = (messageId: string, fields: Fields<'ReplyPartSent'> = {}): ConversationEvent => ({
  type: 'ReplyPartSent',
  data: {
    replyId: 'r',
    part: 0,
    attempt: 1,
    messageId,
    mid: `mid-${messageId}`,
    settledBy: 'answer',
    written: { by: 'agent', at: after(3) },
    at: after(5),
    ...fields,
  },
})
const earlierPart = (messageId: string): ConversationEvent => {
  const event = partSent(messageId) as Of<'ReplyPartSent'>
  const { written: _, ...data } = event.data
  return { ...event, data }
}
const readAgain = (messageId: string, personal?: { readonly text: string }): ConversationEvent => ({
  type: 'MessageReadAgain',
  data: { messageId, outline: TEXT, by: byAda, at: after(9) },
  ...(personal && { personal }),
})
const at = (minutes: number) => ({ by: byBob, at: after(minutes) })
const assigned: ConversationEvent = {
  type: 'ConversationAssigned',
  data: { agentId: 'bob', association: 2, how: 'picked-up', ...at(4) },
}
const read = (agentId: string, upTo: number): ConversationEvent => ({
  type: 'ConversationRead',
  data: { agentId, upTo, at: after(4) },
})
const blocked: ConversationEvent = { type: 'CustomerBlocked', data: at(4) }
const ended: ConversationEvent = { type: 'ConversationEnded', data: at(4) }
const scheduled = (episode: number): ConversationEvent => ({
  type: 'ConversionScheduled',
  data: {
    episode,
    startedBy: 'm1',
    dueAt: after(60),
    policy: { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false },
    at: after(0),
  },
})
const cancelled = (episode: number): ConversationEvent => ({
  type: 'ConversionCancelled',
  data: { episode, reason: 'not-needed', ...at(4) },
})
const converted = (episode: number): ConversationEvent => ({
  type: 'ConversationConverted',
  data: {
    episode,
    ticketId: `t${episode}`,
    cause: 'by-hand',
    firstRevision: 1,
    lastRevision: 1,
    subjectMessageId: null,
    firstCustomerMessageAt: after(0),
    assignee: null,
    departmentId: 'sales',
    ...at(4),
  },
})

const COUNTS = { received: 0, withheld: 0, notes: 0, tickets: 0 }
/** The document with what follows from `waiting`, which is the business of its own tests; who holds the thread, of the domain's. */
type Shown = Omit<InboxDocument, 'waiting' | 'thread'> & {
  readonly answeredAt: number | null
  readonly since: number | undefined
}
const BEFORE: Shown = {
  conversationId: CONVERSATION,
  channelId: CHANNEL,
  accountId: ACCOUNT,
  customerId: CUSTOMER,
  profile: {},
  visible: false,
  ended: false,
  blocked: null,
  assignee: null,
  lines: [],
  awaited: [],
  lastActivityAt: after(-1),
  answeredAt: null,
  since: undefined,
  anchor: null,
  episode: null,
  pending: null,
  latestTicket: null,
  seen: null,
  customerRevisions: [],
  readers: [],
  counts: COUNTS,
}
const line = (id: string, minutes: number, revision: number, fields: Partial<Line> = {}): Line => ({
  id,
  by: 'customer',
  kind: 'text',
  at: after(minutes),
  revision,
  text: id,
  ...fields,
})
const withoutText = (whole: Line): Line => {
  const { text: _, ...rest } = whole
  return rest
}
/** After {@link started} and one message `m1` of the customer. */
const M1: Shown = {
  ...BEFORE,
  visible: true,
  lines: [line('m1', 0, 1)],
  lastActivityAt: after(0),
  since: after(0),
  anchor: after(0),
  customerRevisions: [['m1', 1]],
  counts: { ...COUNTS, received: 1 },
}
const [L1] = M1.lines as readonly [Line]
const m1 = received('m1', 0)
const ours = (fields: Partial<Line> = {}): Line =>
  line('r', 3, 2, { by: 'desk', status: 'queued', text: 'hi', ...fields })
const ASKED: Shown = { ...M1, lines: [L1, ours()], lastActivityAt: after(3) }
const ANSWERED = { answeredAt: after(3), since: undefined }
const outside = (id: string, minutes: number, revision: number, fields: Partial<Line> = {}) =>
  line(id, minutes, revision, { by: 'outside', mid: `mid-${id}`, ...fields })
/** What is left of {@link M1} when its message was taken back. */
const GONE = {
  lines: [{ ...withoutText(L1), unsent: true }],
  since: undefined,
  customerRevisions: [],
} as const

type Case = readonly [string, readonly ConversationEvent[], object]
/** The events after {@link started}, and what is not as in {@link BEFORE}. */
const FROM_START: readonly Case[] = [
  ['nothing', [], {}],
  ['a second start, which changes nothing', [m1, started], M1],
  ['a message', [m1], M1],
  ['a message that opens no window', [received('m1', 0, { opens: false })], { ...M1, anchor: null }],
  ['a message whose text was forgotten', [forgotten(m1)], { ...M1, lines: [withoutText(L1)] }],
  ['a message with an empty text', [received('m1', 0, {}, { text: '' })], { ...M1, lines: [withoutText(L1)] }],
  [
    'a long text in two lines',
    [received('m1', 0, {}, { text: `one\n${'x'.repeat(200)}` })],
    { ...M1, lines: [{ ...L1, text: `one ${'x'.repeat(156)}` }] },
  ],
  [
    'pictures',
    [received('m1', 0, { outline: PICTURES }, {})],
    { ...M1, lines: [{ ...withoutText(L1), kind: 'image', attachments: 2 }] },
  ],
  [
    'a video that was not received',
    [received('m1', 0, { outline: WITHOUT }, {})],
    { ...M1, lines: [{ ...withoutText(L1), kind: 'video', attachments: 1, placeholder: true }] },
  ],
  ['a message while another app holds the thread', [received('m1', 0, { standby: true })], M1],
  ['a message that was taken back before it came', [received('m1', 0, { unsent: true })], { ...M1, ...GONE }],
  [
    'an older message that comes late',
    [m1, received('m0', -5)],
    {
      ...M1,
      lines: [line('m0', -5, 2), L1],
      since: after(-5),
      customerRevisions: [
        ['m1', 1],
        ['m0', 2],
      ],
      counts: { ...COUNTS, received: 2 },
    },
  ],
  ['a receipt, which moves the window only', [withheld(2)], { anchor: after(2), counts: { ...COUNTS, withheld: 1 } }],
  [
    'a receipt and its message',
    [withheld(0), received('m1', 0, { recovered: true })],
    { ...M1, lines: [line('m1', 0, 2)], customerRevisions: [['m1', 2]] },
  ],
  ['a reaction that opens the window', [reacted(2, true)], { anchor: after(2) }],
  ['a reaction that does not', [reacted(2, false)], {}],
  [
    'a referral that opens the window',
    [{ type: 'ReferralReceived', data: { ...times(2), messageId: 'f1', opens: true } }],
    { anchor: after(2) },
  ],
  [
    'an echo, which answers and opens nothing',
    [echoed('e1', 2)],
    { visible: true, lines: [outside('e1', 2, 1)], lastActivityAt: after(2), answeredAt: after(2) },
  ],
  ['an edit before its message', [edited('m1', 2, 'new')], { awaited: [{ id: 'm1', numEdit: 2, text: 'new' }] }],
  ['an edit without text before its message', [edited('m1', 2)], { awaited: [{ id: 'm1', numEdit: 2 }] }],
  [
    'two edits before their message, the older one last',
    [edited('m1', 2, 'new'), edited('m1', 1, 'old')],
    { awaited: [{ id: 'm1', numEdit: 2, text: 'new' }] },
  ],
  [
    'two edits before their message, the newer one last',
    [edited('m1', 1, 'old'), edited('m2', 1, 'other'), edited('m1', 2, 'new')],
    {
      awaited: [
        { id: 'm2', numEdit: 1, text: 'other' },
        { id: 'm1', numEdit: 2, text: 'new' },
      ],
    },
  ],
  ['an unsend before its message', [unsent('m1')], { awaited: [{ id: 'm1', unsent: true }] }],
  [
    'an unsend and an edit before their message',
    [unsent('m1'), edited('m1', 2, 'new')],
    { awaited: [{ id: 'm1', unsent: true }] },
  ],
  [
    'thirteen unsends before their messages, of which the oldest is forgotten',
    Array.from({ length: 13 }, (_, n) => unsent(`m${n}`)),
    { awaited: Array.from({ length: 12 }, (_, n) => ({ id: `m${n + 1}`, unsent: true })) },
  ],
  [
    'an edit before its message, and the message',
    [edited('m1', 2, 'new'), edited('m2', 1, 'other'), received('m1', 0)],
    {
      ...M1,
      lines: [line('m1', 0, 3, { text: 'new', edit: 2 })],
      customerRevisions: [['m1', 3]],
      awaited: [{ id: 'm2', numEdit: 1, text: 'other' }],
    },
  ],
  [
    'an unsend before its message, and the message',
    [unsent('m1'), received('m1', 0)],
    { ...M1, ...GONE, lines: [{ ...withoutText(line('m1', 0, 2)), unsent: true }] },
  ],
  [
    'an unsend before an echo, and the echo, which may still be a part of a reply',
    [unsent('e1'), echoed('e1', 2)],
    {
      visible: true,
      lines: [withoutText(outside('e1', 2, 2, { unsent: true }))],
      awaited: [{ id: 'e1', unsent: true }],
      lastActivityAt: after(2),
    },
  ],
  [
    'an edit before an echo, and the echo',
    [edited('e1', 1, 'new'), echoed('e1', 2)],
    {
      visible: true,
      lines: [outside('e1', 2, 2, { text: 'new', edit: 1 })],
      lastActivityAt: after(2),
      answeredAt: after(2),
    },
  ],
]

/** The events after {@link started} and `m1`, and what is not as in {@link M1}. */
const FROM_MESSAGE: readonly Case[] = [
  ['an older reaction that opens the window', [reacted(-2, true)], {}],
  ['an edit', [edited('m1', 2, 'new')], { lines: [{ ...L1, text: 'new', edit: 2 }] }],
  ['an edit whose text was forgotten', [edited('m1', 2)], { lines: [{ ...withoutText(L1), edit: 2 }] }],
  [
    'two edits, the older one last',
    [edited('m1', 2, 'new'), edited('m1', 1, 'old')],
    { lines: [{ ...L1, text: 'new', edit: 2 }] },
  ],
  [
    'two edits of one number',
    [edited('m1', 1, 'new'), edited('m1', 1, 'old')],
    { lines: [{ ...L1, text: 'new', edit: 1 }] },
  ],
  ['an unsend', [unsent('m1')], GONE],
  ['an unsend and an edit', [unsent('m1'), edited('m1', 1, 'new')], GONE],
  ['an unsend and more content', [unsent('m1'), readAgain('m1', { text: 'x' })], GONE],
  [
    'an unsend of an echo, which may still be a part of a reply',
    [echoed('e1', 2), unsent('e1')],
    {
      lines: [L1, withoutText(outside('e1', 2, 2, { unsent: true }))],
      awaited: [{ id: 'e1', unsent: true }],
      lastActivityAt: after(2),
    },
  ],
  ['more content', [readAgain('m1', { text: 'x' })], { lines: [{ ...L1, text: 'x' }] }],
  ['more content that was forgotten', [readAgain('m1')], { lines: [withoutText(L1)] }],
  ['more content of a message that nobody knows', [readAgain('m9', { text: 'x' })], {}],
  [
    'an edit and more content',
    [edited('m1', 1, 'new'), readAgain('m1', { text: 'x' })],
    { lines: [{ ...L1, text: 'new', edit: 1 }] },
  ],
  [
    'an edit that was forgotten and more content',
    [edited('m1', 1), readAgain('m1', { text: 'x' })],
    { lines: [{ ...withoutText(L1), edit: 1 }] },
  ],
  ['an edit and a seen mark that are hidden', [hidden(edited('m1', 2, 'new')), hidden(seen('e1', 2))], {}],
  ['a seen mark', [seen('e1', 2)], { seen: { messageId: 'e1', at: after(2), metaAt: after(2) } }],
  ['two seen marks', [seen('e1', 2), seen('e2', 3)], { seen: { messageId: 'e2', at: after(3), metaAt: after(3) } }],
  [
    'two seen marks, the older one last',
    [seen('e2', 3), seen('e1', 2)],
    { seen: { messageId: 'e2', at: after(3), metaAt: after(3) } },
  ],
  [
    'two seen marks of one instant',
    [seen('e1', 3), seen('e2', 3)],
    { seen: { messageId: 'e2', at: after(3), metaAt: after(3) } },
  ],
  [
    'another app taking the thread',
    [
      {
        type: 'ThreadControlChanged',
        data: { ...times(2), messageId: 't1', change: 'taken', ownerAppId: '99', previousAppId: '1' },
      },
    ],
    {},
  ],
  [
    'an episode without a due time',
    [{ type: 'EpisodeStarted', data: { episode: 3, startedBy: 'm1', at: after(0) } }],
    { episode: 3 },
  ],
  ['a conversion to come', [scheduled(1)], { episode: 1, pending: { episode: 1, dueAt: after(60) } }],
  [
    'a conversion that was moved',
    [scheduled(1), { type: 'ConversionRescheduled', data: { episode: 1, dueAt: after(50), at: after(1) } }],
    { episode: 1, pending: { episode: 1, dueAt: after(50) } },
  ],
  ['a conversion that was cancelled', [scheduled(1), cancelled(1)], { episode: 1 }],
  [
    'another conversion that was cancelled',
    [scheduled(2), cancelled(1)],
    { episode: 2, pending: { episode: 2, dueAt: after(60) } },
  ],
  ['none that was cancelled', [cancelled(1)], {}],
  [
    'a conversion',
    [scheduled(1), converted(1)],
    { latestTicket: { ticketId: 't1', episode: 1, at: after(4) }, counts: { ...M1.counts, tickets: 1 } },
  ],
  [
    'two conversions, of older episodes than the newest',
    [scheduled(3), converted(1), converted(2)],
    {
      episode: 3,
      pending: { episode: 3, dueAt: after(60) },
      latestTicket: { ticketId: 't2', episode: 2, at: after(4) },
      counts: { ...M1.counts, tickets: 2 },
    },
  ],
  ['an assignment', [assigned], { assignee: { agentId: 'bob', association: 2 } }],
  ['a return', [assigned, { type: 'ConversationReturned', data: { how: 'transferred', ...at(5) } }], {}],
  ['an end', [ended], { ended: true }],
  ['an end and a reopening', [ended, { type: 'ConversationReopened', data: at(5) }], {}],
  [
    'two notes',
    [
      { type: 'NoteAdded', data: { noteId: 'n1', ...at(4) } },
      { type: 'NoteAdded', data: { noteId: 'n2', ...at(4) } },
    ],
    { counts: { ...M1.counts, notes: 2 } },
  ],
  ['a block', [blocked], { blocked: at(4) }],
  ['a block with a reason', [{ ...blocked, personal: { reason: 'spam' } }], { blocked: { ...at(4), reason: 'spam' } }],
  ['a block that was lifted', [blocked, { type: 'CustomerUnblocked', data: at(5) }], {}],
  ['reading', [read('bob', 1)], { readers: [['bob', 1]] }],
  [
    'reading by two',
    [read('bob', 1), read('eve', 1), read('bob', 2)],
    {
      readers: [
        ['eve', 1],
        ['bob', 2],
      ],
    },
  ],
  ['reading less than before', [read('bob', 2), read('bob', 1)], { readers: [['bob', 2]] }],
  [
    'a profile, and a newer one',
    [
      { type: 'CustomerProfileLearned', data: { at: after(1) }, personal: { name: 'Hana', username: 'h' } },
      { type: 'CustomerProfileLearned', data: { at: after(2) }, personal: { name: 'Hana K' } },
    ],
    { profile: { name: 'Hana K' } },
  ],
  [
    'six messages, of which the lines hold the newest five',
    [received('m2', 1), received('m3', 2), received('m4', 3), received('m5', 4), received('m6', 5)],
    {
      lines: [2, 3, 4, 5, 6].map((n) => line(`m${n}`, n - 1, n)),
      lastActivityAt: after(5),
      anchor: after(5),
      customerRevisions: [1, 2, 3, 4, 5, 6].map((n) => [`m${n}`, n]),
      counts: { ...COUNTS, received: 6 },
    },
  ],
]

/** The events after {@link started}, `m1` and a reply of bob's, and what is not as in {@link ASKED}. */
const FROM_REPLY: readonly Case[] = [
  ['nothing else', [], {}],
  ['its part sent', [partSent('e1')], { ...ANSWERED, lines: [L1, ours({ status: 'sent', messageIds: ['e1'] })] }],
  [
    'its part sent, told once more',
    [partSent('e1'), partSent('e1')],
    { ...ANSWERED, lines: [L1, ours({ status: 'sent', messageIds: ['e1'] })] },
  ],
  [
    'two parts sent',
    [partSent('e1'), partSent('e2', { part: 1 })],
    { ...ANSWERED, lines: [L1, ours({ status: 'sent', messageIds: ['e1', 'e2'] })] },
  ],
  [
    'its part sent, as an earlier release wrote it: as of when it was asked for',
    [earlierPart('e1')],
    { ...ANSWERED, lines: [L1, ours({ status: 'sent', messageIds: ['e1'] })] },
  ],
  [
    'a part of an automation',
    [partSent('e1', { written: { by: 'automation', at: after(3) } })],
    { lines: [L1, ours({ status: 'sent', messageIds: ['e1'] })] },
  ],
  [
    'a part written before a message of the customer',
    [received('m2', 4), partSent('e1')],
    {
      ...ANSWERED,
      lines: [L1, ours({ status: 'sent', messageIds: ['e1'] }), line('m2', 4, 3)],
      lastActivityAt: after(4),
      since: after(4),
      anchor: after(4),
      customerRevisions: [
        ['m1', 1],
        ['m2', 3],
      ],
      counts: { ...COUNTS, received: 2 },
    },
  ],
  ['a part of a reply that nobody knows', [partSent('e1', { replyId: 'x' })], ANSWERED],
  [
    'a part of a reply that nobody knows, as an earlier release wrote it: as of when it was sent',
    [
      received('m2', 4),
      {
        ...earlierPart('e1'),
        data: { ...(earlierPart('e1') as Of<'ReplyPartSent'>).data, replyId: 'x' },
      } as ConversationEvent,
    ],
    {
      lines: [L1, ours(), line('m2', 4, 3)],
      lastActivityAt: after(4),
      answeredAt: after(5),
      since: undefined,
      anchor: after(4),
      customerRevisions: [
        ['m1', 1],
        ['m2', 3],
      ],
      counts: { ...COUNTS, received: 2 },
    },
  ],
  [
    'an echo of a reply that nobody knows, whose line stays',
    [echoed('e1', 4, { equalsAttempt: true }), partSent('e1', { replyId: 'x' })],
    { ...ANSWERED, lines: [L1, ours(), outside('e1', 4, 3)], lastActivityAt: after(4) },
  ],
  [
    'its echo, which answers nothing yet',
    [echoed('e1', 4, { equalsAttempt: true })],
    { lines: [L1, ours(), outside('e1', 4, 3)], lastActivityAt: after(4) },
  ],
  [
    'its echo and its part sent: one line',
    [echoed('e1', 4, { equalsAttempt: true }), partSent('e1')],
    { ...ANSWERED, lines: [L1, ours({ status: 'sent', messageIds: ['e1'] })], lastActivityAt: after(4) },
  ],
  [
    'its part sent and its echo, which says who holds the thread',
    [partSent('e1'), echoed('e1', 4, { standby: true })],
    {
      ...ANSWERED,
      lines: [L1, ours({ status: 'sent', messageIds: ['e1'] })],
    },
  ],
  [
    'its echo, an edit of it, and its part sent',
    [echoed('e1', 4, { equalsAttempt: true }), edited('e1', 1, 'new'), partSent('e1')],
    {
      ...ANSWERED,
      lines: [L1, ours({ status: 'sent', text: 'new', edit: 1, messageIds: ['e1'] })],
      lastActivityAt: after(4),
    },
  ],
  [
    'its echo, an unsend of it, and its part sent',
    [echoed('e1', 4, { equalsAttempt: true }), unsent('e1'), partSent('e1')],
    {
      lines: [L1, withoutText(ours({ status: 'sent', unsent: true }))],
      lastActivityAt: after(4),
    },
  ],
  [
    'its echo that was taken back before it came, and its part sent',
    [echoed('e1', 4, { equalsAttempt: true, unsent: true }), partSent('e1')],
    {
      lines: [L1, withoutText(ours({ status: 'sent', unsent: true }))],
      lastActivityAt: after(4),
    },
  ],
  [
    'an edit before its part was sent',
    [edited('e1', 1, 'new'), edited('e9', 1, 'other'), partSent('e1')],
    {
      ...ANSWERED,
      lines: [L1, ours({ status: 'sent', text: 'new', edit: 1, messageIds: ['e1'] })],
      awaited: [{ id: 'e9', numEdit: 1, text: 'other' }],
    },
  ],
  [
    'an unsend before its part was sent',
    [unsent('e1'), partSent('e1')],
    { lines: [L1, withoutText(ours({ status: 'sent', unsent: true }))] },
  ],
  [
    'a part that was taken back before it was known',
    [partSent('e1', { unsent: true })],
    { lines: [L1, withoutText(ours({ status: 'sent', unsent: true }))] },
  ],
  [
    'one of two parts taken back',
    [partSent('e1'), partSent('e2', { part: 1 }), unsent('e1')],
    { ...ANSWERED, lines: [L1, withoutText(ours({ status: 'sent', messageIds: ['e2'] }))] },
  ],
  [
    'both parts taken back',
    [partSent('e1'), partSent('e2', { part: 1 }), unsent('e1'), unsent('e2')],
    { lines: [L1, withoutText(ours({ status: 'sent', unsent: true }))] },
  ],
  [
    'an edit of its part',
    [partSent('e1'), edited('e1', 1, 'new')],
    { ...ANSWERED, lines: [L1, ours({ status: 'sent', text: 'new', edit: 1, messageIds: ['e1'] })] },
  ],
  [
    'an answer from outside as an earlier release wrote it',
    [earlierEcho('e1', 4)],
    { answeredAt: after(4), since: undefined, lines: [L1, ours(), outside('e1', 4, 3)], lastActivityAt: after(4) },
  ],
  [
    'an older echo',
    [echoed('e1', 1)],
    { answeredAt: after(1), since: undefined, lines: [L1, outside('e1', 1, 3), ours()] },
  ],
  [
    'an end without evidence',
    [{ type: 'ReplyUnconfirmed', data: { replyId: 'r', part: 0, attempt: 1, at: after(5) } }],
    { lines: [L1, ours({ status: 'unconfirmed' })] },
  ],
  [
    'a rejection',
    [{ type: 'ReplyRejected', data: { replyId: 'r', part: 0, reason: 'withdrawn', at: after(5) } }],
    { lines: [L1, ours({ status: 'rejected' })] },
  ],
  [
    'a rejection and a resend',
    [
      { type: 'ReplyRejected', data: { replyId: 'r', part: 0, reason: 'withdrawn', at: after(5) } },
      { type: 'ReplyRequeued', data: { replyId: 'r', by: byBob, mayArriveTwice: false, at: after(6) } },
    ],
    {},
  ],
  [
    'a rejection of another reply',
    [{ type: 'ReplyRejected', data: { replyId: 'x', part: 0, reason: 'withdrawn', at: after(5) } }],
    {},
  ],
  [
    'a rejection of a reply named as the message',
    [{ type: 'ReplyRejected', data: { replyId: 'm1', part: 0, reason: 'withdrawn', at: after(5) } }],
    {},
  ],
  ['more content of a message named as the reply', [readAgain('r', { text: 'x' })], {}],
]

/** Replies of other kinds after {@link started} and `m1`: the line, and what is not as in {@link ASKED}. */
const REPLIES: readonly (readonly [string, readonly ConversationEvent[], readonly Line[], object])[] = [
  ['of an automation', [queued({ author: byBot })], [L1, ours({ automation: true })], {}],
  [
    'of an automation, with an echo as an earlier release wrote it',
    [queued({ author: byBot }), earlierEcho('e1', 4)],
    [L1, ours({ automation: true }), outside('e1', 4, 3)],
    { lastActivityAt: after(4) },
  ],
  [
    'of an automation that was sent, and a later answer from outside as an earlier release wrote it',
    [queued({ author: byBot }), earlierPart('e1'), earlierEcho('e2', 4)],
    [L1, ours({ automation: true, status: 'sent', messageIds: ['e1'] }), outside('e2', 4, 4)],
    { lastActivityAt: after(4), answeredAt: after(4), since: undefined },
  ],
  [
    'of pictures',
    [queued({ media: [{ kind: 'image' }, { kind: 'image' }] }, null)],
    [L1, withoutText(ours({ kind: 'image', attachments: 2 }))],
    {},
  ],
  ['of a file and a text', [queued({ media: [{ kind: 'file' }] })], [L1, ours({ attachments: 1 })], {}],
  ['whose text was forgotten', [forgotten(queued())], [L1, withoutText(ours())], {}],
  ['without anything', [queued({}, null)], [L1, withoutText(ours())], {}],
  [
    'that was asked for earlier',
    [queued({ at: after(-3) })],
    [ours({ at: after(-3) }), L1],
    { lastActivityAt: after(0) },
  ],
]

const documentAfter = (...events: readonly ConversationEvent[]) =>
  fold(inbox, recorded(events)).get(CONVERSATION) as InboxDocument

const shownAfter = (...events: readonly ConversationEvent[]) => {
  const { waiting, ...document } = documentAfter(...events)
  return { ...document, answeredAt: lastAnswer(waiting), since: unansweredSince(waiting) }
}
/** Who holds the thread, as the domain sees it. */
const threadAfter = (...events: readonly ConversationEvent[]) =>
  events.reduce<ThreadHolder | null>((holder, event) => {
    if (event.type === 'ThreadControlChanged') return toldByControl(holder, event.data)
    const { type } = event
    return type === 'MessageReceived' || type === 'MessageWithheld' || type === 'MessageEchoed'
      ? toldByMessage(holder, event)
      : holder
  }, null)
const expectDocument = (events: readonly ConversationEvent[], expected: object) =>
  expect(shownAfter(...events)).toEqual({ ...expected, thread: threadAfter(...events) })

describe('the document of a conversation in the inbox', () => {
  it.each(FROM_START)('after its start and %s', (_, events, expected) => {
    expectDocument([started, ...events], { ...BEFORE, ...expected })
  })

  it.each(FROM_MESSAGE)('after a message and %s', (_, events, expected) => {
    expectDocument([started, m1, ...events], { ...M1, ...expected })
  })

  it.each(FROM_REPLY)('after a message, a reply and %s', (_, events, expected) => {
    expectDocument([started, m1, queued(), ...events], { ...ASKED, ...expected })
  })

  it.each(REPLIES)('after a message and a reply %s', (_, events, lines, expected) => {
    expectDocument([started, m1, ...events], { ...ASKED, ...expected, lines })
  })

  it('begins with whatever is known, where its start is missing', () => {
    const note: ConversationEvent = { type: 'NoteAdded', data: { noteId: 'n1', ...at(4) } }
    expectDocument([note], {
      ...BEFORE,
      accountId: '',
      lastActivityAt: after(4),
      counts: { ...COUNTS, notes: 1 },
    })
  })
})

describe('the places of a conversation in the inbox', () => {
  const whereIs = (...events: readonly ConversationEvent[]) => {
    const { entries, counters } = whole(inbox, fold(inbox, recorded([started, ...events])))
    return { ...entries, counters }
  }
  const place = (...entry: readonly (string | number)[]) => [[CONVERSATION, CHANNEL, ...entry]]
  const count = (name: string, ...rest: readonly string[]) => [name, CHANNEL, ...rest]

  it.each<readonly [string, readonly ConversationEvent[], object]>([
    ['nothing', [], { folder: [], assignee: [], waiting: [], counters: [] }],
    [
      'an echo',
      [echoed('e1', 1)],
      {
        folder: place('open', after(1)),
        assignee: place('open', '', after(1)),
        waiting: [],
        counters: [count('assignee', '', 'open')],
      },
    ],
    [
      'a message',
      [m1],
      {
        folder: place('open', after(0)),
        assignee: place('open', '', after(0)),
        waiting: place(after(0)),
        counters: [count('assignee', '', 'open'), count('written', 'open')],
      },
    ],
    [
      'a message in hands, read by one of two',
      [m1, received('m2', 1), assigned, read('bob', 2), read('eve', 1)],
      {
        folder: place('open', after(1)),
        assignee: place('open', 'bob#2', after(1)),
        waiting: place(after(0)),
        counters: [count('assignee', 'bob#2', 'open'), count('written', 'open'), count('read', 'bob', 'open')],
      },
    ],
    [
      'a message that was taken back, read by one',
      [m1, read('bob', 1), unsent('m1')],
      {
        folder: place('open', after(0)),
        assignee: place('open', '', after(0)),
        waiting: [],
        counters: [count('assignee', '', 'open')],
      },
    ],
    [
      'an end',
      [m1, assigned, read('bob', 1), ended],
      {
        folder: place('ended', after(0)),
        assignee: place('ended', 'bob#2', after(0)),
        waiting: [],
        counters: [count('assignee', 'bob#2', 'ended'), count('written', 'ended'), count('read', 'bob', 'ended')],
      },
    ],
    [
      'a block of one that had ended',
      [m1, ended, blocked],
      {
        folder: place('blocked', after(0)),
        assignee: place('blocked', '', after(0)),
        waiting: [],
        counters: [count('assignee', '', 'blocked'), count('written', 'blocked')],
      },
    ],
    [
      'a block',
      [m1, blocked],
      {
        folder: place('blocked', after(0)),
        assignee: place('blocked', '', after(0)),
        waiting: [],
        counters: [count('assignee', '', 'blocked'), count('written', 'blocked')],
      },
    ],
  ])('after %s', (_, events, expected) => expect(whereIs(...events)).toEqual(expected))

  it('have an assignee that can be read back, whatever the agent’s id', () => {
    expect(places(inbox, fold(inbox, recorded([started, m1, assigned])), 'assignee')[0]?.entry[2]).toBe('bob#2')
    for (const assignee of [
      null,
      { agentId: 'bob', association: 1 },
      { agentId: 'a#b', association: 12 },
      { agentId: '', association: 3 },
    ]) {
      expect(readAssigneeKey(assigneeKey(assignee))).toEqual(assignee)
    }
  })
})

describe('waiting, as a whole', () => {
  it.each<readonly [string, readonly ConversationEvent[], number | undefined]>([
    ['an answer older than the last answer', [m1, echoed('e2', 2), received('m2', 3), echoed('e1', 1)], 3],
    [
      'an answer older than the last one, and a message between them',
      [m1, echoed('e2', 5), received('m2', 3)],
      undefined,
    ],
    ['a message of the very instant of the answer', [echoed('e1', 1), received('m1', 1)], undefined],
    ['an answer of the very instant of the message', [received('m1', 1), echoed('e1', 1)], undefined],
    ['an answer while it waits since before and after it', [m1, received('m2', 3), echoed('e1', 1)], 3],
  ])('after %s', (_, events, since) => {
    expect(waitingSince(documentAfter(started, ...events))).toBe(since === undefined ? undefined : after(since))
  })
})

describe('the lines of the inbox', () => {
  it("stand as in the transcript: by message time, then by Meta's id, replies last; and the newest five are kept", () => {
    const ids = (lines: readonly Line[]) => lines.map(({ id }) => id)
    const add = (...lines: readonly Line[]) => ids(lines.reduce<readonly Line[]>(withLine, []))
    const desk = { by: 'desk' } as const
    for (const order of [
      [line('a', 1, 1, { mid: '2' }), line('b', 1, 2, { mid: '1' })],
      [line('b', 1, 1, { mid: '1' }), line('a', 1, 2, { mid: '2' })],
    ])
      expect(add(...order)).toEqual(['b', 'a'])
    expect(add(line('b', 1, 1), line('a', 1, 2))).toEqual(['a', 'b'])
    expect(add(line('r', 1, 1, desk), line('s', 1, 2, desk), line('t', 1, 3))).toEqual(['t', 'r', 's'])
    expect(add(line('s', 1, 2, desk), line('t', 1, 3), line('r', 1, 1, desk))).toEqual(['t', 'r', 's'])
    expect(add(line('a', 2, 1), line('b', 1, 2), line('c', 3, 3))).toEqual(['b', 'a', 'c'])
    const many = [1, 2, 3, 4, 5].map((n) => line(`l${n}`, n, n))
    expect(add(...many)).toEqual(['l1', 'l2', 'l3', 'l4', 'l5'])
    expect(add(...many, line('old', 0, 6))).toEqual(['l1', 'l2', 'l3', 'l4', 'l5'])
    expect(add(...many, line('new', 9, 6))).toEqual(['l2', 'l3', 'l4', 'l5', 'new'])
  })

  it('show the newest that was not taken back, else the newest', () => {
    const gone = { unsent: true } as const
    expect(lastLine({ lines: [] })).toBe(undefined)
    expect(lastLine({ lines: [line('a', 1, 1), line('b', 2, 2, gone)] })?.id).toBe('a')
    expect(lastLine({ lines: [line('a', 1, 1, gone), line('b', 2, 2, gone)] })?.id).toBe('b')
  })

  it('lose what was taken back, and are not edited any more', () => {
    const one = line('a', 1, 1, { attachments: 2, text: 'words' })
    const gone = unsentLine(one, 'a')
    expect(gone).toEqual({ id: 'a', by: 'customer', kind: 'text', at: after(1), revision: 1, unsent: true })
    expect(editedLine(gone, 9, 'new')).toBe(gone)
    // Also where the edit came first.
    expect(unsentLine(editedLine(one, 9, 'new'), 'a')).toEqual(gone)
    expect(editedLine(one, 0, 'new')).toBe(one)
  })
})

describe('unread, as a whole', () => {
  const revisions = (count: number) => Array.from({ length: count }, (_, n) => [`m${n}`, n] as const)

  it('keeps the newest hundred messages', () => {
    const [, ...rest] = revisions(100)
    expect(withCustomerRevision(revisions(99), 'x', 99)).toEqual([...revisions(99), ['x', 99]])
    expect(withCustomerRevision(revisions(100), 'x', 100)).toEqual([...rest, ['x', 100]])
  })

  it('keeps one mark for each reader, the furthest, of the newest 500 readers', () => {
    const readers = Array.from({ length: 500 }, (_, n) => [`agent${n}`, 1] as const)
    const [, ...rest] = readers
    expect(withReader(readers, 'bob', 1)).toEqual([...rest, ['bob', 1]])
    expect(withReader(readers, 'agent0', 2)).toEqual([...rest, ['agent0', 2]])
    expect(withReader(readers, 'agent7', 1)).toBe(readers)
    expect(withReader(readers, 'agent7', 0)).toBe(readers)
  })

  it('is counted from what was read', () => {
    const readers = [['bob', 1]] as const
    expect([readUpTo({ readers }, 'bob'), readUpTo({ readers }, 'eve')]).toEqual([1, -1])
    const document = { readers, customerRevisions: revisions(3) }
    expect([unreadFor(document, 'bob'), unreadFor(document, 'eve')]).toEqual([1, 3])
    expect([1, 2, 3].map((upTo) => hasReadAll(document, upTo))).toEqual([false, true, true])
    expect(hasReadAll({ customerRevisions: [] }, -1)).toBe(true)
  })
})
