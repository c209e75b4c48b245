// Part of migrations that schemas have seen: what changes here changes in a migration of its own.

/** An event as a function answers with it. */
export const EVENT = `"position" bigint, revision integer, id text, type text, version bigint,
  data text, personal text, meta text, recorded_at bigint`
/** The same of `events e`. */
export const EVENT_COLUMNS =
  'e.position, e.revision, e.id, e.type, e.version, e.data, e.personal, e.meta, e.recorded_at'
