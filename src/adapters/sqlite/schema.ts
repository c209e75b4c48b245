import type { DatabaseSync } from 'node:sqlite'

/**
 * Every schema this file has had, in order. `pragma user_version` counts those that a file has seen.
 * They are added to and never changed: files written by every release are migrated by what follows.
 */
export const DESK_MIGRATIONS: readonly string[] = [
  `create table streams (
     id integer primary key,
     name text not null unique
   );
   create table events (
     position integer primary key autoincrement,
     stream integer not null,
     revision integer not null,
     id text not null,
     type text not null,
     version integer not null,
     data text not null,
     personal text,
     meta text not null,
     recorded_at integer not null,
     unique (stream, revision),
     unique (stream, id)
   );`,
  `create table builds (
     id integer primary key autoincrement,
     name text not null,
     version integer not null,
     position text not null,
     event_id text not null,
     dropped integer not null default 0
   );
   create unique index live_builds on builds (name, version) where dropped = 0;
   create table indexes (
     id integer primary key autoincrement,
     build integer not null,
     name text not null,
     unique (build, name)
   );
   create table documents (
     id integer primary key,
     build integer not null,
     key text not null,
     document text not null,
     entries text not null,
     unique (build, key)
   );
   create table entries (
     "index" integer not null,
     entry text not null,
     key text not null,
     primary key ("index", entry, key)
   ) without rowid;`,
  `create table snapshots (
     stream text primary key,
     revision integer not null,
     position text not null,
     fold text not null,
     state text not null
   ) without rowid;
   create table blobs (
     id text primary key,
     media_type text not null,
     bytes blob not null
   );`,
  `create table leases (
     name text primary key,
     revision integer not null,
     value text not null
   ) without rowid;`,
  // Views are built anew from the log: theirs is no data to be moved.
  `drop table entries;
   drop table documents;
   delete from indexes;
   delete from builds;
   alter table builds add column indexed integer;
   alter table builds add column indexing integer;
   alter table builds add column run integer;
   create table journal (
     id integer primary key,
     run integer not null,
     build integer not null,
     key text not null,
     entries text,
     document text
   );
   create index journal_runs on journal (run);
   create table documents (
     id integer primary key,
     build integer not null,
     key text not null,
     entries text not null,
     document text not null,
     unique (build, key)
   );
   create table entries (
     "index" integer not null,
     entry text not null,
     document integer not null,
     primary key ("index", entry, document)
   ) without rowid;`,
  // They have a file of their own. What they said of customers does not stay in free pages of this one.
  `pragma secure_delete = on;
   drop table journal;
   drop table entries;
   drop table documents;
   drop table indexes;
   drop table builds;
   pragma secure_delete = off;`,
]

/** The file beside it, for what can be built again from the log. */
export const VIEWS_MIGRATIONS: readonly string[] = [
  `create table builds (
     id integer primary key autoincrement,
     name text not null,
     version integer not null,
     position text not null,
     event_id text not null,
     indexed integer,
     indexing integer,
     dropped integer not null default 0
   );
   create unique index live_builds on builds (name, version) where dropped = 0;
   create table indexes (
     id integer primary key autoincrement,
     build integer not null,
     name text not null,
     unique (build, name)
   );
   create table documents (
     id integer primary key autoincrement,
     build integer not null,
     key text not null,
     entries text not null,
     document text not null,
     unique (build, key)
   );
   create table entries (
     "index" integer not null,
     entry text not null,
     document integer not null,
     primary key ("index", entry, document)
   ) without rowid;`,
]

/** The file beside it, for what must not be in the log's backup. */
export const SECRETS_MIGRATIONS: readonly string[] = [
  `create table keys (
     name text primary key,
     value blob not null
   );
   create table tokens (
     channel_id text primary key,
     token text not null
   );`,
]

/** Brings a file up to date, in one transaction: of two processes that start at once one waits for the other. */
export const migrate =
  (migrations: readonly string[]): ((database: DatabaseSync) => void) =>
  (database) => {
    const version = (): number => Number(database.prepare('pragma user_version').get()?.['user_version'])
    if (version() === migrations.length) return
    database.exec('begin immediate')
    try {
      const from = version()
      if (from > migrations.length)
        throw new Error(`the file has schema ${from}; this release knows ${migrations.length} and needs an update`)
      for (const sql of migrations.slice(from)) database.exec(sql)
      database.exec(`pragma user_version = ${migrations.length}`)
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }
