import type { Actor } from '../../domain/actor.ts'
import type {
  ChannelEvent,
  ChannelSettings,
  ChannelState,
  ConnectedAccount,
  CreateChannel,
  HumanAgentPermission,
} from '../../domain/channel/index.ts'
import type { AgentId, ChannelId, OrganizationId } from '../../domain/ids.ts'
import { fold } from '../../domain/decider.ts'
import { MINUTE } from '../../domain/instant.ts'
import { isRefusal, Refusal } from '../../domain/refusal.ts'
import { accounts, channels, organizations } from '../commands/aggregates.ts'
import type { CommandUse } from '../commands/command-key.ts'
import type { Streams } from '../commands/streams.ts'
import type { Clock } from '../ports/clock.ts'
import type { Sender } from '../ports/messenger.ts'
import type { Tokens } from '../ports/tokens.ts'
import type { OnStep } from '../steps.ts'
import type { AccountByMeta } from './account-by-meta.ts'

/** How long a creation may take before it is completed or undone by somebody else. */
const COMPLETE_WITHIN = MINUTE

export interface ChannelProtocolOptions {
  readonly streams: Streams
  readonly tokens: Tokens
  readonly accountByMeta: (sender: Sender) => Promise<AccountByMeta>
  readonly clock: Clock
  readonly onStep: OnStep
}

export interface NewChannel {
  readonly actor: Actor
  readonly channelId: ChannelId
  readonly organizationId: OrganizationId
  readonly account: ConnectedAccount
  readonly token: string
  readonly settings: ChannelSettings
  readonly humanAgent: HumanAgentPermission
  /** Associated in the same commit that makes the channel. */
  readonly agents: readonly AgentId[]
  /** The idempotency key of the request, if it has one. */
  readonly use: Partial<CommandUse>
}

/**
 * What it takes to make, undo and delete a channel: four streams, none of which shares a commit with another.
 *
 * A creation takes a slot of the organization, claims the account, makes the channel and confirms the slot. Each step is
 * nothing to do when repeated. A creation that stops on the way is completed or undone by the deadline in its slot: the undo
 * first makes sure that the channel can never come to be, then frees what was taken.
 */
export class ChannelProtocol {
  readonly #options: ChannelProtocolOptions

  constructor(options: ChannelProtocolOptions) {
    this.#options = options
  }

  /** @throws Refusal `not-administrator`, `department-not-found`, `channel-limit`, `account-in-use`, `account-not-shown`, `invalid` ...; nothing is left then. */
  async create(channel: NewChannel): Promise<void> {
    const { actor, channelId, organizationId, account, token, settings } = channel
    const { clock, tokens, onStep } = this.#options
    const at = clock.now()
    const { state } = await this.#options.streams.atHead(channels, channelId)
    // Whatever is wrong with the channel itself is said before anything is taken for it.
    const isMade = made(channel, state, at).length === 0
    // A repetition takes nothing and changes nothing: neither the token nor the agents, who may have changed since.
    if (isMade) return this.#organization(organizationId, { type: 'ConfirmChannelSlot', data: { channelId, at } })
    const { accountId } = account
    const { departmentId } = settings
    await this.#organization(organizationId, {
      type: 'TakeChannelSlot',
      data: {
        actor,
        organizationId,
        channelId,
        accountId,
        departmentId,
        completeBy: at + COMPLETE_WITHIN,
        ...(channel.use.content === undefined ? {} : { content: channel.use.content }),
        at,
      },
    })
    await onStep('slot-taken')
    try {
      await this.#claim(accountId, organizationId, channelId)
    } catch (error) {
      if (isRefusal(error)) await this.#releaseSlot(organizationId, channelId, 'abandoned')
      throw isRefusal(error, 'account-in-use') ? await this.#inUse(channel) : error
    }
    await onStep('account-claimed')
    await tokens.put(channelId, token)
    const { webhookAccountId } = await this.#options.accountByMeta({ account, token })
    const known = webhookAccountId === undefined ? channel : { ...channel, webhookAccountId }
    try {
      await this.#options.streams.execute(channels, channelId, (entity) => made(known, entity.state, at), {
        meta: { organizationId, channelId },
        at,
        ...channel.use,
      })
    } catch (error) {
      // Undone meanwhile, because it took too long: what was claimed after that is let go.
      if (isRefusal(error, 'channel-deleted')) await this.completeOrUndo(organizationId, channelId, accountId)
      throw error
    }
    await onStep('channel-created')
    await this.#organization(organizationId, { type: 'ConfirmChannelSlot', data: { channelId, at } })
  }

  /** Completes a creation that stopped after its channel was made; undoes one that stopped before. */
  async completeOrUndo(organizationId: OrganizationId, channelId: ChannelId, accountId: string): Promise<void> {
    const at = this.#options.clock.now()
    await this.#channel(organizationId, channelId, { type: 'AbandonChannelCreation', data: { channelId, at } })
    const { state } = await this.#options.streams.atHead(channels, channelId)
    if (state.status === 'deleted') return this.freeDeleted(organizationId, channelId, accountId)
    if (state.status !== 'abandoned') {
      await this.#organization(organizationId, { type: 'ConfirmChannelSlot', data: { channelId, at } })
      return
    }
    await this.#account({ type: 'ReleaseAccount', data: { accountId, channelId, at } })
    await this.#options.tokens.remove(channelId)
    await this.#releaseSlot(organizationId, channelId, 'abandoned')
  }

  /** Frees what a deleted channel held. Pending conversions are settled apart, from its deletion event. */
  async freeDeleted(organizationId: OrganizationId, channelId: ChannelId, accountId: string): Promise<void> {
    await this.#account({ type: 'ReleaseAccount', data: { accountId, channelId, at: this.#options.clock.now() } })
    await this.#options.tokens.remove(channelId)
    await this.#releaseSlot(organizationId, channelId, 'deleted')
  }

  /** What may be told of an account that another channel has: everything to its organization, nothing to those who cannot have it. */
  async #inUse({ organizationId, account, token }: NewChannel): Promise<Refusal> {
    const { accountId } = account
    const { state } = await this.#options.streams.atHead(accounts, accountId)
    if (state.status === 'claimed' && state.organizationId === organizationId) {
      return new Refusal('account-in-use', { accountId, channelId: state.channelId })
    }
    const { isShown } = await this.#options.accountByMeta({ account, token })
    return new Refusal(isShown ? 'account-in-use' : 'account-not-shown', { accountId })
  }

  /** An account held by a creation that was undone is held by nobody. */
  async #claim(accountId: string, organizationId: OrganizationId, channelId: ChannelId): Promise<void> {
    const { streams, clock } = this.#options
    const claim = { type: 'ClaimAccount', data: { accountId, organizationId, channelId, at: clock.now() } } as const
    try {
      await this.#account(claim)
    } catch (error) {
      if (!isRefusal(error, 'account-in-use')) throw error
      const { state } = await streams.atHead(accounts, accountId)
      if (state.status !== 'claimed') return this.#account(claim)
      const holder = await streams.atHead(channels, state.channelId)
      if (holder.state.status !== 'abandoned' && holder.state.status !== 'deleted') throw error
      await this.#account({ type: 'ReleaseAccount', data: { accountId, channelId: state.channelId, at: clock.now() } })
      await this.#options.tokens.remove(state.channelId)
      await this.#account(claim)
    }
  }

  #releaseSlot(organizationId: OrganizationId, channelId: ChannelId, reason: 'deleted' | 'abandoned'): Promise<void> {
    return this.#organization(organizationId, {
      type: 'ReleaseChannelSlot',
      data: { channelId, reason, at: this.#options.clock.now() },
    })
  }

  async #organization(id: OrganizationId, command: Parameters<typeof organizations.decider.decide>[0]): Promise<void> {
    const { streams, clock } = this.#options
    await streams.execute(organizations, id, ({ state }) => organizations.decider.decide(command, state), {
      meta: { organizationId: id },
      at: clock.now(),
    })
  }

  async #account(command: Parameters<typeof accounts.decider.decide>[0]): Promise<void> {
    const { streams, clock } = this.#options
    await streams.execute(accounts, command.data.accountId, ({ state }) => accounts.decider.decide(command, state), {
      meta: { channelId: command.data.channelId },
      at: clock.now(),
    })
  }

  async #channel(
    organizationId: OrganizationId,
    channelId: ChannelId,
    command: Parameters<typeof channels.decider.decide>[0],
  ): Promise<void> {
    const { streams, clock } = this.#options
    await streams.execute(channels, channelId, ({ state }) => channels.decider.decide(command, state), {
      meta: { organizationId, channelId },
      at: clock.now(),
    })
  }
}

/** What makes a channel with its agents; nothing if it is made. @throws Refusal */
const made = (
  channel: NewChannel & Pick<CreateChannel['data'], 'webhookAccountId'>,
  before: ChannelState,
  at: number,
): readonly ChannelEvent[] => {
  const { actor, channelId, organizationId, account, webhookAccountId, settings, humanAgent, agents } = channel
  const other = webhookAccountId === undefined ? {} : { webhookAccountId }
  const created = channels.decider.decide(
    { type: 'CreateChannel', data: { actor, channelId, organizationId, account, ...other, settings, humanAgent, at } },
    before,
  )
  if (created.length === 0) return []
  const events = [...created]
  let state = fold(channels.decider.evolve, before, created)
  for (const agentId of agents) {
    const associated = channels.decider.decide(
      { type: 'AssociateAgent', data: { actor, channelId, agentId, at } },
      state,
    )
    state = fold(channels.decider.evolve, state, associated)
    events.push(...associated)
  }
  return events
}
