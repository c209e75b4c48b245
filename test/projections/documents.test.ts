import { describe, expect, it } from 'vitest'
import { channelDecider, type ChannelEvent } from '../../src/domain/channel/index.ts'
import type { ConversationEvent } from '../../src/domain/conversation/index.ts'
import type { DeskEvent } from '../../src/domain/desk-event.ts'
import {
  access,
  anchors,
  balanceKey,
  channels,
  commandKeys,
  coverageKey,
  customers,
  IGNORED_KEY,
  intakeBalance,
  messageIndex,
  missed,
  pendingConversions,
  type Projection,
  projections,
  quarantine,
  tickets,
  unknownMessages,
  unsentKey,
} from '../../src/projections/index.ts'
import * as talk from '../domain/conversation/talk.ts'
import { ACCOUNT, byAda, CHANNEL, NOON, ORGANIZATION } from '../domain/people.ts'
import { fold, kept, recorded, whole } from './fold.ts'

// Every view with its documents, entries and counters as a whole: nothing may be there that is not listed here.

const { after, byBob, CONVERSATION, CUSTOMER } = talk
const of = <Document>(view: Projection<never, Document>, ...events: readonly DeskEvent[]) =>
  whole(view, fold(view, recorded(events)))
const documentOf = <Document>(view: Projection<never, Document>, key: string, ...events: readonly DeskEvent[]) =>
  of(view, ...events).documents[key]
const nothingIn = <Document>(view: Projection<never, Document>) => ({
  documents: {},
  entries: Object.fromEntries(Object.keys(view.indexes).map((index) => [index, []])),
  counters: [],
})

const times = (minutes: number) => ({ at: after(minutes), metaAt: after(minutes), receivedAt: after(minutes) })
const outline = { kind: 'text', hasText: true, attachments: [] } as const
const received = (
  messageId: string,
  fields: Partial<Extract<ConversationEvent, { type: 'MessageReceived' }>['data']> = {},
): ConversationEvent => ({
  type: 'MessageReceived',
  data: { ...times(0), messageId, outline, opens: true, convertible: true, ...fields },
})
const withheld = (
  messageId: string,
  reason: 'blocked' | 'channel-disabled',
  fields: { readonly unsent?: true } = {},
): ConversationEvent => ({
  type: 'MessageWithheld',
  data: { ...times(0), messageId, opens: true, reason, ...fields },
})
const echoed = (messageId: string, fields: object = {}): ConversationEvent => ({
  type: 'MessageEchoed',
  data: { ...times(0), messageId, mid: `mid-${messageId}`, outline, ...fields },
})
const partSent = (messageId: string): ConversationEvent => ({
  type: 'ReplyPartSent',
  data: { replyId: 'r', part: 0, attempt: 1, messageId, mid: `mid-${messageId}`, settledBy: 'answer', at: after(1) },
})
const unsent = (messageId: string): ConversationEvent => ({
  type: 'MessageUnsent',
  data: { ...times(1), messageId, by: 'customer' },
})
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
const learned = (personal?: { readonly name?: string; readonly username?: string }): ConversationEvent => ({
  type: 'CustomerProfileLearned',
  data: { at: after(2) },
  ...(personal && { personal }),
})

describe('a view as a whole', () => {
  it.each(projections.map((view) => [view.name, view] as const))('folds events without a scope: %s', (_, view) => {
    const events = talk.history(
      talk.receive({ content: talk.unreadable('{}') }),
      talk.learnProfile(),
      talk.receive({ messageId: 'm2', channel: talk.disabled }),
      talk.reply({ at: after(1) }),
      talk.begin({ at: after(1) }),
      talk.addNote({ at: after(2) }),
      talk.convert({ at: after(3) }),
    )
    const none = { conversationId: '', channelId: '', customerId: '' }
    expect(kept(view, fold(view, recorded(events, {})))).toBe(kept(view, fold(view, recorded(events, none))))
  })
})

describe('the channels as a whole', () => {
  const CREATED: ChannelEvent = {
    type: 'ChannelCreated',
    data: {
      channelId: CHANNEL,
      organizationId: ORGANIZATION,
      account: { accountId: ACCOUNT, flavour: 'instagram-login' },
      settings: {
        name: 'Shop',
        icon: null,
        departmentId: 'sales',
        conversion: { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false },
        assigneeOnly: false,
        receiveAudioVideo: false,
        storyMentionOpensWindow: true,
        reactionOpensWindow: false,
      },
      humanAgent: 'unknown',
      by: byAda,
      at: NOON,
    },
  }
  const by = { channelId: CHANNEL, by: byBob }
  const agent = { ...by, agentId: 'bob', association: 1 }
  const enforced = (minutes: number): ChannelEvent => ({
    type: 'PolicyEnforced',
    data: { channelId: CHANNEL, eventKey: `key-${minutes}`, action: `action-${minutes}`, at: after(minutes) },
  })
  const authorization = (authorization: 'connected' | 'lost', minutes: number): ChannelEvent => ({
    type: 'AuthorizationChanged',
    data: { ...by, authorization, reason: '190', at: after(minutes) },
  })
  const associated: ChannelEvent = { type: 'AgentAssociated', data: { ...agent, at: after(1) } }
  const deleted: ChannelEvent = {
    type: 'ChannelDeleted',
    data: { ...by, organizationId: ORGANIZATION, accountId: ACCOUNT, pendingConversions: 'discard', at: after(4) },
  }
  const enforcements = (...minutes: readonly number[]) =>
    minutes.map((each) => ({ action: `action-${each}`, at: after(each) }))

  const BOB = { changedBy: byBob, authorizationSince: NOON, enforcements: [], agents: ['bob'] }
  const CASES: readonly (readonly [string, readonly ChannelEvent[], object])[] = [
    ['creation', [], { changedBy: byAda, changedAt: NOON, agents: [] }],
    ['association', [associated], { ...BOB, changedAt: after(1) }],
    [
      'removal',
      [associated, { type: 'AgentRemoved', data: { ...agent, at: after(2) } }],
      { ...BOB, changedAt: after(2), agents: [] },
    ],
    [
      'other settings',
      [{ type: 'ChannelSettingsChanged', data: { ...by, changes: { name: 'Store' }, at: after(2) } }],
      { ...BOB, changedAt: after(2), agents: [] },
    ],
    [
      'disabling',
      [associated, { type: 'ChannelDisabled', data: { ...by, at: after(2) } }],
      { ...BOB, changedAt: after(2) },
    ],
    [
      'enabling again',
      [
        associated,
        { type: 'ChannelDisabled', data: { ...by, at: after(2) } },
        { type: 'ChannelEnabled', data: { ...by, at: after(3) } },
      ],
      { ...BOB, changedAt: after(3) },
    ],
    ['deletion', [associated, deleted], { ...BOB, changedAt: after(4) }],
    [
      'the permission for human agents',
      [associated, { type: 'HumanAgentPermissionChanged', data: { ...by, permission: 'granted', at: after(2) } }],
      { ...BOB, changedAt: after(2) },
    ],
    [
      'a lost authorization',
      [associated, authorization('lost', 2)],
      { ...BOB, changedAt: after(2), authorizationSince: after(2) },
    ],
    [
      'a regained authorization, and a new token after it',
      [associated, authorization('lost', 2), authorization('connected', 3), authorization('connected', 5)],
      { ...BOB, changedAt: after(5), authorizationSince: after(3) },
    ],
    [
      'an enforcement, which nobody here did',
      [associated, enforced(2)],
      { ...BOB, changedAt: after(2), enforcements: enforcements(2) },
    ],
    [
      'a dozen enforcements, of which the newest are kept, also when something else happens',
      [...Array.from({ length: 12 }, (_, n) => enforced(n)), { ...associated, data: { ...agent, at: after(20) } }],
      { ...BOB, changedAt: after(20), enforcements: enforcements(2, 3, 4, 5, 6, 7, 8, 9, 10, 11) },
    ],
  ]

  it.each(CASES)('after %s', (_, events, expected) => {
    const all = [CREATED, ...events]
    const { agents, ...document } = {
      authorizationSince: NOON,
      enforcements: [],
      ...(expected as { readonly agents: readonly string[] }),
    }
    expect(of(channels, ...all)).toEqual({
      documents: {
        [CHANNEL]: { channel: all.reduce(channelDecider.evolve, channelDecider.initialState()), ...document },
      },
      entries: {
        organization: [[CHANNEL, ORGANIZATION, NOON]],
        agent: agents.map((id) => [CHANNEL, ORGANIZATION, id, NOON]),
        'other-id': [],
      },
      counters: [],
    })
  })

  it('are none before their creation, and nobody’s where it names nobody', () => {
    expect(of(channels, enforced(1))).toEqual(nothingIn(channels))
    const { by: _, ...data } = CREATED.data
    const nobodys = { ...CREATED, data } as ChannelEvent
    expect(documentOf(channels, CHANNEL, nobodys, enforced(2))).toMatchObject({ changedBy: null, changedAt: after(2) })
  })
})

describe('the tickets as a whole', () => {
  const ticketId = `${CONVERSATION}.1`
  const data = {
    ticketId,
    organizationId: ORGANIZATION,
    channelId: CHANNEL,
    departmentId: 'sales',
    conversationId: CONVERSATION,
    customerId: CUSTOMER,
    episode: 1,
    firstRevision: 1,
    lastRevision: 4,
    subjectMessageId: 'm1',
    cause: 'by-time',
    assignee: null,
    firstCustomerMessageAt: after(-9),
  } as const
  const opened: DeskEvent = { type: 'TicketOpened', data: { ...data, at: NOON } }
  const by = (minutes: number) => ({ ticketId, by: byBob, at: after(minutes) })
  const threaded = (revision: number): DeskEvent => ({
    type: 'MessageThreaded',
    data: { ticketId, messageId: 'm2', revision, at: after(1) },
  })
  const status = (to: 'open' | 'pending', minutes: number): DeskEvent => ({
    type: 'TicketStatusChanged',
    data: { ...by(minutes), status: to },
  })
  const closed: DeskEvent = { type: 'TicketClosed', data: by(2) }
  const CASES: readonly (readonly [string, readonly DeskEvent[], object])[] = [
    ['opening', [], {}],
    [
      'opening it again, which changes nothing',
      [status('pending', 1), opened],
      { status: 'pending', changedAt: after(1) },
    ],
    ['a later message', [threaded(9)], { lastRevision: 9, changedAt: after(1) }],
    ['an older message', [threaded(2)], { changedAt: after(1) }],
    [
      'assignment',
      [{ type: 'TicketAssigned', data: { ...by(1), assignee: 'bob' } }],
      { assignee: 'bob', changedAt: after(1) },
    ],
    ['another status', [status('pending', 1)], { status: 'pending', changedAt: after(1) }],
    ['closing', [closed], { status: 'closed', closedAt: after(2), changedAt: after(2) }],
    [
      'another status after closing, which changes nothing',
      [closed, status('pending', 3)],
      { status: 'closed', closedAt: after(2), changedAt: after(2) },
    ],
    ['reopening', [closed, { type: 'TicketReopened', data: by(3) }], { status: 'open', changedAt: after(3) }],
  ]

  it.each(CASES)('after %s', (_, events, expected) => {
    const document = { ...data, status: 'open', openedAt: NOON, changedAt: NOON, closedAt: null, ...expected }
    expect(of(tickets, opened, ...events)).toEqual({
      documents: { [ticketId]: document },
      entries: {
        channel: [[ticketId, CHANNEL, NOON]],
        status: [[ticketId, CHANNEL, document.status, NOON]],
        conversation: [[ticketId, CONVERSATION, 1]],
      },
      counters: [],
    })
  })

  it('are none before they are opened', () => {
    expect(of(tickets, threaded(1), status('open', 1), closed)).toEqual(nothingIn(tickets))
  })
})

describe('quarantined events as a whole', () => {
  const q = { quarantineId: 'q1', accountId: ACCOUNT }
  const data = { ...q, reason: 'unknown-member', detail: 'hologram', size: 9, receivedAt: NOON }
  const quarantined: DeskEvent = {
    type: 'EventQuarantined',
    data: { ...data, messages: ['m1'], unsends: 'm2' },
    personal: { raw: '{"secret":1}' },
  }
  const rerun = (outcome: 'recorded' | 'duplicate' | 'ignored' | 'quarantined', reason?: string): DeskEvent => ({
    type: 'QuarantineRerun',
    data: { ...q, outcome, ...(reason === undefined ? {} : { reason }), by: byAda, at: after(1) },
  })
  const expired: DeskEvent = { type: 'QuarantineExpired', data: { ...q, at: after(9) } }
  const CASES: readonly (readonly [string, readonly DeskEvent[], object])[] = [
    ['arrival', [], { status: 'waiting', reruns: 0 }],
    ['a run in vain', [rerun('quarantined', 'new')], { status: 'waiting', reruns: 1, reason: 'new' }],
    [
      'two runs in vain without a reason',
      [rerun('quarantined'), rerun('quarantined')],
      { status: 'waiting', reruns: 2 },
    ],
    ['a run that recorded it', [rerun('recorded')], { status: 'recorded', reruns: 1 }],
    ['a run that knew it', [rerun('duplicate')], { status: 'duplicate', reruns: 1 }],
    ['a run that ignored it', [rerun('ignored', 'self')], { status: 'ignored', reruns: 1, reason: 'self' }],
    ['its time', [rerun('quarantined'), expired], { status: 'expired', reruns: 1 }],
  ]

  it.each(CASES)('after %s', (_, events, expected) => {
    const { status } = expected as { readonly status: string }
    expect(of(quarantine, quarantined, ...events)).toEqual({
      documents: { q1: { ...data, ...expected } },
      entries: { received: status === 'waiting' ? [['q1', NOON]] : [] },
      counters: [],
    })
  })

  it('are none before they came, and counts of deliveries are not among them', () => {
    expect(of(quarantine, rerun('quarantined'), expired)).toEqual(nothingIn(quarantine))
    const counted: DeskEvent = { type: 'DeliveriesCounted', data: { counts: {}, ignored: {}, at: NOON } }
    const [one] = recorded([counted])
    const documents = fold(quarantine, recorded([quarantined]))
    expect(quarantine.keys(one as never)).toEqual([])
    expect(quarantine.evolve(documents.get('q1'), one as never, 'q1', () => undefined)).toBe(documents.get('q1'))
  })
})

describe('the balance as a whole', () => {
  const NONE = { received: 0, recorded: 0, duplicates: 0, ignored: 0, quarantined: 0, unanswered: 0 }
  const ALL = { received: 21, recorded: 1, duplicates: 2, ignored: 3, quarantined: 4, unanswered: 5 }
  const counted = (counts: Readonly<Record<string, typeof ALL>>, ignored: Readonly<Record<string, number>> = {}) =>
    ({ type: 'DeliveriesCounted', data: { counts, ignored, at: NOON } }) as const
  const rerun = (outcome: 'recorded' | 'duplicate' | 'ignored' | 'quarantined', reason?: string): DeskEvent => ({
    type: 'QuarantineRerun',
    data: {
      quarantineId: 'q1',
      accountId: ACCOUNT,
      outcome,
      ...(reason === undefined ? {} : { reason }),
      by: byAda,
      at: after(1),
    },
  })
  const account = (counts: object, accountId: string = ACCOUNT) => ({
    [balanceKey(accountId)]: { accountId, counts: { ...NONE, ...counts }, ignored: {} },
  })
  const byReason = (ignored: object) => ({ [IGNORED_KEY]: { accountId: null, counts: NONE, ignored } })
  const CASES: readonly (readonly [string, readonly DeskEvent[], object])[] = [
    ['a count', [counted({ [ACCOUNT]: ALL })], account(ALL)],
    [
      'two counts of two accounts, with reasons',
      [counted({ [ACCOUNT]: ALL, '': ALL }, { self: 1 }), counted({ '': ALL }, { self: 2, comment: 3 })],
      {
        ...account(ALL),
        ...account({ received: 42, recorded: 2, duplicates: 4, ignored: 6, quarantined: 8, unanswered: 10 }, ''),
        ...byReason({ self: 3, comment: 3 }),
      },
    ],
    ['a run in vain', [rerun('quarantined', 'new')], {}],
    ['a run that recorded it', [rerun('recorded')], account({ quarantined: -1, recorded: 1 })],
    ['a run that knew it, whatever the reason', [rerun('duplicate', 'x')], account({ quarantined: -1, duplicates: 1 })],
    ['a run that ignored it without a reason', [rerun('ignored')], account({ quarantined: -1, ignored: 1 })],
    [
      'a run that ignored it',
      [rerun('ignored', 'self')],
      { ...account({ quarantined: -1, ignored: 1 }), ...byReason({ self: 1 }) },
    ],
    ['anything else', [received('m1')], {}],
  ]

  it.each(CASES)('after %s', (_, events, documents) => {
    expect(of(intakeBalance, ...events)).toEqual({
      documents,
      entries: {
        account: Object.keys(documents)
          .toSorted()
          .map((key) => [key, key === IGNORED_KEY ? null : key.slice(balanceKey('').length)])
          .toSorted(([, one], [, other]) =>
            one === null ? -1 : other === null ? 1 : (one ?? '') < (other ?? '') ? -1 : 1,
          ),
      },
      counters: [],
    })
  })

  it.each([
    [{ accountId: ACCOUNT }, account({})],
    [{ accountId: ACCOUNT, recorded: 3 }, account({ received: 3, recorded: 3 })],
    [{ accountId: ACCOUNT, duplicates: 3 }, account({ received: 3, duplicates: 3 })],
    [
      { accountId: ACCOUNT, recorded: 1, duplicates: 2, ignored: { self: 3, comment: 4 } },
      { ...account({ received: 10, recorded: 1, duplicates: 2, ignored: 7 }), ...byReason({ self: 3, comment: 4 }) },
    ],
  ])('with the first event of a commit: %j', (deliveries, documents) => {
    const [one] = recorded([received('m1')])
    expect(whole(intakeBalance, fold(intakeBalance, [{ ...one, deliveries } as never])).documents).toEqual(documents)
  })
})

describe('the customers as a whole', () => {
  const known = { conversationId: CONVERSATION, channelId: CHANNEL, customerId: CUSTOMER, since: after(-1) }
  const CASES: readonly (readonly [string, readonly ConversationEvent[], object, readonly string[]])[] = [
    ['first contact', [started], { profile: {}, visible: false }, []],
    ['a message', [started, received('m1')], { profile: {}, visible: true }, [CUSTOMER]],
    ['an echo', [started, echoed('e1')], { profile: {}, visible: true }, [CUSTOMER]],
    [
      'a profile before a message',
      [started, learned({ name: 'Hana Kato', username: 'hana' })],
      { profile: { name: 'Hana Kato', username: 'hana' }, learnedAt: after(2), visible: false },
      [],
    ],
    [
      'a message, a profile and a message',
      [started, received('m1'), learned({ name: 'Hana Kato', username: 'kato.h' }), received('m2', times(9))],
      { profile: { name: 'Hana Kato', username: 'kato.h' }, learnedAt: after(2), visible: true },
      [CUSTOMER, 'h', 'hana', 'kato'],
    ],
    [
      'a name alone',
      [started, received('m1'), learned({ name: 'Hana' })],
      { profile: { name: 'Hana' }, learnedAt: after(2), visible: true },
      [CUSTOMER, 'hana'],
    ],
    [
      'a user name alone',
      [started, received('m1'), learned({ username: 'hana' })],
      { profile: { username: 'hana' }, learnedAt: after(2), visible: true },
      [CUSTOMER, 'hana'],
    ],
    [
      'a profile that was forgotten',
      [started, received('m1'), learned({ name: 'Hana' }), learned()],
      { profile: {}, learnedAt: after(2), visible: true },
      [CUSTOMER],
    ],
  ]

  it.each(CASES)('after %s', (_, events, expected, tokens) => {
    expect(of(customers, ...events)).toEqual({
      documents: { [CONVERSATION]: { ...known, ...expected } },
      entries: { search: tokens.map((token) => [CONVERSATION, CHANNEL, token, after(-1)]) },
      counters: [],
    })
  })
})

describe('what was missed as a whole', () => {
  const missedEcho = echoed('e1', { withheld: 'channel-disabled' })
  const message = (messageId: string, by: string) => ({
    conversationId: CONVERSATION,
    channelId: CHANNEL,
    customerId: CUSTOMER,
    messageId,
    by,
    at: after(0),
  })
  const readAgain = (messageId: string): ConversationEvent => ({
    type: 'MessageReadAgain',
    data: { messageId, outline, recovered: true, by: byAda, at: after(3) },
  })
  const M1 = withheld('m1', 'channel-disabled')
  const CASES: readonly (readonly [string, readonly ConversationEvent[], object])[] = [
    ['a message while disabled', [M1], { m1: 'customer' }],
    ['a message while blocked', [withheld('m1', 'blocked')], {}],
    ['an answer from outside while disabled', [missedEcho], { e1: 'business' }],
    ['an answer from outside', [echoed('e1')], {}],
    ['two, of which one was fetched', [M1, missedEcho, received('m1', { recovered: true })], { e1: 'business' }],
    ['another message', [M1, received('m2')], { m1: 'customer' }],
    ['the same message, not fetched', [M1, received('m1')], { m1: 'customer' }],
    ['content that was fetched', [missedEcho, M1, readAgain('e1')], { m1: 'customer' }],
    ['a part of a reply', [missedEcho, M1, partSent('e1')], { m1: 'customer' }],
    ['what was taken back', [missedEcho, M1, unsent('m1')], { e1: 'business' }],
    ['what was taken back before it came', [withheld('m1', 'channel-disabled', { unsent: true })], {}],
  ]

  it.each(CASES)('after %s', (_, events, expected) => {
    const all = Object.entries(expected as Record<string, string>)
    expect(of(missed, ...events)).toEqual({
      documents: Object.fromEntries(all.map(([id, by]) => [`${CONVERSATION}/${id}`, message(id, by)])),
      entries: { channel: all.map(([id]) => [`${CONVERSATION}/${id}`, CHANNEL, CONVERSATION, after(0)]) },
      counters: all.map(() => [CHANNEL]),
    })
  })
})

describe('the message index as a whole', () => {
  const noticed: ConversationEvent = {
    type: 'ReferralReceived',
    data: { ...times(0), messageId: 'f1', opens: true },
  }
  const control: ConversationEvent = {
    type: 'ThreadControlChanged',
    data: { ...times(0), messageId: 't1', change: 'passed', ownerAppId: null, previousAppId: null },
  }
  const CASES: readonly (readonly [string, readonly ConversationEvent[], object])[] = [
    ['a message in an episode', [received('m1', { episode: 2 })], { m1: { revision: 0, episode: 2 } }],
    ['a message that joined no episode', [received('m1')], { m1: { revision: 0, loose: true } }],
    ['a message that converts nothing', [received('m1', { convertible: false })], { m1: { revision: 0 } }],
    ['a message taken back before it came', [received('m1', { unsent: true })], { m1: { revision: 0 } }],
    ['a receipt', [withheld('m1', 'blocked')], { m1: { revision: 0, withheld: true } }],
    [
      'a receipt and its message',
      [withheld('m1', 'channel-disabled'), received('m1', { episode: 1 })],
      { m1: { revision: 0, episode: 1 } },
    ],
    [
      'a message, again as an echo',
      [received('m1', { episode: 1 }), echoed('m1')],
      { m1: { revision: 0, episode: 1 } },
    ],
    ['an echo and the part that it was', [echoed('e1'), partSent('e1')], { e1: { revision: 0 } }],
    ['a part and its echo', [partSent('e1'), echoed('e2')], { e1: { revision: 0 }, e2: { revision: 1 } }],
    ['notices', [noticed, control], { f1: { revision: 0 }, t1: { revision: 1 } }],
    [
      'an unsend before and after its message',
      [unsent('m1'), received('m1'), unsent('m1')],
      { m1: { revision: 1, loose: true }, [unsentKey('m1')]: { revision: 0 } },
    ],
  ]

  it.each(CASES)('after %s', (_, events, expected) => {
    const at = { conversationId: CONVERSATION }
    expect(of(messageIndex, ...events)).toEqual({
      documents: {
        ...Object.fromEntries(Object.entries(expected).map(([key, one]) => [key, { ...at, ...(one as object) }])),
        [coverageKey(CONVERSATION)]: { ...at, revision: events.length - 1 },
      },
      entries: {},
      counters: [],
    })
  })
})

describe('small views as a whole', () => {
  const reaction: ConversationEvent = {
    type: 'ReactionChanged',
    data: { ...times(2), messageId: 'e1', by: 'customer', action: 'react', opens: true },
  }
  const referral: ConversationEvent = {
    type: 'ReferralReceived',
    data: { ...times(3), messageId: 'f1', opens: true },
  }

  it('anchors: every instant that opened the window', () => {
    const closed = received('m2', { opens: false })
    const events = [received('m1'), closed, withheld('m3', 'blocked'), reaction, referral]
    const all = [
      [0, 0],
      [2, 0],
      [3, 2],
      [4, 3],
    ] as const
    expect(of(anchors, ...events)).toEqual({
      documents: Object.fromEntries(
        all.map(([revision, minutes]) => [
          `${CONVERSATION}/${revision}`,
          { conversationId: CONVERSATION, at: after(minutes) },
        ]),
      ),
      entries: {
        conversation: all.map(([revision, minutes]) => [`${CONVERSATION}/${revision}`, CONVERSATION, after(minutes)]),
      },
      counters: [],
    })
  })

  it('the access log: who read what', () => {
    const data = { channelId: CHANNEL, what: 'inbox', by: byAda, at: NOON } as const
    const [one] = recorded<DeskEvent>([{ type: 'ReadByAdministrator', data }])
    expect(whole(access, fold(access, [one as never]))).toEqual({
      documents: { [one?.id ?? '']: data },
      entries: { channel: [[one?.id, CHANNEL, NOON]] },
      counters: [],
    })
  })

  it('command keys: where a key was used last, and for what', () => {
    const events = recorded([received('m1'), received('m2'), received('m3')]).map((one, at) => ({
      ...one,
      ...(at === 0 ? {} : { commandKey: `k${at}` }),
      ...(at === 2 ? { commandContent: 'digest' } : {}),
    }))
    expect(whole(commandKeys, fold(commandKeys, events)).documents).toEqual({
      [`conversation-${CONVERSATION}/k1`]: { revision: 1, position: '00000001' },
      [`conversation-${CONVERSATION}/k2`]: { revision: 2, position: '00000002', content: 'digest' },
    })
  })

  it('what can be read again: of messages and echoes of which something was kept', () => {
    const unknown = { ...received('m1'), personal: { raw: '{}' } } as ConversationEvent
    const echo = { ...echoed('e1'), personal: { raw: '{}' } } as ConversationEvent
    const plain = { ...received('m2'), personal: { text: 'hello' } } as ConversationEvent
    const one = (messageId: string, revision: number) => ({
      conversationId: CONVERSATION,
      channelId: CHANNEL,
      customerId: CUSTOMER,
      messageId,
      revision,
    })
    expect(of(unknownMessages, unknown, echo, plain, received('m3'))).toEqual({
      documents: { [`${CONVERSATION}/m1`]: one('m1', 0), [`${CONVERSATION}/e1`]: one('e1', 1) },
      entries: {
        channel: [
          [`${CONVERSATION}/m1`, CHANNEL, CONVERSATION, 0],
          [`${CONVERSATION}/e1`, CHANNEL, CONVERSATION, 1],
        ],
      },
      counters: [],
    })
    expect(of(unknownMessages, unknown, echo, unsent('m1'), unsent('e1'))).toEqual(nothingIn(unknownMessages))
  })

  it('pending conversions: one for each episode that has a due time', () => {
    const policy = { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false } as const
    const scheduled = (episode: number): ConversationEvent => ({
      type: 'ConversionScheduled',
      data: { episode, startedBy: 'm1', dueAt: after(60), policy, at: after(0) },
    })
    const rescheduled = (episode: number): ConversationEvent => ({
      type: 'ConversionRescheduled',
      data: { episode, dueAt: after(50), at: after(1) },
    })
    const cancelled: ConversationEvent = {
      type: 'ConversionCancelled',
      data: { episode: 1, reason: 'ended', by: byBob, at: after(2) },
    }
    const key = `${CONVERSATION}/2`
    expect(of(pendingConversions, scheduled(1), cancelled, scheduled(2), rescheduled(2), rescheduled(3))).toEqual({
      documents: {
        [key]: {
          conversationId: CONVERSATION,
          channelId: CHANNEL,
          customerId: CUSTOMER,
          episode: 2,
          startedBy: 'm1',
          scheduledAt: after(0),
          dueAt: after(50),
          policy,
        },
      },
      entries: { channel: [[key, CHANNEL, after(50)]] },
      counters: [],
    })
  })
})
