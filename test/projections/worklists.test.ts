import { describe, expect, it } from 'vitest'
import type { ConversationCommand, ConversationEvent } from '../../src/domain/conversation/index.ts'
import type { DeskEvent } from '../../src/domain/desk-event.ts'
import { ticketIdOf } from '../../src/domain/ids.ts'
import { DAY, MINUTE, SECOND } from '../../src/domain/instant.ts'
import {
  commandKeyKey,
  commandKeys,
  coverageKey,
  deadlines,
  deliveries,
  followUps,
  MAX_ATTEMPTS,
  messageIndex,
  unsentKey,
  outbox,
  pendingConversions,
  QUARANTINE_FOR,
} from '../../src/projections/index.ts'
import * as talk from '../domain/conversation/talk.ts'
import { ACCOUNT, byAda, CHANNEL, NOON, ORGANIZATION } from '../domain/people.ts'
import { fold, places, recorded } from './fold.ts'

const { after, history, CONVERSATION } = talk
const stream = (...commands: readonly ConversationCommand[]) => recorded(history(...commands))
const asked = [talk.receive(), talk.reply({ at: after(1) }), talk.begin({ at: after(1) })]

describe('the deadlines', () => {
  const due = (...commands: readonly ConversationCommand[]) =>
    places(deadlines, fold(deadlines, stream(...commands)), 'due').map(({ entry }) => entry[0])

  it('name the earliest of conversion and the two ends of the window, until each is written', () => {
    expect(due(talk.receive())).toEqual([after(60)])
    expect(due(talk.receive(), talk.settleDue(after(60)))).toEqual([NOON + DAY])
    expect(due(talk.receive(), talk.settleDue(NOON + DAY))).toEqual([NOON + 7 * DAY])
    expect(due(talk.receive(), talk.settleDue(NOON + 7 * DAY))).toEqual([])
  })

  it('move with the customer’s next message, but not with a late older one', () => {
    const late = talk.receive({ messageId: 'm0', metaAt: NOON - 2 * DAY, at: NOON + 8 * DAY })
    expect(due(talk.receive(), talk.settleDue(NOON + 7 * DAY), late)).toEqual([])
    const next = talk.receive({ messageId: 'm2', at: NOON + 8 * DAY })
    expect(due(talk.receive(), talk.settleDue(NOON + 7 * DAY), next)).toEqual([NOON + 8 * DAY + 60 * MINUTE])
  })

  it('hold unfinished creations and quarantined bodies', () => {
    const slot = { channelId: CHANNEL, at: NOON }
    const taken: DeskEvent = {
      type: 'ChannelSlotTaken',
      data: { ...slot, organizationId: ORGANIZATION, accountId: ACCOUNT, completeBy: after(1) },
    }
    const quarantined: DeskEvent = {
      type: 'EventQuarantined',
      data: { quarantineId: 'q1', accountId: ACCOUNT, reason: 'r', detail: 'd', size: 1, receivedAt: NOON },
    }
    const all = (...events: readonly DeskEvent[]) =>
      places(deadlines, fold(deadlines, recorded(events, {})), 'due').map(({ entry }) => entry[0])
    expect(all(taken, quarantined)).toEqual([after(1), NOON + QUARANTINE_FOR])
    expect(
      all(taken, { type: 'ChannelSlotConfirmed', data: slot }, quarantined, {
        type: 'QuarantineExpired',
        data: { quarantineId: 'q1', accountId: ACCOUNT, at: NOON },
      }),
    ).toEqual([])
  })
})

describe('the outbox', () => {
  const ready = (...commands: readonly ConversationCommand[]) =>
    places(outbox, fold(outbox, stream(...commands)), 'ready').map(({ entry }) => entry[0])

  it('holds a conversation from the request to the end of its replies', () => {
    expect(ready(talk.receive())).toEqual([])
    expect(ready(...asked.slice(0, 2))).toEqual([after(1)])
    expect(ready(...asked)).toEqual([after(1)])
    expect(ready(...asked, talk.sent({ at: after(1) }))).toEqual([])
    expect(fold(outbox, stream(...asked, talk.sent({ at: after(1) }))).size).toBe(0)
  })

  it('waits as long as there is nothing to do', () => {
    expect(ready(...asked, talk.failed({ at: after(1), retryAt: after(5) }))).toEqual([after(5)])
    expect(ready(...asked, talk.unknown({ at: after(1) }))).toEqual([after(1) + 10 * SECOND])
    expect(ready(...asked, talk.unknown({ at: after(1) }), talk.look({ at: after(2) }))).toEqual([after(1)])
  })

  it('leaves what only an agent can send again, and takes it up when one does', () => {
    const unconfirmed = [
      ...asked,
      talk.unknown({ at: after(1) }),
      talk.look({ at: after(2) }),
      talk.giveUp({ at: after(2) }),
    ]
    expect(ready(...unconfirmed)).toEqual([])
    expect(ready(...unconfirmed, talk.resend({ at: after(9), mayArriveTwice: true }))).toEqual([after(9)])
  })
})

describe('an attempt that another one made superfluous', () => {
  it('leaves the outbox and is in the log as unconfirmed', () => {
    const events = stream(
      ...asked,
      talk.unknown({ at: after(1) }),
      talk.look({ at: after(2) }),
      talk.giveUp({ at: after(2) }),
      talk.resend({ at: after(3), mayArriveTwice: true }),
      talk.begin({ attempt: 2, at: after(3) }),
      talk.sent({ attempt: 1, at: after(4) }),
      talk.unknown({ attempt: 2, at: after(5) }),
    )
    expect(events.at(-1)?.event.type).toBe('ReplyAttemptSuperseded')
    expect(places(outbox, fold(outbox, events), 'ready')).toEqual([])
    const document = fold(deliveries, events).get('reply-1')
    expect(document?.status).toBe('sent')
    expect(document?.attempts.map(({ outcome }) => outcome)).toEqual(['sent', 'unconfirmed'])
  })
})

describe('the follow-ups', () => {
  const ticketId = ticketIdOf(CONVERSATION, 1)
  const threading = talk.converting({ afterTicket: 'thread-while-open' })
  const pending = (commands: readonly ConversationCommand[], ...tickets: readonly object[]) => {
    const of = recorded([...history(...commands), ...(tickets as readonly ConversationEvent[])])
    return places(followUps, fold(followUps, of), 'pending').map(({ key }) => key)
  }
  const opened = { type: 'TicketOpened', data: { ticketId, at: after(2) } }
  const threaded = (revision: number) => ({
    type: 'MessageThreaded',
    data: { ticketId, messageId: 'm2', revision, at: after(3) },
  })
  const converted = [talk.receive(), talk.convert({ at: after(2) })]
  const joined = [...converted, talk.receive({ messageId: 'm2', at: after(3), channel: threading })]

  it('hold a conversion until its ticket is open', () => {
    expect(pending([talk.receive()])).toEqual([])
    expect(pending(converted)).toEqual([ticketId])
    expect(pending(converted, opened)).toEqual([])
  })

  it('hold a later message of the ticket until it is threaded', () => {
    expect(pending(joined, opened)).toEqual([ticketId])
    const revision = history(...joined).findLastIndex(({ type }) => type === 'MessageReceived')
    expect(pending(joined, opened, threaded(revision - 1))).toEqual([ticketId])
    expect(pending(joined, opened, threaded(revision))).toEqual([])
  })

  it('hold every deletion, with what becomes of pending conversions', () => {
    const deleted: DeskEvent = {
      type: 'ChannelDeleted',
      data: {
        channelId: CHANNEL,
        organizationId: ORGANIZATION,
        accountId: ACCOUNT,
        pendingConversions: 'discard',
        by: byAda,
        at: NOON,
      },
    }
    const documents = fold(followUps, recorded([deleted]))
    expect(places(followUps, documents, 'deletions').map(({ entry }) => entry[0])).toEqual([NOON])
    expect([...documents.values()]).toMatchObject([{ kind: 'deletion', pendingConversions: 'discard' }])
  })
})

describe('the pending conversions', () => {
  it('are listed by due time, until they are tickets or cancelled', () => {
    const listed = (...commands: readonly ConversationCommand[]) =>
      places(pendingConversions, fold(pendingConversions, stream(...commands)), 'channel').map(({ entry }) => entry)
    expect(listed(talk.receive())).toEqual([[CHANNEL, after(60)]])
    expect(listed(talk.receive(), talk.receive({ messageId: 'm0', metaAt: after(-5), at: after(1) }))).toEqual([
      [CHANNEL, after(55)],
    ])
    expect(listed(talk.receive(), talk.dismiss())).toEqual([])
    expect(listed(talk.receive(), talk.convert())).toEqual([])
  })
})

describe('the deliveries', () => {
  it('hold every attempt with its tag, times, outcome and evidence', () => {
    const document = fold(
      deliveries,
      stream(
        ...asked,
        talk.failed({ at: after(1), code: '613', retryAt: after(2) }),
        talk.begin({ attempt: 2, at: after(2) }),
        talk.sent({ attempt: 2, at: after(3) }),
      ),
    ).get('reply-1')
    expect(document).toMatchObject({
      status: 'sent',
      sentParts: 1,
      attempts: [
        { part: 0, attempt: 1, outcome: 'failed', reason: 'throttled', code: '613', retryAt: after(2), tag: 'none' },
        { part: 0, attempt: 2, outcome: 'sent', settledBy: 'answer', messageId: 'e1', endedAt: after(3) },
      ],
    })
  })

  it('stay bounded however often a reply is attempted', () => {
    const [queued] = history(...asked).filter(({ type }) => type === 'ReplyQueued')
    const attempts = Array.from({ length: 500 }, (_, n): ConversationEvent => ({
      type: 'ReplyAttempted',
      data: { replyId: 'reply-1', part: 0, attempt: n + 1, tag: 'none', epoch: 1, worker: 'w', at: after(n) },
    }))
    const document = fold(deliveries, recorded([queued as ConversationEvent, ...attempts])).get('reply-1')
    expect(document?.attempts.length).toBe(MAX_ATTEMPTS)
    expect([document?.attempts[0]?.attempt, document?.attempts.at(-1)?.attempt]).toEqual([1, 500])
  })
})

describe('the message index', () => {
  it('knows messages of both sides, withheld ones too, what was taken back, and how far it has read', () => {
    const events = stream(
      ...asked,
      talk.sent({ at: after(1) }),
      talk.receive({ messageId: 'm2', channel: talk.disabled, at: after(2) }),
      talk.unsend({ messageId: 'm3', at: after(2) }),
    )
    const documents = fold(messageIndex, events)
    expect([...documents.keys()].toSorted()).toEqual(
      [coverageKey(CONVERSATION), 'e1', 'm1', 'm2', unsentKey('m3')].toSorted(),
    )
    expect(documents.get('m1')?.episode).toBe(1)
    expect(documents.get('m2')?.withheld).toBe(true)
    expect(documents.get(coverageKey(CONVERSATION))?.revision).toBe(events.length - 1)
  })
})

describe('the command keys', () => {
  it('hold where a key was used last, per stream', () => {
    const events = stream(talk.receive(), talk.pickUp()).map((one, at) => ({
      ...one,
      ...(at > 1 ? { commandKey: 'k' } : {}),
    }))
    const documents = fold(commandKeys, events)
    const last = events.at(-1)
    expect([...documents]).toEqual([
      [commandKeyKey(`conversation-${CONVERSATION}`, 'k'), { revision: last?.revision, position: last?.position }],
    ])
  })
})
