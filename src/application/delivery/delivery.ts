import type { ChannelId, ConversationId } from '../../domain/ids.ts'
import { type Instant, MINUTE } from '../../domain/instant.ts'
import { BackOff } from '../back-off.ts'
import { LastingTrouble } from '../lasting-trouble.ts'
import { conversations } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import { isStoreError } from '../ports/store-errors.ts'
import { problemOf } from '../problem.ts'
import { pause } from '../time.ts'
import { Worker } from '../worker.ts'
import { Courier, type Rest } from './courier.ts'

/** Documents of the outbox read at once. */
const PAGE = 200
/** Milliseconds after which the outbox is read from its beginning, in case this process was not told of something. */
const READ_ALL_EVERY = 30_000
/** Milliseconds without a failure after which a success ends a trouble: more than the longest back-off of one conversation. */
const TROUBLE_LASTS = 90_000

/**
 * Sends what agents wrote: one call at a time per conversation, in order, `attempted` durable before the call.
 *
 * The outbox says where there is something to do; what there is to do stands in the log. A conversation that can only wait is
 * parked, so that it takes nobody's place: until its time, until something happens to it or to its channel, or for a minute.
 */
export class Delivery {
  readonly #context: DeskContext
  readonly #worker: Worker
  readonly #courier: Courier
  readonly #busy = new Map<ConversationId, Promise<void>>()
  /** How many conversations of a channel are being served. */
  readonly #ofChannel = new Map<ChannelId, number>()
  readonly #wanted = new Map<ConversationId, ChannelId>()
  readonly #parked = new Map<
    ConversationId,
    { readonly until: Instant; readonly again: number; readonly channelId: ChannelId }
  >()
  readonly #changedChannels = new Set<ChannelId>()
  readonly #backOff: BackOff
  readonly #trouble: LastingTrouble
  /** No call begins after this ... */
  readonly #stop = new AbortController()
  /** ... and those under way are given up after this. */
  readonly #giveUp = new AbortController()
  #runs = false
  #wantsAll = true
  #read: { readonly to: Instant; readonly allTo: Instant; readonly allAt: number } | undefined

  constructor(context: DeskContext) {
    this.#context = context
    this.#backOff = new BackOff(context.runtime)
    this.#trouble = new LastingTrouble('delivery of a conversation', context.log, context.runtime, TROUBLE_LASTS)
    this.#courier = new Courier(context, this.#stop.signal, this.#giveUp.signal)
    this.#worker = new Worker('delivery', () => this.#pass(), context)
  }

  start(): void {
    if (!this.#context.delivery.enabled || this.#stop.signal.aborted) return
    this.#runs = true
    this.#worker.start()
  }

  /**
   * Begins no further call, and waits for those under way, at most `stopWithin` milliseconds: those are given up then, and their
   * outcome is recorded as unknown.
   */
  async stop(): Promise<void> {
    this.#runs = false
    this.#stop.abort()
    await this.#worker.stop()
    const ended = Promise.allSettled(this.#busy.values())
    const waited = new AbortController()
    await Promise.race([ended, pause(this.#context.runtime, this.#context.delivery.stopWithin, waited.signal)])
    this.#giveUp.abort()
    // What cannot be recorded now, because the store is gone, is found in flight by whoever comes next.
    await Promise.race([ended, pause(this.#context.runtime, 2_000, waited.signal)])
    waited.abort()
  }

  /** There may be something to send: in that conversation at once, or anywhere. */
  wake(conversationId?: ConversationId): void {
    if (!this.#runs) return
    if (conversationId === undefined) return this.#worker.wake()
    void this.#wantNow(conversationId)
  }

  /** Anything may have become this process's to send. */
  wakeAll(): void {
    this.#wantsAll = true
    this.wake()
  }

  /** What waits on that channel may go, or be rejected. */
  wakeChannel(channelId: ChannelId): void {
    this.#changedChannels.add(channelId)
    this.wake()
  }

  async #pass(): Promise<number> {
    const now = this.#context.clock.now()
    await this.#readChannels()
    await this.#readOutbox(now)
    const real = this.#context.runtime.monotonic()
    for (const [conversationId, { until, again, channelId }] of this.#parked) {
      if (until <= now || again <= real) this.#want(conversationId, channelId)
    }
    this.#serve()
    return this.#untilNext(now)
  }

  /** Everything that waits there, also what has its own time: it may be rejected at once. */
  async #readChannels(): Promise<void> {
    for (const channelId of this.#changedChannels) {
      for (let after: string | undefined; ;) {
        const page = { limit: PAGE, ...(after === undefined ? {} : { after }) }
        const hits = await this.#context.read.outbox.query({ index: 'channel', prefix: [channelId], ...page })
        for (const { key } of hits) this.#want(key, channelId)
        after = hits.at(-1)?.cursor
        if (hits.length < PAGE) break
      }
      this.#changedChannels.delete(channelId)
    }
  }

  /** What has become ready since the last reading; now and then everything that is ready and not parked. */
  async #readOutbox(now: Instant): Promise<void> {
    const before = this.#read
    const all =
      before === undefined ||
      this.#wantsAll ||
      now - before.allTo >= MINUTE ||
      this.#context.runtime.monotonic() - before.allAt >= READ_ALL_EVERY
    if (all) this.#wantsAll = false
    const read = all ? { to: now, allTo: now, allAt: this.#context.runtime.monotonic() } : { ...before, to: now }
    const range = all ? {} : { from: before.to + 1 }
    for (let after: string | undefined; !this.#stop.signal.aborted;) {
      const page = { limit: PAGE, ...(after === undefined ? {} : { after }) }
      const hits = await this.#context.read.outbox.query({ index: 'ready', prefix: [], ...range, to: now, ...page })
      for (const { key, document } of hits) if (!this.#parked.has(key)) this.#want(key, document.channelId)
      after = hits.at(-1)?.cursor
      if (hits.length < PAGE) break
    }
    this.#read = read
  }

  async #untilNext(now: Instant): Promise<number> {
    const [next] = await this.#context.read.outbox.query({ index: 'ready', prefix: [], from: now + 1, limit: 1 })
    const again = Math.min(
      ...[...this.#parked.values()].map((parked) => parked.again - this.#context.runtime.monotonic()),
    )
    return Math.max(1, Math.min(again, next === undefined ? Number.POSITIVE_INFINITY : Number(next.entry[0]) - now))
  }

  #want(conversationId: ConversationId, channelId: ChannelId): void {
    this.#parked.delete(conversationId)
    this.#wanted.set(conversationId, channelId)
  }

  async #wantNow(conversationId: ConversationId): Promise<void> {
    try {
      const { state } = await this.#context.streams.atHead(conversations, conversationId)
      if (state.status !== 'started') return
      this.#want(conversationId, state.channelId)
      this.#serve()
    } catch {
      // The view of the outbox finds it, as soon as the store can be read again.
      this.#worker.wake()
    }
  }

  #serve(): void {
    for (const [conversationId, channelId] of this.#wanted) {
      if (this.#stop.signal.aborted) return
      // Another process sends it; if that changes, the outbox is read anew.
      if (!this.#context.shares.holds('delivery', conversationId)) {
        this.#wanted.delete(conversationId)
        continue
      }
      const free = this.#context.delivery.concurrency - this.#busy.size
      if (free <= 0) return
      // However many calls of one channel hang, it never takes the last places: no channel has more than are left.
      const own = this.#ofChannel.get(channelId) ?? 0
      if (this.#busy.has(conversationId) || (own > 0 && own >= free)) continue
      this.#wanted.delete(conversationId)
      this.#ofChannel.set(channelId, own + 1)
      const serving = this.#courier
        .serve(conversationId)
        .then((rest) => {
          this.#backOff.succeeded(conversationId)
          this.#trouble.isOver()
          this.#park(conversationId, channelId, rest)
        })
        .catch((error: unknown) => this.#failed(conversationId, channelId, error))
        .finally(() => {
          this.#busy.delete(conversationId)
          const left = (this.#ofChannel.get(channelId) ?? 1) - 1
          if (left > 0) this.#ofChannel.set(channelId, left)
          else this.#ofChannel.delete(channelId)
          this.#serve()
        })
      this.#busy.set(conversationId, serving)
    }
  }

  #park(conversationId: ConversationId, channelId: ChannelId, rest: Rest | undefined): void {
    if (rest === undefined || this.#wanted.has(conversationId)) return
    const { until = Number.POSITIVE_INFINITY, within = MINUTE } = rest
    this.#parked.set(conversationId, { until, again: this.#context.runtime.monotonic() + within, channelId })
  }

  #failed(conversationId: ConversationId, channelId: ChannelId, error: unknown): void {
    if (this.#stop.signal.aborted || isStoreError(error, 'StoreClosed')) return
    const again = this.#backOff.failed(conversationId)
    this.#park(conversationId, channelId, { within: again })
    this.#trouble.goesOn({ conversationId, ...problemOf(error) })
  }
}
