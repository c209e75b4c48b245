import type { ConversationConverted } from '../../domain/conversation/index.ts'
import type { ConversationId, TicketId } from '../../domain/ids.ts'
import type { TicketCommand } from '../../domain/ticket/index.ts'
import type { FollowUp } from '../../projections/index.ts'
import type { ChannelProtocol } from '../channels/channel-protocol.ts'
import { toDomainEvent } from '../codec.ts'
import { conversations, tickets } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import { Worker } from '../worker.ts'

const AT_ONCE = 64

/**
 * Carries on what one stream decided into another: tickets are opened from conversions and get the later messages that belong
 * to them; a deleted channel frees what it held and settles its pending conversions. Redone until done, with derived ids.
 */
export const followUpWorker = (context: DeskContext, protocol: ChannelProtocol): Worker => {
  const { read, views, log } = context
  const settledDeletions = new Set<string>()
  return new Worker(
    'following up',
    async (signal) => {
      for (;;) {
        const open = await read.followUps.query({ index: 'pending', prefix: [], limit: AT_ONCE })
        if (open.length === 0 || signal.aborted) break
        const positions = await Promise.all(
          open.map(({ document }) => (document.kind === 'ticket' ? followTicket(context, document) : undefined)),
        )
        await views.waitFor(
          positions
            .filter((position) => position !== undefined)
            .toSorted()
            .at(-1),
        )
      }
      for (let after: string | undefined; !signal.aborted;) {
        const deleted = await read.followUps.query({
          index: 'deletions',
          prefix: [],
          limit: AT_ONCE,
          ...(after === undefined ? {} : { after }),
        })
        for (const { key, document } of deleted) {
          if (document.kind !== 'deletion' || settledDeletions.has(key)) continue
          await settleDeletion(context, protocol, document)
          settledDeletions.add(key)
        }
        after = deleted.at(-1)?.cursor
        if (deleted.length < AT_ONCE) break
      }
      return 1_000
    },
    log,
  )
}

/** Opens the ticket if it is not open yet, then threads what came later, in the order of the conversation. */
const followTicket = async (
  context: DeskContext,
  followUp: Extract<FollowUp, { kind: 'ticket' }>,
): Promise<string | undefined> => {
  const { onStep } = context
  const { ticketId, conversationId } = followUp
  let position = followUp.opened ? undefined : await openTicket(context, followUp)
  if (!followUp.opened) await onStep('ticket-opened')
  for (const { messageId, revision, reopens, at } of followUp.threads) {
    position = await execute(context, ticketId, conversationId, {
      type: 'ThreadMessage',
      data: { ticketId, messageId, revision, reopens, at },
    })
  }
  return position
}

const openTicket = async (
  context: DeskContext,
  followUp: Extract<FollowUp, { kind: 'ticket' }>,
): Promise<string | undefined> => {
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
): Promise<string | undefined> => {
  const { state } = await streams.atHead(conversations, conversationId)
  if (state.status !== 'started') return undefined
  const { channelId, customerId } = state
  const { organizationId } = await lookup.factsOf(channelId)
  const { position } = await streams.execute(
    tickets,
    ticketId,
    (entity) => tickets.decider.decide(command, entity.state),
    {
      meta: { organizationId, channelId, conversationId, customerId },
      at: clock.now(),
    },
  )
  return position
}

/** Converts or discards what was pending on a deleted channel, and frees its account and slot. */
const settleDeletion = async (
  context: DeskContext,
  protocol: ChannelProtocol,
  {
    channelId,
    organizationId,
    accountId,
    pendingConversions,
    position,
    since,
  }: Extract<FollowUp, { kind: 'deletion' }>,
): Promise<void> => {
  const { read, views, streams, lookup } = context
  await protocol.freeDeleted(organizationId, channelId, accountId)
  await views.waitFor(position)
  for (;;) {
    const pending = await read.pendingConversions.query({ index: 'channel', prefix: [channelId], limit: AT_ONCE })
    if (pending.length === 0) return
    const channel = await lookup.factsOf(channelId)
    const positions = await Promise.all(
      pending.map(async ({ document: { conversationId, customerId } }) => {
        const outcome = await streams.execute(
          conversations,
          conversationId,
          ({ state }) =>
            conversations.decider.decide(
              { type: 'SettleDeletion', data: { conversationId, channel, at: since, pendingConversions } },
              state,
            ),
          { meta: { organizationId, channelId, conversationId, customerId }, at: context.clock.now() },
        )
        return outcome.position
      }),
    )
    await views.waitFor(
      positions
        .filter((each) => each !== undefined)
        .toSorted()
        .at(-1),
    )
  }
}
