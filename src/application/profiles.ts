import type { ChannelId, ConversationId, CustomerId, Revision } from '../domain/ids.ts'
import { DAY, type Instant } from '../domain/instant.ts'
import { conversations } from './commands/aggregates.ts'
import { decideConversation } from './commands/decide-conversation.ts'
import { authorizationAfter } from './delivery/authorization-after.ts'
import type { DeskContext } from './desk/context.ts'
import { Lru } from './lru.ts'
import { problemOf } from './problem.ts'

/** Real milliseconds after which a profile that could not be had is asked for again, when the customer writes again. */
const AGAIN_AFTER = 3_600_000
const AT_ONCE = 4
/** Customers who wait for their turn; of more, the rest are asked for when they write again. */
const QUEUE = 1_000

interface Wanted {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly customerId: CustomerId
  /** Where the newest message of the customer is, as of asking. */
  readonly newest: Revision
}

/** What became of the last question for a profile in this process. */
type Asked =
  | { readonly kind: 'asking' }
  | { readonly kind: 'learned'; readonly at: Instant }
  /** Monotonic. */
  | { readonly kind: 'failed'; readonly at: number }
  /** The customer had agreed to nothing by then, or Meta took no token of the channel: by their next message that may have changed. */
  | { readonly kind: 'next-message'; readonly newest: Revision }

/**
 * Learns the names and pictures of customers, after their messages are safe: no message ever waits for a profile or is lost with it.
 * Names change and links to pictures end, so a profile is read again when the customer writes a day later. What fails is asked for
 * again when the customer writes again: after an hour, or at once where Meta only lacked the customer's consent or a token.
 */
export class Profiles {
  readonly #context: DeskContext
  readonly #asked = new Lru<Asked>(10_000)
  readonly #queue: Wanted[] = []
  #busy = 0
  #stopped = false

  constructor(context: DeskContext) {
    this.#context = context
  }

  /** Asks for the profile of that conversation's customer, if it is time for it. Called when its inbox entry has changed. */
  async consider(conversationId: ConversationId): Promise<void> {
    const { read, runtime, shares } = this.#context
    // One process asks, also where another received the message.
    if (this.#stopped || this.#queue.length >= QUEUE || !shares.holds('deadlines', conversationId)) return
    const asked = this.#asked.get(conversationId)
    if (asked?.kind === 'asking') return
    if (asked?.kind === 'failed' && runtime.monotonic() - asked.at < AGAIN_AFTER) return
    try {
      const entry = await read.inbox.get(conversationId)
      if (entry === undefined || !entry.visible) return
      const newest = entry.customerRevisions.at(-1)?.[1] ?? -1
      if (asked?.kind === 'next-message' && newest <= asked.newest) return
      if (asked?.kind === 'learned' && (entry.anchor ?? 0) - asked.at < DAY) return
      if (Object.keys(entry.profile).length > 0) {
        const known = await read.customers.get(conversationId)
        if ((entry.anchor ?? 0) - (known?.learnedAt ?? 0) < DAY) return
      }
      // Somebody else may have considered it meanwhile.
      if (this.#stopped || this.#asked.get(conversationId)?.kind === 'asking') return
      this.#asked.set(conversationId, { kind: 'asking' })
      this.#queue.push({ conversationId, channelId: entry.channelId, customerId: entry.customerId, newest })
      this.#next()
    } catch {
      // The views are being built or closed: it is wanted again with the next message.
    }
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
        .catch((error: unknown): Asked => {
          this.#context.log.info('a profile could not be had', {
            conversationId: wanted.conversationId,
            ...problemOf(error),
          })
          return this.#failed()
        })
        .then((asked) => {
          this.#asked.set(wanted.conversationId, asked)
          this.#busy--
          this.#next()
          // A message may have come while Meta was asked.
          if (asked.kind === 'next-message') void this.consider(wanted.conversationId)
        })
    }
  }

  #failed(): Asked {
    return { kind: 'failed', at: this.#context.runtime.monotonic() }
  }

  async #learn({ conversationId, channelId, customerId, newest }: Wanted): Promise<Asked> {
    const { lookup, meta, streams, clock } = this.#context
    // With a dead token the call would only fail. A message has just been taken in on what is known of the channel.
    const state = await lookup.lastSeen(channelId)
    const again: Asked = { kind: 'next-message', newest }
    if (state.status !== 'enabled' || state.authorization === 'lost' || state.authorization === 'suspended')
      return again
    const found = await meta.profile(state, await meta.credentials(channelId), customerId)
    if (found.kind === 'unavailable' && found.why === 'consent-missing') return again
    if (authorizationAfter(found, { call: 'profile' }) !== undefined) return again
    if (found.kind !== 'found' || this.#stopped) return this.#failed()
    const { name, username, pictureUrl } = found
    const channel = await lookup.factsOf(channelId)
    const at = clock.now()
    await streams.execute(
      conversations,
      conversationId,
      (entity) =>
        decideConversation(
          lookup,
          {
            type: 'LearnProfile',
            data: {
              conversationId,
              channel,
              at,
              ...(name === undefined ? {} : { name }),
              ...(username === undefined ? {} : { username }),
              ...(pictureUrl === undefined ? {} : { pictureUrl }),
            },
          },
          entity.state,
        ),
      { meta: { organizationId: channel.organizationId, channelId, conversationId, customerId }, at },
    )
    return { kind: 'learned', at }
  }
}
