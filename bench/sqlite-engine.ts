import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { sqlite } from 'madoguchi/sqlite'
import type { BareLog, Row } from './bare-log.ts'
import type { Engine } from './engines.ts'
import { place } from './place.ts'

const bareFile = (path: string, origin: DatabaseSync): BareLog => {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  const tables = origin.prepare("select sql from sqlite_schema where name in ('streams', 'events')").all()
  for (const { sql } of tables) database.exec(sql as string)
  const insertStream = database.prepare('insert into streams (id, name) values (?, ?)')
  const insertEvent = database.prepare(
    `insert into events (position, stream, revision, id, type, version, data, personal, meta, recorded_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const begin = database.prepare('begin immediate')
  const commit = database.prepare('commit')
  return {
    insert: async ({ streams, events }) => {
      begin.run()
      for (const { id, name } of streams) insertStream.run(id!, name!)
      for (const row of events) {
        const { position, stream, revision, id, type, version, data, personal, meta, recorded_at } = row as Readonly<
          Record<string, SQLInputValue>
        >
        insertEvent.run(position!, stream!, revision!, id!, type!, version!, data!, personal!, meta!, recorded_at!)
      }
      commit.run()
    },
    close: async () => database.close(),
  }
}

/** Files in a folder that goes with the process. */
export const sqliteEngine: Engine = async () => {
  const folder = place()
  const path = join(folder, 'desk.db')
  const store = sqlite({ path })
  // So that the tables are there.
  await store.events.head('nothing')
  const origin = new DatabaseSync(path, { readOnly: true })
  let stream = 0
  let position = 0
  return {
    store,
    written: async () => {
      const streams = origin.prepare('select * from streams where id > ? order by id').all(stream) as Row[]
      const events = origin.prepare('select * from events where position > ? order by position').all(position) as Row[]
      stream = Number(streams.at(-1)?.['id'] ?? stream)
      position = Number(events.at(-1)?.['position'] ?? position)
      return { streams, events }
    },
    bare: async () => bareFile(join(folder, 'bare.db'), origin),
    close: async () => {
      await store.close()
      origin.close()
    },
  }
}
