import type { ChannelCommand } from '../../domain/channel/index.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { channels } from '../commands/aggregates.ts'
import type { Streams } from '../commands/streams.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Tokens } from '../ports/tokens.ts'
import type { AuthorizationAfter } from './authorization-after.ts'

/** What it takes to change a channel. */
export interface Changing {
  readonly streams: Streams
  readonly store: { readonly tokens: Tokens }
  readonly clock: Clock
  readonly log: Log
}

type Of = Pick<ChannelFacts, 'channelId' | 'organizationId'>

/**
 * Records what an answer of Meta's says about the authorization. Returns whether the channel is so from now on.
 *
 * An authorization ends only by an answer to the token that the channel still has: one that was replaced while the call was on its
 * way says nothing about the new one.
 */
export const changeAuthorization = async (
  context: Changing,
  of: Of,
  token: string | undefined,
  after: AuthorizationAfter,
): Promise<boolean> => {
  const { store, log, clock } = context
  const { channelId } = of
  if ((await store.tokens.get(channelId)) !== token) return false
  const by = { actor: { kind: 'system' }, channelId, at: clock.now() } as const
  const changed = await change(context, of, { type: 'SetAuthorization', data: { ...by, ...after } })
  if (changed) log.warn('the authorization of a channel changed', { channelId, ...after })
  return changed !== undefined
}

/** Records whether Meta takes the tag of this app, where that is news. */
export const changeHumanAgent = async (
  context: Changing,
  { humanAgent, ...of }: Of & Pick<ChannelFacts, 'humanAgent'>,
  permission: 'granted' | 'refused' | undefined,
): Promise<void> => {
  if (permission === undefined || permission === humanAgent) return
  const { channelId } = of
  const by = { actor: { kind: 'system' }, channelId, at: context.clock.now() } as const
  await change(context, of, { type: 'SetHumanAgentPermission', data: { ...by, permission } })
}

/** Whether something changed; undefined: the channel was deleted while the call was on its way. */
const change = async (
  { streams, clock }: Changing,
  { channelId, organizationId }: Of,
  command: ChannelCommand,
): Promise<boolean | undefined> => {
  try {
    const { events } = await streams.execute(
      channels,
      channelId,
      ({ state }) => channels.decider.decide(command, state),
      { meta: { organizationId, channelId }, at: clock.now() },
    )
    return events.length > 0
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}
