import { DESK_MIGRATIONS } from '../../../src/adapters/postgres/schema/migrations.ts'
import { joinedTexts, numbersOf } from '../../../src/adapters/postgres/values.ts'
import type { NewEvent } from '../../../src/application/ports/event-store.ts'
import { OLDER_EVENTS, OLDER_STREAM } from '../../../src/testing/contracts/sample-events.ts'
import { aside } from './places.ts'

/** What schemas of older releases have seen: the first migration, the first two ... */
export const OLDER_SCHEMAS: readonly number[] = DESK_MIGRATIONS.slice(1).map((_, at) => at + 1)

/** `append_together` came with the second migration. */
const FIRST_TOGETHER = 2

/** Appends as older code does: it says of each event what it belongs to. */
export const appendAsBefore = async (
  place: string,
  stream: string,
  expected: number,
  events: readonly NewEvent[],
): Promise<readonly Record<string, unknown>[]> =>
  aside(`select * from "${place}".append_together($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 4000)`, [
    stream,
    numbersOf([expected]),
    numbersOf([events.length]),
    null,
    numbersOf(events.map(() => 1)),
    numbersOf(events.map((_, at) => at + 1)),
    joinedTexts(events.map(({ id }) => id)),
    joinedTexts(events.map(({ type }) => type)),
    numbersOf(events.map(({ version }) => version)),
    joinedTexts(events.map(({ data }) => JSON.stringify(data))),
    joinedTexts(events.map(({ personal }) => (personal === undefined ? '' : JSON.stringify(personal)))),
    joinedTexts(events.map(({ meta }) => JSON.stringify(meta))),
    numbersOf(events.map(({ recordedAt }) => recordedAt)),
  ])

const appendAtFirst = async (place: string, stream: string, events: readonly NewEvent[]): Promise<unknown> =>
  aside(`select * from "${place}".append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 4000)`, [
    [stream],
    [-1],
    [events.length],
    [0],
    events.map(() => 1),
    events.map(({ id }) => id),
    events.map(({ type }) => type),
    events.map(({ version }) => version),
    events.map(({ data }) => JSON.stringify(data)),
    events.map(({ personal }) => (personal === undefined ? null : JSON.stringify(personal))),
    events.map(({ meta }) => JSON.stringify(meta)),
    events.map(({ recordedAt }) => recordedAt),
  ])

/** A schema as a release of so many migrations left it, with the events of `OLDER_EVENTS`. */
export const prepareOlder = async (place: string, version: number): Promise<void> => {
  await aside(`
    create schema "${place}";
    create table "${place}".migrations (number integer primary key, applied_at timestamptz not null default now());`)
  for (const [at, migration] of DESK_MIGRATIONS.slice(0, version).entries()) {
    await aside(migration(place))
    await aside(`insert into "${place}".migrations (number) values ($1)`, [at + 1])
  }
  if (version < FIRST_TOGETHER) await appendAtFirst(place, OLDER_STREAM, OLDER_EVENTS)
  else await appendAsBefore(place, OLDER_STREAM, -1, OLDER_EVENTS)
}
