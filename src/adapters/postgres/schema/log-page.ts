// Part of migrations that schemas have seen: what changes here changes in a migration of its own.

/** Positions that one page of the log looks at, however few of them pass its filter. */
export const LOOKED_AT: number = 10_000
/** Bytes after which a page of the log ends, so that large events do not fill the memory. */
export const PAGE_BYTES: number = 4_194_304
