import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../src/domain/conversation/index.ts'
import type { DeskEvent } from '../../src/domain/desk-event.ts'
import { MINUTE } from '../../src/domain/instant.ts'
import {
  access,
  balanceKey,
  channels,
  IGNORED_KEY,
  intakeBalance,
  type Projection,
  projections,
  quarantine,
  tickets,
} from '../../src/projections/index.ts'
import { CONVERSATION, CUSTOMER } from '../domain/conversation/talk.ts'
import { ACCOUNT, byAda, CHANNEL, NOON, ORGANIZATION } from '../domain/people.ts'
import { fold, kept, places, recorded } from './fold.ts'

const scope = { organizationId: ORGANIZATION, channelId: CHANNEL }
const of = <Document>(view: Projection<never, Document>, ...events: readonly DeskEvent[]) =>
  fold(view, recorded(events, scope))

const settings = {
  name: 'Shop',
  icon: null,
  departmentId: 'sales',
  conversion: { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false },
  assigneeOnly: false,
  receiveAudioVideo: false,
  storyMentionOpensWindow: true,
  reactionOpensWindow: false,
} as const
const channel = { channelId: CHANNEL, by: byAda, at: NOON }
const created: DeskEvent = {
  type: 'ChannelCreated',
  data: {
    ...channel,
    organizationId: ORGANIZATION,
    account: { accountId: ACCOUNT, flavour: 'instagram-login' },
    settings,
    humanAgent: 'unknown',
  },
}
const bob: DeskEvent = { type: 'AgentAssociated', data: { ...channel, agentId: 'bob', association: 1 } }
const deleted: DeskEvent = {
  type: 'ChannelDeleted',
  data: { ...channel, organizationId: ORGANIZATION, accountId: ACCOUNT, pendingConversions: 'convert' },
}

describe('the channels', () => {
  it('show settings, authorization with its reason, permission and agents', () => {
    const document = of(
      channels,
      created,
      bob,
      { type: 'ChannelSettingsChanged', data: { ...channel, changes: { name: 'Store' } } },
      { type: 'AuthorizationChanged', data: { ...channel, authorization: 'lost', reason: '190/460', at: NOON + 5 } },
      { type: 'HumanAgentPermissionChanged', data: { ...channel, permission: 'granted' } },
    ).get(CHANNEL)
    expect(document).toMatchObject({
      channel: {
        status: 'enabled',
        settings: { name: 'Store', departmentId: 'sales' },
        authorization: 'lost',
        authorizationReason: '190/460',
        humanAgent: 'granted',
        agents: { bob: 1 },
      },
      authorizationSince: NOON + 5,
    })
  })

  it('name what Meta enforced, the newest ten', () => {
    const enforced = (minutes: number, action = 'block'): DeskEvent => ({
      type: 'PolicyEnforced',
      data: { channelId: CHANNEL, eventKey: `k${minutes}`, action, at: NOON + minutes * MINUTE },
    })
    const shown = (...events: readonly DeskEvent[]) => of(channels, created, ...events).get(CHANNEL)?.enforcements
    expect(shown()).toEqual([])
    expect(shown(enforced(1), enforced(2, 'unblock'))).toEqual([
      { action: 'block', at: NOON + MINUTE },
      { action: 'unblock', at: NOON + 2 * MINUTE },
    ])
    const many = shown(...Array.from({ length: 12 }, (_, minutes) => enforced(minutes)))
    expect(many?.map(({ at }) => (at - NOON) / MINUTE)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  it('do not take a new token of a channel that is connected for another authorization', () => {
    const connected = (at: number): DeskEvent => ({
      type: 'AuthorizationChanged',
      data: { ...channel, authorization: 'connected', reason: 'reconnected', at },
    })
    const lost: DeskEvent = {
      type: 'AuthorizationChanged',
      data: { ...channel, authorization: 'lost', reason: '190/460', at: NOON + 5 },
    }
    const since = (...events: readonly DeskEvent[]) => of(channels, created, ...events).get(CHANNEL)?.authorizationSince
    expect(since(connected(NOON + 5))).toBe(NOON)
    expect(since(lost, connected(NOON + 6), connected(NOON + 7))).toBe(NOON + 6)
  })

  it('are found by agent as long as the association stands, deleted ones too', () => {
    const ofBob = (...events: readonly DeskEvent[]) =>
      places(channels, of(channels, created, bob, ...events), 'agent').map(({ entry }) => entry[1])
    expect(ofBob()).toEqual(['bob'])
    expect(ofBob(deleted)).toEqual(['bob'])
    expect(ofBob({ type: 'AgentRemoved', data: { ...channel, agentId: 'bob', association: 1 } })).toEqual([])
  })

  it('do not show a creation that was undone', () => {
    expect(of(channels, { type: 'ChannelCreationAbandoned', data: channel }, created).size).toBe(1)
    expect(of(channels, { type: 'ChannelCreationAbandoned', data: channel }).size).toBe(0)
  })
})

describe('the tickets', () => {
  const ticketId = `${CONVERSATION}.1`
  const opened: DeskEvent = {
    type: 'TicketOpened',
    data: {
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
      firstCustomerMessageAt: NOON - 1,
      at: NOON,
    },
  }
  const done = { ticketId, by: byAda, at: NOON + 1 }

  it('are found by channel, status and conversation', () => {
    const documents = of(tickets, opened)
    expect(
      Object.keys(tickets.indexes).map((index) => [
        index,
        ...places(tickets, documents, index).map(({ entry }) => entry),
      ]),
    ).toEqual([
      ['channel', [CHANNEL, NOON]],
      ['status', [CHANNEL, 'open', NOON]],
      ['conversation', [CONVERSATION, 1]],
    ])
  })

  it('follow their work, and grow with later messages', () => {
    const document = of(
      tickets,
      opened,
      { type: 'TicketAssigned', data: { ...done, assignee: 'bob' } },
      { type: 'MessageThreaded', data: { ticketId, messageId: 'm2', revision: 9, at: NOON } },
      { type: 'TicketClosed', data: done },
      { type: 'TicketStatusChanged', data: { ...done, status: 'pending' } },
    ).get(ticketId)
    expect(document).toMatchObject({ status: 'closed', assignee: 'bob', lastRevision: 9, closedAt: NOON + 1 })
  })
})

describe('quarantine and balance', () => {
  const q = { quarantineId: 'q1', accountId: ACCOUNT }
  const quarantined: DeskEvent = {
    type: 'EventQuarantined',
    data: { ...q, reason: 'unknown-member', detail: 'hologram', size: 9, receivedAt: NOON },
    personal: { raw: '{"secret":1}' },
  }
  const rerun = (outcome: 'recorded' | 'ignored' | 'quarantined', reason = 'comment'): DeskEvent => ({
    type: 'QuarantineRerun',
    data: { ...q, outcome, reason, by: byAda, at: NOON + 1 },
  })
  const counted: DeskEvent = {
    type: 'DeliveriesCounted',
    data: {
      counts: { [ACCOUNT]: { received: 5, recorded: 2, duplicates: 0, ignored: 1, quarantined: 1, unanswered: 1 } },
      ignored: { comment: 1 },
      at: NOON,
    },
  }

  it('list what waits, with the newest reason and without what came', () => {
    const documents = of(quarantine, quarantined, rerun('quarantined', 'unknown-kind'))
    expect(places(quarantine, documents, 'received').length).toBe(1)
    expect(documents.get('q1')).toMatchObject({ status: 'waiting', reason: 'unknown-kind', reruns: 1 })
    expect(kept(quarantine, documents)).not.toContain('secret')
    expect(places(quarantine, of(quarantine, quarantined, rerun('recorded')), 'received')).toEqual([])
  })

  it('count what deliveries made happen with the first event of it, whichever that is', () => {
    const decided = { accountId: ACCOUNT, recorded: 2, duplicates: 1, ignored: { self: 1, comment: 2 } }
    const happened = recorded<DeskEvent>([bob, counted, bob], scope)
    const documents = fold(
      intakeBalance,
      happened.map((one, at) => (at === 0 ? { ...one, deliveries: decided } : one)),
    )
    expect(documents.get(balanceKey(ACCOUNT))?.counts).toEqual({
      received: 11,
      recorded: 4,
      duplicates: 1,
      ignored: 4,
      quarantined: 1,
      unanswered: 1,
    })
    expect(documents.size).toBe(2)
    expect(documents.get(IGNORED_KEY)?.ignored).toEqual({ self: 1, comment: 3 })
  })

  it('move one out of quarantine when it is run again, so that the balance stays', () => {
    expect(of(intakeBalance, counted, counted).get(balanceKey(ACCOUNT))?.counts).toMatchObject({
      received: 10,
      recorded: 4,
    })
    const placed = of(intakeBalance, counted, rerun('quarantined'), rerun('recorded')).get(balanceKey(ACCOUNT))?.counts
    expect(placed).toEqual({ received: 5, recorded: 3, duplicates: 0, ignored: 1, quarantined: 0, unanswered: 1 })
    const ignored = of(intakeBalance, counted, rerun('ignored'))
    expect(ignored.get(balanceKey(ACCOUNT))?.counts).toMatchObject({ ignored: 2, quarantined: 0 })
    expect(ignored.get(IGNORED_KEY)?.ignored).toEqual({ comment: 2 })
  })
})

describe('the access log', () => {
  it('holds what administrators read, per channel', () => {
    const read: DeskEvent = { type: 'ReadByAdministrator', data: { ...channel, what: 'inbox' } }
    expect(places(access, of(access, read), 'channel').map(({ entry }) => entry)).toEqual([[CHANNEL, NOON]])
  })
})

describe('all views', () => {
  const RELEASES = new URL('../fixtures/streams/', import.meta.url)
  const streams = readdirSync(RELEASES, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'))

  it.each(streams)('fold the stream of a release: %s', (path) => {
    const { stream, events } = JSON.parse(readFileSync(new URL(path, RELEASES), 'utf8')) as {
      readonly stream: string
      readonly events: readonly ConversationEvent[]
    }
    for (const view of projections) {
      const whole = kept(view, fold(view, recorded(events, { ...scope, conversationId: CONVERSATION }, stream)))
      expect(whole).toBe(
        kept(view, fold(view, recorded(events, { ...scope, conversationId: CONVERSATION }, stream), [3, 5])),
      )
    }
  })
})
