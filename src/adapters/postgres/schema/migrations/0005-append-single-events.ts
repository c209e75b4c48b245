import { BY_INDEX } from '../by-index.ts'
import { lock } from '../lock.ts'
import { quotedName } from '../name.ts'

/**
 * `append_together` that looks for the last event of a stream from where it is expected on, mostly one event: the server reads
 * every entry of the stream on a page of the index at once (its `nbtree/README`), however few are wanted. Where every append has
 * one event, `counts`, `appends` and `nths` say nothing and are null.
 */
export const APPEND_SINGLE_EVENTS = (schema: string): string => {
  const s = quotedName(schema)
  return `
create or replace function ${s}.append_together(
  names text, expecteds bigint[], counts integer[], previous integer[],
  appends integer[], nths integer[], ids text, types text, versions bigint[],
  datas text, personals text, metas text, times bigint[], patience integer
) returns table (outcome text, revision bigint, "position" bigint)
language plpgsql ${BY_INDEX}
as $function$
#variable_conflict use_column
declare
  name_list text[] := string_to_array(names, chr(1));
  id_list text[] := string_to_array(ids, chr(1));
  type_list text[] := string_to_array(types, chr(1));
  data_list text[] := string_to_array(datas, chr(1));
  personal_list text[] := string_to_array(personals, chr(1), '');
  meta_list text[] := string_to_array(metas, chr(1));
  streams bigint[];
  opened integer[];
  n integer;
  is_plain boolean := false;
  last bigint;
  ignored text;
begin
  ignored := set_config('lock_timeout', patience::text, true);
  ignored := ${lock('log', schema)}::text;
  if previous is null then
    select array_agg(s.id order by one.n), bool_and(coalesce(h.revision, -1) = one.expected),
      coalesce((select e.position from ${s}.events e order by e.position desc limit 1), 0)
    into streams, is_plain, last
    from unnest(name_list, expecteds) with ordinality one (name, expected, n)
    left join ${s}.streams s on s.name = one.name
    left join lateral (
      select e.revision from ${s}.events e
      where e.stream = s.id and e.revision >= one.expected
      order by e.revision desc limit 1
    ) h on true;
  end if;
  if not is_plain then
    n := cardinality(name_list);
    return query select * from ${s}.append(
      name_list, expecteds, coalesce(counts, array_fill(1, array[n])), coalesce(previous, array_fill(0, array[n])),
      coalesce(appends, array(select generate_series(1, n))), id_list, type_list, versions,
      data_list, personal_list, meta_list, times, patience
    );
    return;
  end if;
  if array_position(streams, null) is not null then
    opened := array(select n from generate_subscripts(streams, 1) n where streams[n] is null order by n);
    foreach n in array opened loop streams[n] := nextval('${s}.streams_id_seq'); end loop;
    insert into ${s}.streams (id, name) select streams[n], name_list[n] from unnest(opened) n;
  end if;
  insert into ${s}.events
    (position, stream, revision, id, type, version, data, personal, meta, recorded_at)
  select last + e, streams[coalesce(appends[e], e)], expecteds[coalesce(appends[e], e)] + coalesce(nths[e], 1),
    id_list[e], type_list[e], versions[e], data_list[e], personal_list[e], meta_list[e], times[e]
  from generate_subscripts(id_list, 1) e;
  perform pg_notify('${schema}', '');
  return query select 'plain'::text, null::bigint, last;
end
$function$;`
}
