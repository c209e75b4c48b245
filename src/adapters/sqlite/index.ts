import { closeSync, openSync } from 'node:fs'
import { format, parse } from 'node:path'
import type { Store } from '../../application/ports/store.ts'
import { InvalidStoreOption, StoreUnavailable } from '../../application/ports/store-errors.ts'
import { createBell } from '../bell.ts'
import { sqliteBlobs } from './blobs.ts'
import { type Database, openDatabase } from './database.ts'
import { sqliteEventStore } from './event-store.ts'
import { watchForeignCommits } from './foreign-commits.ts'
import { createHeads } from './heads.ts'
import { sqliteKeys } from './keys.ts'
import { sqliteLeases } from './leases.ts'
import { DESK_MIGRATIONS, migrate, SECRETS_MIGRATIONS } from './schema.ts'
import { sqliteSnapshots } from './snapshots.ts'
import { sqliteTokens } from './tokens.ts'
import { sqliteViews } from './views.ts'
import { createWriter } from './writer.ts'

export interface SqliteOptions {
  /** File of log, views, snapshots and blobs; `:memory:` keeps everything in memory. */
  readonly path: string
  /**
   * File of keys and tokens, readable by its owner only; default `desk.keys.db` beside `desk.db`.
   * It must not be in the backup of the other one.
   */
  readonly secretsPath?: string
  /** Milliseconds that a call waits for a lock held by others before it is refused as unavailable; default 5,000. */
  readonly busyLimit?: number
}

const BUSY_LIMIT = 5_000

const IN_MEMORY = ':memory:'
const OWNER_ONLY = 0o600

const besides = (path: string): string => {
  if (path === IN_MEMORY) return IN_MEMORY
  const { dir, name, ext } = parse(path)
  return format({ dir, name: `${name}.keys`, ext: ext === '' ? '.db' : ext })
}

/** SQLite itself takes no name for a file that it deletes when it is closed. */
const requirePath = (option: string, path: string | undefined): void => {
  if (typeof path !== 'string' || path === '') throw new InvalidStoreOption(option, 'it is empty; is the variable set?')
}

const makePrivate = (path: string): string => {
  try {
    // SQLite gives its side files the permissions of the file itself.
    if (path !== IN_MEMORY) closeSync(openSync(path, 'a', OWNER_ONLY))
  } catch (cause) {
    throw new StoreUnavailable('not-applied', { cause, at: path })
  }
  return path
}

/**
 * A desk on a SQLite file (`node:sqlite`), durable at every commit, for one process or several on one machine.
 *
 * The same event id at another revision of its stream is refused as CorruptIdempotency, a net under the caller's bugs that
 * the port does not promise. Files of older releases are brought up to date when they are opened; a newer one is refused by every call.
 * @throws StoreUnavailable when a file cannot be opened, InvalidStoreOption when no path is given
 */
export const sqlite = (options: string | SqliteOptions): Store => {
  const {
    path,
    secretsPath,
    busyLimit = BUSY_LIMIT,
    // Whatever is no object was meant to be the path, also a variable that is not set.
  }: SqliteOptions = typeof options === 'object' ? options : { path: options }
  requirePath('path', path)
  if (secretsPath !== undefined) requirePath('secretsPath', secretsPath)
  const database = openDatabase(path, busyLimit, migrate(DESK_MIGRATIONS))
  const openSecrets = (): Database => {
    try {
      return openDatabase(makePrivate(secretsPath ?? besides(path)), busyLimit, migrate(SECRETS_MIGRATIONS))
    } catch (error) {
      database.close()
      throw error
    }
  }
  const secrets = openSecrets()

  const heads = createHeads(database)
  const bell = createBell((someone) => foreign.watch(someone))
  const foreign = watchForeignCommits(database, () => bell.ring())
  const writer = createWriter(database, {
    begun: heads.refresh,
    committed: bell.ring,
    rolledBack: heads.clear,
  })
  const secretsWriter = createWriter(secrets, {})

  const events = sqliteEventStore({ database, writer, heads, bell })
  const views = sqliteViews({ database, writer })
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await Promise.all([events.close(), views.close(), writer.close(), secretsWriter.close()])
    database.close()
    secrets.close()
  }
  return {
    events,
    views,
    snapshots: sqliteSnapshots({ database, writer }),
    leases: sqliteLeases({ database, writer }),
    keys: sqliteKeys({ database: secrets, writer: secretsWriter }),
    tokens: sqliteTokens({ database: secrets, writer: secretsWriter }),
    blobs: sqliteBlobs({ database, writer }),
    close: () => (closed ??= close()),
  }
}
