import type { Actor } from '../../domain/actor.ts'
import {
  type ChannelCommand,
  type ChannelEvent,
  type ChannelSettings,
  type ChannelState,
  type ConnectedAccount,
  type ConversionPolicy,
  DEFAULT_CONVERSION,
  DEFAULT_SETTINGS,
  type HumanAgentPermission,
  type Icon,
} from '../../domain/channel/index.ts'
import { checkIcon } from '../../domain/icon.ts'
import type { AgentId, ChannelId, DepartmentId, OrganizationId } from '../../domain/ids.ts'
import { requireDepartment } from '../../domain/organization/index.ts'
import { refuse } from '../../domain/refusal.ts'
import { isAdministrator, requireAdministrator } from '../../domain/require-administrator.ts'
import { channels, organizations } from '../commands/aggregates.ts'
import { commandKey, idOfRequest } from '../commands/command-key.ts'
import { accountMistake, type AccountMistake } from '../channels/account-mistake.ts'
import type { ChannelProtocol } from '../channels/channel-protocol.ts'
import { type Fetched, MissedMessages } from '../channels/missed-messages.ts'
import { isAgentOf } from './access.ts'
import type { AccessDocument } from '../../projections/index.ts'
import type { Asked, Done } from './asked.ts'
import type { DeskContext } from './context.ts'
import { listPage, type Page, pageOf, type PageRequest } from './page.ts'

export interface IconFile {
  /** Ends in .jpg, .jpeg or .png, in any case. */
  readonly fileName: string
  /** At most 1,048,576, and they agree with the extension. */
  readonly bytes: Uint8Array
}

export interface CreateChannelRequest {
  readonly organizationId: OrganizationId
  /** 1 to 100 code points. */
  readonly name: string
  readonly icon?: IconFile
  readonly departmentId: DepartmentId
  /** Until sign-in with Meta is used, the host says which account it is ... */
  readonly account: ConnectedAccount
  /** ... and gives the access token that Meta issued for it. */
  readonly token: string
  readonly conversion?: Partial<ConversionPolicy>
  readonly settings?: Partial<Omit<ChannelSettings, 'name' | 'icon' | 'departmentId' | 'conversion'>>
  /** Whether Meta gave the app the Human Agent feature; default `unknown`: tried when it is needed. */
  readonly humanAgent?: HumanAgentPermission
  /** Agents to associate at once. */
  readonly agents?: readonly AgentId[]
}

/** A channel that exists, or existed and was deleted. */
export type Channel = Exclude<ChannelState, { readonly status: 'none' | 'abandoned' }>

/** A channel as it is shown. */
export type ShownChannel = Channel & {
  /** Why nothing can reach the channel; absent: nothing is known to be wrong. */
  readonly mistake?: AccountMistake
}

/** What may be changed at any time; `icon: null` takes the icon away. */
export type ChannelChanges = Partial<Omit<ChannelSettings, 'icon' | 'conversion'>> & {
  readonly icon?: IconFile | null
  readonly conversion?: Partial<ConversionPolicy>
}

/** The administrator's side of channels (S2, S3, S11, S14-S16). Only administrators of the organization may change anything. */
export class Channels {
  readonly #context: DeskContext
  readonly #protocol: ChannelProtocol
  readonly #missed: MissedMessages

  constructor(context: DeskContext, protocol: ChannelProtocol) {
    this.#context = context
    this.#protocol = protocol
    this.#missed = new MissedMessages(context)
  }

  /**
   * Makes a channel.
   * @throws Refusal `not-administrator`, `channel-limit`, `department-not-found`, `account-in-use`, `account-not-shown`, `icon-type`, `too-long`, `invalid`, `empty`
   */
  async create(actor: Actor, request: CreateChannelRequest & Asked): Promise<{ readonly channelId: ChannelId } & Done> {
    const { organizationId, name, icon, departmentId, account, token, conversion, settings, humanAgent, agents } =
      request
    requireAdministrator(actor, organizationId)
    if (token === '') refuse('empty', { field: 'token' })
    const channelId = await this.#idOfNew(actor, organizationId, request.key)
    const { key, ...content } = request
    const use = await commandKey(this.#context.contentDigest, actor, 'CreateChannel', key, content)
    await this.#context.streams.isUsed(channels, channelId, use)
    const kept = icon === undefined ? null : await this.#keepIcon(icon)
    await this.#protocol.create({
      actor,
      channelId,
      organizationId,
      account,
      token,
      humanAgent: humanAgent ?? 'unknown',
      settings: {
        ...DEFAULT_SETTINGS,
        ...settings,
        name,
        departmentId,
        icon: kept,
        conversion: { ...DEFAULT_CONVERSION, ...conversion },
      },
      agents: agents ?? [],
      use,
    })
    const { position } = await this.#context.streams.atHead(channels, channelId)
    return { channelId, ...(position === undefined ? {} : { position }) }
  }

  /** Changes settings; whatever is not named stays. A changed delay touches new schedules only. */
  async change(actor: Actor, request: { readonly channelId: ChannelId } & ChannelChanges & Asked): Promise<Done> {
    const { channelId, key: _key, icon, conversion, ...plain } = request
    let kept: Icon | null | undefined
    const prepare = async (): Promise<void> => {
      const state = await this.#changeable(actor, channelId)
      if (plain.departmentId !== undefined && plain.departmentId !== state.settings.departmentId) {
        const organization = await this.#context.streams.atHead(organizations, state.organizationId)
        requireDepartment(organization.state, plain.departmentId)
      }
      kept = icon === undefined || icon === null ? icon : await this.#keepIcon(icon)
    }
    const command = (current: ChannelState, at: number): ChannelCommand => ({
      type: 'ChangeChannelSettings',
      data: {
        actor,
        channelId,
        at,
        changes: {
          ...plain,
          ...(kept === undefined ? {} : { icon: kept }),
          ...(conversion === undefined ? {} : { conversion: { ...settingsOf(current).conversion, ...conversion } }),
        },
      },
    })
    return this.#execute(actor, request, command, prepare)
  }

  async associate(
    actor: Actor,
    request: { readonly channelId: ChannelId; readonly agentId: AgentId } & Asked,
  ): Promise<Done> {
    const { channelId, agentId } = request
    return this.#execute(actor, request, (_, at) => ({
      type: 'AssociateAgent',
      data: { actor, channelId, agentId, at },
    }))
  }

  /** From this instant the agent sees nothing of the channel, and what was theirs counts as unassigned. */
  async remove(
    actor: Actor,
    request: { readonly channelId: ChannelId; readonly agentId: AgentId } & Asked,
  ): Promise<Done> {
    const { channelId, agentId } = request
    return this.#execute(actor, request, (_, at) => ({
      type: 'RemoveAgent',
      data: { actor, channelId, agentId, at },
    }))
  }

  /** Sending and receiving stop; data stays. */
  async disable(actor: Actor, request: { readonly channelId: ChannelId } & Asked): Promise<Done> {
    const { channelId } = request
    return this.#execute(actor, request, (_, at) => ({ type: 'DisableChannel', data: { actor, channelId, at } }))
  }

  /** Sending and receiving go on. What was missed meanwhile can be fetched: see `missed` and `fetchMissed`. */
  async enable(actor: Actor, request: { readonly channelId: ChannelId } & Asked): Promise<Done> {
    const { channelId } = request
    return this.#execute(actor, request, (_, at) => ({ type: 'EnableChannel', data: { actor, channelId, at } }))
  }

  /** How many messages came while the channel was disabled, of which there is a receipt but no content. For administrators. */
  async missed(actor: Actor, { channelId }: { readonly channelId: ChannelId }): Promise<{ readonly receipts: number }> {
    await this.#changeable(actor, channelId)
    return { receipts: await this.#missed.count(channelId) }
  }

  /**
   * Asks Meta for what was missed while the channel was disabled, and records what it still has as messages. For administrators.
   * @throws Refusal `not-administrator`, `channel-disabled`, `channel-deleted`
   */
  async fetchMissed(actor: Actor, { channelId }: { readonly channelId: ChannelId }): Promise<Fetched> {
    await this.#changeable(actor, channelId)
    return this.#missed.fetch(channelId)
  }

  /** Read-only for ever, at once. Account and slot are free for a new channel; pending conversions become tickets, or are discarded. */
  async delete(
    actor: Actor,
    request: { readonly channelId: ChannelId; readonly pendingConversions?: 'convert' | 'discard' } & Asked,
  ): Promise<Done> {
    const { channelId, pendingConversions = 'convert' } = request
    const done = await this.#execute(actor, { ...request, pendingConversions }, (_, at) => ({
      type: 'DeleteChannel',
      data: { actor, channelId, pendingConversions, at },
    }))
    const { state } = await this.#context.streams.atHead(channels, channelId)
    if (state.status === 'deleted')
      await this.#protocol.freeDeleted(state.organizationId, channelId, state.account.accountId)
    return done
  }

  /** Whether Meta gave the app the Human Agent feature for this channel. */
  async setHumanAgent(
    actor: Actor,
    request: { readonly channelId: ChannelId; readonly permission: HumanAgentPermission } & Asked,
  ): Promise<Done> {
    const { channelId, permission } = request
    return this.#execute(actor, request, (_, at) => ({
      type: 'SetHumanAgentPermission',
      data: { actor, channelId, permission, at },
    }))
  }

  /**
   * The channel may act for its account again, and what waited is sent. With a `token` if the owner connected the account again;
   * without one if the owner or Meta lifted what stood in the way: access switched off, a checkpoint, a restriction.
   */
  async reconnect(
    actor: Actor,
    request: { readonly channelId: ChannelId; readonly token?: string } & Asked,
  ): Promise<Done> {
    const { channelId, token } = request
    const command = (_: ChannelState, at: number): ChannelCommand => ({
      type: 'SetAuthorization',
      data: { actor, channelId, authorization: 'connected', reason: 'reconnected', newToken: token !== undefined, at },
    })
    return this.#execute(actor, request, command, async () => {
      await this.#changeable(actor, channelId)
      if (token === '') refuse('empty', { field: 'token' })
      // Before the change, which sets delivery going. A request that broke off before the change was recorded counts as never made.
      if (token !== undefined) await this.#context.store.tokens.put(channelId, token)
    })
  }

  /** The channel as it is now: for administrators of the organization and associated agents. */
  async get(actor: Actor, { channelId }: { readonly channelId: ChannelId }): Promise<ShownChannel> {
    const state = await this.#context.lookup.state(channelId)
    const exists = state.status !== 'none' && state.status !== 'abandoned'
    if (!exists && actor.kind === 'system') return refuse('channel-not-found', { channelId })
    return (await this.#readable(actor, channelId)) ?? refuse('not-associated', {})
  }

  /**
   * Channels in the order in which they were connected, deleted ones too: all of the organization for its administrators,
   * their own for agents. The view proposes, the head of each channel decides.
   * @throws Refusal `not-associated` for an actor of another organization
   */
  async list(
    actor: Actor,
    { organizationId, ...page }: { readonly organizationId: OrganizationId } & PageRequest,
  ): Promise<Page<ShownChannel>> {
    const seesAll = isAdministrator(actor, organizationId)
    if (!seesAll && (actor.kind === 'system' || actor.organizationId !== organizationId)) refuse('not-associated', {})
    const [index, prefix] =
      seesAll || actor.kind === 'system'
        ? (['organization', [organizationId]] as const)
        : (['agent', [organizationId, actor.id]] as const)
    const found = await listPage(this.#context.read.channels, { index, prefix }, page)
    const states = await Promise.all(found.hits.map(({ key }) => this.#readable(actor, key)))
    const items = states.filter((state) => state !== undefined)
    return pageOf(items, found)
  }

  /** What administrators who are not its agents read on the channel, the newest first. For administrators of the organization. */
  async reads(
    actor: Actor,
    { channelId, ...page }: { readonly channelId: ChannelId } & PageRequest,
  ): Promise<Page<AccessDocument>> {
    await this.#administered(actor, channelId)
    const found = await listPage(
      this.#context.read.access,
      { index: 'channel', prefix: [channelId], backwards: true },
      page,
    )
    const items = found.hits.map(({ document }) => document)
    return pageOf(items, found)
  }

  /** The bytes of the icon. */
  async icon(
    actor: Actor,
    { channelId }: { readonly channelId: ChannelId },
  ): Promise<{ readonly mediaType: string; readonly bytes: Uint8Array } | undefined> {
    const { settings } = await this.get(actor, { channelId })
    return settings.icon === null ? undefined : this.#context.store.blobs.get(settings.icon.blobId)
  }

  async #readable(actor: Actor, channelId: ChannelId): Promise<ShownChannel | undefined> {
    const state = await this.#context.lookup.state(channelId)
    const channel = await this.#context.lookup.facts(channelId)
    if (channel === undefined || state.status === 'none' || state.status === 'abandoned') return undefined
    if (!isAdministrator(actor, channel.organizationId) && !isAgentOf(actor, channel)) return undefined
    const mistake = await accountMistake(this.#context.read, state)
    return mistake === undefined ? state : { ...state, mistake }
  }

  async #changeable(
    actor: Actor,
    channelId: ChannelId,
  ): Promise<Exclude<ChannelState, { status: 'none' | 'abandoned' }>> {
    const state = await this.#administered(actor, channelId)
    return state.status === 'deleted' ? refuse('channel-deleted', { channelId }) : state
  }

  /** A channel that does not exist looks like one of another organization. @throws Refusal `not-administrator` */
  async #administered(actor: Actor, channelId: ChannelId): Promise<Channel> {
    const state = await this.#context.lookup.state(channelId)
    if (state.status === 'none' || state.status === 'abandoned') {
      return actor.kind === 'system'
        ? refuse('channel-not-found', { channelId })
        : refuse('not-administrator', { actor: actor.id })
    }
    requireAdministrator(actor, state.organizationId)
    return state
  }

  /** The id that a repeated request has again; another one if the creation was undone because it took too long. */
  async #idOfNew(actor: Actor, organizationId: OrganizationId, key: string | undefined): Promise<ChannelId> {
    for (let tries = 0; ; tries++) {
      const channelId = idOfRequest(this.#context.runtime, actor, 'channel', `${organizationId}/${tries}`, key)
      if ((await this.#context.lookup.state(channelId)).status !== 'abandoned') return channelId
    }
  }

  async #keepIcon(icon: IconFile): Promise<Icon> {
    const mediaType = checkIcon(icon)
    const digest = this.#context.runtime.sha256(icon.bytes)
    // Named after what it holds: the same picture is kept once, however often it is given.
    const blobId = `icon/${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
    await this.#context.store.blobs.put(blobId, mediaType, icon.bytes)
    return { blobId, mediaType, size: icon.bytes.byteLength, fileName: icon.fileName }
  }

  /**
   * @param request what was asked; beside the channel and the key it is what the key is used for
   * @param prepare runs before the command, but not for a repeated request, whose answer does not depend on what changed since
   */
  async #execute<Request extends { readonly channelId: ChannelId } & Asked>(
    actor: Actor,
    { channelId, key, ...content }: Request,
    command: (state: ChannelState, at: number) => ChannelCommand,
    prepare: () => Promise<void> = async () => {},
  ): Promise<Done> {
    const { streams, clock, contentDigest } = this.#context
    // Also for a key that was used before: its answer is nobody else's.
    await this.#administered(actor, channelId)
    const at = clock.now()
    const { type } = command(await this.#context.lookup.state(channelId), at)
    const use = await commandKey(contentDigest, actor, type, key, content)
    if (key === undefined || !(await streams.isUsed(channels, channelId, use))) await prepare()
    const { position } = await streams.execute(
      channels,
      channelId,
      ({ state }): readonly ChannelEvent[] => channels.decider.decide(command(state, at), state),
      { meta: await this.#scope(channelId), at, ...use },
    )
    return position === undefined ? {} : { position }
  }

  async #scope(
    channelId: ChannelId,
  ): Promise<{ readonly channelId: ChannelId; readonly organizationId?: OrganizationId }> {
    const channel = await this.#context.lookup.facts(channelId)
    return channel === undefined ? { channelId } : { channelId, organizationId: channel.organizationId }
  }
}

const settingsOf = (state: ChannelState): Pick<ChannelSettings, 'conversion'> =>
  state.status === 'none' || state.status === 'abandoned' ? { conversion: DEFAULT_CONVERSION } : state.settings
