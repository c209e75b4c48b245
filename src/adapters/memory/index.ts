import type { Runtime } from '../../application/ports/runtime.ts'
import { type Kind, optional, withMethods } from '../../application/ports/shape.ts'
import type { Store } from '../../application/ports/store.ts'
import { systemRuntime } from '../../application/ports/system-runtime.ts'
import { checkStoreOptions } from '../store-options.ts'
import { memoryBlobs } from './blobs.ts'
import { memoryEventStore } from './event-store.ts'
import { memoryKeys } from './keys.ts'
import { memoryLeases } from './leases.ts'
import { createOpenGate } from './open-gate.ts'
import { memorySnapshots } from './snapshots.ts'
import { memoryTokens } from './tokens.ts'
import { memoryViews } from './views.ts'

export interface MemoryOptions {
  /** Time, timers and randomness; default the machine's. */
  readonly runtime?: Runtime
}

const OPTIONS: { readonly [Name in keyof Required<MemoryOptions>]: Kind } = {
  runtime: optional(withMethods('monotonic', 'schedule')),
}

/**
 * Everything in this process's memory, for tests and trials: gone with the process.
 *
 * It is the reference of the contract suites and gives no more than the ports promise; so it takes an event id
 * a second time at another revision.
 */
export const memory = (options: MemoryOptions = {}): Store => {
  checkStoreOptions(options, OPTIONS)
  const { runtime = systemRuntime } = options
  const gate = createOpenGate()
  const events = memoryEventStore(runtime)
  const views = memoryViews()
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    gate.shut()
    await Promise.all([events.close(), views.close()])
  }
  return {
    events,
    views,
    snapshots: memorySnapshots(gate),
    leases: memoryLeases(gate),
    keys: memoryKeys(gate, runtime),
    tokens: memoryTokens(gate),
    blobs: memoryBlobs(gate),
    close: () => (closed ??= close()),
  }
}
