import { createHash } from 'node:crypto'
import type { DatabaseError, PoolClient } from 'pg'
import { StoreClosed, StoreUnavailable, StoreUnfit } from '../../application/ports/store-errors.ts'
import { troubleOf } from '../../application/ports/store-trouble.ts'
import { NoAnswer, within } from '../within.ts'
import { cancel } from './cancel.ts'
import { checkSettings, type ConnectionSettings } from './settings.ts'
import { driver } from './driver.ts'

export type Row = Readonly<Record<string, unknown>>
export type Value = string | number | boolean | null | Uint8Array | readonly (string | number | null)[]

/** One connection inside a transaction. */
export interface Session {
  query(sql: string, values?: readonly Value[]): Promise<readonly Row[]>
}

/** A number of connections to one server, made when they are needed and made anew when they were lost. */
export interface Connections {
  /** Runs a statement that changes nothing; again if the connection was lost, for others that stood idle may be lost too. */
  read(sql: string, values: readonly Value[]): Promise<readonly Row[]>
  /** Runs one statement, which is one transaction. */
  write(sql: string, values: readonly Value[]): Promise<readonly Row[]>
  /**
   * Runs a transaction, READ COMMITTED. The server ends it when it gets no lock, or nothing more is asked, within the deadline.
   * `most` are the milliseconds that it may take as a whole if those are more than the deadline; then closing ends it too.
   */
  transaction<T>(work: (session: Session) => Promise<T>, most?: number): Promise<T>
  /** Where the server is. */
  readonly at: string
  close(): Promise<void>
}

/** Part of the deadline that a call waits for its turn: if it does not come, nothing was applied, for certain. */
const PATIENCE = 0.8

/** Milliseconds of a deadline after which whoever waits for a lock is refused. */
export const patienceOf = (deadline: number): number => Math.ceil(deadline * PATIENCE)

/** SQLSTATEs after which a statement may have been applied all the same: the connection ended. */
const CONNECTION_ENDED = /^(?:08...|57P..|40003|25P0[34])$/

/** The SQLSTATE of a statement that the server refused, and therefore did not apply. */
const refusalCode = (error: unknown): string | undefined =>
  error instanceof driver().DatabaseError && error.code !== undefined && !CONNECTION_ENDED.test(error.code)
    ? error.code
    : undefined

/** What the server said, and its SQLSTATE. Other codes look like one: `EPIPE` has five letters too. */
class ServerError extends Error {
  readonly code: string | undefined
  constructor({ message, code }: DatabaseError) {
    super(message)
    this.code = code
  }
}

/** An error of the driver without what must not be seen: it may hold the connection, rows and settings. */
const withoutContent = (error: unknown): Error => {
  if (!(error instanceof Error)) return new Error('the driver failed')
  if (error instanceof NoAnswer) return error
  if (error instanceof driver().DatabaseError) return new ServerError(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const message = error.message === '' ? (code ?? error.name) : error.message
  return Object.assign(new Error(message), code !== undefined && { code })
}

/** What the driver says without a code, by the beginning of its message. */
const WITHOUT_CODE: readonly (readonly [RegExp, string])[] = [
  [/^Connection terminated (?:unexpectedly|$)|^Client has encountered a connection error/, 'connection-ended'],
  [/^Connection terminated due to connection timeout|^timeout exceeded/, 'no-answer'],
  [/^The server does not support SSL/, 'no-tls'],
  [/^SASL: .*password must be/, 'no-password'],
]

/** The code of a driver's error, its own if it has one. */
const troubleCode = (error: unknown): string | undefined => {
  if (error instanceof NoAnswer) return 'no-answer'
  const { code } = troubleOf(error)
  if (code !== undefined || !(error instanceof Error)) return code
  return WITHOUT_CODE.find(([message]) => message.test(error.message))?.[1]
}

const PROGRAM_LIMIT = '54000'

/** A statement is not prepared on this connection, or is so already: there is a pooler between. */
const NOT_AS_PREPARED = /^(?:26000|42P05)$/

/** Names of prepared statements say what they stand for: on a connection shared with others none is taken for another. */
const statementNames = new Map<string, string>()
const nameOf = (sql: string): string => {
  let name = statementNames.get(sql)
  if (name === undefined) {
    name = `madoguchi_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`
    statementNames.set(sql, name)
  }
  return name
}

/**
 * A driver's error as the port's.
 *
 * `sent` says what is true if no answer came: nothing is applied before a statement was sent, and reads apply nothing.
 */
const toPortError = (error: unknown, sent: 'not-applied' | 'unknown', at: string): Error => {
  if (error instanceof StoreClosed || error instanceof StoreUnavailable || error instanceof StoreUnfit) return error
  const code = refusalCode(error)
  const cause = withoutContent(error)
  if (code === PROGRAM_LIMIT) return new TypeError('a name or an index entry is too long for PostgreSQL', { cause })
  return new StoreUnavailable(code === undefined ? sent : 'not-applied', { cause, code: troubleCode(error), at })
}

/** The SQLSTATE with which the server refused; undefined for any other error. */
export const sqlState = (error: unknown): string | undefined => {
  const cause = error instanceof StoreUnavailable && error.outcome === 'not-applied' ? error.cause : undefined
  return cause instanceof ServerError ? cause.code : undefined
}

/** Whether a connection was lost, or ended by the server, or could not be made, within the deadline. */
const wasLost = (error: unknown): boolean => {
  if (!(error instanceof StoreUnavailable) || error.cause instanceof NoAnswer) return false
  const state = sqlState(error)
  return state === undefined || CONNECTION_ENDED.test(state)
}

const ignore = (): void => undefined

export interface ConnectionsOptions {
  /** How many at most. */
  readonly most: number
  /** Milliseconds for each call, the waiting for a connection included. */
  readonly deadline: number
  /**
   * Whether the server may keep statements prepared on a connection: nobody else uses it. If it turns out that somebody does,
   * they are not kept from then on.
   */
  readonly prepare: boolean
}

/** @throws InvalidStoreOption */
export const openConnections = (
  settings: ConnectionSettings,
  { most, deadline, prepare }: ConnectionsOptions,
): Connections => {
  const at = checkSettings(settings)
  let prepares = prepare
  const pool = new (driver().Pool)({
    ...settings,
    max: most,
    connectionTimeoutMillis: deadline,
    allowExitOnIdle: true,
  })
  // A connection that breaks while nobody uses it is replaced; whoever uses it gets the error from the query.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  let closed: Promise<void> | undefined
  const closing = new AbortController()
  // Of the transaction, not of the connection: a pooler gives that to others.
  const BEGIN = `
    begin isolation level read committed;
    set local lock_timeout = ${patienceOf(deadline)};
    set local idle_in_transaction_session_timeout = ${Math.ceil(deadline)}`

  const connect = async (until: number): Promise<PoolClient> => {
    if (closed) throw new StoreClosed()
    const connecting = pool.connect()
    try {
      return await within(until - performance.now(), () => connecting)
    } catch (error) {
      connecting.then((client) => client.release(), ignore)
      throw toPortError(error, 'not-applied', at)
    }
  }

  const using = async <T>(
    until: number,
    sent: 'not-applied' | 'unknown',
    work: (client: PoolClient) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    const client = await connect(until)
    try {
      const value = await within(until - performance.now(), () => work(client), signal)
      client.release()
      return value
    } catch (error) {
      const release = (): void => client.release(refusalCode(error) === undefined && !(error instanceof StoreUnfit))
      if (error instanceof NoAnswer) void cancel(settings, client).catch(ignore).then(release)
      else release()
      throw toPortError(error, sent, at)
    }
  }

  const query = async (client: PoolClient, text: string, given: readonly Value[]): Promise<readonly Row[]> => {
    const values = [...given]
    if (prepares) {
      try {
        return (await client.query<Row>({ name: nameOf(text), text, values })).rows
      } catch (error) {
        if (!NOT_AS_PREPARED.test(refusalCode(error) ?? '')) throw error
        prepares = false
      }
    }
    return (await client.query<Row>(text, values)).rows
  }

  const run = (
    until: number,
    sent: 'not-applied' | 'unknown',
    sql: string,
    values: readonly Value[],
  ): Promise<readonly Row[]> => using(until, sent, (client) => query(client, sql, values))

  return {
    read: async (sql, values) => {
      const until = performance.now() + deadline
      for (let repeats = pool.idleCount + 1; ; repeats -= 1) {
        try {
          return await run(until, 'not-applied', sql, values)
        } catch (error) {
          if (repeats === 0 || !wasLost(error) || closed) throw error
        }
      }
    },
    write: (sql, values) => run(performance.now() + deadline, 'unknown', sql, values),
    transaction: (work, most = deadline) => {
      const transact = async (client: PoolClient): ReturnType<typeof work> => {
        await client.query(BEGIN)
        try {
          const value = await work({
            query: async (sql, values = []) => (await client.query<Row>(sql, [...values])).rows,
          })
          await client.query('commit')
          return value
        } catch (error) {
          await client.query('rollback').catch(ignore)
          throw error
        }
      }
      return using(performance.now() + most, 'unknown', transact, most > deadline ? closing.signal : undefined)
    },
    at,
    close: () => {
      closing.abort(new NoAnswer('the store was closed'))
      return (closed ??= pool.end())
    },
  }
}

/** One schema of the database: its name as SQL, its statements once it is up to date. */
export interface Database extends Pick<Connections, 'read' | 'write' | 'transaction'> {
  readonly schema: string
  /**
   * Resolves when the schema is up to date; tries again at each call until it is.
   * @throws StoreUnavailable, `not-applied`: nothing that waits for it was sent
   */
  ready(): Promise<void>
}

/** Whatever became of the schema: what was asked for was not sent yet. */
const notApplied = (error: unknown, at: string): unknown => {
  if (error instanceof NoAnswer) return toPortError(error, 'not-applied', at)
  if (!(error instanceof StoreUnavailable)) return error
  const { cause, code } = error
  return new StoreUnavailable('not-applied', { cause, code, at })
}

/**
 * `prepare` brings the schema up to date, and may take its time: it goes on when whoever waits for it has given up, after `deadline`
 * milliseconds.
 */
export const openDatabase = (
  connections: Connections,
  schema: string,
  prepare: () => Promise<void>,
  deadline: number,
): Database => {
  let preparing: Promise<void> | undefined
  let isReady = false
  const startPreparing = async (): Promise<void> => {
    try {
      await prepare()
      isReady = true
    } finally {
      preparing = undefined
    }
  }
  const ready = async (): Promise<void> => {
    if (isReady) return
    try {
      await within(deadline, () => (preparing ??= startPreparing()))
    } catch (error) {
      throw notApplied(error, connections.at)
    }
  }
  return {
    schema,
    ready,
    read: async (sql, values) => {
      await ready()
      return connections.read(sql, values)
    },
    write: async (sql, values) => {
      await ready()
      return connections.write(sql, values)
    },
    transaction: async (work, most) => {
      await ready()
      return connections.transaction(work, most)
    },
  }
}
