import { BY_INDEX } from '../by-index.ts'
import { lock } from '../lock.ts'
import { quotedName } from '../name.ts'

/**
 * `append_together` where nothing may have happened to other streams that it rests on: revisions are their last ones, or -1.
 * Answers with `moved` and the place of the first one that has gone on, counted from 1; nothing is appended then.
 */
export const APPEND_ON_PREMISES = (schema: string): string => {
  const s = quotedName(schema)
  return `
create function ${s}.append_on_premises(
  names text, expecteds bigint[], counts integer[], previous integer[],
  appends integer[], nths integer[], ids text, types text, versions bigint[],
  datas text, personals text, metas text, times bigint[], patience integer,
  premises text, premise_revisions bigint[]
) returns table (outcome text, revision bigint, "position" bigint)
language plpgsql ${BY_INDEX}
as $function$
#variable_conflict use_column
declare
  moved integer;
begin
  perform set_config('lock_timeout', patience::text, true);
  perform ${lock('log', schema)};
  select min(one.n) into moved
  from unnest(string_to_array(premises, chr(1)), premise_revisions) with ordinality one (name, revision, n)
  where one.revision <> coalesce((
    select e.revision from ${s}.events e
    where e.stream = (select s.id from ${s}.streams s where s.name = one.name)
    order by e.revision desc limit 1
  ), -1);
  if moved is not null then
    return query select 'moved'::text, moved::bigint, null::bigint;
    return;
  end if;
  return query select * from ${s}.append_together(
    names, expecteds, counts, previous, appends, nths, ids, types, versions, datas, personals, metas, times, patience
  );
end
$function$;`
}
