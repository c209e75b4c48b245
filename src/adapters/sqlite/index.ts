import { format, parse } from 'node:path'
import type { Store } from '../../application/ports/store.ts'
import { InvalidStoreOption } from '../../application/ports/store-errors.ts'
import { type Kind, milliseconds, optional } from '../../application/ports/shape.ts'
import { createBell } from '../bell.ts'
import { checkStoreOptions } from '../store-options.ts'
import { sqliteBlobs } from './blobs.ts'
import { IN_MEMORY } from './database-file.ts'
import { type Database, type DatabaseSettings, openDatabase } from './database.ts'
import { sqliteEventStore } from './event-store.ts'
import { watchForeignCommits } from './foreign-commits.ts'
import { createHeads } from './heads.ts'
import { sqliteKeys } from './keys.ts'
import { sqliteLeases } from './leases.ts'
import { DESK_MIGRATIONS, migrate, SECRETS_MIGRATIONS, VIEWS_MIGRATIONS } from './schema.ts'
import { sqliteSnapshots } from './snapshots.ts'
import { sqliteTokens } from './tokens.ts'
import { truncateWal } from './wal-truncation.ts'
import { createTransactions } from './transactions.ts'
import { sqliteViews } from './views.ts'
import { createWriter } from './writer.ts'

export interface SqliteOptions {
  /** File of log, snapshots, leases and blobs; `:memory:` keeps everything in memory. */
  readonly path: string
  /** File of the views, which can be built again from the log; default `desk.views.db` beside `desk.db`. */
  readonly viewsPath?: string
  /**
   * File of keys and tokens; default `desk.keys.db` beside `desk.db`.
   * It must not be in the backup of the other one.
   */
  readonly secretsPath?: string
  /** Milliseconds that a call waits for a lock held by others before it is refused as unavailable; default 5,000. */
  readonly busyLimit?: number
}

const BUSY_LIMIT = 5_000

/** What a path may be is said by {@link requirePath}. */
const path: Kind = optional({ expected: 'a path', is: () => true })
const OPTIONS: { readonly [Name in keyof Required<SqliteOptions>]: Kind } = {
  path,
  viewsPath: path,
  secretsPath: path,
  busyLimit: optional(milliseconds(0)),
}

/** Kibibytes of pages in memory. Indexes are written to all over: what a batch of views touches should stay there. */
const VIEWS_CACHE = 32_768
const LOG_CACHE = 16_384
/** Bytes: a build writes its pages again and again, and of larger ones there are fewer. */
const VIEWS_PAGE = 8_192

const besides = (path: string, what: string): string => {
  if (path === IN_MEMORY) return IN_MEMORY
  const { dir, name, ext } = parse(path)
  return format({ dir, name: `${name}.${what}`, ext: ext === '' ? '.db' : ext })
}

/** SQLite itself takes no name for a file that it deletes when it is closed, and a URI for another file than Node does. */
const requirePath = (option: string, path: string | undefined): void => {
  if (typeof path !== 'string' || path === '') throw new InvalidStoreOption(option, 'it is empty; is the variable set?')
  if (/^file:/i.test(path)) throw new InvalidStoreOption(option, 'a path is needed, not a URI')
}

/**
 * A desk on a SQLite file (`node:sqlite`), durable at every commit, for one process or several on one machine. Files that it
 * makes are for their owner only (mode 0600); those that are there keep their mode.
 *
 * The same event id at another revision of its stream is refused as CorruptIdempotency, a net under the caller's bugs that
 * the port does not promise. Files of older releases are brought up to date when they are opened; a newer one is refused by every call.
 * @throws StoreUnavailable when a file cannot be opened, InvalidStoreOption when a path is missing, a URI or given twice
 */
export const sqlite = (options: string | SqliteOptions): Store => {
  const {
    path,
    viewsPath,
    secretsPath,
    busyLimit = BUSY_LIMIT,
    // Whatever is no object was meant to be the path, also a variable that is not set.
  }: SqliteOptions = typeof options === 'object' && options !== null ? options : { path: options }
  if (typeof options === 'object' && options !== null) checkStoreOptions(options, OPTIONS)
  requirePath('path', path)
  if (viewsPath !== undefined) requirePath('viewsPath', viewsPath)
  if (secretsPath !== undefined) requirePath('secretsPath', secretsPath)
  const viewsFile = viewsPath ?? besides(path, 'views')
  const secretsFile = secretsPath ?? besides(path, 'keys')
  const onDisk = [path, viewsFile, secretsFile].filter((file) => file !== IN_MEMORY)
  if (new Set(onDisk).size < onDisk.length)
    throw new InvalidStoreOption('path, viewsPath, secretsPath', 'each needs a file of its own')
  const opened: Database[] = []
  const open = (file: string, settings: Omit<DatabaseSettings, 'busyLimit'>): Database => {
    const database = openDatabase(file, { busyLimit, ...settings })
    opened.push(database)
    return database
  }
  const openAll = () => {
    const database = open(path, { prepare: migrate(DESK_MIGRATIONS), cache: LOG_CACHE })
    const secrets = open(secretsFile, { prepare: migrate(SECRETS_MIGRATIONS), part: 'keys', forgets: true })
    // What a loss of power takes from the views is folded once more.
    const forViews = {
      prepare: migrate(VIEWS_MIGRATIONS),
      durability: 'normal',
      page: VIEWS_PAGE,
      part: 'views',
      forgets: true,
    } as const
    const writing = open(viewsFile, { ...forViews, cache: VIEWS_CACHE })
    const reading = viewsFile === IN_MEMORY ? writing : open(viewsFile, forViews)
    return { database, secrets, writing, reading }
  }
  const closeAll = (): void => {
    for (const each of opened) each.close()
  }
  let files: ReturnType<typeof openAll>
  try {
    files = openAll()
  } catch (error) {
    closeAll()
    throw error
  }
  const { database, secrets, writing, reading } = files

  const heads = createHeads(database)
  const bell = createBell((someone) => foreign.watch(someone))
  const foreign = watchForeignCommits(database, () => bell.ring())
  const writer = createWriter(database, {
    begun: heads.refresh,
    committed: bell.ring,
    rolledBack: heads.clear,
  })
  const secretsWal = truncateWal(secrets, { whenFree: (work) => work(), isSmall: true })
  const secretsWriter = createWriter(secrets, { committed: secretsWal.due })

  const events = sqliteEventStore({ database, writer, heads, bell })
  const transactions = createTransactions(writing, reading !== writing)
  const viewsWal = truncateWal(writing, { whenFree: (work) => void transactions.between(work), isSmall: false })
  const views = sqliteViews({ writing, reading, transactions, replaced: viewsWal.due })
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await Promise.all([events.close(), views.close(), writer.close(), secretsWriter.close()])
    secretsWal.close()
    viewsWal.close()
    closeAll()
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
