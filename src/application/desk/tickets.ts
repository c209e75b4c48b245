import type { Actor } from '../../domain/actor.ts'
import type { AgentId, ChannelId, ConversationId, TicketId } from '../../domain/ids.ts'
import { refuse } from '../../domain/refusal.ts'
import { isAdministrator } from '../../domain/require-administrator.ts'
import type { OpenTicketStatus, TicketCommand, TicketState } from '../../domain/ticket/index.ts'
import { textOf, type TicketDocument } from '../../projections/index.ts'
import { messageKey } from '../../projections/index.ts'
import { tickets } from '../commands/aggregates.ts'
import { commandKey } from '../commands/command-key.ts'
import { type Access, isAgentOf } from './access.ts'
import type { Asked, Done } from './asked.ts'
import type { DeskContext } from './context.ts'
import { listPage, type Page, pageOf, type PageRequest, pageSize } from './page.ts'
import { ticketPage, type TranscriptEntry } from './transcript.ts'

/** Code points of a subject. */
const SUBJECT = 100

/** A ticket as it is shown. Its subject is the beginning of its first message, as long as that is there. */
export interface Ticket extends TicketDocument {
  readonly subject?: string
}

/** Tickets (S8-S10): seen and worked on by the agents of their channel and the administrators of its organization. */
export class TicketDesk {
  readonly #context: DeskContext
  readonly #access: Access

  constructor(context: DeskContext, access: Access) {
    this.#context = context
    this.#access = access
  }

  /** Tickets of a channel, the newest first. */
  async list(
    actor: Actor,
    request: {
      readonly channelId: ChannelId
      readonly status?: OpenTicketStatus | 'closed'
      readonly conversationId?: ConversationId
    } & PageRequest,
  ): Promise<Page<Ticket>> {
    const { channelId, status, conversationId } = request
    await this.#access.toChannelOrConversation(actor, request, 'tickets')
    const { read } = this.#context
    const [index, prefix] =
      conversationId !== undefined
        ? (['conversation', [conversationId]] as const)
        : status === undefined
          ? (['channel', [channelId]] as const)
          : (['status', [channelId, status]] as const)
    const found = await listPage(read.tickets, { index, prefix, backwards: true }, request)
    const items = await Promise.all(
      found.hits
        .filter(({ document }) => document.channelId === channelId)
        .map(({ document }) => this.#shown(document)),
    )
    return pageOf(items, found)
  }

  /** @throws Refusal `not-associated`, `ticket-not-found` */
  async get(actor: Actor, { ticketId }: { readonly ticketId: TicketId }): Promise<Ticket> {
    return this.#shown(await this.#readable(actor, ticketId))
  }

  /**
   * The messages of both sides that the ticket holds, without notes: the earliest recorded page first, each page in the order
   * of message time.
   */
  async messages(
    actor: Actor,
    { ticketId, ...page }: { readonly ticketId: TicketId } & PageRequest,
  ): Promise<Page<TranscriptEntry>> {
    const ticket = await this.#readable(actor, ticketId)
    const limit = pageSize(page)
    return ticketPage(this.#context.read, ticket, {
      limit,
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    })
  }

  assign(
    actor: Actor,
    request: { readonly ticketId: TicketId; readonly assignee: AgentId | null } & Asked,
  ): Promise<Done> {
    const { assignee } = request
    return this.#execute(actor, request, (asked, agents) => ({
      type: 'AssignTicket',
      data: { ...asked, assignee, assigneeMayWork: assignee === null || Object.hasOwn(agents, assignee) },
    }))
  }

  setStatus(
    actor: Actor,
    request: { readonly ticketId: TicketId; readonly status: OpenTicketStatus } & Asked,
  ): Promise<Done> {
    const { status } = request
    return this.#execute(actor, request, (asked) => ({ type: 'ChangeTicketStatus', data: { ...asked, status } }))
  }

  close(actor: Actor, request: { readonly ticketId: TicketId } & Asked): Promise<Done> {
    return this.#execute(actor, request, (asked) => ({ type: 'CloseTicket', data: asked }))
  }

  reopen(actor: Actor, request: { readonly ticketId: TicketId } & Asked): Promise<Done> {
    return this.#execute(actor, request, (asked) => ({ type: 'ReopenTicket', data: asked }))
  }

  async #readable(actor: Actor, ticketId: TicketId): Promise<TicketDocument> {
    const document = await this.#context.read.tickets.get(ticketId)
    if (document === undefined)
      return actor.kind === 'system' ? refuse('ticket-not-found', { ticketId }) : refuse('not-associated', {})
    await this.#access.toChannel(actor, document.channelId, 'tickets', document.conversationId)
    return document
  }

  async #shown(document: TicketDocument): Promise<Ticket> {
    if (document.subjectMessageId === null) return document
    const message = await this.#context.read.transcript.get(
      messageKey(document.conversationId, document.subjectMessageId),
    )
    const text = message?.kind === 'message' ? textOf(message)?.trim().split('\n')[0] : undefined
    return text === undefined || text === '' ? document : { ...document, subject: [...text].slice(0, SUBJECT).join('') }
  }

  /** @param request what was asked; beside the ticket and the key it is what the key is used for */
  async #execute<Request extends { readonly ticketId: TicketId } & Asked>(
    actor: Actor,
    { ticketId, key, ...content }: Request,
    command: (
      asked: { readonly actor: Actor; readonly mayWork: boolean; readonly ticketId: TicketId; readonly at: number },
      agents: Readonly<Record<AgentId, number>>,
    ) => TicketCommand,
  ): Promise<Done> {
    const { streams, lookup, clock, contentDigest } = this.#context
    const { state } = await streams.atHead(tickets, ticketId)
    const channel = state.status === 'none' ? undefined : await lookup.facts(state.channelId)
    const mayWork =
      channel !== undefined && (isAgentOf(actor, channel) || isAdministrator(actor, channel.organizationId))
    // Also for a key that was used before: its answer is nobody else's.
    if (actor.kind !== 'system' && !mayWork) return refuse('not-associated', {})
    const asked = { actor, mayWork, ticketId, at: clock.now() }
    const { type } = command(asked, {})
    const { position } = await streams.execute(
      tickets,
      ticketId,
      (entity) => tickets.decider.decide(command(asked, channel?.agents ?? {}), entity.state),
      { meta: scopeOf(state), at: asked.at, ...(await commandKey(contentDigest, actor, type, key, content)) },
    )
    return position === undefined ? {} : { position }
  }
}

const scopeOf = (
  state: TicketState,
): { organizationId?: string; channelId?: string; conversationId?: string; customerId?: string } => {
  if (state.status === 'none') return {}
  const { organizationId, channelId, conversationId, customerId } = state
  return { organizationId, channelId, conversationId, customerId }
}
