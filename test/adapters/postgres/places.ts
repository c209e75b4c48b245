import { Client } from 'pg'
import { inject } from 'vitest'
import { type PostgresOptions, postgres } from '../../../src/adapters/postgres/index.ts'
import type { Store } from '../../../src/application/ports/store.ts'

/** The server of this run. */
export const postgresUrl = async (): Promise<string> => {
  const response = await fetch(inject('postgresStarter'))
  if (!response.ok) throw new Error(`no PostgreSQL: ${await response.text()}`)
  return response.text()
}

/** A store on a place, which is a schema. */
export const openPlace = async (place: string, options: Partial<PostgresOptions> = {}): Promise<Store> =>
  postgres({ connectionString: await postgresUrl(), schema: place, ...options })

/** A connection of the test's own. */
export const connectAside = async (): Promise<Client> => {
  const client = new Client(await postgresUrl())
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Runs statements on a connection of the test's own. */
export const aside = async (
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> => {
  const client = await connectAside()
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows
  } finally {
    await client.end()
  }
}

export const discardPlace = async (place: string): Promise<void> => {
  await aside(`drop schema if exists "${place}" cascade`)
  await aside(`drop schema if exists "${place}_secrets" cascade`)
}

/** From now on the server refuses this document of a place, and entries that hold the word; until the returned function is called. */
export const refuseInPlace = async (
  place: string,
  { key, entry }: { readonly key: string; readonly entry: string },
): Promise<() => Promise<void>> => {
  await aside(`
    create function "${place}".refuse() returns trigger language plpgsql as $$
      begin raise exception 'refused'; end $$;
    create trigger no_document before insert or update on "${place}".documents
      for each row when (new.key = '${key}') execute function "${place}".refuse();
    create trigger no_entry before insert on "${place}".entries
      for each row when (position('${entry}' in new.entry) > 0) execute function "${place}".refuse();`)
  return async () => {
    await aside(`drop function "${place}".refuse() cascade`)
  }
}
