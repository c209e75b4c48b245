import type { JsonObject } from './json.ts'

/** What is noted under a name, and how often it was written. */
export interface LeaseNote {
  /** Counts the writes of this name, from 0. */
  readonly revision: number
  readonly value: JsonObject
}

/**
 * Small notes with compare-and-set, by which processes share work.
 *
 * The engine gives no time and no expiry: who holds what for how long is decided by those who write, on their own monotonic
 * clocks. So one engine is as good as another, and no two machines need the same time.
 */
export interface Leases {
  /** The last note of that name; undefined when there is none. */
  read(name: string): Promise<LeaseNote | undefined>
  /**
   * Writes at the next revision if the last one still is `from` (undefined: if there is no note yet). At most 64 KiB of JSON.
   * Answers whether it did; false means that another process was first and nothing has changed. Former notes need not be kept.
   * @throws StoreUnavailable (when its outcome is unknown, reading tells), StoreClosed
   */
  write(name: string, from: number | undefined, value: JsonObject): Promise<boolean>
}
