// Part of migrations that schemas have seen: what changes here changes in a migration of its own.

/*
 * What is asked here walks indexes, however many rows there are. The server would rather guess, from what it knows of the
 * tables: nothing while they are new. So whatever is asked often is a function that leaves it no choice; its plans are
 * made once per connection.
 */
export const BY_INDEX: string = `
  set enable_seqscan = off
  set enable_bitmapscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
  set plan_cache_mode = force_generic_plan`
/** The same for what comes in the order of an index. */
export const IN_INDEX_ORDER: string = `${BY_INDEX}
  set enable_sort = off`
