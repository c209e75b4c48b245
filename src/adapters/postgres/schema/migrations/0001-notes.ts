import { quotedName } from '../name.ts'

/** What else a desk keeps beside its log. */
export const NOTES = (schema: string): string => {
  const s = quotedName(schema)
  return `
create table ${s}.snapshots (
  stream text collate "C" primary key,
  revision bigint not null,
  position text collate "C" not null,
  fold text collate "C" not null,
  state text collate "C" not null
);
create table ${s}.leases (
  name text collate "C" primary key,
  revision bigint not null,
  value text collate "C" not null
);
create table ${s}.blobs (
  id text collate "C" primary key,
  media_type text collate "C" not null,
  bytes bytea not null
);`
}
