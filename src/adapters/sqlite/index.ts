import { closeSync, openSync } from 'node:fs'
import { format, parse } from 'node:path'
import type { Store } from '../../application/ports/store.ts'
import { createBell } from '../bell.ts'
import { sqliteBlobs } from './blobs.ts'
import { openDatabase } from './database.ts'
import { sqliteEventStore } from './event-store.ts'
import { watchForeignCommits } from './foreign-commits.ts'
import { createHeads } from './heads.ts'
import { sqliteKeys } from './keys.ts'
import { sqliteLeases } from './leases.ts'
import { DESK_MIGRATIONS, migrate, SECRETS_MIGRATIONS, VIEWS_MIGRATIONS } from './schema.ts'
import { sqliteSnapshots } from './snapshots.ts'
import { sqliteTokens } from './tokens.ts'
import { createTransactions } from './transactions.ts'
import { sqliteViews } from './views.ts'
import { createWriter } from './writer.ts'

export interface SqliteOptions {
  /** File of log, snapshots, leases and blobs; `:memory:` keeps everything in memory. */
  readonly path: string
  /** File of the views, which can be built again from the log; default `desk.views.db` beside `desk.db`. */
  readonly viewsPath?: string
  /**
   * File of keys and tokens, readable by its owner only; default `desk.keys.db` beside `desk.db`.
   * It must not be in the backup of the other one.
   */
  readonly secretsPath?: string
  /** Milliseconds that a call waits for a lock held by others before it is refused as unavailable; default 5,000. */
  readonly busyLimit?: number
}

const BUSY_LIMIT = 5_000

/** Kibibytes of pages in memory. Indexes are written to all over: what a batch of views touches should stay there. */
const VIEWS_CACHE = 32_768
const LOG_CACHE = 32_768

const IN_MEMORY = ':memory:'
const OWNER_ONLY = 0o600

const besides = (path: string, what: string): string => {
  if (path === IN_MEMORY) return IN_MEMORY
  const { dir, name, ext } = parse(path)
  return format({ dir, name: `${name}.${what}`, ext: ext === '' ? '.db' : ext })
}

const makePrivate = (path: string): string => {
  // SQLite gives its side files the permissions of the file itself.
  if (path !== IN_MEMORY) closeSync(openSync(path, 'a', OWNER_ONLY))
  return path
}

/**
 * A desk on a SQLite file (`node:sqlite`), durable at every commit, for one process or several on one machine.
 *
 * The same event id at another revision of its stream is refused as CorruptIdempotency, a net under the caller's bugs that
 * the port does not promise. Files of older releases are brought up to date when they are opened; a newer one is refused by every call.
 * @throws StoreUnavailable when the file cannot be opened
 */
export const sqlite = (options: string | SqliteOptions): Store => {
  const {
    path,
    viewsPath,
    secretsPath,
    busyLimit = BUSY_LIMIT,
  }: SqliteOptions = typeof options === 'string' ? { path: options } : options
  const database = openDatabase(path, { busyLimit, prepare: migrate(DESK_MIGRATIONS), cache: LOG_CACHE })
  const secrets = openDatabase(makePrivate(secretsPath ?? besides(path, 'keys')), {
    busyLimit,
    prepare: migrate(SECRETS_MIGRATIONS),
  })
  // What a loss of power takes from it is folded once more.
  const forViews = { busyLimit, prepare: migrate(VIEWS_MIGRATIONS), durability: 'normal' } as const
  const viewsFile = viewsPath ?? besides(path, 'views')
  const writing = openDatabase(viewsFile, { ...forViews, cache: VIEWS_CACHE })
  const reading = viewsFile === IN_MEMORY ? writing : openDatabase(viewsFile, forViews)

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
  const transactions = createTransactions(writing, reading !== writing)
  const views = sqliteViews({ writing, reading, transactions })
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await Promise.all([events.close(), views.close(), writer.close(), secretsWriter.close()])
    for (const each of [database, secrets, writing, reading]) each.close()
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
