import { BY_INDEX, IN_INDEX_ORDER } from '../by-index.ts'
import { EVENT, EVENT_COLUMNS } from '../columns.ts'
import { quotedName } from '../name.ts'

/**
 * Reads that share a statement. Of streams: forwards at least `starts`, or backwards at most, with `mosts` below zero. Of documents:
 * one view and one key in a place. Answers with the place of each question, counted from 1; whoever asks may get nothing.
 */
export const READ_TOGETHER = (schema: string): string => {
  const s = quotedName(schema)
  return `
create function ${s}.read_streams(names text, starts bigint[], mosts integer[]) returns table (question integer, ${EVENT})
language plpgsql stable ${IN_INDEX_ORDER}
as $function$
#variable_conflict use_column
begin
  return query
  select one.n::integer, ${EVENT_COLUMNS.replaceAll('e.', 'found.')}
  from unnest(string_to_array(names, chr(1)), starts, mosts) with ordinality one (name, start, most, n)
  join ${s}.streams s on s.name = one.name
  cross join lateral (
    (
      select e.* from ${s}.events e where e.stream = s.id and e.revision >= one.start
      order by e.revision limit greatest(one.most, 0)
    ) union all (
      select e.* from ${s}.events e where e.stream = s.id and e.revision <= one.start
      order by e.revision desc limit greatest(-one.most, 0)
    )
  ) found;
end
$function$;

create function ${s}.read_documents(names text[], versions bigint[], views integer[], keys text)
returns table (question integer, document text)
language plpgsql stable ${BY_INDEX}
as $function$
#variable_conflict use_column
declare
  builds integer[];
begin
  select array_agg(b.id order by v.n) into builds
  from unnest(names, versions) with ordinality v (name, version, n)
  left join ${s}.builds b on b.name = v.name and b.version = v.version and not b.dropped;
  return query
  select one.n::integer, d.document
  from unnest(views, string_to_array(keys, chr(1))) with ordinality one (view, key, n)
  join ${s}.documents d on d.build = builds[one.view] and d.key = one.key;
end
$function$;`
}
