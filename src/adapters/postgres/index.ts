import type { Store } from '../../application/ports/store.ts'
import {
  aBoolean,
  anObject,
  aText,
  aWholeNumber,
  type Kind,
  milliseconds,
  optional,
} from '../../application/ports/shape.ts'
import { createBell } from '../bell.ts'
import { checkStoreOptions } from '../store-options.ts'
import { storableText } from '../index-key.ts'
import { postgresBlobs } from './blobs.ts'
import { openConnections, openDatabase, patienceOf } from './database.ts'
import { postgresEventStore } from './event-store.ts'
import { postgresKeys } from './keys.ts'
import { postgresLeases } from './leases.ts'
import { driver } from './driver.ts'
import { createListener } from './listener.ts'
import { migrate } from './schema/migrate.ts'
import { DESK_MIGRATIONS, SECRETS_MIGRATIONS } from './schema/migrations.ts'
import { quotedName, secretsSchemaOf } from './schema/name.ts'
import type { ConnectionSettings } from './settings.ts'
import { postgresSnapshots } from './snapshots.ts'
import { postgresTokens } from './tokens.ts'
import { createToldCommits } from './told-commits.ts'
import { postgresViews } from './views.ts'
import { watchForeignCommits } from './foreign-commits.ts'
import { joinedTexts, numbersOf } from './values.ts'
import { createWriter } from './writer.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, as `pg` reads it; absent: {@link connection}, then the PG* variables. */
  readonly connectionString?: string
  /** Settings of `pg` itself: host, port, user, password (also a function), database, ssl, application_name ... */
  readonly connection?: ConnectionSettings
  /** Schema of log, views, snapshots, leases and blobs; made if it is missing. Default `madoguchi`. */
  readonly schema?: string
  /** Schema of keys and tokens, default `madoguchi_secrets` beside `madoguchi`. It must not be in the dump of the other one. */
  readonly secretsSchema?: string
  /**
   * Whether to be told of commits of other processes by LISTEN, default true. False behind a pooler in transaction mode: they
   * are looked for every {@link pollInterval}.
   */
  readonly listen?: boolean
  /** Milliseconds between two looks for commits of other processes; default 2,000, and 200 without {@link listen}. */
  readonly pollInterval?: number
  /** Connections at most, beside the one that appends and the one that listens; default 8. */
  readonly connections?: number
  /** Milliseconds after which a call without an answer is refused as unavailable; default 5,000. */
  readonly deadline?: number
}

const OPTIONS: { readonly [Name in keyof Required<PostgresOptions>]: Kind } = {
  // What is wrong with it is said with its rules, in settings.ts.
  connectionString: optional({ expected: 'a connection string', is: () => true }),
  connection: optional(anObject()),
  schema: optional(aText),
  secretsSchema: optional(aText),
  listen: optional(aBoolean),
  pollInterval: optional(milliseconds(1)),
  connections: optional(aWholeNumber(1, 1_000)),
  deadline: optional(milliseconds(1)),
}

const CONNECTIONS = 8
const DEADLINE = 5_000
const POLL_INTERVAL = 2_000
const POLL_INTERVAL_ALONE = 200
/** Milliseconds of silence after which the system asks whether the other end is still there: else it may wait for two hours. */
const SILENCE = 10_000

/**
 * A desk in a PostgreSQL database (`pg`), version 13 or newer, encoded in UTF8, for one process or many.
 *
 * Nothing is connected before the first call, which also brings the schemas up to date; a schema of a newer release, and a
 * database that cannot be used, are refused by every call. The same event id at another revision of its stream is refused as
 * CorruptIdempotency, a net under the caller's bugs that the port does not promise.
 * @throws InvalidStoreOption for an option that is none and for a connection that cannot be read, and for a name that no schema can have; DriverMissing without `pg`
 */
export const postgres = (options: string | PostgresOptions): Store => {
  // Whatever is no object was meant to be the string, also a variable that is not set.
  const given: PostgresOptions =
    typeof options === 'object' && options !== null ? options : { connectionString: options }
  checkStoreOptions(given, OPTIONS)
  driver()
  const { schema = 'madoguchi', listen = true, connections = CONNECTIONS, deadline = DEADLINE } = given
  const secretsSchema = given.secretsSchema ?? secretsSchemaOf(schema)
  const pollInterval = given.pollInterval ?? (listen ? POLL_INTERVAL : POLL_INTERVAL_ALONE)
  const settings: ConnectionSettings = {
    application_name: 'madoguchi',
    keepAlive: true,
    keepAliveInitialDelayMillis: SILENCE,
    ...given.connection,
    ...('connectionString' in given && { connectionString: given.connectionString }),
  }

  // Whoever listens has connections of their own.
  const pool = openConnections(settings, { most: connections, deadline, prepare: listen })
  const writing = openConnections(settings, { most: 1, deadline, prepare: listen })
  const log = quotedName(schema)
  const desk = openDatabase(pool, log, () => migrate(pool, schema, DESK_MIGRATIONS), deadline)
  const secrets = openDatabase(
    pool,
    quotedName(secretsSchema, 'secretsSchema'),
    () => migrate(pool, secretsSchema, SECRETS_MIGRATIONS),
    deadline,
  )

  const bell = createBell((someone) => foreign.watch(someone))
  const commits = createToldCommits(() => listener.start())
  const listener = createListener(settings, schema, (text) => {
    if (!commits.heard(text)) bell.ring()
  })
  const foreign = watchForeignCommits({
    database: desk,
    interval: pollInterval,
    ...(listen && { listener }),
    found: bell.ring,
  })
  const APPEND = `select * from ${log}.append_together($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
  const APPEND_ON_PREMISES = `select * from ${log}.append_on_premises($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
  const patience = patienceOf(deadline)
  const writer = createWriter({
    ready: desk.ready,
    call: (values, premises) =>
      premises.length === 0
        ? writing.write(APPEND, [...values, patience])
        : writing.write(APPEND_ON_PREMISES, [
            ...values,
            patience,
            joinedTexts(premises.map(({ stream }) => storableText(stream))),
            numbersOf(premises.map(({ revision }) => revision)),
          ]),
    transaction: (work) =>
      writing.transaction((session) => work((values) => session.query(APPEND, [...values, patience]))),
    deadline,
    committed: bell.ring,
  })

  const events = postgresEventStore({ database: desk, writer, bell })
  const views = postgresViews({ database: desk, channel: schema, ...(listen && { commits }) })
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await Promise.all([events.close(), views.close(), writer.close()])
    foreign.close()
    await Promise.all([pool.close(), writing.close()])
  }
  return {
    events,
    views,
    snapshots: postgresSnapshots({ database: desk }),
    leases: postgresLeases({ database: desk }),
    keys: postgresKeys({ database: secrets }),
    tokens: postgresTokens({ database: secrets }),
    blobs: postgresBlobs({ database: desk }),
    close: () => (closed ??= close()),
  }
}
