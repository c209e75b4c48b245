import { isEvidenceFor } from '../../domain/conversation/index.ts'
import type { ConversationId } from '../../domain/ids.ts'
import { MINUTE } from '../../domain/instant.ts'
import { conversations } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import { messageIdOf } from '../identity.ts'
import type { PastMessage, Sender, SendFailure } from '../ports/messenger.ts'
import { once } from '../time.ts'
import type { AttemptOf } from './after-send.ts'
import type { Rest, Served, Step } from './courier.ts'
import type { MetaCalls } from './meta-calls.ts'
import type { Outcomes } from './outcomes.ts'

/** Real milliseconds for which Meta is asked again and again when it does not answer; then an agent decides. */
const TRY_FOR = 10 * MINUTE
const LONGEST_WAIT = MINUTE

interface Tries {
  readonly since: number
  readonly failures: number
}

/** The one look at Meta's conversation that an unknown outcome gets when no echo has settled it. */
export class Looks {
  readonly #context: DeskContext
  readonly #outcomes: Outcomes
  readonly #stopped: AbortSignal
  readonly #tries = new Map<ConversationId, Tries>()

  constructor(context: DeskContext, outcomes: Outcomes, stopped: AbortSignal) {
    this.#context = context
    this.#outcomes = outcomes
    this.#stopped = stopped
  }

  /** Nothing is looked for there any more. */
  forget(conversationId: ConversationId): void {
    this.#tries.delete(conversationId)
  }

  /**
   * Looks, and records what was seen. Not finding it proves nothing; not being able to look is not even that.
   * Answers when to try again; undefined: something was recorded.
   */
  async look(served: Served, step: Step<'look'>, of: AttemptOf): Promise<Rest | undefined> {
    const { streams } = this.#context
    const { channel, conversationId } = served
    const sender = await this.#context.meta.credentials(channel.channelId)
    const history = await this.#history(served, sender)
    if (this.#stopped.aborted) return {}
    if (history.kind !== 'found') return this.#notSeen(served, of, history)
    const { state } = await streams.atHead(conversations, conversationId)
    const found = await this.#findSent(state, step, history.messages, channel.accountId)
    await this.#outcomes.record(served, { type: 'RecordLook', data: { ...of, found } })
    return undefined
  }

  async #history({ channel, state }: Served, sender: Sender | undefined): ReturnType<MetaCalls['history']> {
    const over = new AbortController()
    const stopped = once(AbortSignal.any([this.#stopped, over.signal])).then((): SendFailure => ({
      kind: 'outcome-unknown',
    }))
    try {
      return await Promise.race([this.#context.meta.history(channel, sender, state.customerId), stopped])
    } catch {
      return { kind: 'outcome-unknown', code: 'failed' }
    } finally {
      over.abort()
    }
  }

  async #notSeen(served: Served, of: AttemptOf, failure: SendFailure): Promise<Rest | undefined> {
    switch (failure.kind) {
      case 'throttled':
        return this.#later(served, of, failure.retryAfter)
      // Now the next step is to wait for the channel; if it is not, because the token was replaced meanwhile, to look again.
      case 'authorization-lost':
      case 'authorization-suspended':
      case 'no-connection':
      case 'outcome-unknown':
      case 'authorization-restricted':
        return this.#later(served, of)
      // Meta will not show it, now or later.
      case 'window-closed':
      case 'other-app-in-control':
      case 'give-up':
        await this.#outcomes.record(served, { type: 'RecordUnconfirmed', data: of })
        return undefined
    }
  }

  async #later(served: Served, of: AttemptOf, atLeast = 0): Promise<Rest | undefined> {
    const { since, failures } = this.#tries.get(served.conversationId) ?? {
      since: this.#context.runtime.monotonic(),
      failures: 0,
    }
    if (this.#context.runtime.monotonic() - since > TRY_FOR) {
      await this.#outcomes.record(served, { type: 'RecordUnconfirmed', data: of })
      return undefined
    }
    this.#tries.set(served.conversationId, { since, failures: failures + 1 })
    return { within: Math.max(Math.min(1_000 * 2 ** failures, LONGEST_WAIT), atLeast) }
  }

  async #findSent(
    state: Parameters<typeof isEvidenceFor>[0],
    step: Step<'look'>,
    messages: readonly PastMessage[],
    accountId: string,
  ): Promise<{ readonly messageId: string; readonly mid: string } | null> {
    // Oldest first, so that two equal texts are settled in the order in which they were sent.
    for (const { from, mid, at, content } of messages.toReversed()) {
      if (from !== 'business') continue
      const { text, attachments } = content
      const textDigest = text === undefined || text === '' ? undefined : await this.#context.digest(text)
      const messageId = messageIdOf(accountId, mid)
      const seen = {
        messageId,
        at,
        attachments: attachments.length,
        ...(textDigest === undefined ? {} : { textDigest }),
      }
      if (isEvidenceFor(state, step, seen)) return { messageId, mid }
    }
    return null
  }
}
