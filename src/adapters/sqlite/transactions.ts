import { setImmediate } from 'node:timers/promises'
import { type Database, toPortError, whenFree } from './database.ts'

/** Milliseconds of work after which others in this process get their turn. */
const LONGEST_SLICE = 8

/** The work of one transaction, in slices. */
export interface Slices {
  /** Whether the event loop has waited for long enough. */
  readonly isOver: () => boolean
  /** Lets others have their turn. */
  readonly next: () => Promise<void>
}

/** Transactions that may last longer than the event loop may stand still: one at a time, in the order asked for. */
export interface Transactions {
  /** Whether one is under way: its connection shows what is not committed yet. */
  readonly isOpen: () => boolean
  /** Commits what the work has written, or nothing if it throws. May not be asked for within the work. */
  run<T>(work: (slices: Slices) => Promise<T>): Promise<T>
  /** Runs this when no transaction is under way. */
  between(work: () => void): Promise<void>
  /** Resolves when everything asked for has ended. */
  drain(): Promise<void>
}

/** @param sliced false where there is no other connection to read by meanwhile: then nothing else happens in between */
export const createTransactions = (database: Database, sliced: boolean): Transactions => {
  let isOpen = false
  let last: Promise<unknown> = Promise.resolve()

  const slices = (): Slices => {
    let end = performance.now() + LONGEST_SLICE
    return {
      isOver: () => sliced && performance.now() > end,
      next: async () => {
        await setImmediate()
        end = performance.now() + LONGEST_SLICE
      },
    }
  }

  const rollBack = (): void => {
    try {
      database.run('rollback')
    } catch {
      // SQLite has rolled back by itself after some errors; there is nothing left to undo.
    }
  }

  const transact = async <T>(work: (slices: Slices) => Promise<T>): Promise<T> => {
    await database.ready()
    database.assertInPlace('not-applied')
    await whenFree(() => database.run('begin immediate'), database.busyLimit, database)
    isOpen = true
    try {
      let result: T
      try {
        result = await work(slices())
      } catch (error) {
        rollBack()
        throw toPortError(error, 'not-applied', database)
      }
      try {
        database.run('commit')
      } catch (error) {
        rollBack()
        throw toPortError(error, 'unknown', database)
      }
      return result
    } finally {
      isOpen = false
    }
  }

  return {
    isOpen: () => isOpen,
    run: (work) => {
      const mine = last.then(() => transact(work))
      last = mine.catch(() => undefined)
      return mine
    },
    between: (work) => {
      const mine = last.then(work)
      last = mine.catch(() => undefined)
      return mine
    },
    drain: async () => {
      await last
    },
  }
}
