import { BY_INDEX } from '../by-index.ts'
import { quotedName } from '../name.ts'

/**
 * Which builds have not caught up with the log yet, and `begin_views`: `commit_views` with the first changes of some of them, whose
 * places are in `begun`. What was there before counts as finished, and so does what a process of older code begins.
 */
export const UNFINISHED_BUILDS = (schema: string): string => {
  const s = quotedName(schema)
  return `
alter table ${s}.builds add column unfinished boolean not null default false;

create function ${s}.begin_views(
  names text[], versions bigint[], from_positions text[], from_ids text[], to_positions text[], to_ids text[],
  views integer[], keys text[], documents text[], entries text[], separator text, begun integer[]
) returns void
language plpgsql ${BY_INDEX}
as $function$
#variable_conflict use_column
begin
  perform ${s}.commit_views(
    names, versions, from_positions, from_ids, to_positions, to_ids, views, keys, documents, entries, separator
  );
  update ${s}.builds b set unfinished = true
  from unnest(begun) n where b.name = names[n] and b.version = versions[n] and not b.dropped;
end
$function$;`
}
