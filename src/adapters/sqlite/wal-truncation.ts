import type { Database } from './database.ts'

/** Milliseconds for which a write-ahead log may hold what was replaced or deleted: soon where hardly anything is written. */
const WITHIN = 5_000
const WITHIN_SMALL = 500
/** Milliseconds between two tries while other connections read from it. */
const AGAIN = 500

/** Empties a write-ahead log in which something was replaced or deleted: it holds the pages as they were before. */
export interface WalTruncation {
  /** Something was. */
  due(): void
  /** A last try. */
  close(): void
}

/**
 * `secure_delete` overwrites what is deleted where it is, but not the copies that SQLite leaves in unused parts of pages when it
 * balances them: only writing the whole file again does, which is for small files.
 * @param whenFree runs this between transactions of the same connection
 */
export const truncateWal = (
  database: Database,
  { whenFree, isSmall }: { readonly whenFree: (work: () => void) => void; readonly isSmall: boolean },
): WalTruncation => {
  let timer: NodeJS.Timeout | undefined
  const isTruncated = (): boolean => {
    try {
      if (isSmall) database.run('vacuum')
      return database.get('pragma wal_checkpoint(truncate)')?.['busy'] === 0
    } catch {
      // The next read or write throws what is wrong.
      return false
    }
  }
  const later = (milliseconds: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      whenFree(() => {
        if (!isTruncated()) later(AGAIN)
      })
    }, milliseconds).unref()
  }
  let isClosed = false
  return {
    due: () => {
      if (!isClosed) later(isSmall ? WITHIN_SMALL : WITHIN)
    },
    close: () => {
      isClosed = true
      if (timer === undefined) return
      clearTimeout(timer)
      isTruncated()
    },
  }
}
