import { conversations, organizations } from '../commands/aggregates.ts'
import type { ChannelProtocol } from '../channels/channel-protocol.ts'
import type { DeskContext } from '../desk/context.ts'
import type { Reruns } from '../intake/rerun.ts'
import type { Deadline } from '../../projections/index.ts'
import { Worker } from '../worker.ts'

const AT_ONCE = 64

/**
 * Fires what has become due, as commands: window expiries, conversions, unfinished creations, the age of quarantined bodies.
 * The view of deadlines is the only list; nothing is lost when this stops, and firing something twice changes nothing.
 */
export const deadlineWorker = (context: DeskContext, protocol: ChannelProtocol, reruns: Reruns): Worker => {
  const { read, clock, views, log } = context
  return new Worker(
    'firing deadlines',
    async (signal) => {
      for (;;) {
        const now = clock.now()
        const due = await read.deadlines.query({ index: 'due', prefix: [], to: now, limit: AT_ONCE })
        if (due.length === 0 || signal.aborted) break
        const positions = await Promise.all(due.map(({ document }) => fire(context, protocol, reruns, document, now)))
        const last = positions
          .filter((position) => position !== undefined)
          .toSorted()
          .at(-1)
        // What was fired leaves the view when the view has read it; asking before that would fire it again for nothing.
        await views.waitFor(last)
        if (last === undefined) return 1_000
      }
      const [next] = await read.deadlines.query({ index: 'due', prefix: [], limit: 1 })
      return next === undefined ? 1_000 : Math.max(0, Number(next.entry[0]) - clock.now())
    },
    log,
  )
}

const fire = async (
  context: DeskContext,
  protocol: ChannelProtocol,
  reruns: Reruns,
  deadline: Deadline,
  at: number,
): Promise<string | undefined> => {
  const { streams, lookup } = context
  switch (deadline.kind) {
    case 'conversation': {
      const { conversationId } = deadline
      const { state, position } = await streams.atHead(conversations, conversationId)
      if (state.status !== 'started') return position
      const channel = await lookup.factsOf(state.channelId)
      const { organizationId, channelId } = channel
      const outcome = await streams.execute(
        conversations,
        conversationId,
        (entity) =>
          conversations.decider.decide({ type: 'SettleDue', data: { conversationId, channel, at } }, entity.state),
        { meta: { organizationId, channelId, conversationId, customerId: state.customerId }, at },
      )
      if (outcome.events.some(({ type }) => type === 'ConversationConverted')) await context.onStep('converted')
      return outcome.position
    }
    case 'channel-slot':
      await protocol.completeOrUndo(deadline.organizationId, deadline.channelId, deadline.accountId)
      return (await streams.atHead(organizations, deadline.organizationId)).position
    case 'quarantine':
      return reruns.expire(deadline.quarantineId)
  }
}
