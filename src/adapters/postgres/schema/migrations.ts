import { LOG } from './migrations/0001-log.ts'
import { NOTES } from './migrations/0001-notes.ts'
import { VIEWS } from './migrations/0001-views.ts'
import { APPEND_TOGETHER } from './migrations/0002-append-together.ts'
import { COMMIT_VIEWS_SOONER } from './migrations/0002-commit-views-sooner.ts'
import { READ_TOGETHER } from './migrations/0002-read-together.ts'
import { APPEND_ON_PREMISES } from './migrations/0003-append-on-premises.ts'
import { PLACES } from './migrations/0003-places.ts'
import { VACUUM_SOONER } from './migrations/0003-vacuum-sooner.ts'
import { APPEND_TOGETHER_SOONER } from './migrations/0004-append-together-sooner.ts'
import { APPEND_SINGLE_EVENTS } from './migrations/0005-append-single-events.ts'
import { UNFINISHED_BUILDS } from './migrations/0006-unfinished-builds.ts'
import { quotedName } from './name.ts'

/**
 * Every shape the schema of the log has had, in order. They are added to and never changed: schemas written by every
 * release are migrated by what follows.
 */
export const DESK_MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => LOG(schema) + VIEWS(schema) + NOTES(schema),
  (schema) => APPEND_TOGETHER(schema) + READ_TOGETHER(schema) + COMMIT_VIEWS_SOONER(schema),
  (schema) => PLACES(schema) + APPEND_ON_PREMISES(schema) + VACUUM_SOONER(schema),
  APPEND_TOGETHER_SOONER,
  APPEND_SINGLE_EVENTS,
  UNFINISHED_BUILDS,
]

/** The schema beside it, for what must not be in a dump of the log. */
export const SECRETS_MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => `
create table ${quotedName(schema)}.keys (
  name text collate "C" primary key,
  value bytea not null
);
create table ${quotedName(schema)}.tokens (
  channel_id text collate "C" primary key,
  token text collate "C" not null
);`,
]
