import type { ChannelCommand } from '../../domain/channel/index.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { channels } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import type { Consequence } from './after-send.ts'
import type { Hands } from './call.ts'

/**
 * What an answer of Meta's says about the channel.
 *
 * An authorization ends only by an answer to the token that the channel still has: one that was replaced while the call was on its
 * way says nothing about the new one.
 */
export const applyToChannel = async (
  { streams, store, clock, log }: DeskContext,
  { channelId, organizationId, humanAgent }: ChannelFacts,
  hands: Hands | undefined,
  { authorization, humanAgent: permission }: Pick<Consequence, 'authorization' | 'humanAgent'>,
): Promise<void> => {
  const at = clock.now()
  const by = { actor: { kind: 'system' }, channelId, at } as const
  const change = async (command: ChannelCommand): Promise<boolean> => {
    try {
      const { events } = await streams.execute(
        channels,
        channelId,
        ({ state }) => channels.decider.decide(command, state),
        { meta: { organizationId, channelId }, at },
      )
      return events.length > 0
    } catch (error) {
      // Deleted while the call was on its way.
      if (isRefusal(error)) return false
      throw error
    }
  }
  if (permission !== undefined && permission !== humanAgent) {
    await change({ type: 'SetHumanAgentPermission', data: { ...by, permission } })
  }
  if (authorization === undefined || (await store.tokens.get(channelId)) !== hands?.token) return
  if (await change({ type: 'SetAuthorization', data: { ...by, ...authorization } })) {
    log.warn('the authorization of a channel changed', { channelId, ...authorization })
  }
}
