import type { ConversationConverted } from '../../domain/conversation/index.ts'
import type { ConversationId, TicketId } from '../../domain/ids.ts'
import type { TicketCommand } from '../../domain/ticket/index.ts'
import type { FollowUp } from '../../projections/index.ts'
import { toDomainEvent } from '../codec.ts'
import { conversations, tickets } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import type { Position } from '../ports/event-store.ts'

type OfTicket = Extract<FollowUp, { kind: 'ticket' }>

/**
 * Opens the ticket if it is not open yet, then threads what came later, in the order of the conversation.
 * Answers where the newest of it stands; undefined if all of it was there already.
 */
export const followTicket = async (context: DeskContext, followUp: OfTicket): Promise<Position | undefined> => {
  const { onStep } = context
  const { ticketId, conversationId } = followUp
  let position = followUp.opened ? undefined : await openTicket(context, followUp)
  if (!followUp.opened) await onStep('ticket-opened')
  for (const { messageId, revision, reopens, at } of followUp.threads) {
    const threaded = await execute(context, ticketId, conversationId, {
      type: 'ThreadMessage',
      data: { ticketId, messageId, revision, reopens, at },
    })
    position = threaded ?? position
  }
  return position
}

const openTicket = async (context: DeskContext, followUp: OfTicket): Promise<Position | undefined> => {
  const { store, streams } = context
  const { ticketId, conversationId, convertedAt } = followUp
  const [recorded] = await store.events.read(`${conversations.name}-${conversationId}`, { from: convertedAt, limit: 1 })
  const { state } = await streams.atHead(conversations, conversationId)
  if (recorded === undefined || state.status !== 'started') return undefined
  const {
    episode,
    cause,
    firstRevision,
    lastRevision,
    takes,
    subjectMessageId,
    firstCustomerMessageAt,
    assignee,
    departmentId,
    at,
  } = toDomainEvent<ConversationConverted>(recorded).data
  const { organizationId, channelId, customerId } = state
  return execute(context, ticketId, conversationId, {
    type: 'OpenTicket',
    data: {
      ticketId,
      organizationId,
      channelId,
      departmentId,
      conversationId,
      customerId,
      episode,
      firstRevision,
      lastRevision,
      ...(takes === undefined ? {} : { takes }),
      subjectMessageId,
      cause,
      assignee,
      firstCustomerMessageAt,
      at,
    },
  })
}

const execute = async (
  { streams, clock, lookup }: DeskContext,
  ticketId: TicketId,
  conversationId: ConversationId,
  command: TicketCommand,
): Promise<Position | undefined> => {
  const { state } = await streams.atHead(conversations, conversationId)
  if (state.status !== 'started') return undefined
  const { channelId, customerId } = state
  const { organizationId } = await lookup.factsOf(channelId)
  const { events, position } = await streams.execute(
    tickets,
    ticketId,
    (entity) => tickets.decider.decide(command, entity.state),
    {
      meta: { organizationId, channelId, conversationId, customerId },
      at: clock.now(),
    },
  )
  return events.length === 0 ? undefined : position
}
