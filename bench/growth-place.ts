import { rmSync } from 'node:fs'
import type { Store } from 'madoguchi'
import { postgres } from 'madoguchi/postgres'
import { sqlite } from 'madoguchi/sqlite'
import pg from 'pg'

/** Where a grown desk is kept. */
export type GrowthPlace =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'postgres'; readonly connectionString: string; readonly schema: string }

export const readPlace = (text: string): GrowthPlace => JSON.parse(text) as GrowthPlace

/** A server that is busy with a million rows may take its time: an answer that is late is no figure. */
const DEADLINE = 60_000

export const openPlace = (place: GrowthPlace): Store =>
  place.engine === 'sqlite' ? sqlite(place) : postgres({ ...place, deadline: DEADLINE })

/** The file of the views of a desk on SQLite. */
export const viewsPathOf = (path: string): string => path.replace(/\.db$/, '.views.db')

/** What was not finished is no use. */
export const clearPlace = async (place: GrowthPlace): Promise<void> => {
  if (place.engine === 'sqlite') {
    const { path } = place
    for (const file of [path, viewsPathOf(path), path.replace(/\.db$/, '.keys.db')])
      for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true })
    return
  }
  const client = new pg.Client(place)
  await client.connect()
  for (const schema of [place.schema, `${place.schema}_secrets`])
    await client.query(`drop schema if exists "${schema}" cascade`)
  await client.end()
}
