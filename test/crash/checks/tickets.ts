import type { RecordedEvent } from 'madoguchi'
import { allOf, eventsOf, type Evidence, type Finding, groupBy, told } from '../evidence.ts'
import { AGENTS, ORGANIZATION } from '../wire.ts'

const agent = { kind: 'agent', id: AGENTS[0], organizationId: ORGANIZATION } as const
const HOUR = 3_600_000
/** A conversation remembers so many of its newest tickets: what is older than all of them joins the oldest it knows. */
const REMEMBERED = 8

interface ExpectedTicket {
  readonly at: number
  readonly cause: 'by-time' | 'by-hand'
  readonly messages: string[]
}

/**
 * The rule of conversion once more, as naively as can be, over messages in the order in which they were taken in: a first
 * message is due after 60 minutes, what comes before that joins, what is older than a ticket's due time joins that ticket.
 * Requests to convert by hand are taken from the log, and the instants at which somebody looked whether something is due; when
 * something is due is not.
 */
const expectedTickets = (events: readonly RecordedEvent[], end: number): readonly ExpectedTicket[] => {
  const tickets: ExpectedTicket[] = []
  let pending: { firstAt: number; readonly messages: string[] } | undefined
  const convert = (at: number, cause: ExpectedTicket['cause']): void => {
    if (pending === undefined) return
    tickets.push({ at, cause, messages: pending.messages })
    pending = undefined
  }
  const settle = (now: number): void => {
    if (pending !== undefined && pending.firstAt + HOUR <= now) convert(pending.firstAt + HOUR, 'by-time')
  }
  for (const event of events) {
    if (event.type === 'ConversationConverted') {
      if (told<string>(event, 'cause') !== 'by-hand') {
        // A message that came before this instant to a host that slept then is taken in after it.
        settle(event.recordedAt)
        continue
      }
      settle(told<number>(event, 'at'))
      convert(told<number>(event, 'at'), 'by-hand')
      continue
    }
    const at = told<number>(event, 'at')
    settle(told<number>(event, 'receivedAt'))
    const messageId = told<string>(event, 'messageId')
    const over = tickets.slice(-REMEMBERED).find((ticket) => at < ticket.at)
    if (over !== undefined) over.messages.push(messageId)
    else if (pending === undefined) pending = { firstAt: at, messages: [messageId] }
    else {
      pending.firstAt = Math.min(pending.firstAt, at)
      pending.messages.push(messageId)
    }
  }
  settle(end)
  return tickets
}

/** Every ticket due exists once, with the messages that belong to it, and none else; every message is in exactly one. */
export const checkTickets = async ({ stage, log, desk, played }: Evidence): Promise<Finding> => {
  const violations: string[] = []
  const streams = groupBy(eventsOf(log, 'MessageReceived', 'ConversationConverted'), ({ stream }) => stream)
  const opened = groupBy(eventsOf(log, 'TicketOpened'), (event) => told<string>(event, 'ticketId'))
  for (const [ticketId, each] of opened)
    if (each.length !== 1) violations.push(`${ticketId} was opened ${each.length} times`)
  const actual = groupBy(
    (
      await Promise.all(
        played.channels.map((channelId) =>
          allOf((page) => desk.tickets.list(agent, { channelId, limit: 200, ...page })),
        ),
      )
    ).flat(),
    ({ conversationId }) => `conversation-${conversationId}`,
  )
  let expectedCount = 0
  let byHand = 0
  const inTickets = new Map<string, number>()
  for (const [stream, events] of streams) {
    const expected = expectedTickets(events, stage.clock.now())
    expectedCount += expected.length
    byHand += expected.filter(({ cause }) => cause === 'by-hand').length
    const tickets = (actual.get(stream) ?? []).toSorted((one, other) => one.episode - other.episode)
    if (tickets.length !== expected.length)
      violations.push(`${stream} has ${tickets.length} tickets of ${expected.length}`)
    for (const [place, { ticketId, cause, openedAt }] of tickets.entries()) {
      const messages = (await desk.tickets.messages(agent, { ticketId, limit: 200 })).items.flatMap((item) =>
        item.kind === 'message' && item.origin === 'customer' ? [item.messageId] : [],
      )
      for (const messageId of messages) inTickets.set(messageId, (inTickets.get(messageId) ?? 0) + 1)
      const due = expected[place]
      if (due === undefined) continue
      if (due.cause !== cause || due.at !== openedAt)
        violations.push(`${ticketId} is ${cause} at ${openedAt}, not ${due.cause} at ${due.at}`)
      if (messages.toSorted().join() !== due.messages.toSorted().join())
        violations.push(`${ticketId} holds other messages than it should`)
    }
  }
  const messages = eventsOf(log, 'MessageReceived')
  for (const event of messages) {
    const times = inTickets.get(told<string>(event, 'messageId')) ?? 0
    if (times !== 1) violations.push(`${told<string>(event, 'mid')} is in ${times} tickets`)
  }
  return {
    name: 'tickets',
    figures: {
      'due by the naive rule': expectedCount,
      'by hand': byHand,
      tickets: opened.size,
      'messages in tickets': inTickets.size,
    },
    violations,
  }
}
