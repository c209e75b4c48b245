import type { Actor } from '../domain/actor.ts'
import type { ChannelFacts, MessageEchoed, MessageReadAgain, MessageReceived } from '../domain/conversation/index.ts'
import type { ChannelId, ConversationId } from '../domain/ids.ts'
import { type UnknownMessageDocument, unknownMessageKey } from '../projections/index.ts'
import { toDomainEvent } from './codec.ts'
import { conversations } from './commands/aggregates.ts'
import { decideConversation } from './commands/decide-conversation.ts'
import type { DeskContext } from './desk/context.ts'
import { toContent } from './intake/to-command.ts'
import type { Position } from './ports/event-store.ts'
import type { Hit, ViewReader } from './views/view-reader.ts'

/** What reading messages of unknown kinds again has brought. */
export interface ReadAgain {
  /** Messages that were looked at. */
  readonly looked: number
  /** Those of which more can be read now, and is shown. */
  readonly read: number
  /** Present when there are more to look at. */
  readonly cursor?: string
  /** Where the newest of what was read stands. */
  readonly position?: Position
}

export interface ReadAgainRequest {
  readonly channelId?: ChannelId
  /** Messages that are looked at, at most. */
  readonly limit: number
  readonly cursor?: string
}

type Keeping = MessageReceived | MessageEchoed | MessageReadAgain

/** Reads again what was kept of messages of unknown kinds, with what the platform understands now. */
export class MessagesReadAgain {
  readonly #context: DeskContext
  readonly #unknown: ViewReader<UnknownMessageDocument>

  constructor(context: DeskContext, unknown: ViewReader<UnknownMessageDocument>) {
    this.#context = context
    this.#unknown = unknown
  }

  /** One page of them, conversation by conversation. What was read is found no more; asking again changes nothing. */
  async run(actor: Actor, { channelId, limit, cursor }: ReadAgainRequest): Promise<ReadAgain> {
    const hits = await this.#unknown.query({
      index: 'channel',
      prefix: channelId === undefined ? [] : [channelId],
      limit: limit + 1,
      ...(cursor === undefined ? {} : { after: cursor }),
    })
    const page = hits.slice(0, limit)
    let read = 0
    let position: Position | undefined
    for (const documents of byConversation(page)) {
      const [first] = documents
      if (first === undefined) continue
      const channel = await this.#context.lookup.factsOf(first.channelId)
      // A deleted channel is read-only for ever.
      if (channel.status === 'deleted') continue
      const done = await this.#readIn(actor, channel, first, documents)
      read += done.read
      if (done.position !== undefined && (position === undefined || done.position > position)) position = done.position
    }
    const next = hits.length > limit ? page.at(-1)?.cursor : undefined
    return {
      looked: page.length,
      read,
      ...(next === undefined ? {} : { cursor: next }),
      ...(position === undefined ? {} : { position }),
    }
  }

  /** Those of one conversation, in one commit. */
  async #readIn(
    actor: Actor,
    channel: ChannelFacts,
    { conversationId, channelId, customerId }: UnknownMessageDocument,
    documents: readonly UnknownMessageDocument[],
  ): Promise<{ readonly read: number; readonly position?: Position }> {
    const { streams, lookup, views, clock } = this.#context
    const at = clock.now()
    const keys = documents.map(({ messageId }) => unknownMessageKey(conversationId, messageId))
    const { events, position } = await streams.execute(
      conversations,
      conversationId,
      async (entity) => {
        // As of the revision that is decided on: what was read or taken back since is in the view no more.
        await views.waitFor(entity.position, { views: ['unknown-messages'] })
        const left = (await this.#unknown.getMany(keys)).filter((document) => document !== undefined)
        let { state } = entity
        const decided = []
        for (const { messageId, revision } of left) {
          const kept = await this.#kept(conversationId, revision)
          if (kept === undefined) continue
          const content = this.#context.platform.readAgain(kept.personal.raw)
          if (content === undefined) continue
          const happened = await decideConversation(
            lookup,
            {
              type: 'ReadMessageAgain',
              data: {
                conversationId,
                channel,
                actor,
                at,
                messageId,
                outline: kept.outline,
                personal: kept.personal,
                content: toContent(channel.accountId, content),
              },
            },
            state,
          )
          state = happened.reduce((folded, event) => conversations.decider.evolve(folded, event), state)
          decided.push(...happened)
        }
        return decided
      },
      { meta: { organizationId: channel.organizationId, channelId, conversationId, customerId }, at },
    )
    const read = events.filter(({ type }) => type === 'MessageReadAgain').length
    return position === undefined || read === 0 ? { read } : { read, position }
  }

  /** The message as it stands in the log; undefined: what came is kept no longer. */
  async #kept(
    conversationId: ConversationId,
    revision: number,
  ): Promise<
    | (Pick<Keeping['data'], 'outline'> & {
        readonly personal: NonNullable<Keeping['personal']> & { readonly raw: string }
      })
    | undefined
  > {
    const [recorded] = await this.#context.store.events.read(`conversation-${conversationId}`, {
      from: revision,
      limit: 1,
    })
    if (recorded?.revision !== revision) return undefined
    const { data, personal } = toDomainEvent<Keeping>(recorded)
    return personal?.raw === undefined
      ? undefined
      : { outline: data.outline, personal: { ...personal, raw: personal.raw } }
  }
}

const byConversation = (
  hits: readonly Hit<UnknownMessageDocument>[],
): readonly (readonly UnknownMessageDocument[])[] => [
  ...Map.groupBy(
    hits.map(({ document }) => document),
    ({ conversationId }) => conversationId,
  ).values(),
]
