import { isStoreError } from '../ports/store-errors.ts'
import { systemRuntime } from '../ports/system-runtime.ts'
import { pause } from '../time.ts'

const TRIES = 6
const FIRST_PAUSE = 100

/**
 * Tries a call again while its store cannot be reached, for about six seconds. For reads, and for appends at exact revisions:
 * they may be repeated, also when nobody knows what became of them.
 */
export const patiently = async <T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  for (let tried = 1; ; tried++) {
    signal?.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      if (!isStoreError(error, 'StoreUnavailable') || tried === TRIES) throw error
      await pause(systemRuntime, FIRST_PAUSE * 2 ** tried, signal)
    }
  }
}
