import type { ChannelId, ConversationId, CustomerId } from '../domain/ids.ts'
import { conversations } from './commands/aggregates.ts'
import { decideConversation } from './commands/decide-conversation.ts'
import type { DeskContext } from './desk/context.ts'
import { Lru } from './lru.ts'
import { problemOf } from './problem.ts'

/** Milliseconds after which a profile that could not be had is asked for again, when the customer writes again. */
const AGAIN_AFTER = 3_600_000
const AT_ONCE = 4
/** Customers who wait for their turn; of more, the rest are asked for when they write again. */
const QUEUE = 1_000

interface Wanted {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly customerId: CustomerId
}

/**
 * Learns the names of customers, after their messages are safe: no message ever waits for a profile or is lost with it.
 * What fails is asked for again when the customer writes again.
 */
export class Profiles {
  readonly #context: DeskContext
  readonly #asked = new Lru<number>(10_000)
  readonly #queue: Wanted[] = []
  #busy = 0
  #stopped = false

  constructor(context: DeskContext) {
    this.#context = context
  }

  /** Whether it makes sense to ask for the profile of that conversation's customer now. */
  isWanted(conversationId: ConversationId): boolean {
    const last = this.#asked.get(conversationId)
    return (
      !this.#stopped &&
      this.#queue.length < QUEUE &&
      (last === undefined || this.#context.runtime.monotonic() - last >= AGAIN_AFTER)
    )
  }

  want(wanted: Wanted): void {
    if (!this.isWanted(wanted.conversationId)) return
    this.#asked.set(wanted.conversationId, this.#context.runtime.monotonic())
    this.#queue.push(wanted)
    this.#next()
  }

  stop(): void {
    this.#stopped = true
    this.#queue.length = 0
  }

  #next(): void {
    while (this.#busy < AT_ONCE) {
      const wanted = this.#queue.shift()
      if (wanted === undefined) return
      this.#busy++
      void this.#learn(wanted)
        .catch((error: unknown) => {
          this.#context.log.info('a profile could not be had', {
            conversationId: wanted.conversationId,
            ...problemOf(error),
          })
        })
        .finally(() => {
          this.#busy--
          this.#next()
        })
    }
  }

  async #learn({ conversationId, channelId, customerId }: Wanted): Promise<void> {
    const { lookup, meta, streams, clock } = this.#context
    // With a dead token the call would only fail. A message has just been taken in on what is known of the channel.
    const state = await lookup.lastSeen(channelId)
    if (state.status !== 'enabled' || state.authorization === 'lost' || state.authorization === 'suspended') return
    const found = await meta.profile(state, await meta.credentials(channelId), customerId)
    if (found.kind !== 'found' || this.#stopped) return
    const { kind: _, ...profile } = found
    const channel = await lookup.factsOf(channelId)
    const at = clock.now()
    await streams.execute(
      conversations,
      conversationId,
      (entity) =>
        decideConversation(
          lookup,
          { type: 'LearnProfile', data: { conversationId, channel, at, ...profile } },
          entity.state,
        ),
      { meta: { organizationId: channel.organizationId, channelId, conversationId, customerId }, at },
    )
  }
}
