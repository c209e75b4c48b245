import type { SimulatorRuntime } from './runtime.ts'
import { type Answer, attemptOf, type LedgerBook } from './ledger.ts'
import { envelope, type WebhookEvent } from './webhook-event.ts'
import { toWire } from './wire.ts'

/** How webhooks are delivered. All times are real milliseconds: business time never drives a retry. */
export interface DeliverySettings {
  /** Requests under way at once. Default 8. */
  readonly concurrency: number
  /** Meta wants its 200 within five seconds. Default 5,000. */
  readonly timeoutMs: number
  /** Events in one request, 1 to 1,000. Default 1. */
  readonly maxEvents: number
  /** How long events are gathered before a request with several leaves. Default 10, only if `maxEvents` is above 1. */
  readonly lingerMs: number
  /** Waits before the second, third ... try; the last one repeats. Default: at once twice, then ever more slowly. */
  readonly retryMs: readonly number[]
  /** After this the event is given up. Default 36 hours, as the Graph API pages say. */
  readonly giveUpAfterMs: number
  /** How long after the Send API's answer the echo leaves. Default 20. */
  readonly echoDelayMs: number
}

/** The defaults of {@link DeliverySettings}. */
export const defaultDelivery: DeliverySettings = {
  concurrency: 8,
  timeoutMs: 5_000,
  maxEvents: 1,
  lingerMs: 10,
  retryMs: [0, 50, 1_000, 5_000, 15_000, 60_000, 300_000],
  giveUpAfterMs: 36 * 3_600_000,
  echoDelayMs: 20,
}

/** How the delivery of an event ended. */
export interface DeliveryOutcome {
  readonly outcome: 'delivered' | 'given-up' | 'not-subscribed' | 'dropped'
}

/** An event that was handed over. */
export interface Enqueued {
  /** Settles when the first try was answered or failed. */
  readonly tried: Promise<void>
  readonly delivered: Promise<DeliveryOutcome>
}

/** An event that waits for its turn, as a snapshot keeps it. */
export interface SavedPending {
  readonly lane: string
  readonly event: WebhookEvent
  readonly copy: boolean
}

/** A queue with one lane per thread: events of one lane go in order, lanes go side by side. */
export interface Deliverer {
  enqueue(lane: string, event: WebhookEvent, options?: { readonly afterMs?: number }): Enqueued
  /** Goes on with what {@link Deliverer.pending} gave: it is neither held back nor doubled anew. */
  resume(pending: readonly SavedPending[]): void
  /** Delivers what waits: call it after the target or a setting has changed. */
  wake(): void
  /** Makes every waiting retry due at once. */
  retryNow(): void
  /** Settles when nothing is under way, waiting or to be retried; at once while there is no target. */
  idle(): Promise<void>
  /** What is not yet delivered, in order. */
  pending(): readonly SavedPending[]
  /** Stops timers and tries; what waits stays in {@link Deliverer.pending}. */
  close(): Promise<void>
}

/** What the deliverer needs from its owner. */
export interface DelivererPorts {
  readonly settings: () => DeliverySettings
  readonly ready: () => boolean
  /** Events under different secrets never share a request. */
  readonly secretOf: (accountId: string) => string
  readonly post: (rawBody: Uint8Array<ArrayBuffer>, secret: string) => Promise<Answer>
  readonly now: () => number
  readonly runtime: SimulatorRuntime
  readonly ledger: LedgerBook
  /** A new id for a request. */
  readonly nextId: () => string
  /** Milliseconds after which a delivered event is posted once more, if it is to be doubled. */
  readonly duplicateAfter: (event: WebhookEvent) => number | undefined
  /** Milliseconds by which an event is held back so that others overtake it. */
  readonly holdBack: (event: WebhookEvent) => number | undefined
  readonly changed: () => void
}

interface Pending {
  readonly event: WebhookEvent
  readonly notBefore: number
  readonly copy: boolean
  readonly tried: () => void
  readonly settle: (outcome: DeliveryOutcome) => void
}

interface Lane {
  readonly key: string
  readonly queue: Pending[]
  busy: boolean
  timed: boolean
}

interface Delivery {
  readonly deliveryId: string
  readonly rawBody: Uint8Array<ArrayBuffer>
  readonly secret: string
  readonly parts: readonly { readonly lane: Lane; readonly pending: Pending }[]
  readonly firstAt: number
  attempt: number
}

interface Timer {
  readonly run: () => void
  readonly cancel: () => void
}

/** Builds the queue; {@link SavedPending} of a snapshot is enqueued again by the owner. */
export const createDeliverer = (ports: DelivererPorts): Deliverer => {
  const lanes = new Map<string, Lane>()
  const ready = new Set<Lane>()
  const timers = new Set<Timer>()
  const retries = new Set<Timer>()
  const flights = new Set<Promise<void>>()
  const underWay = new Set<Delivery>()
  let idlers: (() => void)[] = []
  let copies = 0
  let closed = false
  let lingering = false

  const later = (ms: number, run: () => void): Timer => {
    const timer: Timer = {
      run,
      cancel: ports.runtime.schedule(ms, () => {
        timers.delete(timer)
        retries.delete(timer)
        run()
      }),
    }
    timers.add(timer)
    return timer
  }

  const laneOf = (key: string): Lane => {
    const lane = lanes.get(key) ?? { key, queue: [], busy: false, timed: false }
    lanes.set(key, lane)
    return lane
  }

  /** Puts a lane among the ready ones as soon as its head may leave. */
  const offer = (lane: Lane): void => {
    const head = lane.queue[0]
    if (head === undefined) {
      if (!lane.busy) lanes.delete(lane.key)
      return
    }
    if (lane.busy || lane.timed) return
    const wait = head.notBefore - ports.runtime.monotonic()
    if (wait <= 0) return void ready.add(lane)
    lane.timed = true
    later(wait, () => {
      lane.timed = false
      offer(lane)
      wake()
    })
  }

  const takeBatch = (): Delivery | undefined => {
    const { maxEvents } = ports.settings()
    const parts: { lane: Lane; pending: Pending }[] = []
    let secret: string | undefined
    const now = ports.runtime.monotonic()
    for (const lane of ready) {
      if (parts.length >= maxEvents) break
      const laneSecret = ports.secretOf(lane.queue[0]?.event.accountId ?? '')
      if (secret !== undefined && secret !== laneSecret) continue
      secret = laneSecret
      ready.delete(lane)
      lane.busy = true
      while (parts.length < maxEvents && lane.queue[0] !== undefined && lane.queue[0].notBefore <= now) {
        parts.push({ lane, pending: lane.queue.shift() as Pending })
      }
    }
    if (secret === undefined) return undefined
    const body = envelope(
      parts.map(({ pending }) => pending.event),
      ports.now(),
    )
    return {
      deliveryId: ports.nextId(),
      rawBody: new TextEncoder().encode(toWire(body)),
      secret,
      parts,
      firstAt: now,
      attempt: 0,
    }
  }

  const finish = (delivery: Delivery, outcome: DeliveryOutcome): void => {
    underWay.delete(delivery)
    for (const { lane, pending } of delivery.parts) {
      ports.ledger.settleEvent(pending.event.eventId, outcome.outcome)
      pending.settle(outcome)
      lane.busy = false
      if (outcome.outcome === 'delivered' && !pending.copy) duplicate(pending.event)
    }
    for (const { lane } of delivery.parts) offer(lane)
  }

  const duplicate = (event: WebhookEvent): void => {
    const afterMs = ports.duplicateAfter(event)
    if (afterMs === undefined) return
    put({ key: `${event.eventId}#copy-${++copies}`, event, afterMs, copy: true })
  }

  const attempt = async (delivery: Delivery): Promise<void> => {
    delivery.attempt++
    const answer = await ports.post(delivery.rawBody, delivery.secret)
    const eventIds = delivery.parts.map(({ pending }) => pending.event.eventId)
    const { deliveryId, rawBody } = delivery
    ports.ledger.addAttempt(attemptOf(deliveryId, delivery.attempt, ports.now(), rawBody, eventIds, answer))
    for (const { pending } of delivery.parts) pending.tried()
    if (answer.kind === 'answered' && answer.status === 200) finish(delivery, { outcome: 'delivered' })
    else retry(delivery)
    ports.changed()
  }

  const retry = (delivery: Delivery): void => {
    const { retryMs, giveUpAfterMs } = ports.settings()
    const wait = retryMs[Math.min(delivery.attempt, retryMs.length) - 1]
    if (wait === undefined || ports.runtime.monotonic() - delivery.firstAt + wait > giveUpAfterMs) {
      finish(delivery, { outcome: 'given-up' })
    } else if (!closed) {
      retries.add(later(wait, () => launch(delivery)))
    }
  }

  const launch = (delivery: Delivery): void => {
    underWay.add(delivery)
    const flight = attempt(delivery).finally(() => {
      flights.delete(flight)
      wake()
    })
    flights.add(flight)
  }

  const mayLaunch = (): boolean => !closed && ports.ready() && flights.size < ports.settings().concurrency

  const send = (): void => {
    while (mayLaunch()) {
      const delivery = takeBatch()
      if (delivery === undefined) break
      launch(delivery)
    }
    if (nothingToDo()) {
      for (const idler of idlers) idler()
      idlers = []
    }
  }

  const nothingToDo = (): boolean =>
    closed || (flights.size === 0 && retries.size === 0 && (!ports.ready() || lanes.size === 0))

  const wake = (): void => {
    const { maxEvents, lingerMs } = ports.settings()
    if (maxEvents === 1 || lingerMs <= 0 || ready.size === 0) return send()
    if (lingering) return
    lingering = true
    later(lingerMs, () => {
      lingering = false
      send()
    })
  }

  const put = (job: { key: string; event: WebhookEvent; afterMs: number; copy: boolean }): Enqueued => {
    const tried = Promise.withResolvers<void>()
    const delivered = Promise.withResolvers<DeliveryOutcome>()
    const lane = laneOf(job.key)
    lane.queue.push({
      event: job.event,
      notBefore: ports.runtime.monotonic() + job.afterMs,
      copy: job.copy,
      tried: tried.resolve,
      settle: delivered.resolve,
    })
    offer(lane)
    queueMicrotask(wake)
    return { tried: tried.promise, delivered: delivered.promise }
  }

  return {
    enqueue: (key, event, { afterMs = 0 } = {}) => {
      const heldMs = ports.holdBack(event)
      return heldMs === undefined
        ? put({ key, event, afterMs, copy: false })
        : put({ key: `${event.eventId}#late`, event, afterMs: afterMs + heldMs, copy: false })
    },
    resume: (pending) => {
      for (const { lane, event, copy } of pending) put({ key: lane, event, afterMs: 0, copy })
    },
    wake,
    retryNow: () => {
      for (const timer of retries) {
        timer.cancel()
        timers.delete(timer)
        retries.delete(timer)
        timer.run()
      }
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve)
        void ports.runtime.turn().then(wake)
      }),
    pending: () => [
      ...[...underWay].flatMap(({ parts }) =>
        parts.map(({ lane, pending: { event, copy } }) => ({ lane: lane.key, event, copy })),
      ),
      ...[...lanes.values()].flatMap(({ key, queue }) => queue.map(({ event, copy }) => ({ lane: key, event, copy }))),
    ],
    close: async () => {
      closed = true
      for (const { cancel } of timers) cancel()
      timers.clear()
      retries.clear()
      await Promise.allSettled(flights)
      send()
    },
  }
}
