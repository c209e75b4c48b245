import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type StartedConversation,
} from '../../../src/domain/conversation/index.ts'
import { arrived } from '../../../src/domain/conversation/amendments.ts'
import { LIMITS } from '../../../src/domain/conversation/limits.ts'
import { CHANNEL, NOON } from '../people.ts'
import { after, eventsOf, fold, stateOf } from './talk.ts'
import * as talk from './talk.ts'

// Whole states, and what each event changes in them.

const queued = [talk.receive(), talk.reply()]
const inFlight = [...queued, talk.begin()]
const lost = [...inFlight, talk.unknown()]

describe('the state after each event', () => {
  const full = [
    talk.receive(),
    talk.echo(),
    talk.pickUp(),
    talk.markRead({ upTo: 2 }),
    talk.addNote(),
    talk.seen(),
    talk.reply(),
    talk.begin({ at: after(1) }),
  ]
  it('is known whole', () => {
    expect(stateOf(...full)).toEqual({
      status: 'started',
      revision: 9,
      conversationId: talk.CONVERSATION,
      organizationId: talk.channel.organizationId,
      channelId: CHANNEL,
      accountId: talk.channel.accountId,
      customerId: talk.CUSTOMER,
      visible: true,
      ended: false,
      blocked: false,
      blockedAt: null,
      assignee: { agentId: 'bob', association: 1 },
      messages: [
        ['m1', 1, 'text', 1, NOON],
        ['e1', 3, 'echo', 1, NOON],
      ],
      droppedUpTo: -1,
      amendments: [],
      window: { anchor: NOON, written: [], reacted: [] },
      thread: {
        otherApp: false,
        ownerAppId: null,
        metaAt: NOON,
        message: { otherApp: false, ownerAppId: null, metaAt: NOON },
      },
      seen: { messageId: 'e1', metaAt: NOON },
      episodes: {
        count: 1,
        latest: {
          number: 1,
          firstRevision: 1,
          lastRevision: 8,
          firstAt: NOON,
          newestAt: NOON,
          newestReceipt: NOON,
          present: 1,
          firstText: 'm1',
          dueAt: after(60),
          policy: talk.channel.conversion,
          cancelled: null,
        },
        tickets: [],
        loose: null,
        takenTo: -1,
      },
      replies: {
        waiting: [
          {
            id: 'reply-1',
            author: talk.byBob,
            queuedAt: NOON,
            stops: 0,
            revision: 8,
            media: [],
            episode: 1,
            parts: ['t0-2'],
            sentParts: 0,
            attempts: 1,
            retryAt: null,
            doubt: false,
            status: 'waiting',
          },
        ],
        unfinished: [],
        forgotten: [],
        ids: ['reply-1'],
      },
      attempts: {
        open: [
          {
            replyId: 'reply-1',
            part: 0,
            attempt: 1,
            revision: 9,
            worker: 'w1',
            attemptedAt: after(1),
            since: after(1),
            likeness: 'text digest of hi',
            episode: 1,
            written: { by: 'agent', at: NOON },
            status: 'in-flight',
          },
        ],
        echoes: [],
        epoch: 1,
      },
      readers: [{ agentId: 'bob', upTo: 2 }],
      noteIds: ['n1'],
    })
  })

  const before = stateOf(...full)
  const key = { replyId: 'reply-1', part: 0, attempt: 1 }
  it.each<[ConversationEvent, Partial<StartedConversation>]>([
    [
      {
        type: 'ConversationStarted',
        data: { conversationId: 'x', organizationId: 'x', channelId: 'x', accountId: 'x', customerId: 'x', at: NOON },
      },
      {},
    ],
    [{ type: 'EpisodeStarted', data: { episode: 1, startedBy: 'm1', at: NOON } }, {}],
    [{ type: 'CustomerProfileLearned', data: { at: NOON } }, {}],
    [{ type: 'ReplyWindowExpired', data: { kind: 'standard', anchor: NOON - 1, at: NOON } }, {}],
    [
      { type: 'ReplyWindowExpired', data: { kind: 'standard', anchor: NOON, at: NOON } },
      { window: { anchor: NOON, written: ['standard'], reacted: [] } },
    ],
    [
      { type: 'CustomerBlocked', data: { by: talk.byBob, at: after(3) } },
      {
        blocked: true,
        blockedAt: after(3),
        replies: {
          ...before.replies,
          waiting: before.replies.waiting.map((reply) => ({ ...reply, blockedAt: after(3) })),
        },
      },
    ],
    [
      { type: 'CustomerUnblocked', data: { by: talk.byBob, at: after(3) } },
      { blocked: false, blockedAt: null },
    ],
    [{ type: 'ConversationEnded', data: { by: talk.byBob, at: after(3) } }, { ended: true }],
    [{ type: 'ConversationReopened', data: { by: talk.byBob, at: after(3) } }, { ended: false }],
    [{ type: 'ConversationReturned', data: { how: 'transferred', by: talk.byBob, at: after(3) } }, { assignee: null }],
    [
      {
        type: 'ConversationAssigned',
        data: { agentId: 'eve', association: 2, how: 'transferred', by: talk.byBob, at: NOON },
      },
      { assignee: { agentId: 'eve', association: 2 } },
    ],
    [{ type: 'ConversionRescheduled', data: { episode: 2, dueAt: NOON, at: NOON } }, {}],
    [{ type: 'ConversionCancelled', data: { episode: 2, reason: 'ended', by: talk.byBob, at: NOON } }, {}],
    [
      {
        type: 'ConversionScheduled',
        data: { episode: 2, startedBy: 'm1', dueAt: NOON, policy: talk.channel.conversion, at: NOON },
      },
      {},
    ],
    [{ type: 'ReplyOutcomeUnknown', data: { ...key, attempt: 7, at: NOON } }, {}],
    [
      { type: 'ReplyAttemptFailed', data: { ...key, replyId: 'other', reason: 'throttled', retryAt: NOON, at: NOON } },
      {},
    ],
    [{ type: 'ReplyUnconfirmed', data: { ...key, replyId: 'other', at: NOON } }, {}],
    [{ type: 'ReplyRejected', data: { replyId: 'other', part: 0, reason: 'withdrawn', at: NOON } }, {}],
    [
      { type: 'ReplyRequeued', data: { replyId: 'other', by: talk.byBob, mayArriveTwice: false, stops: 0, at: NOON } },
      {},
    ],
    [
      { type: 'ReplyOutcomeUnknown', data: { ...key, at: after(9) } },
      { attempts: { ...before.attempts, open: [{ ...before.attempts.open[0]!, status: 'unknown', since: after(9) }] } },
    ],
    [
      { type: 'ReplyLookedFor', data: { ...key, found: false, at: after(9) } },
      { attempts: { ...before.attempts, open: [{ ...before.attempts.open[0]!, status: 'looked' }] } },
    ],
    [
      {
        type: 'ReplyAttemptFailed',
        data: { ...key, reason: 'throttled', tookChannel: true, retryAt: after(9), at: after(5) },
      },
      {
        replies: {
          ...before.replies,
          waiting: [{ ...before.replies.waiting[0]!, retryAt: after(9), tookChannel: true }],
        },
        attempts: { ...before.attempts, open: [{ ...before.attempts.open[0]!, status: 'refused', since: after(5) }] },
      },
    ],
    [
      { type: 'ReplyAttemptFailed', data: { ...key, reason: 'no-connection', retryAt: after(9), at: after(5) } },
      {
        replies: { ...before.replies, waiting: [{ ...before.replies.waiting[0]!, retryAt: after(9) }] },
        attempts: { ...before.attempts, open: [] },
      },
    ],
    [
      { type: 'ReplyRejected', data: { ...key, reason: 'authorization-restricted', at: after(5) } },
      {
        replies: {
          waiting: [],
          forgotten: [],
          ids: ['reply-1'],
          unfinished: [{ ...before.replies.waiting[0]!, tookChannel: true, status: 'rejected' }],
        },
        attempts: { ...before.attempts, open: [{ ...before.attempts.open[0]!, status: 'refused', since: after(5) }] },
      },
    ],
    [
      {
        type: 'ReplyRejected',
        data: { replyId: 'reply-1', part: 0, reason: 'authorization-restricted', at: after(5) },
      },
      {
        replies: {
          waiting: [],
          forgotten: [],
          ids: ['reply-1'],
          unfinished: [{ ...before.replies.waiting[0]!, status: 'rejected' }],
        },
      },
    ],
    [
      { type: 'ReplyUnconfirmed', data: { ...key, at: after(5) } },
      {
        replies: {
          waiting: [],
          forgotten: [],
          ids: ['reply-1'],
          unfinished: [{ ...before.replies.waiting[0]!, doubt: true, status: 'unconfirmed' }],
        },
        attempts: { ...before.attempts, open: [{ ...before.attempts.open[0]!, status: 'unconfirmed' }] },
      },
    ],
    [
      {
        type: 'ReplyPartSent',
        data: { ...key, messageId: 'e9', mid: 'mid-e9', settledBy: 'answer', episode: 1, at: after(5) },
      },
      {
        messages: [...before.messages, ['e9', 10, 'sent', 1]],
        replies: { waiting: [], forgotten: [], ids: ['reply-1'], unfinished: [] },
        attempts: { open: [], echoes: [], epoch: 1 },
        episodes: { ...before.episodes, latest: { ...before.episodes.latest!, lastRevision: 10 } },
      },
    ],
  ])('is as before but for what it says: %o', (event, changes) => {
    expect(fold(before, event)).toEqual({ ...before, ...changes, revision: before.revision + 1 })
  })
  it('is nothing where the stream does not begin with its start', () => {
    const none = conversationDecider.initialState()
    expect(fold(none, { type: 'ConversationEnded', data: { by: talk.byBob, at: NOON } })).toEqual({
      ...none,
      revision: 0,
    })
  })
  it('after a resend is that of who asked, and forgets how the channel stood', () => {
    const again = stateOf(
      ...lost,
      talk.look(),
      talk.giveUp(),
      talk.resend({ mayArriveTwice: true, actor: talk.eve, at: after(2) }),
    )
    expect(again.replies.unfinished).toEqual([])
    expect(again.replies.waiting).toEqual([
      {
        ...stateOf(...inFlight).replies.waiting[0],
        author: talk.byEve,
        requeuedAt: after(2),
        doubt: true,
      },
    ])
  })
  it('has an amendment that waits until its message comes', () => {
    const waiting = { id: 'm1', waits: true, edit: 1 } as const
    const other = { id: 'm2', waits: true, edit: 1 } as const
    expect(arrived([waiting, other], 'm1')).toEqual([{ id: 'm1', edit: 1 }, other])
    const none = [{ id: 'm1', edit: 1 }]
    expect(arrived(none, 'm1')).toBe(none)
  })
})

describe('of too many attempts', () => {
  const attempts = (settled: number | undefined): StartedConversation => {
    const commands = Array.from({ length: LIMITS.attempts }, (_, index) => {
      const one = { replyId: `r${index}` }
      const open = [
        talk.reply({ ...one, text: `t${index}` }),
        talk.begin({ ...one, textDigest: `d${index}` }),
        talk.unknown(one),
      ]
      const ended = [talk.look(one), talk.giveUp(one)]
      return index === settled
        ? [...open, talk.echo({ messageId: `e${index}`, textDigest: `d${index}` })]
        : [...open, ...ended]
    })
    return stateOf(talk.receive(), ...commands.flat(), talk.reply({ replyId: 'new' }), talk.begin({ replyId: 'new' }))
  }
  const kept = ({ attempts: { open } }: StartedConversation) => open.map(({ replyId }) => replyId)
  it('one goes that is settled by text, else the oldest', () => {
    expect(kept(attempts(3))).toEqual(['r0', 'r1', 'r2', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'new'])
    expect(kept(attempts(undefined))).toEqual([
      'r1',
      'r2',
      'r3',
      'r4',
      'r5',
      'r6',
      'r7',
      'r8',
      'r9',
      'r10',
      'r11',
      'new',
    ])
  })
})

describe('what is taken back', () => {
  const m = (number: number, minutes: number, more: object = {}) =>
    talk.receive({ messageId: `m${number}`, at: after(minutes), ...more })
  const image = { content: { kind: 'image', attachments: [{ kind: 'image' }] } } as const
  const latest = (...commands: readonly ConversationCommand[]) => stateOf(...commands).episodes.latest
  it('leaves the times and the first text of what is left in its own episode', () => {
    const three = [m(1, 0), m(2, 1, image), m(3, 2), m(4, 3)]
    const whole = latest(...three)
    expect(whole).toMatchObject({ firstAt: NOON, newestAt: after(3), present: 4, firstText: 'm1' })
    const unsent = (...ids: readonly string[]) =>
      latest(...three, ...ids.map((messageId) => talk.unsend({ messageId, at: after(4) })))
    expect(unsent('m1')).toEqual({ ...whole, firstAt: after(1), present: 3, firstText: 'm3', dueAt: after(61) })
    expect(unsent('m4')).toEqual({ ...whole, newestAt: after(2), present: 3 })
    expect(unsent('m3')).toEqual({ ...whole, present: 3 })
    expect(unsent('m1', 'm3', 'm4')).toEqual({
      ...whole,
      firstAt: after(1),
      newestAt: after(1),
      present: 1,
      firstText: null,
      dueAt: after(61),
    })
    expect(unsent('m1', 'm2', 'm3', 'm4')).toMatchObject({ present: 0, cancelled: 'unsent', firstText: null })
  })
  it('changes no other episode', () => {
    const two = [m(1, 0), talk.convert({ at: after(1) }), m(2, 2), m(3, 3)]
    expect(latest(...two, talk.unsend({ messageId: 'm1', at: after(4) }))).toEqual(latest(...two))
    expect(latest(...two, talk.unsend({ messageId: 'm2', at: after(4) }))).toMatchObject({
      firstAt: after(3),
      present: 1,
      firstText: 'm3',
    })
  })
  it('counts loose ones out, with their times', () => {
    const loose = [m(1, 0), talk.dismiss({ at: after(1) }), m(2, 2), talk.dismiss({ at: after(3) }), m(3, 4)]
    const state = stateOf(...loose)
    expect(state.episodes.loose).toEqual({
      firstRevision: 1,
      lastRevision: 4,
      since: NOON,
      firstAt: NOON,
      present: 2,
      firstText: 'm1',
      episodes: [[1, 2]],
      begun: { episode: 2, firstAt: after(2) },
    })
    const unsent = (...ids: readonly string[]) =>
      stateOf(...loose, ...ids.map((messageId) => talk.unsend({ messageId, at: after(5) }))).episodes.loose
    expect(unsent('m1')).toEqual({ ...state.episodes.loose, firstAt: after(2), present: 1, firstText: 'm2' })
    expect(unsent('m2')).toEqual({ ...state.episodes.loose, present: 1 })
    expect(unsent('m1', 'm2')).toEqual({ ...state.episodes.loose, firstAt: null, present: 0, firstText: null })
  })
  it('does not name the ticket: that is the earliest text of its own episode', () => {
    const two = [m(1, 0), talk.convert({ at: after(1) }), m(2, 2), m(3, 3)]
    const [converted] = eventsOf(
      [...two, talk.unsend({ messageId: 'm2', at: after(4) })],
      talk.convert({ at: after(5) }),
    )
    expect(converted?.data).toMatchObject({ episode: 2, subjectMessageId: 'm3', firstCustomerMessageAt: after(3) })
    const [ofImage] = eventsOf([m(1, 0, image), m(2, 1, image)], talk.convert({ at: after(5) }))
    expect(ofImage?.data).toMatchObject({ subjectMessageId: 'm1' })
    // What came late and is earlier counts by its time.
    const [late] = eventsOf([m(1, 3), m(2, 4, { metaAt: after(1) })], talk.convert({ at: after(5) }))
    expect(late?.data).toMatchObject({ subjectMessageId: 'm2', firstCustomerMessageAt: after(1) })
  })
})
