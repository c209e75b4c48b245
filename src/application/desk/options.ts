import type { OnStep } from '../steps.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Messenger } from '../ports/messenger.ts'
import type { Platform } from '../ports/platform.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import type { Tickets } from '../ports/tickets.ts'

/** What a desk is made of. */
export interface DeskOptions {
  readonly store: Store
  /** Meta: its webhooks and its Send API. */
  readonly meta: { readonly platform: Platform; readonly messenger: Messenger }
  /** Business time; default the wall time of `runtime`. */
  readonly clock?: Clock
  /** Time, timers, ids, randomness and digests; default the machine's. For tests on virtual time: give the store and `meta` the same. */
  readonly runtime?: Runtime
  /** What operators read; default: warnings and errors as lines of JSON on the console. */
  readonly log?: Log
  /** For hosts that own their tickets: told of every ticket event, at least once. */
  readonly tickets?: Tickets
  readonly delivery?: DeliveryOptions
  readonly intake?: IntakeLimits
  readonly processes?: ProcessesOptions
  /** Folded streams kept in memory; default 2,000. */
  readonly cachedStreams?: number
  /** Documents kept in memory per view; default 4,000. */
  readonly cachedDocuments?: number
  /** Told of the steps of protocols, for crash tests. */
  readonly onStep?: OnStep
}

export interface DeliveryOptions {
  /** Whether this process sends; default true. */
  readonly enabled?: boolean
  /** Conversations served at the same time; default 64. No channel takes more of them than are left free. */
  readonly concurrency?: number
  /** Milliseconds of real time after which a call to Meta is given up and its outcome is unknown; default 20,000. */
  readonly callTimeout?: number
  /** Milliseconds of real time that `stop()` waits for calls under way; their outcome is unknown then. Default 5,000. */
  readonly stopWithin?: number
}

/** How this process shares the work with others on the same store. */
export interface ProcessesOptions {
  /**
   * Milliseconds of real time without a sign of life after which others take over what a process did; default 10,000.
   * Every process writes a short note four times as often. All processes of a desk should have the same.
   */
  readonly goneAfter?: number
}

export interface IntakeLimits {
  /** Milliseconds after which what is not durable is given back to Meta with 503; default 4,000. */
  readonly answerWithin?: number
  /** Milliseconds of business time for which quarantined bodies can be read and run again; default 30 days. */
  readonly quarantineFor?: number
}
