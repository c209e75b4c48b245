import type { RecordedEvent } from 'madoguchi'

const HOUR = 3_600_000
/** A conversation remembers so many of its newest tickets: what is older than all of them joins the oldest it knows. */
const REMEMBERED = 8

export interface NaiveTicket {
  readonly at: number
  readonly cause: string
  readonly messages: readonly string[]
}

/**
 * The rule of conversion, as naively as can be, over messages in the order in which they were taken in: a first message is due after
 * 60 minutes, what comes before that joins, what is older than a ticket's due time joins that ticket. Requests by hand are taken from
 * the log.
 */
const expectedOf = (
  events: readonly RecordedEvent[],
  now: number,
): { readonly tickets: readonly NaiveTicket[]; readonly dueAt: number | undefined } => {
  const tickets: { at: number; cause: string; messages: string[] }[] = []
  let pending: { firstAt: number; readonly messages: string[] } | undefined
  const convert = (at: number, cause: string): void => {
    if (pending !== undefined) tickets.push({ at, cause, messages: pending.messages })
    pending = undefined
  }
  const settle = (at: number): void => {
    if (pending !== undefined && pending.firstAt + HOUR <= at) convert(pending.firstAt + HOUR, 'by-time')
  }
  for (const { type, data, recordedAt } of events) {
    if (type === 'ConversationConverted') {
      // A message that came before this instant to a process that was stopped then is taken in after it.
      settle(data['cause'] === 'by-hand' ? (data['at'] as number) : recordedAt)
      if (data['cause'] === 'by-hand') convert(data['at'] as number, 'by-hand')
    }
    if (type !== 'MessageReceived') continue
    const at = data['at'] as number
    settle(data['receivedAt'] as number)
    const messageId = data['messageId'] as string
    const over = tickets.slice(-REMEMBERED).find((ticket) => at < ticket.at)
    if (over !== undefined) over.messages.push(messageId)
    else if (pending === undefined) pending = { firstAt: at, messages: [messageId] }
    else {
      pending.firstAt = Math.min(pending.firstAt, at)
      pending.messages.push(messageId)
    }
  }
  settle(now)
  return { tickets, dueAt: pending === undefined ? undefined : pending.firstAt + HOUR }
}

const actualOf = (events: readonly RecordedEvent[]): readonly NaiveTicket[] => {
  const received = events.filter(({ type }) => type === 'MessageReceived')
  return events.flatMap(({ type, data }) =>
    type === 'ConversationConverted'
      ? [
          {
            at: data['at'] as number,
            cause: data['cause'] as string,
            messages: received
              .filter((message) => message.data['episode'] === data['episode'])
              .map((message) => message.data['messageId'] as string),
          },
        ]
      : [],
  )
}

/** The tickets of one conversation: as they should be, and as its log has them. */
export const conversionsOf = (
  events: readonly RecordedEvent[],
  now: number,
): {
  readonly expected: readonly NaiveTicket[]
  readonly actual: readonly NaiveTicket[]
  /** When the pending one is due. */
  readonly dueAt: number | undefined
} => {
  const inOrder = (tickets: readonly NaiveTicket[]): readonly NaiveTicket[] =>
    tickets.map((ticket) => ({ ...ticket, messages: ticket.messages.toSorted() }))
  const { tickets, dueAt } = expectedOf(events, now)
  return { expected: inOrder(tickets), actual: inOrder(actualOf(events)), dueAt }
}
