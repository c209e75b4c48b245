import { closeSync, existsSync, openSync } from 'node:fs'
import { StoreUnavailable } from '../../application/ports/store-errors.ts'

const OWNER_ONLY = 0o600

/**
 * Makes a file that is not there for its owner only; one that is there keeps its mode. SQLite gives its side files (`-wal`, `-shm`)
 * the mode of the file itself.
 * @throws StoreUnavailable when it cannot be made
 */
export const makeOwnerOnly = (path: string): void => {
  // A file that is there is not opened: closing it would drop SQLite's locks on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
  if (existsSync(path)) return
  try {
    closeSync(openSync(path, 'a', OWNER_ONLY))
  } catch (cause) {
    throw new StoreUnavailable('not-applied', { cause, at: path })
  }
}
