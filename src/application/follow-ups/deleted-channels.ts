import type { FollowUp } from '../../projections/index.ts'
import type { ChannelProtocol } from '../channels/channel-protocol.ts'
import { conversations } from '../commands/aggregates.ts'
import { decideConversation } from '../commands/decide-conversation.ts'
import type { DeskContext } from '../desk/context.ts'

const AT_ONCE = 64

/**
 * Frees the account and slot of a deleted channel, and converts or discards what was pending on it, as its deletion said.
 * Answers whether nothing is left; what a late message schedules after that is settled when it is due.
 */
export const settleDeletion = async (
  context: DeskContext,
  protocol: ChannelProtocol,
  deletion: Extract<FollowUp, { kind: 'deletion' }>,
): Promise<boolean> => {
  const { channelId, organizationId, accountId, position } = deletion
  const { read, views, streams, lookup, clock, onStep } = context
  await protocol.freeDeleted(organizationId, channelId, accountId)
  await views.waitFor(position, { views: ['pending-conversions'] })
  for (;;) {
    const pending = await read.pendingConversions.query({ index: 'channel', prefix: [channelId], limit: AT_ONCE })
    if (pending.length === 0) return true
    const channel = await lookup.factsOf(channelId)
    const at = clock.now()
    const positions = await Promise.all(
      pending.map(async ({ document: { conversationId, customerId } }) => {
        const outcome = await streams.execute(
          conversations,
          conversationId,
          ({ state }) =>
            decideConversation(lookup, { type: 'SettleDue', data: { conversationId, channel, at } }, state),
          { meta: { organizationId, channelId, conversationId, customerId }, at },
        )
        return outcome.events.length === 0 ? undefined : outcome.position
      }),
    )
    const newest = positions
      .filter((each) => each !== undefined)
      .toSorted()
      .at(-1)
    // The view shows more than there is: it is asked again later.
    if (newest === undefined) return false
    await onStep('deletion-settled')
    await views.waitFor(newest, { views: ['pending-conversions'] })
  }
}
