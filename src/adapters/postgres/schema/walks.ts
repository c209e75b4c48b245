// Part of migrations that schemas have seen: what changes here changes in a migration of its own.

/** The places in one range of one index; `$1` to `$7` or names in their place. */
export const walkPlaces = (
  s: string,
  direction: 'asc' | 'desc',
  [name, version, firstEntry, firstKey, beyondEntry, beyondKey, most]: readonly string[],
): string => `
      select e.build, e.entry, e.key from ${s}.entries e
      where e.build = (select b.id from ${s}.builds b where b.name = ${name} and b.version = ${version} and not b.dropped)
        and (e.entry, e.key) >= (${firstEntry}, ${firstKey}) and (e.entry, e.key) < (${beyondEntry}, ${beyondKey})
      order by e.entry ${direction}, e.key ${direction} limit ${most}`

/** The same with the documents. */
export const walkIndex = (s: string, direction: 'asc' | 'desc', values: readonly string[]): string => `
    select e.entry, e.key, d.document
    from (${walkPlaces(s, direction, values)}
    ) e
    cross join lateral (
      select d.document from ${s}.documents d where d.build = e.build and d.key = e.key offset 0
    ) d
    order by e.entry ${direction}, e.key ${direction}`

/** The arguments of the schema's functions that walk an index. */
export const WALK: readonly string[] = [
  'view_name',
  'view_version',
  'first_entry',
  'first_key',
  'beyond_entry',
  'beyond_key',
  'most',
]
