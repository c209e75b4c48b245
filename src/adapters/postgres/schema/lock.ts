// Part of migrations that schemas have seen: what changes here changes in a migration of its own.

/** An advisory lock of the transaction: one process at a time appends to a schema, or brings it up to date. */
export const lock = (use: 'log' | 'schema', schema: string): string =>
  `pg_advisory_xact_lock(hashtextextended('madoguchi ${use} ${schema}', 0))`
