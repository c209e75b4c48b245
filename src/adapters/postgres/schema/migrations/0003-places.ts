import { IN_INDEX_ORDER } from '../by-index.ts'
import { quotedName } from '../name.ts'
import { WALK, walkPlaces } from '../walks.ts'

/** `walk_index` without the documents: the primary key of the entries answers alone. */
export const PLACES = (schema: string): string => {
  const s = quotedName(schema)
  const walk = (direction: 'asc' | 'desc'): string => `
    return query select p.entry, p.key from (${walkPlaces(s, direction, WALK)}
    ) p order by p.entry ${direction}, p.key ${direction};`
  return `
create function ${s}.walk_places(
  view_name text, view_version bigint, first_entry text, first_key text, beyond_entry text, beyond_key text,
  most bigint, backwards boolean
) returns table (entry text, key text)
language plpgsql stable ${IN_INDEX_ORDER}
as $function$
#variable_conflict use_column
begin
  if backwards then ${walk('desc')}
  else ${walk('asc')}
  end if;
end
$function$;`
}
