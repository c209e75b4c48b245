import { conversations, organizations } from '../commands/aggregates.ts'
import { decideConversation } from '../commands/decide-conversation.ts'
import type { ChannelProtocol } from '../channels/channel-protocol.ts'
import type { DeskContext } from '../desk/context.ts'
import type { Reruns } from '../intake/rerun.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Deadline } from '../../projections/index.ts'
import type { Position } from '../ports/event-store.ts'
import { Sweeper } from '../sweep.ts'
import { Worker } from '../worker.ts'
import { Frontier } from './frontier.ts'

/**
 * Fires what has become due, as commands: window expiries, conversions, unfinished creations, the age of quarantined bodies.
 * The view of deadlines is the only list; nothing is lost when this stops, and firing something twice changes nothing.
 */
export const deadlineWorker = (context: DeskContext, protocol: ChannelProtocol, reruns: Reruns): Worker => {
  const { read, clock, views, shares } = context
  const sweeper = new Sweeper('firing deadlines', context)
  const frontier = new Frontier(context.runtime)
  return new Worker(
    'firing deadlines',
    async (signal) => {
      const now = clock.now()
      await sweeper.run(
        {
          page: (page) => {
            const walk = (from: Instant | undefined) =>
              read.deadlines.query({
                index: 'due',
                prefix: [],
                to: now,
                ...(from === undefined ? {} : { from }),
                ...page,
              })
            return page.after === undefined ? frontier.look(now, walk) : walk(undefined)
          },
          isMine: ({ key }) => shares.holds('deadlines', key),
          work: ({ document }) => fire(context, protocol, reruns, document, now),
          shown: (position) => views.waitFor(position, { views: ['deadlines'] }),
        },
        signal,
      )
      const [next] = await read.deadlines.query({ index: 'due', prefix: [], from: now + 1, limit: 1 })
      return next === undefined ? 1_000 : Math.max(0, Number(next.entry[0]) - clock.now())
    },
    context,
  )
}

/** Answers where what it wrote stands; undefined: there was nothing to do. */
const fire = async (
  context: DeskContext,
  protocol: ChannelProtocol,
  reruns: Reruns,
  deadline: Deadline,
  at: number,
): Promise<Position | undefined> => {
  switch (deadline.kind) {
    case 'conversation':
      return fireConversation(context, deadline.conversationId, at)
    case 'channel-slot':
      await protocol.completeOrUndo(deadline.organizationId, deadline.channelId, deadline.accountId)
      return (await context.streams.atHead(organizations, deadline.organizationId)).position
    case 'quarantine':
      return reruns.expire(deadline.quarantineId)
  }
}

const fireConversation = async (
  { streams, lookup, onStep }: DeskContext,
  conversationId: string,
  at: number,
): Promise<Position | undefined> => {
  const { state } = await streams.atHead(conversations, conversationId)
  if (state.status !== 'started') return undefined
  const { channelId, customerId } = state
  const channel = await lookup.factsOf(channelId)
  const { organizationId } = channel
  const outcome = await streams.execute(
    conversations,
    conversationId,
    (entity) => decideConversation(lookup, { type: 'SettleDue', data: { conversationId, channel, at } }, entity.state),
    { meta: { organizationId, channelId, conversationId, customerId }, at },
  )
  if (outcome.events.some(({ type }) => type === 'ConversationConverted')) await onStep('converted')
  return outcome.events.length === 0 ? undefined : outcome.position
}
