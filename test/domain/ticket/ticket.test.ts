import { describe, expect, it } from 'vitest'
import type { Actor } from '../../../src/domain/actor.ts'
import {
  ticketDecider,
  ticketFacts,
  type AssignTicket,
  type OpenTicketStatus,
  type ThreadMessage,
  type TicketCommand,
  type TicketEvent,
  type TicketOpened,
} from '../../../src/domain/ticket/index.ts'
import { given as givenDecider } from '../given.ts'
import { agent, CHANNEL, NOON, ORGANIZATION, system } from '../people.ts'

const TICKET = 'conversation-1.1'
const byBob = { kind: 'agent', id: 'bob' } as const
const given = (...events: readonly TicketEvent[]) => givenDecider(ticketDecider, ...events)

const opened: TicketOpened = {
  type: 'TicketOpened',
  data: {
    ticketId: TICKET,
    organizationId: ORGANIZATION,
    channelId: CHANNEL,
    departmentId: 'sales',
    conversationId: 'conversation-1',
    customerId: '6001',
    episode: 1,
    firstRevision: 1,
    lastRevision: 4,
    subjectMessageId: 'message-1',
    cause: 'by-time',
    assignee: null,
    firstCustomerMessageAt: NOON - 3_600_000,
    at: NOON,
  },
}
const threaded = (revision: number): TicketEvent => ({
  type: 'MessageThreaded',
  data: { ticketId: TICKET, messageId: `message-${revision}`, revision, at: NOON },
})
const assigned = (assignee: string | null): TicketEvent => ({
  type: 'TicketAssigned',
  data: { ticketId: TICKET, assignee, by: byBob, at: NOON },
})
const changed = (status: OpenTicketStatus): TicketEvent => ({
  type: 'TicketStatusChanged',
  data: { ticketId: TICKET, status, by: byBob, at: NOON },
})
const closed: TicketEvent = { type: 'TicketClosed', data: { ticketId: TICKET, by: byBob, at: NOON } }
const reopened: TicketEvent = { type: 'TicketReopened', data: { ticketId: TICKET, by: byBob, at: NOON } }
const reopenedByCustomer: TicketEvent = {
  type: 'TicketReopened',
  data: { ticketId: TICKET, by: 'customer', at: NOON },
}

const by = (actor: Actor = agent, mayWork = true) => ({ actor, mayWork, ticketId: TICKET, at: NOON })
const thread = (revision: number, reopens = false): ThreadMessage => ({
  type: 'ThreadMessage',
  data: { ticketId: TICKET, messageId: `message-${revision}`, revision, reopens, at: NOON },
})
const assign = (assignee: string | null, more: Partial<AssignTicket['data']> = {}): TicketCommand => ({
  type: 'AssignTicket',
  data: { ...by(), assignee, ...more },
})
const changeStatus = (status: OpenTicketStatus): TicketCommand => ({
  type: 'ChangeTicketStatus',
  data: { ...by(), status },
})
const close: TicketCommand = { type: 'CloseTicket', data: by() }
const reopen: TicketCommand = { type: 'ReopenTicket', data: by() }

describe('opening a ticket', () => {
  it('opens it with the range of its messages, without any of their content', () =>
    given().when({ type: 'OpenTicket', data: opened.data }).yields(opened))

  it('is nothing to do the second time, also when it was closed meanwhile', () => {
    given(opened).when({ type: 'OpenTicket', data: opened.data }).yieldsNothing()
    given(opened, closed).when({ type: 'OpenTicket', data: opened.data }).yieldsNothing()
  })
})

describe('threading a message', () => {
  it('extends the range of the ticket', () => {
    const outcome = given(opened).when(thread(7))
    outcome.yields(threaded(7))
    expect(outcome.state()).toMatchObject({ status: 'open', firstRevision: 1, lastRevision: 7 })
  })

  it('reopens a closed ticket if the conversation said so', () =>
    given(opened, closed).when(thread(7, true)).yields(threaded(7), reopenedByCustomer))

  it('leaves a closed ticket closed otherwise, and an open one as it is', () => {
    given(opened, closed).when(thread(7)).yields(threaded(7))
    given(opened, changed('on-hold')).when(thread(7, true)).yields(threaded(7))
  })

  it('is nothing to do for what is in the range, so that a repetition reopens nothing', () => {
    given(opened).when(thread(4)).yieldsNothing()
    given(opened, closed, threaded(7), reopenedByCustomer, closed).when(thread(7, true)).yieldsNothing()
  })

  it('is refused for a ticket that is not there', () =>
    given().when(thread(7)).refuses('ticket-not-found', { ticketId: TICKET }))
})

describe('assigning a ticket', () => {
  it('gives it to an agent or to nobody', () => {
    given(opened).when(assign('bob')).yields(assigned('bob'))
    given(opened, assigned('bob')).when(assign(null)).yields(assigned(null))
  })

  it('is nothing to do for the same assignee', () => {
    given(opened).when(assign(null)).yieldsNothing()
    given(opened, assigned('bob')).when(assign('bob')).yieldsNothing()
  })

  it('is refused when it is closed, or to an agent who could not see it', () => {
    given(opened, closed).when(assign('bob')).refuses('ticket-closed', { ticketId: TICKET, closedAt: NOON })
    given(opened)
      .when(assign('eve', { assigneeMayWork: false }))
      .refuses('target-not-associated', { agentId: 'eve' })
    given(opened).when(assign('')).refuses('empty', { field: 'assignee' })
  })
})

describe('changing the status of a ticket', () => {
  it('says how the work stands', () => given(opened).when(changeStatus('pending')).yields(changed('pending')))

  it('is nothing to do for the same status', () =>
    given(opened, changed('pending')).when(changeStatus('pending')).yieldsNothing())

  it('is refused on a closed ticket and for a word that is no status', () => {
    given(opened, closed).when(changeStatus('open')).refuses('ticket-closed', { ticketId: TICKET, closedAt: NOON })
    given(opened)
      .when(changeStatus('closed' as never))
      .refuses('invalid', { field: 'status', expected: 'one of open, pending, on-hold', given: 'closed' })
  })
})

describe('closing and reopening a ticket', () => {
  it('closes it in any open status, and reopens it as open', () => {
    given(opened, changed('on-hold')).when(close).yields(closed)
    const outcome = given(opened, changed('on-hold'), closed).when(reopen)
    outcome.yields(reopened)
    expect(outcome.state()).toMatchObject({ status: 'open' })
  })

  it('is nothing to do twice', () => {
    given(opened, closed).when(close).yieldsNothing()
    given(opened).when(reopen).yieldsNothing()
  })

  it('is refused for a ticket that is not there', () => {
    given().when(close).refuses('ticket-not-found', { ticketId: TICKET })
    given().when(reopen).refuses('ticket-not-found', { ticketId: TICKET })
  })
})

describe('who may work on a ticket', () => {
  const commands: readonly TicketCommand[] = [assign('bob'), changeStatus('pending'), close, reopen]
  const as = (command: TicketCommand, actor: Actor, mayWork: boolean): TicketCommand =>
    ({ ...command, data: { ...command.data, actor, mayWork } }) as TicketCommand

  it.each(commands)('refuses $type to whoever may not, first of all and telling nothing', (command) => {
    given()
      .when(as(command, agent, false))
      .refuses('not-associated', {})
    given(opened)
      .when(as(command, agent, false))
      .refuses('not-associated', {})
    given(opened, closed)
      .when(as(command, agent, false))
      .refuses('not-associated', {})
  })

  it('lets the desk itself work on it', () =>
    given(opened)
      .when(as(close, system, false))
      .yields({ type: 'TicketClosed', data: { ticketId: TICKET, by: { kind: 'system' }, at: NOON } }))
})

describe('a stream in which an event comes where none was decided', () => {
  it('leaves a closed ticket as it is, and an open one open', () => {
    const closedState = given(opened, closed).state()
    const later: TicketEvent = { type: 'TicketClosed', data: { ticketId: TICKET, by: byBob, at: NOON + 1 } }
    expect(given(opened, closed, changed('pending')).state()).toEqual(closedState)
    expect(given(opened, closed, later).state()).toEqual(closedState)
    expect(given(opened, closed, opened).state()).toEqual(closedState)
    expect(given(opened, changed('pending'), reopened).state()).toEqual(given(opened, changed('pending')).state())
    expect(given(closed).state()).toEqual(given().state())
  })
  it('never lets the last message in the thread be an earlier one', () =>
    expect(given(opened, threaded(7), threaded(5)).state()).toMatchObject({ lastRevision: 7 }))
})

describe('what a conversation is told of its ticket', () => {
  it('is whether it is open, and when it was closed', () => {
    expect(ticketFacts(given().state())).toBeUndefined()
    expect(ticketFacts(given(opened, changed('pending')).state())).toEqual({ ticketId: TICKET, status: 'open' })
    expect(ticketFacts(given(opened, closed).state())).toEqual({ ticketId: TICKET, status: 'closed', closedAt: NOON })
  })
})
