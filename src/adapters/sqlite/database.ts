import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import type { Json } from '../../application/ports/json.ts'
import { StoreClosed, StoreUnfit } from '../../application/ports/store-errors.ts'
import type { StorePart } from '../../application/ports/store-trouble.ts'
import { type DatabaseFile, IN_MEMORY, unavailable } from './database-file.ts'
import { watchPlace } from './file-in-place.ts'
import { makeOwnerOnly } from './owner-only.ts'

/** Milliseconds that SQLite itself may wait for a lock: the event loop stands still meanwhile. */
const BUSY_TIMEOUT = 5
/** Milliseconds between two looks of whoever waits for a lock. */
const LONGEST_PAUSE = 20

const CACHE = 2_048
/** Bytes of a page, as SQLite itself has it. */
const PAGE = 4_096
/** Bytes of the write-ahead log before it is copied into the file: a page that changes often is copied once. */
const CHECKPOINT_BYTES = 16_777_216

/** https://www.sqlite.org/rescode.html, by the primary code. */
const NAMES: Readonly<Record<number, string>> = {
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  25: 'SQLITE_RANGE',
  26: 'SQLITE_NOTADB',
}
const BUSY = 5
const LOCKED = 6
const CONSTRAINT = 19
/** SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH: it is the value that cannot be kept, not the file that fails. */
const REFUSED_VALUES: readonly (number | undefined)[] = [18, CONSTRAINT, 20]

export type Row = Readonly<Record<string, unknown>>

export interface DatabaseSettings {
  readonly part?: StorePart
  /** Overwrites what is deleted or replaced, in the file: it is somebody's secret, or what somebody took back. */
  readonly forgets?: true
  /** Milliseconds after which a lock held by others is reported. */
  readonly busyLimit: number
  /**
   * Brings the schema up to date: when the file is opened, and while another process holds the lock again, for as long as a call may
   * wait. Where that fails, each later call begins anew.
   */
  readonly prepare: (database: DatabaseSync) => void
  /**
   * What a commit outlives: `full` (default) a loss of power; `normal` the end of the process, and after a loss of power the newest commits
   * may be gone, each of them whole.
   */
  readonly durability?: 'full' | 'normal'
  /** Kibibytes of pages kept in memory; default 2,048. */
  readonly cache?: number
  /** Bytes of a page of a file that is new; default 4,096. */
  readonly page?: number
}

/** One file: its connection, its prepared statements, its locks. */
export interface Database extends DatabaseFile {
  /**
   * A writer asks this after the commit and before it is told: what went to a file that nobody finds again is lost.
   * @throws StoreUnavailable `file-gone` with that outcome
   */
  assertInPlace(outcome: 'not-applied' | 'unknown'): void
  /** Milliseconds after which a lock held by others is reported. */
  readonly busyLimit: number
  /** Resolves when the schema is up to date; tries again at each call until it is. */
  ready(): Promise<void>
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[]
  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined
  iterate(sql: string, ...values: readonly SQLInputValue[]): Iterable<Row>
  /** Rows changed and the last row id. */
  run(sql: string, ...values: readonly SQLInputValue[]): { readonly changes: number; readonly lastId: number }
  /** Changes whenever another connection has committed, in this or another process. */
  foreignVersion(): number
  /** Runs a read, again while another connection holds the lock it needs. */
  reading<T>(work: () => T): Promise<T>
  close(): void
}

const errorCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined

/** Whether SQLite itself refused, not our own code. */
export const isDriverError = (error: unknown): boolean => errorCode(error) !== undefined

export const isBusy = (error: unknown): boolean => {
  const code = errorCode(error)
  return code === BUSY || code === LOCKED
}

export const isConstraint = (error: unknown): boolean => errorCode(error) === CONSTRAINT

/** Whether SQLite cannot keep the value that it was given, now or later. */
export const isRefusedValue = (error: unknown): boolean => REFUSED_VALUES.includes(errorCode(error))

/** A driver's error as the port's, anything else as it is. */
export const toPortError = (error: unknown, outcome: 'not-applied' | 'unknown', file: DatabaseFile): unknown => {
  const code = errorCode(error)
  if (code === undefined) return error
  return unavailable(outcome, NAMES[code] ?? `SQLITE_${code}`, file, error)
}

/** A text of the file as JSON. @throws StoreUnavailable when it is none: the file is damaged */
export const parsedIn = (file: DatabaseFile, text: unknown): Json => {
  try {
    return JSON.parse(text as string) as Json
  } catch {
    // The message of the cause would hold a part of the text.
    throw unavailable('not-applied', 'not-json', file)
  }
}

/** A random pause, longer at each attempt, so that processes do not meet again and again. */
export const pauseFor = (attempt: number): number => 1 + Math.random() * Math.min(LONGEST_PAUSE - 1, 2 ** attempt)

/** Runs the work, again while it finds a lock held by others. */
export const whenFree = async <T>(work: () => T, limit: number, file: DatabaseFile): Promise<T> => {
  const until = performance.now() + limit
  for (let attempt = 1; ; attempt += 1) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw toPortError(error, 'not-applied', file)
      await setTimeout(pauseFor(attempt))
    }
  }
}

/**
 * Opens a file, which it makes for its owner only if it is not there.
 * @throws StoreUnavailable when the file cannot be opened
 */
export const openDatabase = (
  path: string,
  { busyLimit, prepare, durability = 'full', cache = CACHE, page = PAGE, part, forgets }: DatabaseSettings,
): Database => {
  let closed = false
  const file: DatabaseFile = part === undefined ? { path } : { path, part }
  const open = (): DatabaseSync => {
    if (path !== IN_MEMORY) makeOwnerOnly(path)
    try {
      return new DatabaseSync(path)
    } catch (error) {
      throw toPortError(error, 'not-applied', file)
    }
  }
  const driver = open()
  const statements = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    if (closed) throw new StoreClosed()
    let prepared = statements.get(sql)
    if (!prepared) {
      prepared = driver.prepare(sql)
      statements.set(sql, prepared)
    }
    return prepared
  }

  const pragma = (name: string): number => Number(statement(`pragma ${name}`).get()?.[name])
  const inPlace = watchPlace(file, () => pragma('page_count') * pragma('page_size'))

  const setUp = (): void => {
    if (closed) throw new StoreClosed()
    driver.exec(`pragma busy_timeout = ${BUSY_TIMEOUT}`)
    driver.exec(`pragma page_size = ${page}`)
    driver.exec('pragma journal_mode = wal')
    driver.exec(`pragma synchronous = ${durability}`)
    driver.exec('pragma foreign_keys = off')
    // Compacting a file copies it: not to a file elsewhere.
    driver.exec('pragma temp_store = memory')
    // https://www.sqlite.org/pragma.html#pragma_secure_delete
    driver.exec(`pragma secure_delete = ${forgets === true ? 'on' : 'off'}`)
    driver.exec(`pragma cache_size = -${cache}`)
    driver.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_BYTES / page}`)
    try {
      prepare(driver)
    } catch (error) {
      if (isDriverError(error) || !(error instanceof Error)) throw error
      throw new StoreUnfit(`${path}: ${error.message}`)
    }
    // What is deleted before anybody looks again must be missed too.
    inPlace.assert('not-applied')
  }
  let isReady = false
  let settingUp: Promise<void> | undefined
  const startSettingUp = async (): Promise<void> => {
    try {
      await whenFree(setUp, busyLimit, file)
      isReady = true
    } catch (error) {
      settingUp = undefined
      throw error
    }
  }
  const ready = (): Promise<void> => (settingUp ??= startSettingUp())
  // The first attempt is made at once, so a new file is ready when the factory returns.
  ready().catch(() => undefined)

  return {
    ...file,
    busyLimit,
    assertInPlace: inPlace.assert,
    ready,
    all: (sql, ...values) => statement(sql).all(...values),
    get: (sql, ...values) => statement(sql).get(...values),
    iterate: (sql, ...values) => statement(sql).iterate(...values),
    run: (sql, ...values) => {
      const { changes, lastInsertRowid } = statement(sql).run(...values)
      return { changes: Number(changes), lastId: Number(lastInsertRowid) }
    },
    foreignVersion: () => pragma('data_version'),
    reading: async (work) => {
      if (!isReady) await ready()
      inPlace.assertNowAndThen()
      return whenFree(work, busyLimit, file)
    },
    close: () => {
      if (closed) return
      closed = true
      statements.clear()
      driver.close()
    },
  }
}
