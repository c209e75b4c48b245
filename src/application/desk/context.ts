import type { ChannelLookup } from '../commands/channel-lookup.ts'
import type { Streams } from '../commands/streams.ts'
import type { WorkShares } from '../leases/work-shares.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { MetaCalls } from '../delivery/meta-calls.ts'
import type { Platform } from '../ports/platform.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Store } from '../ports/store.ts'
import type { Tickets } from '../ports/tickets.ts'
import type { OnStep } from '../steps.ts'
import type { ContentDigest, TextDigest } from '../text-digest.ts'
import type { ViewRunner } from '../views/view-runner.ts'
import type { Readers } from '../views/readers.ts'
import type { DeliveryOptions, IntakeLimits } from './options.ts'

/** What the services of a desk share. */
export interface DeskContext {
  readonly store: Store
  readonly streams: Streams
  readonly lookup: ChannelLookup
  readonly views: ViewRunner
  readonly read: Readers
  readonly platform: Platform
  /** Every call to Meta goes through it, and every answer is looked at there. */
  readonly meta: MetaCalls
  readonly clock: Clock
  readonly runtime: Runtime
  readonly log: Log
  readonly digest: TextDigest
  readonly contentDigest: ContentDigest
  readonly tickets: Tickets | undefined
  readonly onStep: OnStep
  /** What of the common work is this process's. */
  readonly shares: WorkShares
  readonly delivery: Required<DeliveryOptions>
  readonly intake: Required<IntakeLimits>
}
