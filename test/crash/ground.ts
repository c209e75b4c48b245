import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { startProxy } from '../adapters/eventstoredb/proxy.ts'
import { startServer as startEventStore } from '../adapters/eventstoredb/fake/running-server.ts'
import { startServer as startPostgres } from '../adapters/postgres/server.ts'
import type { EngineSettings } from './wire.ts'

/** On what the hosts stand: an engine, its server if it has one, and what only who stands beside it can do. */
export interface Ground {
  readonly settings: EngineSettings
  /** Stops the server at once, without letting it end anything, and starts it again. */
  readonly restart?: () => Promise<void>
  /** Documents with their places in the indexes, read past the library; not there where each process has its own. */
  readonly documents?: () => Promise<ReadonlyMap<string, string>>
  readonly close: () => Promise<void>
}

export type Engine = 'sqlite' | 'postgres' | 'eventstoredb'

export type State = Exclude<Engine, 'eventstoredb'> | 'cluster'

export interface GroundOptions {
  readonly engine: Engine
  /** Where views and the rest are, if the log is in EventStoreDB; `cluster`: nowhere else, but for secrets. */
  readonly state?: State
  readonly client?: 'db-client' | 'kurrentdb-client'
  /** A PostgreSQL that runs already, and is not to be restarted. */
  readonly postgresUrl?: string
}

/** @param folder for files; it is removed by whoever made it */
export const layGround = async (options: GroundOptions, folder: string): Promise<Ground> => {
  switch (options.engine) {
    case 'sqlite': {
      const path = join(folder, 'desk.db')
      return {
        settings: { engine: 'sqlite', path },
        documents: async () => sqliteDocuments(join(folder, 'desk.views.db')),
        close: async () => {},
      }
    }
    case 'postgres':
      return onPostgres(options)
    case 'eventstoredb': {
      const { state: rest = 'sqlite', client = 'db-client' } = options
      const alone = rest === 'cluster'
      const state = await layGround({ ...options, engine: alone ? 'sqlite' : rest }, folder)
      const server = await startEventStore()
      // Its port is another one in each life.
      const proxy = await startProxy(server.host, server.port)
      return {
        settings: {
          engine: 'eventstoredb',
          // The newer client warns of the older scheme.
          connectionString: `${client === 'db-client' ? 'esdb' : 'kurrentdb'}://${server.host}:${proxy.port}?tls=false`,
          client,
          state: state.settings,
          ...(alone ? { alone } : {}),
        },
        restart: server.restart,
        ...(alone || state.documents === undefined ? {} : { documents: state.documents }),
        close: async () => {
          await proxy.close()
          await server.stop()
          await state.close()
        },
      }
    }
  }
}

const onPostgres = async ({ postgresUrl }: GroundOptions): Promise<Ground> => {
  const server = postgresUrl === undefined ? await startPostgres() : undefined
  const url = server?.url ?? postgresUrl ?? ''
  const schema = `crash_${randomUUID().replaceAll('-', '')}`
  return {
    settings: { engine: 'postgres', url, schema },
    ...(server === undefined
      ? {}
      : {
          restart: async () => {
            await server.crash()
            await server.start()
          },
        }),
    documents: () => postgresDocuments(url, schema),
    close: async () => {
      if (server !== undefined) return server.stop()
      const client = new pg.Client(url)
      await client.connect()
      await client.query(`drop schema if exists "${schema}" cascade`)
      await client.query(`drop schema if exists "${schema}_secrets" cascade`)
      await client.end()
    },
  }
}

interface Held {
  readonly key: string
  readonly held: string
}

// A counter that came back to nothing is as good as one that never was.

const sqliteDocuments = (path: string): ReadonlyMap<string, string> => {
  const opened = new DatabaseSync(path, { readOnly: true })
  const ask = (query: string): readonly Held[] => opened.prepare(query).all() as unknown as readonly Held[]
  const documents = ask(
    `select b.name || ' ' || d.key as key, d.document as held from documents d join builds b on b.id = d.build
     where b.dropped = 0 and not (b.name like '%.counters' and d.document = '{"count":0}')`,
  )
  const entries = ask(
    `select b.name || '.' || i.name || ' ' || e.entry || ' ' || d.key as key, '' as held from entries e
     join documents d on d.id = e.document join indexes i on i.id = e."index" join builds b on b.id = i.build where b.dropped = 0`,
  )
  opened.close()
  return new Map([...documents, ...entries].map(({ key, held }) => [key, held]))
}

const postgresDocuments = async (url: string, schema: string): Promise<ReadonlyMap<string, string>> => {
  const client = new pg.Client(url)
  await client.connect()
  const ask = async (query: string): Promise<readonly Held[]> => (await client.query<Held>(query)).rows
  const documents = await ask(
    `select b.name || ' ' || d.key as key, d.document as held from "${schema}".documents d
     join "${schema}".builds b on b.id = d.build
     where not b.dropped and not (b.name like '%.counters' and d.document = '{"count":0}')`,
  )
  const entries = await ask(
    `select b.name || '. ' || e.entry || ' ' || e.key as key, '' as held from "${schema}".entries e
     join "${schema}".builds b on b.id = e.build where not b.dropped`,
  )
  await client.end()
  return new Map([...documents, ...entries].map(({ key, held }) => [key, held]))
}
