import {
  type ConversationEvent,
  nextDelivery,
  type NextDelivery,
  type Part,
  type ReplyWindow,
  replyWindowOf,
  type StartedConversation,
  tookChannel,
} from '../../domain/conversation/index.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ConversationId } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { conversations } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import { type AttemptOf, consequenceOf } from './after-send.ts'
import { callMeta } from './call.ts'
import { changeHumanAgent } from './channel-consequences.ts'
import { Looks } from './look.ts'
import { Outcomes } from './outcomes.ts'
import { messageOf, type QueuedContent, queuedContent } from './queued-content.ts'

export type Step<Kind extends NextDelivery['kind']> = Extract<NextDelivery, { readonly kind: Kind }>

/** When a conversation is to be looked at again although nothing happened to it: at an instant, or after so many real milliseconds. */
export interface Rest {
  readonly until?: Instant
  readonly within?: number
}

/** A conversation that is being served. */
export interface Served {
  readonly conversationId: ConversationId
  readonly channel: ChannelFacts
  readonly state: StartedConversation
}

/** A call to Meta that another process holds, or held when it died: since when this process has seen it (monotonic). */
interface ForeignCall {
  readonly attempt: string
  readonly since: number
}

/** Longer than a call can last by so many milliseconds: then its process is gone, or gives it up itself. */
const GRACE = 1_000

const nameOf = ({ replyId, part, attempt }: Pick<AttemptOf, 'replyId' | 'part' | 'attempt'>): string =>
  `${replyId}/${part}/${attempt}`

/**
 * Does what one conversation has to do, one step after the other.
 *
 * The product repeats a call only if for certain nothing was delivered. A call of a process that is gone is never repeated:
 * its outcome is unknown and is settled by evidence. A crash between any two lines loses nothing that was promised.
 */
export class Courier {
  readonly #context: DeskContext
  readonly #stopped: AbortSignal
  readonly #giveUp: AbortSignal
  readonly #outcomes: Outcomes
  readonly #looks: Looks
  readonly #foreign = new Map<ConversationId, ForeignCall>()

  /** No call begins once `stopped`; calls under way are given up once `giveUp`. */
  constructor(context: DeskContext, stopped: AbortSignal, giveUp: AbortSignal) {
    this.#context = context
    this.#stopped = stopped
    this.#giveUp = giveUp
    this.#outcomes = new Outcomes(context, giveUp)
    this.#looks = new Looks(context, this.#outcomes, stopped)
  }

  /** Serves until there is nothing to do, or only later. Answers when to come again; undefined: when something happens. */
  async serve(conversationId: ConversationId): Promise<Rest | undefined> {
    const { streams, lookup, clock } = this.#context
    while (!this.#stopped.aborted && this.#epochOf(conversationId) !== undefined) {
      const { state } = await streams.atHead(conversations, conversationId)
      if (state.status !== 'started') return undefined
      const channel = await lookup.factsOf(state.channelId)
      const served: Served = { conversationId, channel, state }
      const now = clock.now()
      const step = nextDelivery(state, channel, now)
      if (step.kind !== 'in-flight') this.#foreign.delete(conversationId)
      if (step.kind !== 'look') this.#looks.forget(conversationId)
      switch (step.kind) {
        case 'idle':
          return undefined
        case 'wait':
          return { until: Math.min(step.until ?? Number.POSITIVE_INFINITY, nextEnd(replyWindowOf(state, now), now)) }
        case 'settle':
          await this.#outcomes.record(served, { type: 'SettleDue', data: { conversationId, channel, at: now } })
          break
        case 'attempt':
          await this.#attempt(served, step)
          break
        case 'in-flight': {
          const left = this.#leftOf(conversationId, step)
          if (left > 0) return { within: left }
          await this.#outcomes.record(served, { type: 'RecordOutcomeUnknown', data: this.#of(served, step) })
          break
        }
        case 'look': {
          const rest = await this.#looks.look(served, step, this.#of(served, step))
          if (rest !== undefined) return rest
          break
        }
        case 'declare-unconfirmed':
          await this.#outcomes.record(served, { type: 'RecordUnconfirmed', data: this.#of(served, step) })
          break
      }
    }
    return undefined
  }

  /** Undefined: another process serves it now. */
  #epochOf(conversationId: ConversationId): number | undefined {
    return this.#context.shares.epochOf('delivery', conversationId)
  }

  #of(
    { conversationId, channel }: Served,
    { replyId, part, attempt }: Pick<AttemptOf, 'replyId' | 'part' | 'attempt'>,
  ): AttemptOf {
    return { conversationId, channel, at: this.#context.clock.now(), replyId, part, attempt }
  }

  /** Milliseconds until a call of another process has been open here for longer than any call lasts. */
  #leftOf(conversationId: ConversationId, step: Step<'in-flight'>): number {
    const attempt = nameOf(step)
    const seen = this.#foreign.get(conversationId)
    const since = seen?.attempt === attempt ? seen.since : this.#context.runtime.monotonic()
    this.#foreign.set(conversationId, { attempt, since })
    return since + this.#context.delivery.callTimeout + GRACE - this.#context.runtime.monotonic()
  }

  /** One attempt of one part: `attempted`, the call, and what came of it. */
  async #attempt(served: Served, step: Step<'attempt'>): Promise<void> {
    const { meta, onStep } = this.#context
    const content = await queuedContent(this.#context, served.conversationId, step.revision)
    if (content === undefined) return this.#reject(served, step, 'content-gone')
    const parts = step.needsCut
      ? meta.cut({ ...(content.text === undefined ? {} : { text: content.text }), media: content.media })
      : undefined
    const part = step.content ?? parts?.[step.part]
    if (part === undefined) return this.#reject(served, step, 'message-refused')
    const sender = await meta.credentials(served.channel.channelId)
    const { shares } = this.#context
    const { presence } = shares
    const attempted = await this.#begin(served, step, parts, part, content)
    if (attempted === undefined) return
    await onStep('attempted')
    const { tag, at } = attempted.data
    const tookBefore = tookChannel(served.state.replies, step.replyId)
    const message = {
      customerId: served.state.customerId,
      ...messageOf(part, content),
      tag,
      ...(step.part === 0 && content.replyToMid !== undefined ? { replyToMid: content.replyToMid } : {}),
    }
    // The order to stop may have come meanwhile, or the process have slept until others took over: for certain nothing was
    // delivered then. The latter is asked once more where the call leaves; no fence closes the instant between that and the socket.
    const mayLeave = (): boolean => presence !== undefined && shares.presence === presence
    const result =
      this.#stopped.aborted || !mayLeave()
        ? ({ kind: 'no-connection' } as const)
        : await callMeta(this.#context, served.channel, sender, message, { giveUp: this.#giveUp, mayLeave, tookBefore })
    await onStep('called')
    const isOutsideStandard = replyWindowOf(served.state, at).state === 'human-agent'
    const { command, humanAgent } = consequenceOf(result, this.#of(served, step), {
      tag,
      isOutsideStandard,
      tookBefore,
    })
    await onStep('answered')
    await this.#outcomes.record(served, command)
    await changeHumanAgent(this.#context, served.channel, humanAgent)
  }

  /** Writes `attempted`. Undefined if it is refused for good, which is recorded, or if another process was first. */
  async #begin(
    served: Served,
    step: Step<'attempt'>,
    parts: readonly Part[] | undefined,
    part: Part,
    content: QueuedContent,
  ): Promise<Extract<ConversationEvent, { type: 'ReplyAttempted' }> | undefined> {
    const { text } = messageOf(part, content)
    const textDigest = text === undefined ? undefined : await this.#context.digest(text)
    const epoch = this.#epochOf(served.conversationId)
    if (epoch === undefined) return undefined
    try {
      const events = await this.#outcomes.begin(served, {
        type: 'BeginAttempt',
        data: {
          ...this.#of(served, step),
          ...(parts === undefined ? {} : { parts }),
          ...(textDigest === undefined ? {} : { textDigest }),
          epoch,
          worker: this.#context.shares.member,
        },
      })
      return events.find((event) => event.type === 'ReplyAttempted')
    } catch (error) {
      if (isRefusal(error, 'attempt-out-of-turn')) return undefined
      // Whoever holds it now has a higher epoch; unless the notes about that were lost and began anew.
      if (isRefusal(error, 'lease-lost'))
        this.#context.shares.raise('delivery', served.conversationId, error.facts.current)
      throw error
    }
  }

  async #reject(served: Served, step: Step<'attempt'>, reason: 'content-gone' | 'message-refused'): Promise<void> {
    const { conversationId, channel, at, replyId, part } = this.#of(served, step)
    await this.#outcomes.record(served, {
      type: 'RejectReply',
      data: { conversationId, channel, at, replyId, part, reason },
    })
  }
}

/** Then what waits may be refused, and is looked at again. */
const nextEnd = ({ standardUntil, humanAgentUntil }: ReplyWindow, now: Instant): Instant =>
  [standardUntil, humanAgentUntil].find((end) => end !== undefined && end > now) ?? Number.POSITIVE_INFINITY
