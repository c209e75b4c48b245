import { BY_INDEX } from '../by-index.ts'
import { quotedName } from '../name.ts'

/** `commit_views` with one statement for all checkpoints instead of one for each. */
export const COMMIT_VIEWS_SOONER = (schema: string): string => {
  const s = quotedName(schema)
  return `
create or replace function ${s}.commit_views(
  names text[], versions bigint[], from_positions text[], from_ids text[], to_positions text[], to_ids text[],
  views integer[], keys text[], documents text[], entries text[], separator text
) returns void
language plpgsql ${BY_INDEX}
as $function$
#variable_conflict use_column
declare
  builds integer[] := '{}';
  found_id integer;
begin
  if array_position(from_positions, null) is null then
    -- Locked in the order of the call.
    builds := array(
      select b.id
      from unnest(names, versions, from_positions, from_ids) with ordinality v (name, version, position, event_id, n)
      join ${s}.builds b on b.name = v.name and b.version = v.version and not b.dropped
        and b.position = v.position and b.event_id = v.event_id
      order by v.n for update of b
    );
  end if;
  if cardinality(builds) = cardinality(names) then
    update ${s}.builds b set position = to_positions[n], event_id = to_ids[n]
    from generate_subscripts(builds, 1) n where b.id = builds[n];
  else
    builds := array_fill(null::integer, array[cardinality(names)]);
    for n in 1..cardinality(names) loop
      if from_positions[n] is null then
        insert into ${s}.builds (name, version, position, event_id)
        values (names[n], versions[n], to_positions[n], to_ids[n])
        on conflict (name, version) where not dropped do nothing
        returning id into found_id;
      else
        update ${s}.builds set position = to_positions[n], event_id = to_ids[n]
        where name = names[n] and version = versions[n] and not dropped
          and position = from_positions[n] and event_id = from_ids[n]
        returning id into found_id;
      end if;
      if found_id is null then
        raise exception using errcode = 'MG001', message = n::text;
      end if;
      builds[n] := found_id;
    end loop;
  end if;
  if cardinality(keys) > 0 then
    with put as materialized (
      select builds[p.view] as build, p.key, p.document, p.entries, d.entries as former
      from unnest(views, keys, documents, entries) p (view, key, document, entries)
      left join ${s}.documents d on d.build = builds[p.view] and d.key = p.key
    ), moved as materialized (
      select * from put where entries is distinct from former
    ), deleted as (
      delete from ${s}.documents d using put where put.document is null and d.build = put.build and d.key = put.key
    ), gone as (
      delete from ${s}.entries e using (
        select build, unnest(string_to_array(former, separator)) as entry, key from moved
        except all
        select build, unnest(string_to_array(entries, separator)), key from moved
      ) old
      where e.build = old.build and e.entry = old.entry and e.key = old.key
    ), added as (
      insert into ${s}.entries (build, entry, key)
      select build, unnest(string_to_array(entries, separator)), key from moved
      except all
      select build, unnest(string_to_array(former, separator)), key from moved
    )
    insert into ${s}.documents (build, key, document, entries)
    select build, key, document, entries from put where document is not null
    on conflict (build, key) do update set document = excluded.document, entries = excluded.entries;
  end if;
end
$function$;`
}
