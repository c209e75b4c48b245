import type { Actor } from '../../domain/actor.ts'
import type { ChannelId, ConversationId, ReplyId } from '../../domain/ids.ts'
import { refuse } from '../../domain/refusal.ts'
import type { DeliveryDocument, PendingConversion, ReplyStatus } from '../../projections/index.ts'
import type { Access } from './access.ts'
import type { DeskContext } from './context.ts'
import { listPage, type Page, pageOf, type PageRequest } from './page.ts'

/** What is still to happen and what happened on the way to customers, per channel. */
export class Worklists {
  readonly #context: DeskContext
  readonly #access: Access

  constructor(context: DeskContext, access: Access) {
    this.#context = context
    this.#access = access
  }

  /** The conversions to come, the one due first at the top. */
  async pendingConversions(
    actor: Actor,
    request: { readonly channelId: ChannelId } & PageRequest,
  ): Promise<Page<PendingConversion>> {
    const { channelId } = request
    await this.#access.toChannel(actor, channelId, 'pending-conversions')
    const found = await listPage(
      this.#context.read.pendingConversions,
      { index: 'channel', prefix: [channelId] },
      request,
    )
    const items = found.hits.map(({ document }) => document)
    return pageOf(items, found)
  }

  /** Replies with every part and attempt, the newest first: of a channel (in one status, if asked for) or of one conversation. */
  async deliveries(
    actor: Actor,
    request: {
      readonly channelId: ChannelId
      readonly status?: ReplyStatus
      readonly conversationId?: ConversationId
    } & PageRequest,
  ): Promise<Page<DeliveryDocument>> {
    const { channelId, status, conversationId } = request
    await this.#access.toChannelOrConversation(actor, request, 'deliveries')
    const [index, prefix] =
      conversationId !== undefined
        ? (['conversation', [conversationId]] as const)
        : status === undefined
          ? (['channel', [channelId]] as const)
          : (['status', [channelId, status]] as const)
    const found = await listPage(this.#context.read.deliveries, { index, prefix, backwards: true }, request)
    const items = found.hits.flatMap(({ document }) => (document.channelId === channelId ? [document] : []))
    return pageOf(items, found)
  }

  /** One reply with every part and attempt. */
  async delivery(actor: Actor, { replyId }: { readonly replyId: ReplyId }): Promise<DeliveryDocument> {
    const document = await this.#context.read.deliveries.get(replyId)
    if (document === undefined)
      return actor.kind === 'system' ? refuse('reply-not-found', { replyId }) : refuse('not-associated', {})
    await this.#access.toChannel(actor, document.channelId, 'deliveries', document.conversationId)
    return document
  }
}
