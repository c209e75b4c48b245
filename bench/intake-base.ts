import { createHmac, timingSafeEqual } from 'node:crypto'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { SECRET } from './bench-desk.ts'

type Row = Readonly<Record<string, SQLInputValue>>

/** What a desk wrote since the last look: rows of its `streams` and `events`, as they stand in its file. */
export interface WrittenRows {
  readonly streams: readonly Row[]
  readonly events: readonly Row[]
}

/** Reads what was written to a desk's file between two looks. */
export const rowReader = (path: string): (() => WrittenRows) => {
  let stream = 0
  let position = 0
  return () => {
    const database = new DatabaseSync(path, { readOnly: true })
    const streams = database.prepare('select * from streams where id > ? order by id').all(stream) as Row[]
    const events = database.prepare('select * from events where position > ? order by position').all(position) as Row[]
    database.close()
    stream = Number(streams.at(-1)?.['id'] ?? stream)
    position = Number(events.at(-1)?.['position'] ?? position)
    return { streams, events }
  }
}

/** A bare file with the same two tables, and nothing else. */
export interface BareFile {
  /** Writes rows outside of any measurement. */
  fill(rows: WrittenRows): void
  /**
   * Reads the requests, checks their signatures, parses them, and writes the rows, everything in groups of 32: one commit
   * for each. The texts of the rows are given, nothing is encoded.
   */
  take(requests: readonly Request[], rows: WrittenRows): Promise<void>
}

const GROUP = 32

export const bareFile = (path: string, schemaOf: string): BareFile => {
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  const origin = new DatabaseSync(schemaOf, { readOnly: true })
  const tables = origin.prepare("select sql from sqlite_schema where name in ('streams', 'events')").all()
  for (const { sql } of tables) database.exec(sql as string)
  origin.close()
  const insertStream = database.prepare('insert into streams (id, name) values (?, ?)')
  const insertEvent = database.prepare(
    `insert into events (position, stream, revision, id, type, version, data, personal, meta, recorded_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const begin = database.prepare('begin immediate')
  const commit = database.prepare('commit')

  const insert = (streams: readonly Row[], events: readonly Row[]): void => {
    begin.run()
    for (const { id, name } of streams) insertStream.run(id!, name!)
    for (const row of events) {
      const { position, stream, revision, id, type, version, data, personal, meta, recorded_at } = row
      insertEvent.run(position!, stream!, revision!, id!, type!, version!, data!, personal!, meta!, recorded_at!)
    }
    commit.run()
  }
  const share = <Item>(items: readonly Item[], at: number, of: number): readonly Item[] =>
    items.slice(Math.round((items.length * at) / of), Math.round((items.length * (at + 1)) / of))

  return {
    fill: ({ streams, events }) => insert(streams, events),
    take: async (requests, { streams, events }) => {
      const groups = Math.ceil(requests.length / GROUP)
      for (let group = 0; group < groups; group++) {
        const members = requests.slice(group * GROUP, (group + 1) * GROUP)
        await Promise.all(members.map(checkedBody))
        insert(share(streams, group, groups), share(events, group, groups))
        for (const _ of members) void new Response('', { status: 200 })
      }
    },
  }
}

const checkedBody = async (request: Request): Promise<unknown> => {
  const body = new Uint8Array(await request.arrayBuffer())
  const claimed = Buffer.from(request.headers.get('x-hub-signature-256')?.slice('sha256='.length) ?? '', 'hex')
  if (!timingSafeEqual(claimed, createHmac('sha256', SECRET).update(body).digest())) throw new Error('not signed')
  return JSON.parse(new TextDecoder().decode(body))
}
