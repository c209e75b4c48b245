import type { ReplyQueued } from '../../domain/conversation/index.ts'
import {
  type ConversationCommand,
  type ConversationEvent,
  isEvidenceFor,
  nextDelivery,
  type NextDelivery,
  type Part,
} from '../../domain/conversation/index.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ConversationId } from '../../domain/ids.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { toDomainEvent } from '../codec.ts'
import { channels, conversations } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import { messageIdOf, newId } from '../identity.ts'
import type { OutgoingMessage, Sender, SendResult } from '../ports/messenger.ts'
import { isStoreError } from '../ports/store-errors.ts'
import { monotonic, pause } from '../time.ts'
import { Worker } from '../worker.ts'
import { type AttemptOf, consequenceOf } from './after-send.ts'

type Step<Kind extends NextDelivery['kind']> = Extract<NextDelivery, { readonly kind: Kind }>
type Key = Pick<Step<'look'>, 'replyId' | 'part' | 'attempt'>

/** A call to Meta that another process holds, or held when it died: since when this process has seen it (monotonic). */
interface ForeignCall {
  readonly attempt: string
  readonly since: number
}

const nameOf = ({ replyId, part, attempt }: Key): string => `${replyId}/${part}/${attempt}`

/** Conversations looked for in the view at once. */
const PAGE = 200

/**
 * Sends what agents wrote: one call at a time per conversation, in order, `attempted` durable before the call.
 *
 * The product repeats a call only if for certain nothing was delivered. A call of a process that is gone is never repeated:
 * its outcome is unknown and is settled by evidence. What there is to do stands in the log; a crash at any instant loses none of it.
 */
export class Delivery {
  readonly #context: DeskContext
  readonly #worker: Worker
  readonly #name = newId()
  readonly #busy = new Map<ConversationId, Promise<void>>()
  readonly #wanted = new Set<ConversationId>()
  readonly #foreign = new Map<ConversationId, ForeignCall>()
  readonly #stop = new AbortController()

  constructor(context: DeskContext) {
    this.#context = context
    this.#worker = new Worker('delivery', () => this.#pass(), context.log)
  }

  start(): void {
    if (this.#context.delivery.enabled) this.#worker.start()
  }

  /** Begins no further call, and waits for those under way. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#worker.stop()
    await Promise.allSettled(this.#busy.values())
  }

  /** There may be something to send: in that conversation at once, or anywhere. */
  wake(conversationId?: ConversationId): void {
    if (conversationId !== undefined && this.#context.delivery.enabled) {
      this.#wanted.add(conversationId)
      this.#serve()
    }
    this.#worker.wake()
  }

  /** Finds conversations with something to do; what comes in this process is served without waiting for the view. */
  async #pass(): Promise<number> {
    const { read, clock, delivery } = this.#context
    const now = clock.now()
    const ready = await read.outbox.query({ index: 'ready', prefix: [], to: now, limit: PAGE })
    for (const { key } of ready) this.#wanted.add(key)
    this.#serve()
    if (this.#busy.size >= delivery.concurrency) return 1_000
    const [next] = await read.outbox.query({ index: 'ready', prefix: [], from: now + 1, limit: 1 })
    return next === undefined ? 1_000 : Number(next.entry[0]) - now
  }

  #serve(): void {
    for (const conversationId of this.#wanted) {
      if (this.#stop.signal.aborted || this.#busy.size >= this.#context.delivery.concurrency) return
      if (this.#busy.has(conversationId)) continue
      this.#wanted.delete(conversationId)
      const serving = this.#deliver(conversationId)
        .catch((error: unknown) => {
          if (this.#stop.signal.aborted || isStoreError(error, 'StoreClosed')) return
          this.#context.log.error('delivery of a conversation failed and is tried again', {
            conversationId,
            problem: error instanceof Error ? error.name : 'Error',
          })
        })
        .finally(() => {
          this.#busy.delete(conversationId)
          this.#serve()
        })
      this.#busy.set(conversationId, serving)
    }
  }

  /** Does one step after the other until there is nothing to do, or only later. */
  async #deliver(conversationId: ConversationId): Promise<void> {
    const { streams, lookup, clock } = this.#context
    while (!this.#stop.signal.aborted) {
      const { state } = await streams.atHead(conversations, conversationId)
      if (state.status !== 'started') return
      const channel = await lookup.factsOf(state.channelId)
      const step = nextDelivery(state, channel, clock.now())
      if (step.kind !== 'in-flight') this.#foreign.delete(conversationId)
      switch (step.kind) {
        case 'idle':
        case 'wait':
          return
        case 'attempt':
          if (!(await this.#attempt(conversationId, state.customerId, channel, step))) return
          break
        case 'in-flight':
          if (!this.#isGone(conversationId, step)) return
          await this.#record(conversationId, state.customerId, {
            type: 'RecordOutcomeUnknown',
            data: this.#of(conversationId, channel, step),
          })
          break
        case 'look':
          if (!(await this.#look(conversationId, state.customerId, channel, step))) return
          break
        case 'declare-unconfirmed':
          await this.#record(conversationId, state.customerId, {
            type: 'RecordUnconfirmed',
            data: this.#of(conversationId, channel, step),
          })
          break
      }
    }
  }

  #of(conversationId: ConversationId, channel: ChannelFacts, { replyId, part, attempt }: Key): AttemptOf {
    return { conversationId, channel, at: this.#context.clock.now(), replyId, part, attempt }
  }

  /** Whether a call of another process has been open here for longer than any call lasts. */
  #isGone(conversationId: ConversationId, step: Step<'in-flight'>): boolean {
    const attempt = nameOf(step)
    const seen = this.#foreign.get(conversationId)
    if (seen?.attempt !== attempt) {
      this.#foreign.set(conversationId, { attempt, since: monotonic() })
      return false
    }
    return monotonic() - seen.since > this.#context.delivery.callTimeout + 1_000
  }

  /** One attempt of one part. False when there is nothing more to do now. */
  async #attempt(
    conversationId: ConversationId,
    customerId: string,
    channel: ChannelFacts,
    step: Step<'attempt'>,
  ): Promise<boolean> {
    const { messenger, digest, onStep } = this.#context
    const reply = await this.#replyAt(conversationId, step.revision)
    if (reply === undefined) {
      await this.#record(conversationId, customerId, {
        type: 'RejectReply',
        data: {
          conversationId,
          channel,
          at: this.#context.clock.now(),
          replyId: step.replyId,
          part: step.part,
          reason: 'content-gone',
        },
      })
      return true
    }
    const parts = step.needsCut
      ? messenger.cut({ ...(reply.text === undefined ? {} : { text: reply.text }), media: reply.media })
      : undefined
    const part = step.content ?? parts?.[step.part]
    if (part === undefined) throw new Error('a reply has no such part')
    const message = messageOf(part, reply)
    const sender = await this.#sender(channel)
    const begun = await this.#begin(
      conversationId,
      customerId,
      channel,
      step,
      parts,
      message.text === undefined ? undefined : await digest(message.text),
    )
    const attempted = begun.find((event) => event.type === 'ReplyAttempted')
    if (attempted === undefined) return begun.length > 0
    await onStep('attempted')
    const { tag } = attempted.data
    const result = await this.#call(sender, {
      customerId,
      ...message,
      tag,
      ...(step.part === 0 && reply.replyToMid !== undefined ? { replyToMid: reply.replyToMid } : {}),
    })
    await onStep('called')
    const consequence = consequenceOf(result, this.#of(conversationId, channel, step), tag)
    await onStep('answered')
    await this.#record(conversationId, customerId, consequence.command)
    if (consequence.authorization !== undefined) {
      await this.#changeChannel(channel, { type: 'SetAuthorization', ...consequence.authorization })
    }
    if (consequence.humanAgent !== undefined && consequence.humanAgent !== channel.humanAgent) {
      await this.#changeChannel(channel, { type: 'SetHumanAgentPermission', permission: consequence.humanAgent })
    }
    return true
  }

  /** Writes `attempted`. Nothing when another process was first: then it is theirs. */
  async #begin(
    conversationId: ConversationId,
    customerId: string,
    channel: ChannelFacts,
    step: Step<'attempt'>,
    parts: readonly Part[] | undefined,
    textDigest: string | undefined,
  ): Promise<readonly ConversationEvent[]> {
    try {
      return await this.#record(conversationId, customerId, {
        type: 'BeginAttempt',
        data: {
          ...this.#of(conversationId, channel, step),
          ...(parts === undefined ? {} : { parts }),
          ...(textDigest === undefined ? {} : { textDigest }),
          epoch: 0,
          worker: this.#name,
        },
      })
    } catch (error) {
      if (isRefusal(error, 'attempt-out-of-turn')) return []
      throw error
    }
  }

  /** The call itself; whatever goes wrong in it, its outcome is unknown unless Meta or the network say otherwise. */
  async #call(sender: Sender | undefined, message: OutgoingMessage): Promise<SendResult> {
    if (sender === undefined) return { kind: 'authorization-lost', code: 'no-token' }
    const { messenger, delivery } = this.#context
    const late = new AbortController()
    const timeout = pause(delivery.callTimeout, late.signal).then((): SendResult => ({
      kind: 'outcome-unknown',
      code: 'timeout',
    }))
    try {
      return await Promise.race([
        messenger.send(sender, message, { signal: AbortSignal.timeout(delivery.callTimeout) }),
        timeout,
      ])
    } catch {
      return { kind: 'outcome-unknown', code: 'failed' }
    } finally {
      late.abort()
    }
  }

  /** One look at Meta's conversation. Not finding it proves nothing. False when Meta could not be asked. */
  async #look(
    conversationId: ConversationId,
    customerId: string,
    channel: ChannelFacts,
    step: Step<'look'>,
  ): Promise<boolean> {
    const { messenger, streams, digest } = this.#context
    const sender = await this.#sender(channel)
    if (sender === undefined) return false
    const history = await messenger.history(sender, customerId)
    if (history.kind === 'throttled' || history.kind === 'no-connection') {
      await pause(1_000, this.#stop.signal)
      return true
    }
    const { state } = await streams.atHead(conversations, conversationId)
    const messages = history.kind === 'found' ? history.messages : []
    const found = await findSent(state, step, messages, channel.accountId, digest)
    await this.#record(conversationId, customerId, {
      type: 'RecordLook',
      data: { ...this.#of(conversationId, channel, step), found },
    })
    return true
  }

  async #sender(channel: ChannelFacts): Promise<Sender | undefined> {
    const state = await this.#context.lookup.state(channel.channelId)
    const token = await this.#context.store.tokens.get(channel.channelId)
    return token === undefined || state.status === 'none' || state.status === 'abandoned'
      ? undefined
      : { account: state.account, token }
  }

  /** What the agent wrote; undefined if it was forgotten since. */
  async #replyAt(conversationId: ConversationId, revision: number): Promise<QueuedContent | undefined> {
    const [recorded] = await this.#context.store.events.read(`conversation-${conversationId}`, {
      from: revision,
      limit: 1,
    })
    if (recorded === undefined) return undefined
    const { data, personal } = toDomainEvent<ReplyQueued>(recorded)
    const urls = personal?.mediaUrls ?? []
    if ((data.hasText && personal?.text === undefined) || urls.length < data.media.length) return undefined
    const replyToMid = data.replyTo === undefined ? undefined : await this.#midOf(data.replyTo)
    return {
      media: data.media.map(({ kind }, index) => ({ kind, url: urls[index] ?? '' })),
      ...(personal?.text === undefined ? {} : { text: personal.text }),
      ...(replyToMid === undefined ? {} : { replyToMid }),
    }
  }

  /** Meta's id of a quoted message; a quote that cannot be found is left out, the reply still goes. */
  async #midOf(messageId: string): Promise<string | undefined> {
    const found = await this.#context.read.messageIndex.get(messageId)
    if (found === undefined || !('conversationId' in found)) return undefined
    const [recorded] = await this.#context.store.events.read(`conversation-${found.conversationId}`, {
      from: found.revision,
      limit: 1,
    })
    return (recorded?.data as { readonly mid?: string } | undefined)?.mid
  }

  async #record(
    conversationId: ConversationId,
    customerId: string,
    command: ConversationCommand,
  ): Promise<readonly ConversationEvent[]> {
    const { streams, clock } = this.#context
    const { organizationId, channelId } = command.data.channel
    const { events } = await streams.execute(
      conversations,
      conversationId,
      ({ state }) => conversations.decider.decide(command, state),
      { meta: { organizationId, channelId, conversationId, customerId }, at: clock.now() },
    )
    return events
  }

  async #changeChannel(
    { channelId, organizationId }: ChannelFacts,
    change:
      | {
          readonly type: 'SetAuthorization'
          readonly authorization: 'suspended' | 'lost' | 'restricted' | 'connected'
          readonly reason: string
        }
      | { readonly type: 'SetHumanAgentPermission'; readonly permission: 'granted' | 'refused' },
  ): Promise<void> {
    const { streams, clock, log } = this.#context
    const at = clock.now()
    const by = { actor: { kind: 'system' }, channelId, at } as const
    await streams.execute(
      channels,
      channelId,
      ({ state }) =>
        channels.decider.decide(
          change.type === 'SetAuthorization'
            ? { type: change.type, data: { ...by, authorization: change.authorization, reason: change.reason } }
            : { type: change.type, data: { ...by, permission: change.permission } },
          state,
        ),
      { meta: { organizationId, channelId }, at },
    )
    if (change.type === 'SetAuthorization') {
      log.warn('the authorization of a channel changed', {
        channelId,
        authorization: change.authorization,
        reason: change.reason,
      })
    }
  }
}

interface QueuedContent {
  readonly text?: string
  readonly media: readonly { readonly kind: 'image' | 'video' | 'audio' | 'file'; readonly url: string }[]
  readonly replyToMid?: string
}

const messageOf = (part: Part, { text = '', media }: QueuedContent): Pick<OutgoingMessage, 'text' | 'media'> =>
  part.kind === 'text'
    ? { text: text.slice(part.from, part.to) }
    : { media: part.indexes.flatMap((index) => media[index] ?? []) }

const findSent = async (
  state: Parameters<typeof nextDelivery>[0],
  step: Step<'look'>,
  messages: readonly {
    readonly mid: string
    readonly at: number
    readonly from: 'business' | 'customer'
    readonly text?: string
    readonly attachments?: number
  }[],
  accountId: string,
  digest: (text: string) => Promise<string>,
): Promise<{ readonly messageId: string; readonly mid: string } | null> => {
  // Oldest first, so that two equal texts are settled in the order in which they were sent.
  for (const message of messages.toReversed()) {
    if (message.from !== 'business') continue
    const textDigest = message.text === undefined || message.text === '' ? undefined : await digest(message.text)
    const messageId = messageIdOf(accountId, message.mid)
    if (
      isEvidenceFor(state, step, {
        messageId,
        at: message.at,
        attachments: message.attachments ?? 0,
        ...(textDigest === undefined ? {} : { textDigest }),
      })
    ) {
      return { messageId, mid: message.mid }
    }
  }
  return null
}
