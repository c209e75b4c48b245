import type { Actor } from '../../domain/actor.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import { type StartedConversation, whyNotReply } from '../../domain/conversation/index.ts'
import type { ConversationId, MessageId } from '../../domain/ids.ts'
import { refuse, type RefusalCode } from '../../domain/refusal.ts'
import { conversations } from '../commands/aggregates.ts'
import { decideConversation } from '../commands/decide-conversation.ts'
import { midOf } from '../delivery/queued-content.ts'
import type { Messenger, Sender, SendFailure } from '../ports/messenger.ts'
import type { Done } from './asked.ts'
import type { DeskContext } from './context.ts'

/** Whether Meta took it, and else why not; nothing is tried again by itself. */
export type GestureResult =
  | ({ readonly done: true } & Done)
  | { readonly done: false; readonly why: SendFailure['kind']; readonly code?: string }

interface Conversation {
  readonly state: StartedConversation
  readonly channel: ChannelFacts
}

/** Reasons for which nobody may write, but which say nothing against having seen what is there. */
const ONLY_WRITING: ReadonlySet<RefusalCode> = new Set([
  'window-expired',
  'window-never-opened',
  'human-agent-only',
  'human-agent-refused',
  'conversation-ended',
])

/**
 * What an agent shows the customer without writing: typing, seen, a reaction. Whoever may answer may do so; a reaction also needs
 * an open window. Meta sends no echo of a reaction, so it is recorded when Meta has taken it; typing and seen are not recorded.
 */
export class Gestures {
  readonly #context: DeskContext

  constructor(context: DeskContext) {
    this.#context = context
  }

  /** @param action `seen`: the customer's messages show as seen; Meta's app shows typing for some 20 seconds */
  async signal(
    actor: Actor,
    conversationId: ConversationId,
    action: Parameters<Messenger['signal']>[1]['action'],
  ): Promise<GestureResult> {
    const conversation = await this.#mayGesture(actor, conversationId, action === 'seen')
    const { customerId } = conversation.state
    const sender = await this.#sender(conversation)
    const result = await this.#context.meta.signal(conversation.channel, sender, { customerId, action })
    return result.kind === 'done' ? { done: true } : failed(result)
  }

  /** One reaction of the business per message: another emoji takes its place, null takes it away. */
  async react(
    actor: Actor,
    {
      conversationId,
      messageId,
      emoji,
    }: { readonly conversationId: ConversationId; readonly messageId: MessageId; readonly emoji: string | null },
  ): Promise<GestureResult> {
    const { meta, clock, streams, lookup, digest } = this.#context
    const conversation = await this.#mayGesture(actor, conversationId, false)
    const { channel, state } = conversation
    if (emoji === '') refuse('empty', { field: 'emoji' })
    const mid = await midOf(this.#context, conversationId, messageId)
    if (mid === undefined) return refuse('message-not-found', { messageId })
    const { customerId } = state
    const action = emoji === null ? 'unreact' : 'react'
    const result = await meta.react(channel, await this.#sender(conversation), {
      customerId,
      mid,
      action,
      ...(emoji === null ? {} : { emoji }),
    })
    if (result.kind !== 'done') return failed(result)
    const at = clock.now()
    const digested = emoji === null ? undefined : await digest(emoji)
    const { organizationId, channelId } = channel
    const { position } = await streams.execute(
      conversations,
      conversationId,
      (entity) =>
        decideConversation(
          lookup,
          {
            type: 'ReceiveReaction',
            data: {
              conversationId,
              channel,
              customerId,
              messageId,
              metaAt: at,
              at,
              by: 'business',
              action,
              ...(emoji === null ? {} : { emoji }),
              ...(digested === undefined ? {} : { digest: digested }),
            },
          },
          entity.state,
        ),
      { meta: { organizationId, channelId, conversationId, customerId }, at },
    )
    return position === undefined ? { done: true } : { done: true, position }
  }

  async #mayGesture(actor: Actor, conversationId: ConversationId, isSeen: boolean): Promise<Conversation> {
    const { streams, lookup, clock } = this.#context
    const { state } = await streams.atHead(conversations, conversationId)
    const channel = state.status === 'started' ? await lookup.facts(state.channelId) : undefined
    if (state.status !== 'started' || channel === undefined) return refuse('not-associated', {})
    const why = whyNotReply(state, channel, actor, clock.now())
    if (why !== undefined && !(isSeen && ONLY_WRITING.has(why.code))) throw why
    return { state, channel }
  }

  async #sender({ channel: { channelId, authorization } }: Conversation): Promise<Sender> {
    const sender = await this.#context.meta.credentials(channelId)
    if (sender === undefined || authorization === 'lost') return refuse('authorization-lost', { channelId })
    return authorization === 'suspended' ? refuse('authorization-suspended', { channelId }) : sender
  }
}

const failed = (failure: SendFailure): GestureResult => ({
  done: false,
  why: failure.kind,
  ...('code' in failure && failure.code !== undefined ? { code: failure.code } : {}),
})
