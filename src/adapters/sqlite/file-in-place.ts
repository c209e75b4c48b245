import { statSync } from 'node:fs'
import { type DatabaseFile, IN_MEMORY, unavailable } from './database-file.ts'

/** Milliseconds between two looks when something is only read. */
const LOOK_EVERY = 1_000

interface Identity {
  readonly device: bigint
  readonly inode: bigint
  readonly size: bigint
}

const identityOf = (path: string): Identity | undefined => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && { device: found.dev, inode: found.ino, size: found.size }
}

const isSame = (one: Identity, other: Identity): boolean => one.device === other.device && one.inode === other.inode

/** Sees that a file that is open is still the one that its path names, and still whole. */
export interface Place {
  /** @throws StoreUnavailable `file-gone`, `file-cut` */
  assert(outcome: 'not-applied' | 'unknown'): void
  /** The same, once a second at most; but every time while it is not so. */
  assertNowAndThen(): void
}

/**
 * A file that was deleted, moved or replaced goes on taking what is written, for as long as it is open; then all of it is gone. SQLite
 * does not notice (https://www.sqlite.org/howtocorrupt.html, 4.3). The same holds for its write-ahead log, which lasts while any
 * connection does.
 * @param expected bytes that the file should have once its write-ahead log is copied into it
 */
export const watchPlace = (file: DatabaseFile, expected: () => number): Place => {
  const paths = file.path === IN_MEMORY ? [] : [file.path, `${file.path}-wal`]
  const known = new Map<string, Identity>()
  let lookedAt = performance.now()
  let wasInPlace = true
  const assert: Place['assert'] = (outcome) => {
    lookedAt = performance.now()
    wasInPlace = false
    for (const path of paths) {
      const found = identityOf(path)
      const before = known.get(path)
      if (before !== undefined && (found === undefined || !isSame(before, found)))
        throw unavailable(outcome, 'file-gone', { ...file, path })
      // It grows, and shrinks when somebody has compacted it.
      if (before !== undefined && path === file.path && found !== undefined && found.size < before.size)
        if (Number(found.size) < expected()) throw unavailable(outcome, 'file-cut', file)
      if (found !== undefined) known.set(path, found)
    }
    wasInPlace = true
  }
  return {
    assert,
    assertNowAndThen: () => {
      if (!wasInPlace || performance.now() - lookedAt >= LOOK_EVERY) assert('not-applied')
    },
  }
}
