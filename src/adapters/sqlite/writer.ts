import {
  CheckpointMoved,
  CorruptIdempotency,
  StoreClosed,
  WrongExpectedRevision,
} from '../../application/ports/store-errors.ts'
import { type Database, isBusy, pauseFor, toPortError } from './database.ts'

/** What one transaction takes at most. */
const MOST_JOBS = 500
const MOST_BYTES = 1_048_576
/** Milliseconds after which a transaction takes no further job: other processes are waiting. */
const LONGEST_TRANSACTION = 10

export interface Job<T> {
  /** About how much it writes. */
  readonly bytes: number
  /**
   * Writes inside a transaction, perhaps more than once. It refuses by a port error before it has written anything, and
   * the others go on; any other error undoes the whole transaction, and each job gets one of its own.
   */
  readonly run: () => T
  readonly signal?: AbortSignal | undefined
}

/** Group commit: whoever wants to write at the same time shares one transaction, and each has its own outcome. */
export interface Writer {
  write<T>(job: Job<T>): Promise<T>
  /** Resolves when everything queued has its outcome. */
  drain(): Promise<void>
  /** Drains and refuses all later jobs. */
  close(): Promise<void>
}

export interface WriterHooks {
  /** Inside the transaction, before the first job. */
  readonly begun?: () => void
  readonly committed?: () => void
  readonly rolledBack?: () => void
}

const isRefusal = (error: unknown): boolean =>
  error instanceof WrongExpectedRevision || error instanceof CorruptIdempotency || error instanceof CheckpointMoved

interface Pending {
  readonly job: Job<unknown>
  readonly since: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly abort: () => void
  /** Gets a transaction of its own. */
  alone: boolean
}

export const createWriter = (database: Database, hooks: WriterHooks): Writer => {
  let queue: Pending[] = []
  let scheduled = false
  let attempt = 0
  let closed: Promise<void> | undefined
  let draining: (() => void)[] = []

  const drained = (): void => {
    const waiting = draining
    draining = []
    for (const resolve of waiting) resolve()
  }

  const drain = (): Promise<void> =>
    new Promise((resolve) => {
      if (scheduled) draining.push(resolve)
      else resolve()
    })

  const rollBack = (): void => {
    hooks.rolledBack?.()
    try {
      database.run('rollback')
    } catch {
      // SQLite has rolled back by itself after some errors; there is nothing left to undo.
    }
  }

  const settle = (done: readonly Pending[], outcome: (pending: Pending, at: number) => void): void => {
    for (const [at, pending] of done.entries()) {
      pending.job.signal?.removeEventListener('abort', pending.abort)
      outcome(pending, at)
    }
  }

  /** Runs jobs from the front of the queue until the transaction is full. */
  const runJobs = (done: Pending[], outcomes: (() => void)[]): void => {
    const start = performance.now()
    let bytes = 0
    for (const pending of queue) {
      if (done.length > 0 && (pending.alone || done[0]?.alone === true)) return
      if (done.length >= MOST_JOBS || (done.length > 0 && bytes + pending.job.bytes > MOST_BYTES)) return
      if (done.length > 0 && performance.now() - start > LONGEST_TRANSACTION) return
      done.push(pending)
      bytes += pending.job.bytes
      try {
        const value = pending.job.run()
        outcomes.push(() => pending.resolve(value))
      } catch (error) {
        if (!isRefusal(error)) throw error
        outcomes.push(() => pending.reject(error))
      }
    }
  }

  const giveUpWaiting = (cause: unknown): void => {
    const now = performance.now()
    const late = queue.filter((pending) => now - pending.since > database.busyLimit)
    queue = queue.filter((pending) => now - pending.since <= database.busyLimit)
    settle(late, ({ reject }) => reject(toPortError(cause, 'not-applied', database)))
  }

  /** One transaction. True when the lock was held by others. */
  const flush = (): boolean => {
    try {
      database.assertInPlace('not-applied')
      database.run('begin immediate')
    } catch (error) {
      if (isBusy(error)) {
        giveUpWaiting(error)
        return true
      }
      const all = queue
      queue = []
      settle(all, ({ reject }) => reject(toPortError(error, 'not-applied', database)))
      return false
    }
    const done: Pending[] = []
    const outcomes: (() => void)[] = []
    try {
      hooks.begun?.()
      runJobs(done, outcomes)
    } catch (error) {
      rollBack()
      if (done.length > 1) {
        for (const pending of done) pending.alone = true
      } else {
        queue = queue.slice(done.length)
        settle(done, ({ reject }) => reject(toPortError(error, 'not-applied', database)))
      }
      return false
    }
    queue = queue.slice(done.length)
    try {
      database.run('commit')
    } catch (error) {
      rollBack()
      // The commit may have reached the disk all the same.
      settle(done, ({ reject }) => reject(toPortError(error, 'unknown', database)))
      return false
    }
    try {
      database.assertInPlace('unknown')
    } catch (error) {
      settle(done, ({ reject }) => reject(error))
      return false
    }
    settle(done, (_, at) => outcomes[at]?.())
    hooks.committed?.()
    return false
  }

  const turn = async (): Promise<void> => {
    await database.ready()
    scheduled = false
    if (queue.length > 0) attempt = flush() ? attempt + 1 : 0
    if (queue.length > 0) schedule()
    else drained()
  }

  const failAll = (error: unknown): void => {
    scheduled = false
    const all = queue
    queue = []
    settle(all, ({ reject }) => reject(error))
    drained()
  }

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    const run = (): void => void turn().catch(failAll)
    // The next turn of the loop: whoever is about to write in this one joins.
    if (attempt === 0) setImmediate(run)
    else setTimeout(run, pauseFor(attempt))
  }

  return {
    write: <T>(job: Job<T>) =>
      new Promise<T>((resolve, reject) => {
        if (closed) return reject(new StoreClosed())
        if (job.signal?.aborted === true) return reject(job.signal.reason)
        const abort = (): void => {
          queue = queue.filter((one) => one !== pending)
          reject(job.signal?.reason)
        }
        const pending: Pending = {
          job,
          since: performance.now(),
          resolve: resolve as (value: unknown) => void,
          reject,
          abort,
          alone: false,
        }
        job.signal?.addEventListener('abort', abort, { once: true })
        queue.push(pending)
        schedule()
      }),
    drain,
    close: () => (closed ??= drain()),
  }
}
