import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../src/domain/conversation/index.ts'
import {
  assembleReply,
  conversionKey,
  entryKey,
  messageKey,
  messagesOf,
  partKeys,
  type PartItem,
  type PartProgress,
  replyKey,
  replyKeyOf,
  type ReplyItem,
  searchableText,
  standsAlone,
  textOf,
  textOfPart,
  transcript,
  type TranscriptDocument,
} from '../../src/projections/index.ts'
import * as talk from '../domain/conversation/talk.ts'
import { byAda, CHANNEL } from '../domain/people.ts'
import { fold, recorded, whole } from './fold.ts'

// The items of a transcript as a whole: documents with everything in them, and their entries.

const { after, byBob, byEve, CONVERSATION } = talk
type Of<Type extends ConversationEvent['type']> = Extract<ConversationEvent, { type: Type }>
type Fields<Type extends ConversationEvent['type']> = Partial<Of<Type>['data']>

const keyOf = (messageId: string): string => messageKey(CONVERSATION, messageId)
const REPLY_KEY = replyKey(CONVERSATION, 'r')
const times = (minutes: number) => ({ at: after(minutes), metaAt: after(minutes), receivedAt: after(minutes + 1) })
const TEXT = { kind: 'text', hasText: true, attachments: [] } as const
const PICTURE = { kind: 'image', hasText: false, attachments: [{ kind: 'image' }] } as const
const ofPicture = { attachments: [{ url: 'https://cdn/a' }] }

const received = (
  messageId: string,
  minutes = 0,
  fields: Fields<'MessageReceived'> = {},
  personal: Of<'MessageReceived'>['personal'] = { text: messageId },
): ConversationEvent => ({
  type: 'MessageReceived',
  data: {
    ...times(minutes),
    messageId,
    mid: `mid-${messageId}`,
    outline: TEXT,
    opens: true,
    convertible: true,
    ...fields,
  },
  personal,
})
const echoed = (
  messageId: string,
  minutes = 0,
  fields: Fields<'MessageEchoed'> = {},
  personal: Of<'MessageEchoed'>['personal'] = { text: messageId },
): ConversationEvent => ({
  type: 'MessageEchoed',
  data: { ...times(minutes), messageId, mid: `mid-${messageId}`, outline: TEXT, ...fields },
  personal,
})
const edited = (messageId: string, numEdit: number, text?: string): ConversationEvent => ({
  type: 'MessageEdited',
  data: { ...times(5), messageId, numEdit },
  ...(text === undefined ? {} : { personal: { text } }),
})
const unsent = (messageId: string, by: 'customer' | 'business' = 'customer'): ConversationEvent => ({
  type: 'MessageUnsent',
  data: { ...times(6), messageId, by },
})
const reacted = (minutes: number, fields: Fields<'ReactionChanged'> = {}, emoji = '🎉'): ConversationEvent => ({
  type: 'ReactionChanged',
  data: { ...times(minutes), messageId: 'm1', by: 'customer', action: 'react', opens: false, digest: 'd', ...fields },
  personal: { reaction: 'love', emoji },
})
const seen = (messageId: string, minutes: number): ConversationEvent => ({
  type: 'MessageSeen',
  data: { ...times(minutes), messageId },
})
const readAgain = (
  messageId: string,
  fields: Fields<'MessageReadAgain'> = {},
  text: string | null = 'x',
): ConversationEvent => ({
  type: 'MessageReadAgain',
  data: { messageId, outline: TEXT, by: byAda, at: after(9), ...fields },
  ...(text === null ? {} : { personal: { text } }),
})

const documentsAfter = (...events: readonly ConversationEvent[]) => fold(transcript, recorded(events))
const documentAfter = (key: string, ...events: readonly ConversationEvent[]) => documentsAfter(...events).get(key)

const ITEM = { conversationId: CONVERSATION, channelId: CHANNEL }
const M1 = {
  ...ITEM,
  kind: 'message',
  origin: 'customer',
  messageId: 'm1',
  mid: 'mid-m1',
  at: after(0),
  revision: 0,
  outline: TEXT,
  content: { text: 'm1' },
  marks: {},
}
const EDIT = { numEdit: 2, at: after(5), text: 'new' }
const UNSENT = { at: after(6), by: 'customer' }
const mark = (minutes: number, emoji = '🎉') => ({
  metaAt: after(minutes),
  action: 'react',
  digest: 'd',
  reaction: 'love',
  emoji,
})
const awaited = (marks: object) => ({ ...ITEM, kind: 'awaited', messageId: 'm1', marks })
const without = <Name extends string>(item: object, ...names: readonly Name[]): object =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name as Name)))

const m1 = received('m1')
const MESSAGES: readonly (readonly [string, readonly ConversationEvent[], object | undefined])[] = [
  ['a message', [m1], M1],
  [
    'a message with all that there is',
    [received('m1', 0, { standby: true, episode: 3, recovered: true })],
    { ...M1, standby: true, episode: 3, recovered: true },
  ],
  ['a message twice', [m1, received('m1', 4, {}, { text: 'other' })], M1],
  [
    'an echo',
    [echoed('m1', 0, { standby: true, episode: 3 })],
    { ...M1, origin: 'outside', standby: true, episode: 3 },
  ],
  [
    'a message that was taken back in another place',
    [received('m1', 0, { unsent: true })],
    { ...without(M1, 'content'), marks: { unsent: { at: after(1), by: 'customer' } } },
  ],
  [
    'an echo that was taken back in another place',
    [echoed('m1', 0, { unsent: true })],
    { ...without(M1, 'content'), origin: 'outside', marks: { unsent: { at: after(1), by: 'business' } } },
  ],
  [
    'a message that was taken back here and in another place',
    [unsent('m1'), received('m1', 0, { unsent: true })],
    { ...without(M1, 'content'), revision: 1, marks: { unsent: UNSENT } },
  ],
  [
    'an edit',
    [received('m1', 0, {}, { text: 'old', ...ofPicture }), edited('m1', 2, 'new')],
    { ...M1, content: ofPicture, marks: { edit: EDIT } },
  ],
  [
    'two edits, the older one last',
    [m1, edited('m1', 2, 'new'), edited('m1', 1, 'old')],
    { ...M1, content: {}, marks: { edit: EDIT } },
  ],
  [
    'two edits of one number',
    [m1, edited('m1', 2, 'new'), edited('m1', 2, 'old')],
    { ...M1, content: {}, marks: { edit: EDIT } },
  ],
  ['two edits', [m1, edited('m1', 1, 'old'), edited('m1', 2, 'new')], { ...M1, content: {}, marks: { edit: EDIT } }],
  [
    'an edit that was forgotten',
    [m1, edited('m1', 2)],
    { ...M1, content: {}, marks: { edit: { numEdit: 2, at: after(5) } } },
  ],
  ['an edit before its message', [edited('m1', 2, 'new')], awaited({ edit: EDIT })],
  [
    'an edit and its message',
    [edited('m1', 2, 'new'), received('m1', 0, {}, { text: 'old', ...ofPicture })],
    { ...M1, revision: 1, content: ofPicture, marks: { edit: EDIT } },
  ],
  ['an edit numbered 0, which says nothing', [edited('m1', 0, 'new')], undefined],
  ['an unsend', [m1, unsent('m1')], { ...without(M1, 'content'), marks: { unsent: UNSENT } }],
  [
    'an unsend and whatever comes after it',
    [
      m1,
      seen('m1', 2),
      unsent('m1'),
      edited('m1', 2, 'new'),
      reacted(7),
      seen('m1', 1),
      readAgain('m1'),
      unsent('m1', 'business'),
    ],
    { ...without(M1, 'content'), marks: { unsent: UNSENT, seenAt: after(2) } },
  ],
  ['an unsend before its message', [unsent('m1'), seen('m1', 2)], awaited({ unsent: UNSENT })],
  ['a reaction', [m1, reacted(2)], { ...M1, marks: { customer: mark(2) } }],
  [
    'reactions of both sides',
    [m1, reacted(2), reacted(3, { by: 'business' }, '👍')],
    { ...M1, marks: { customer: mark(2), business: mark(3, '👍') } },
  ],
  ['two reactions', [m1, reacted(2), reacted(3, {}, '👍')], { ...M1, marks: { customer: mark(3, '👍') } }],
  [
    'two reactions, the older one last',
    [m1, reacted(3, {}, '👍'), reacted(2)],
    { ...M1, marks: { customer: mark(3, '👍') } },
  ],
  [
    'a reaction and its end in one instant, in both orders',
    [m1, reacted(2, { action: 'unreact' }), reacted(2)],
    documentAfter(keyOf('m1'), m1, reacted(2), reacted(2, { action: 'unreact' })),
  ],
  [
    'a reaction that was taken back',
    [m1, reacted(2), reacted(3, { action: 'unreact' })],
    { ...M1, marks: { customer: { metaAt: after(3), action: 'unreact', digest: 'd' } } },
  ],
  [
    'two reactions of one instant: the digest tells',
    [m1, reacted(2, { digest: 'b' }), reacted(2, { digest: 'a' }, '👍')],
    { ...M1, marks: { customer: { ...mark(2), digest: 'b' } } },
  ],
  [
    'a reaction without a digest',
    [m1, { ...reacted(2), data: without((reacted(2) as Of<'ReactionChanged'>).data, 'digest') } as ConversationEvent],
    { ...M1, marks: { customer: { ...mark(2), digest: '' } } },
  ],
  [
    'an edit and a seen mark that are hidden',
    [
      m1,
      {
        ...edited('m1', 2, 'new'),
        data: { ...times(5), messageId: 'm1', numEdit: 2, hidden: true },
      } as ConversationEvent,
      { ...seen('m1', 2), data: { ...times(2), messageId: 'm1', hidden: true } } as ConversationEvent,
    ],
    M1,
  ],
  ['a hidden reaction', [m1, reacted(2, { hidden: true })], M1],
  ['a hidden reaction before its message', [reacted(2, { hidden: true })], undefined],
  ['a reaction before its message', [reacted(2)], awaited({ customer: mark(2) })],
  ['a seen mark', [m1, seen('m1', 2)], { ...M1, marks: { seenAt: after(2) } }],
  ['a later seen mark', [m1, seen('m1', 2), seen('m1', 3)], { ...M1, marks: { seenAt: after(2) } }],
  ['an earlier seen mark', [m1, seen('m1', 2), seen('m1', 1)], { ...M1, marks: { seenAt: after(1) } }],
  ['more content', [m1, readAgain('m1', { outline: PICTURE })], { ...M1, outline: PICTURE, content: { text: 'x' } }],
  [
    'more content, fetched',
    [m1, readAgain('m1', { recovered: true })],
    { ...M1, content: { text: 'x' }, recovered: true },
  ],
  ['more content that was forgotten', [m1, readAgain('m1', {}, null)], without(M1, 'content')],
  [
    'an edit and more content',
    [m1, edited('m1', 2, 'new'), readAgain('m1')],
    { ...M1, content: {}, marks: { edit: EDIT } },
  ],
  ['more content of nothing', [readAgain('m1')], undefined],
  ['more content of what has not come', [seen('m1', 2), readAgain('m1')], awaited({ seenAt: after(2) })],
  [
    'a message of the customer that it belongs to',
    [echoed('m1'), received('m2', 1, { joined: ['m1', 'm9'], episode: 4 })],
    { ...M1, origin: 'outside', episode: 4 },
  ],
  [
    'a message of the customer that it belongs to, in no episode',
    [echoed('m1'), received('m2', 1, { joined: ['m1'] })],
    { ...M1, origin: 'outside' },
  ],
  [
    'a message of the customer that it belongs to, before it comes',
    [seen('m1', 2), received('m2', 1, { joined: ['m1'], episode: 4 })],
    awaited({ seenAt: after(2) }),
  ],
]

const queued = (
  fields: Fields<'ReplyQueued'> = {},
  personal: Of<'ReplyQueued'>['personal'] = { text: 'First. Second.' },
): ConversationEvent => ({
  type: 'ReplyQueued',
  data: { replyId: 'r', author: byBob, hasText: true, length: 14, media: [], at: after(1), ...fields },
  personal,
})
const CALL = { replyId: 'r', part: 0, attempt: 1 }
const PARTS = [
  { kind: 'text', from: 0, to: 6 },
  { kind: 'text', from: 7, to: 14 },
] as const
const attempted = (fields: Fields<'ReplyAttempted'> = {}): ConversationEvent => ({
  type: 'ReplyAttempted',
  data: { ...CALL, tag: 'none', epoch: 1, worker: 'w', parts: PARTS, at: after(2), ...fields },
})
const partSent = (messageId: string, fields: Fields<'ReplyPartSent'> = {}): ConversationEvent => ({
  type: 'ReplyPartSent',
  data: { ...CALL, messageId, mid: `mid-${messageId}`, settledBy: 'answer', at: after(3), ...fields },
})
const rejected: ConversationEvent = {
  type: 'ReplyRejected',
  data: { replyId: 'r', part: 0, reason: 'withdrawn', at: after(4) },
}
const REPLY = {
  ...ITEM,
  kind: 'reply',
  replyId: 'r',
  author: byBob,
  at: after(1),
  revision: 0,
  hasText: true,
  mediaKinds: [],
  text: 'First. Second.',
  progress: { status: 'queued', parts: [] },
}
const FIRST = { kind: 'text', text: 'First. ' }
const SECOND = { kind: 'text', text: 'Second.' }
const WAITING = { status: 'waiting' }
const CUT = {
  ...without(REPLY, 'text'),
  cut: [FIRST, SECOND],
  progress: { status: 'attempted', parts: [{ status: 'attempted' }, WAITING] },
}
const SENT = { status: 'sent', attempt: 1, messageId: 'e1', settledBy: 'answer', sentAt: after(3) }
const PART = {
  ...ITEM,
  kind: 'part',
  messageId: 'e1',
  mid: 'mid-e1',
  replyId: 'r',
  part: 0,
  settledBy: 'answer',
  at: after(3),
  revision: 2,
  content: FIRST,
  marks: {},
}
const MOVED = { ...CUT, cut: [null, SECOND], progress: { status: 'attempted', parts: [SENT, WAITING] } }

const REPLIES: readonly (readonly [string, readonly ConversationEvent[], object])[] = [
  ['a request', [queued()], REPLY],
  [
    'a request with all that there is',
    [
      queued(
        { episode: 3, replyTo: 'm1', media: [{ kind: 'image' }, { kind: 'file' }] },
        { text: 'hi', mediaUrls: ['https://a', 'https://b'] },
      ),
    ],
    {
      ...REPLY,
      episode: 3,
      replyTo: 'm1',
      mediaKinds: ['image', 'file'],
      text: 'hi',
      mediaUrls: ['https://a', 'https://b'],
    },
  ],
  ['a request whose content was forgotten', [queued({}, {})], without(REPLY, 'text')],
  ['a request twice', [queued(), queued({}, { text: 'other' })], REPLY],
  ['its cut', [queued(), attempted()], CUT],
  ['its cut, told twice', [queued(), attempted(), attempted()], CUT],
  [
    'an attempt without a cut',
    [
      queued(),
      { ...attempted(), data: without((attempted() as Of<'ReplyAttempted'>).data, 'parts') } as ConversationEvent,
    ],
    { ...REPLY, progress: { status: 'attempted', parts: [{ status: 'attempted' }] } },
  ],
  [
    'its cut with media before the text',
    [
      queued(
        { media: [{ kind: 'image' }, { kind: 'video' }, { kind: 'audio' }] },
        { text: ' hi there ', mediaUrls: ['https://a', 'https://b'] },
      ),
      attempted({
        parts: [
          { kind: 'media', indexes: [0, 1] },
          { kind: 'media', indexes: [2] },
          { kind: 'text', from: 1, to: 3 },
          { kind: 'text', from: 4, to: 9 },
          { kind: 'media', indexes: [3] },
        ],
      }),
    ],
    {
      ...without(REPLY, 'text'),
      mediaKinds: ['image', 'video', 'audio'],
      cut: [
        {
          kind: 'media',
          media: [
            { kind: 'image', url: 'https://a' },
            { kind: 'video', url: 'https://b' },
          ],
        },
        { kind: 'media', media: [{ kind: 'audio' }] },
        { kind: 'text', text: ' hi ' },
        { kind: 'text', text: 'there ' },
        { kind: 'media', media: [{ kind: 'file' }] },
      ],
      progress: { status: 'attempted', parts: [{ status: 'attempted' }, WAITING, WAITING, WAITING, WAITING] },
    },
  ],
  [
    'its cut without content',
    [queued({ media: [{ kind: 'image' }] }, {}), attempted({ parts: [{ kind: 'media', indexes: [0] }, ...PARTS] })],
    {
      ...without(REPLY, 'text'),
      mediaKinds: ['image'],
      cut: [{ kind: 'media', media: [{ kind: 'image' }] }, { kind: 'text' }, { kind: 'text' }],
      progress: { status: 'attempted', parts: [{ status: 'attempted' }, WAITING, WAITING] },
    },
  ],
  ['a part sent, whose content goes to its message', [queued(), attempted(), partSent('e1')], MOVED],
  ['evidence before the cut', [queued(), partSent('e1')], { ...REPLY, progress: { status: 'sent', parts: [SENT] } }],
  [
    'a failed attempt',
    [
      queued(),
      attempted(),
      { type: 'ReplyAttemptFailed', data: { ...CALL, reason: 'throttled', retryAt: after(9), at: after(3) } },
    ],
    { ...CUT, progress: { status: 'queued', parts: [WAITING, WAITING], retryAt: after(9) } },
  ],
  [
    'an unknown outcome',
    [queued(), attempted(), { type: 'ReplyOutcomeUnknown', data: { ...CALL, at: after(3) } }],
    { ...CUT, progress: { status: 'attempted', parts: [{ status: 'unknown' }, WAITING] } },
  ],
  [
    'an end without evidence',
    [queued(), attempted(), { type: 'ReplyUnconfirmed', data: { ...CALL, at: after(3) } }],
    { ...CUT, progress: { status: 'unconfirmed', parts: [{ status: 'unconfirmed' }, WAITING] } },
  ],
  [
    'an attempt that another made superfluous',
    [
      queued(),
      attempted(),
      partSent('e1'),
      partSent('e2', { attempt: 2 }),
      { type: 'ReplyAttemptSuperseded', data: { ...CALL, attempt: 2, outcome: 'unknown', at: after(3) } },
    ],
    MOVED,
  ],
  [
    'a rejection',
    [queued(), rejected],
    { ...REPLY, progress: { status: 'rejected', parts: [], rejection: { reason: 'withdrawn', at: after(4) } } },
  ],
  [
    'a resend by somebody else',
    [
      queued(),
      rejected,
      { type: 'ReplyRequeued', data: { replyId: 'r', by: byEve, mayArriveTwice: false, at: after(5) } },
    ],
    { ...REPLY, resentBy: byEve },
  ],
]

const sentParts: readonly (readonly [string, readonly ConversationEvent[], object])[] = [
  ['its cut', [queued(), attempted(), partSent('e1')], PART],
  [
    'its cut, its echo having come first',
    [queued(), attempted(), echoed('e1'), seen('e1', 4), partSent('e1')],
    { ...PART, revision: 4, marks: { seenAt: after(4) } },
  ],
  [
    'its cut, joined by equal text: the echo stays',
    [queued(), attempted(), echoed('e1'), partSent('e1', { settledBy: 'text' })],
    {
      ...PART,
      settledBy: 'text',
      revision: 3,
      echo: { ...M1, origin: 'outside', messageId: 'e1', mid: 'mid-e1', revision: 2, content: { text: 'e1' } },
    },
  ],
  [
    'its echo, where the reply is not known',
    [echoed('e1'), partSent('e1', { part: 2 })],
    { ...PART, part: 2, revision: 1, content: { kind: 'text', text: 'e1' } },
  ],
  [
    'an echo without text, where the reply is not known',
    [echoed('e1', 0, { outline: PICTURE }, ofPicture), partSent('e1')],
    { ...without(PART, 'content'), revision: 1 },
  ],
  [
    'an echo whose text was forgotten, where the reply is not known',
    [echoed('e1', 0, {}, {}), partSent('e1')],
    { ...PART, revision: 1, content: { kind: 'text' } },
  ],
  [
    'an echo that was edited, where the reply is not known',
    [echoed('e1'), edited('e1', 2, 'new'), partSent('e1')],
    { ...PART, content: { kind: 'text' }, marks: { edit: EDIT } },
  ],
  ['nothing, where nothing is known', [partSent('e1')], { ...without(PART, 'content'), revision: 0 }],
  [
    'another reply that it was taken for before',
    [
      queued(),
      attempted(),
      partSent('e1', { settledBy: 'text' }),
      partSent('e1', { replyId: 'other', part: 1, attempt: 2 }),
    ],
    { ...PART, replyId: 'other', part: 1, revision: 3 },
  ],
  [
    'an echo that equal text had joined to another reply',
    [echoed('e1'), partSent('e1', { settledBy: 'text' }), partSent('e1', { replyId: 'other' })],
    { ...PART, replyId: 'other', content: { kind: 'text', text: 'e1' } },
  ],
  [
    'an echo that equal text had joined to another reply, and joins again',
    [echoed('e1'), partSent('e1', { settledBy: 'text' }), partSent('e1', { replyId: 'other', settledBy: 'text' })],
    {
      ...PART,
      settledBy: 'text',
      replyId: 'other',
      content: { kind: 'text', text: 'e1' },
      echo: { ...M1, origin: 'outside', messageId: 'e1', mid: 'mid-e1', content: { text: 'e1' } },
    },
  ],
  [
    'its cut, taken back before it was known',
    [queued(), attempted(), unsent('e1'), partSent('e1')],
    { ...without(PART, 'content'), revision: 3, marks: { unsent: UNSENT } },
  ],
  [
    'its cut, edited before it was known',
    [queued(), attempted(), edited('e1', 2, 'new'), partSent('e1')],
    { ...PART, revision: 3, content: { kind: 'text' }, marks: { edit: EDIT } },
  ],
  [
    'its cut, edited afterwards',
    [queued(), attempted(), partSent('e1'), edited('e1', 2, 'new')],
    { ...PART, content: { kind: 'text' }, marks: { edit: EDIT } },
  ],
  [
    'its cut, taken back afterwards',
    [queued(), attempted(), partSent('e1'), unsent('e1')],
    { ...without(PART, 'content'), marks: { unsent: UNSENT } },
  ],
  [
    'media, edited afterwards',
    [
      queued({ media: [{ kind: 'image' }] }, { mediaUrls: ['https://a'] }),
      attempted({ parts: [{ kind: 'media', indexes: [0] }] }),
      partSent('e1'),
      edited('e1', 2, 'new'),
    ],
    { ...PART, content: { kind: 'media', media: [{ kind: 'image', url: 'https://a' }] }, marks: { edit: EDIT } },
  ],
  ['its cut, with its echo afterwards', [queued(), attempted(), partSent('e1'), echoed('e1')], PART],
  [
    'its cut, of which more could be read: nothing changes',
    [queued(), attempted(), partSent('e1'), readAgain('e1')],
    PART,
  ],
  [
    'its cut, and a message of the customer that it would belong to',
    [queued(), attempted(), partSent('e1'), received('m2', 1, { joined: ['e1'], episode: 4 })],
    PART,
  ],
]

describe('the items of a transcript', () => {
  it.each(MESSAGES)('are messages after %s', (_, events, expected) => {
    expect(documentAfter(keyOf('m1'), ...events)).toEqual(expected)
  })

  it.each(REPLIES)('are replies after %s', (_, events, expected) => {
    expect(documentAfter(REPLY_KEY, ...events)).toEqual(expected)
  })

  it.each(sentParts)('are parts with the content of %s', (_, events, expected) => {
    expect(documentAfter(keyOf('e1'), ...events)).toEqual(expected)
  })

  it('are parts whose echo follows what happens to them', () => {
    const joined = [echoed('e1'), partSent('e1', { settledBy: 'text' })]
    const echo = { ...M1, origin: 'outside', messageId: 'e1', mid: 'mid-e1', content: { text: 'e1' } }
    const part = { ...PART, settledBy: 'text', revision: 1, content: { kind: 'text', text: 'e1' } }
    const after = (event: ConversationEvent) => documentAfter(keyOf('e1'), ...joined, event)
    expect(after(readAgain('e1'))).toEqual({ ...part, echo: { ...echo, content: { text: 'x' } } })
    expect(after(received('m2', 1, { joined: ['e1'], episode: 4 }))).toEqual({ ...part, echo: { ...echo, episode: 4 } })
    expect(after(unsent('e1'))).toEqual({
      ...without(part, 'content'),
      echo: { ...without(echo, 'content'), marks: { unsent: UNSENT } },
      marks: { unsent: UNSENT },
    })
    expect(after(edited('e1', 2, 'new'))).toEqual({
      ...part,
      content: { kind: 'text' },
      echo: { ...echo, content: {}, marks: { edit: EDIT } },
      marks: { edit: EDIT },
    })
  })

  it('keep the content of a reply where it stands when its message cannot be looked at', () => {
    const documents = documentsAfter(queued(), attempted())
    const [, , sent] = recorded([queued(), attempted(), partSent('e1')])
    const evolve = transcript.evolve as (document: unknown, event: unknown, key: string) => unknown
    expect(evolve(documents.get(REPLY_KEY), sent, REPLY_KEY)).toEqual({ ...MOVED, cut: [FIRST, SECOND] })
    expect(evolve(undefined, sent, keyOf('e1'))).toEqual(without(PART, 'content'))
  })

  it('are none of a reply that was never asked for', () => {
    expect(documentsAfter(attempted(), rejected).size).toBe(0)
    expect([...documentsAfter(partSent('e1')).keys()]).toEqual([keyOf('e1')])
  })
})

describe('the places of a transcript', () => {
  const by = (minutes: number) => ({ by: byBob, at: after(minutes) })
  const SYSTEM: readonly ConversationEvent[] = [
    { type: 'ReferralReceived', data: { ...times(1), messageId: 'f1', opens: true }, personal: { ref: 'secret' } },
    {
      type: 'ThreadControlChanged',
      data: { ...times(2), messageId: 't1', change: 'taken', ownerAppId: '9', previousAppId: null },
    },
    { type: 'ReplyWindowExpired', data: { kind: 'standard', anchor: after(0), at: after(3) } },
    { type: 'ConversationAssigned', data: { agentId: 'bob', association: 1, how: 'picked-up', ...by(4) } },
    { type: 'ConversationReturned', data: { how: 'transferred', ...by(5) } },
    { type: 'ConversationEnded', data: by(6) },
    { type: 'ConversationReopened', data: by(7) },
    { type: 'ConversionCancelled', data: { episode: 1, reason: 'ended', ...by(8) } },
    {
      type: 'ConversionScheduled',
      data: {
        episode: 1,
        startedBy: 'm1',
        dueAt: after(60),
        policy: { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false },
        at: after(9),
      },
    },
    { type: 'CustomerBlocked', data: by(10), personal: { reason: 'spam' } },
    { type: 'CustomerBlocked', data: by(11) },
    { type: 'CustomerUnblocked', data: by(12) },
  ]

  it('are those of what happened, as the event says it, and without personal content but the reason of a block', () => {
    const key = (revision: number): string => entryKey(CONVERSATION, revision)
    const tie = (revision: number): string => `~${String(revision).padStart(16, '0')}`
    expect(tie(7)).toBe('~0000000000000007')
    expect(whole(transcript, documentsAfter(...SYSTEM))).toEqual({
      documents: Object.fromEntries(
        SYSTEM.map(({ type, data }, revision) => [
          key(revision),
          {
            ...ITEM,
            kind: 'system',
            at: data.at,
            revision,
            event: { type, data },
            ...(revision === 9 ? { reason: 'spam' } : {}),
          },
        ]),
      ),
      entries: {
        conversation: SYSTEM.map(({ data }, revision) => [key(revision), CONVERSATION, data.at, tie(revision)]),
        episode: [],
        search: [],
      },
      counters: [],
    })
  })

  it('are none of a referral that is hidden', () => {
    const data = { ...times(1), messageId: 'f1', opens: true, hidden: true } as const
    expect(documentsAfter({ type: 'ReferralReceived', data }).size).toBe(0)
  })

  it('are one for each episode that became a ticket', () => {
    const data = {
      episode: 2,
      ticketId: 't2',
      cause: 'by-hand',
      firstRevision: 1,
      lastRevision: 1,
      subjectMessageId: null,
      firstCustomerMessageAt: after(0),
      assignee: null,
      departmentId: 'sales',
      ...by(4),
    } as const
    const converted: ConversationEvent = { type: 'ConversationConverted', data }
    const documents = documentsAfter(converted, converted)
    expect([...documents.keys()]).toEqual([conversionKey(CONVERSATION, 2)])
    expect([...documents.values()]).toMatchObject([{ kind: 'system', revision: 1, event: { data } }])
  })

  it('are those of messages, replies, parts and notes', () => {
    const note = (noteId: string, text?: string): ConversationEvent => ({
      type: 'NoteAdded',
      data: { noteId, ...by(7) },
      ...(text === undefined ? {} : { personal: { text } }),
    })
    const { mid: _, ...data } = (received('m2', 2, { episode: 5 }, {}) as Of<'MessageReceived'>).data
    const events: readonly ConversationEvent[] = [
      received('m1', 0, { episode: 5 }),
      { type: 'MessageReceived', data },
      queued({ episode: 5 }),
      attempted(),
      partSent('e1'),
      echoed('e2', 6, {}, { text: '' }),
      partSent('e2', { part: 1, settledBy: 'text', at: after(8) }),
      note('n1', 'regular'),
      note('n2'),
      seen('m9', 3),
    ]
    const [M, M2, E1, E2] = ['m1', 'm2', 'e1', 'e2'].map(keyOf)
    const [N1, N2] = [entryKey(CONVERSATION, 7), entryKey(CONVERSATION, 8)]
    const { documents, entries } = whole(transcript, documentsAfter(...events))
    expect(documents[N1 ?? '']).toEqual({
      ...ITEM,
      kind: 'note',
      at: after(7),
      revision: 7,
      noteId: 'n1',
      by: byBob,
      text: 'regular',
    })
    expect(documents[N2 ?? '']).toEqual({ ...ITEM, kind: 'note', at: after(7), revision: 8, noteId: 'n2', by: byBob })
    expect(entries).toEqual({
      conversation: [
        [M, CONVERSATION, after(0), 'mid-m1'],
        [REPLY_KEY, CONVERSATION, after(1), '~0000000000000002'],
        [M2, CONVERSATION, after(2), 'm2'],
        [E2, CONVERSATION, after(6), 'mid-e2'],
        [N1, CONVERSATION, after(7), '~0000000000000007'],
        [N2, CONVERSATION, after(7), '~0000000000000008'],
      ],
      episode: [
        [M, CONVERSATION, 5, 0],
        [M2, CONVERSATION, 5, 1],
        [REPLY_KEY, CONVERSATION, 5, 2],
      ],
      search: [
        [E1, CHANNEL, 'first', after(3)],
        [M, CHANNEL, 'm1', after(0)],
        [N1, CHANNEL, 'regular', after(7)],
        [E2, CHANNEL, 'second', after(8)],
      ],
    })
  })
})

describe('what is found of a transcript', () => {
  const reply = (status: ReplyItem['progress']['status'], fields: object = {}): ReplyItem =>
    ({ ...REPLY, ...fields, progress: { status, parts: [] } }) as ReplyItem
  const cut = [FIRST, null, { kind: 'media', media: [] }, { kind: 'text' }, SECOND]
  const CASES: readonly (readonly [string, object, string | undefined])[] = [
    ['a message', M1, 'm1'],
    ['an edited message', { ...M1, content: {}, marks: { edit: EDIT } }, 'new'],
    ['a message without content', without(M1, 'content'), undefined],
    ['a message that was taken back', { ...M1, marks: { unsent: UNSENT } }, undefined],
    ['a part', PART, 'First. '],
    ['an edited part', { ...PART, content: { kind: 'text' }, marks: { edit: EDIT } }, 'new'],
    ['a part that was taken back', { ...PART, marks: { unsent: UNSENT } }, undefined],
    ['a part of media', { ...PART, content: { kind: 'media', media: [] } }, undefined],
    ['a part without content', without(PART, 'content'), undefined],
    ['a note', { ...ITEM, kind: 'note', text: 'regular' }, 'regular'],
    ['a reply that waits', reply('queued'), undefined],
    ['a reply under way', reply('attempted'), undefined],
    ['a reply that was sent', reply('sent'), undefined],
    ['a reply that was rejected', reply('rejected'), 'First. Second.'],
    ['what is left of a reply', { ...without(reply('partly-sent'), 'text'), cut }, 'First. Second.'],
    ['what may have arrived of a reply', reply('unconfirmed', { text: undefined, cut: [SECOND] }), 'Second.'],
    ['a reply that was rejected without content', without(reply('rejected'), 'text'), undefined],
    ['what has not come', awaited({ edit: EDIT }), undefined],
    [
      'what happened',
      { ...ITEM, kind: 'system', event: { type: 'ConversationEnded', data: {} }, reason: 'spam' },
      undefined,
    ],
  ]

  it.each(CASES)('by the text of %s', (_, document, text) => {
    expect(searchableText(document as TranscriptDocument)).toBe(text)
  })

  it('is nothing where there is no text', () => {
    const search = transcript.indexes['search'] as (document: TranscriptDocument) => unknown
    expect(search({ ...M1, content: { text: '' } } as unknown as TranscriptDocument)).toEqual([])
    expect(search(awaited({ edit: EDIT }) as unknown as TranscriptDocument)).toEqual([])
  })
})

describe('putting a reply together', () => {
  const part = (messageId: string, fields: object = {}): PartItem => ({ ...PART, messageId, ...fields }) as PartItem
  const sent = (messageId: string, fields: Partial<PartProgress> = {}): PartProgress => ({
    status: 'sent',
    messageId,
    ...fields,
  })
  const reply = (parts: readonly PartProgress[], fields: object = {}): ReplyItem =>
    ({ ...without(REPLY, 'text'), progress: { status: 'sent', parts }, ...fields }) as ReplyItem
  const TOLD = { unsent: UNSENT }
  const media = { kind: 'media', media: [{ kind: 'image' }] }

  it.each<readonly [string, ReplyItem, readonly (TranscriptDocument | undefined)[], object]>([
    ['before the cut', reply([], { text: 'hi' }), [], { text: 'hi', parts: [] }],
    ['without anything', reply([]), [], { parts: [] }],
    [
      'from what is still to be sent',
      reply([{ status: 'waiting' }, { status: 'waiting' }], { cut: [media, SECOND] }),
      [],
      {
        text: 'Second.',
        parts: [
          { status: 'waiting', content: media, marks: {} },
          { status: 'waiting', content: SECOND, marks: {} },
        ],
      },
    ],
    [
      'from what was sent, and what was not',
      reply([sent('e1'), { status: 'waiting' }], { cut: [null, SECOND] }),
      [part('e1', { marks: { seenAt: 1 } }), undefined],
      {
        text: 'First. Second.',
        parts: [
          { ...sent('e1'), content: FIRST, marks: { seenAt: 1 } },
          { status: 'waiting', content: SECOND, marks: {} },
        ],
      },
    ],
    [
      'from what was edited',
      reply([sent('e1')]),
      [part('e1', { content: { kind: 'text' }, marks: { edit: EDIT } })],
      { text: 'new', parts: [{ ...sent('e1'), content: { kind: 'text', text: 'new' }, marks: { edit: EDIT } }] },
    ],
    [
      'from what was edited and forgotten',
      reply([sent('e1')]),
      [part('e1', { content: { kind: 'text' }, marks: { edit: { numEdit: 2, at: 1 } } })],
      { parts: [{ ...sent('e1'), content: { kind: 'text' }, marks: { edit: { numEdit: 2, at: 1 } } }] },
    ],
    [
      'from what was edited, its first text being unknown',
      reply([sent('e1')]),
      [part('e1', { content: undefined, marks: { edit: EDIT } })],
      { text: 'new', parts: [{ ...sent('e1'), content: { kind: 'text', text: 'new' }, marks: { edit: EDIT } }] },
    ],
    [
      'from media that were edited',
      reply([sent('e1')]),
      [part('e1', { content: media, marks: { edit: EDIT } })],
      { parts: [{ ...sent('e1'), content: media, marks: { edit: EDIT } }] },
    ],
    [
      'without what was taken back',
      reply([sent('e1'), sent('e2')]),
      [part('e1', { marks: TOLD }), part('e2', { content: SECOND })],
      {
        text: 'Second.',
        parts: [
          { ...sent('e1'), marks: TOLD },
          { ...sent('e2'), content: SECOND, marks: {} },
        ],
      },
    ],
    [
      'from the second of two that arrived, where the first was taken back',
      reply([sent('e1', { again: [{ attempt: 2, messageId: 'e2' }] })]),
      [part('e1', { marks: TOLD }), part('e2', { content: SECOND })],
      {
        text: 'Second.',
        parts: [{ ...sent('e1', { again: [{ attempt: 2, messageId: 'e2' }] }), content: SECOND, marks: {} }],
      },
    ],
    [
      'from where its content was kept',
      reply([sent('e2', { contentIn: 'e1' })]),
      [part('e2', { content: undefined }), part('e1')],
      { text: 'First. ', parts: [{ ...sent('e2', { contentIn: 'e1' }), content: FIRST, marks: {} }] },
    ],
    [
      'from where its content was kept, its message being unknown',
      reply([{ status: 'unconfirmed', contentIn: 'e1' }]),
      [part('e1')],
      { text: 'First. ', parts: [{ status: 'unconfirmed', contentIn: 'e1', content: FIRST, marks: {} }] },
    ],
    [
      'without what was kept elsewhere, its message being taken back',
      reply([sent('e2', { contentIn: 'e1' })]),
      [part('e2', { content: undefined, marks: TOLD }), part('e1')],
      { parts: [{ ...sent('e2', { contentIn: 'e1' }), marks: TOLD }] },
    ],
    [
      'without what nobody kept',
      reply([sent('e2', { contentIn: 'e1' })]),
      [undefined, { ...M1, messageId: 'e1' } as unknown as TranscriptDocument],
      { parts: [{ ...sent('e2', { contentIn: 'e1' }), marks: {} }] },
    ],
  ])('%s', (_, item, documents, expected) => {
    expect(assembleReply(item, documents)).toEqual({ reply: item, ...expected })
  })

  it('leaves no empty place for a text that was edited and forgotten', () => {
    const forgotten = part('e1', { content: { kind: 'text' }, marks: { edit: { numEdit: 2, at: 1 } } })
    expect(assembleReply(reply([sent('e1')]), [forgotten]).parts[0]?.content).toStrictEqual({ kind: 'text' })
  })

  it('needs the documents of all messages that it became, and of where content was kept', () => {
    const parts = [
      sent('e1', { again: [{ attempt: 2, messageId: 'e2' }], contentIn: 'e3' }),
      { status: 'unconfirmed', contentIn: 'e4' },
      sent('e5'),
      { status: 'waiting' },
    ] as const
    expect(partKeys(reply(parts))).toEqual(['e1', 'e2', 'e3', 'e4', 'e5'].map(keyOf))
    expect(messagesOf({ status: 'waiting', again: [{ attempt: 2, messageId: 'e2' }] })).toEqual([])
    expect(replyKeyOf(part('e1'))).toBe(REPLY_KEY)
  })

  it('leaves alone a message that another one was named for', () => {
    expect(standsAlone(part('e1'), reply([sent('e2', { again: [{ attempt: 2, messageId: 'e1' }] })]))).toBe(false)
    expect(standsAlone(part('e1'), reply([sent('e1')]))).toBe(false)
    expect(standsAlone(part('e1'), reply([sent('e2')]))).toBe(true)
    expect(standsAlone(part('e1', { part: 1 }), reply([sent('e1')]))).toBe(true)
    expect(standsAlone(part('e1'), undefined)).toBe(false)
    expect(standsAlone(part('e1'), M1 as unknown as TranscriptDocument)).toBe(false)
  })

  it('reads the newest text of one message', () => {
    expect(textOf({ content: { text: 'a' }, marks: {} })).toBe('a')
    expect(textOf({ marks: {} })).toBe(undefined)
    expect(textOfPart({ content: { kind: 'text', text: 'a' }, marks: { edit: { numEdit: 1, at: 1 } } })).toBe(undefined)
    expect(textOfPart({ marks: {} })).toBe(undefined)
  })
})
