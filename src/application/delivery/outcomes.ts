import type { ConversationCommand, ConversationEvent } from '../../domain/conversation/index.ts'
import { conversations } from '../commands/aggregates.ts'
import { decideConversation } from '../commands/decide-conversation.ts'
import type { DeskContext } from '../desk/context.ts'
import { isStoreError } from '../ports/store-errors.ts'
import { pause } from '../time.ts'
import type { Served } from './courier.ts'

/** Writes what delivery does and learns into the conversation. */
export class Outcomes {
  readonly #context: DeskContext
  readonly #giveUp: AbortSignal

  constructor(context: DeskContext, giveUp: AbortSignal) {
    this.#context = context
    this.#giveUp = giveUp
  }

  /** What precedes a call: if it cannot be written, there is no call. */
  async begin(
    { conversationId, channel: { organizationId, channelId }, state: { customerId } }: Served,
    command: ConversationCommand,
  ): Promise<readonly ConversationEvent[]> {
    const { streams, lookup, clock } = this.#context
    const { events } = await streams.execute(
      conversations,
      conversationId,
      ({ state }) => decideConversation(lookup, command, state),
      { meta: { organizationId, channelId, conversationId, customerId }, at: clock.now() },
    )
    return events
  }

  /** What came of a call. It is known to this process alone, so it is kept at hand until the store takes it. */
  async record(served: Served, command: ConversationCommand): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await this.begin(served, command)
        return
      } catch (error) {
        const isPassing = isStoreError(error, 'StoreUnavailable') || isStoreError(error, 'TooManyConflicts')
        if (!isPassing || this.#giveUp.aborted) throw error
        await pause(this.#context.runtime, Math.min(100 * 2 ** failures, 5_000), this.#giveUp)
      }
    }
  }
}
