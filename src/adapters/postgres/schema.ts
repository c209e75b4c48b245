import { StoreUnfit } from '../../application/ports/store-errors.ts'
import type { Connections, Session } from './database.ts'

const OLDEST_SERVER = 130_000

/** The schema beside another one, for keys and tokens. */
export const secretsSchemaOf = (schema: string): string => `${schema}_secrets`

/** PostgreSQL cuts longer names in silence. */
const MOST_CHARACTERS = 63

/**
 * A schema's name as SQL.
 * @throws TypeError
 */
export const quotedName = (schema: string): string => {
  if (!/^[A-Za-z_][\w-]*$/.test(schema) || schema.startsWith('pg_') || schema.length > MOST_CHARACTERS)
    throw new TypeError(
      `not a name for a schema: ${JSON.stringify(schema)} (letters, digits, _ and -, first a letter or _, not pg_, at most ${MOST_CHARACTERS})`,
    )
  return `"${schema}"`
}

/** An advisory lock of the transaction: one process at a time appends to a schema, or brings it up to date. */
const lock = (use: 'log' | 'schema', schema: string): string =>
  `pg_advisory_xact_lock(hashtextextended('madoguchi ${use} ${schema}', 0))`

/*
 * What is asked here walks indexes, however many rows there are. The server would rather guess, from what it knows of the
 * tables: nothing while they are new. So whatever is asked often is a function that leaves it no choice; its plans are
 * made once per connection.
 */
const BY_INDEX = `
  set enable_seqscan = off
  set enable_bitmapscan = off
  set enable_hashjoin = off
  set enable_mergejoin = off
  set jit = off
  set plan_cache_mode = force_generic_plan`
/** The same for what comes in the order of an index. */
export const IN_INDEX_ORDER: string = `${BY_INDEX}
  set enable_sort = off`

/** Positions that one page of the log looks at, however few of them pass its filter. */
export const LOOKED_AT: number = 10_000
/** Bytes after which a page of the log ends, so that large events do not fill the memory. */
export const PAGE_BYTES: number = 4_194_304

const EVENT = `"position" bigint, revision integer, id text, type text, version bigint,
  data text, personal text, meta text, recorded_at bigint`
const EVENT_COLUMNS = 'e.position, e.revision, e.id, e.type, e.version, e.data, e.personal, e.meta, e.recorded_at'

const readStream = (s: string, direction: 'asc' | 'desc'): string => `
    return query select ${EVENT_COLUMNS} from ${s}.events e
    where e.stream = (select streams.id from ${s}.streams where streams.name = stream_name)
      and e.revision ${direction === 'asc' ? '>=' : '<='} start
    order by e.revision ${direction} limit most;`

/**
 * A page of the log, and where the log begins and ends, of one instant. Nobody looks for holes: positions become visible in
 * their order.
 */
const readLog = (s: string, direction: 'asc' | 'desc'): string => `
    return query select ends.first, ends.last, p.name, p.position, p.revision, p.id, p.type, p.version,
      p.data, p.personal, p.meta, p.recorded_at, p.upto
    from (
      select coalesce(min(e.position), 0) as first, coalesce(max(e.position), 0) as last from ${s}.events e
    ) ends
    left join lateral (
      select r.*, (sum(r.size) over (order by r.position ${direction}))::bigint as upto from (
        select s.name, ${EVENT_COLUMNS},
          octet_length(e.data) + octet_length(e.meta) + coalesce(octet_length(e.personal), 0) as size
        from ${s}.events e
        cross join lateral (select streams.name from ${s}.streams where streams.id = e.stream offset 0) s
        where ${
          direction === 'asc'
            ? `e.position > start and e.position <= start + ${LOOKED_AT}`
            : `e.position < start and e.position >= least(start, ends.last + 1) - ${LOOKED_AT}`
        }
          and (types is null or e.type = any(types))
          and (prefixes is null or s.name ^@ any(prefixes))
        order by e.position ${direction} limit most
      ) r
    ) p on p.upto - p.size <= ${PAGE_BYTES}
    order by p.position ${direction};`

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

const LOG = (schema: string): string => {
  const s = quotedName(schema)
  return `
create table ${s}.streams (
  id bigint generated by default as identity primary key,
  name text collate "C" not null unique
);
create table ${s}.events (
  position bigint primary key,
  stream bigint not null,
  revision integer not null,
  id text collate "C" not null,
  type text collate "C" not null,
  version bigint not null,
  data text collate "C" not null,
  personal text collate "C",
  meta text collate "C" not null,
  recorded_at bigint not null,
  unique (stream, revision),
  constraint events_of_known_id unique (stream, id)
);

-- The group commit: one call is one transaction. It waits for its turn, decides each append by where its stream stands, gives
-- out positions, and answers per append. Readers see positions in this order, because the lock is let go after the commit.
-- patience: milliseconds to wait for its turn. expecteds: a revision, or -1 none, -2 exists, -3 any. previous: the append of the same stream before, in the same call, or 0.
-- The answer's revision is the stream's last one where the append was refused.
create function ${s}.append(
  names text[], expecteds bigint[], counts integer[], previous integer[],
  appends integer[], ids text[], types text[], versions bigint[],
  datas text[], personals text[], metas text[], times bigint[], patience integer
) returns table (outcome text, revision bigint, "position" bigint)
language plpgsql ${BY_INDEX}
as $function$
#variable_conflict use_column
declare
  many constant integer := cardinality(names);
  outcomes text[] := array_fill(null::text, array[many]);
  revisions bigint[] := array_fill(null::bigint, array[many]);
  positions bigint[] := array_fill(null::bigint, array[many]);
  streams bigint[] := array_fill(null::bigint, array[many]);
  heads bigint[] := array_fill(null::bigint, array[many]);
  -- One below an accepted append's first revision and position, and one below its first place in the arrays of events.
  before_revision bigint[] := array_fill(null::bigint, array[many]);
  before_position bigint[] := array_fill(null::bigint, array[many]);
  before_place integer[] := array_fill(null::integer, array[many]);
  opened integer[] := '{}';
  last bigint;
  first bigint;
  place integer := 0;
  head bigint;
  same bigint;
  found bigint;
  a record;
begin
  perform set_config('lock_timeout', patience::text, true);
  perform ${lock('log', schema)};
  select e.position into last from ${s}.events e order by e.position desc limit 1;
  last := coalesce(last, 0);
  first := last;
  for a in
    select one.n::integer as n, one.expected, one.count, s.id as stream, h.revision as head
    from unnest(names, expecteds, counts) with ordinality one (name, expected, count, n)
    left join ${s}.streams s on s.name = one.name
    left join lateral (
      select e.revision from ${s}.events e where e.stream = s.id order by e.revision desc limit 1
    ) h on true
    order by one.n
  loop
    if previous[a.n] > 0 then
      streams[a.n] := streams[previous[a.n]];
      head := heads[previous[a.n]];
    else
      streams[a.n] := a.stream;
      head := a.head;
    end if;
    before_place[a.n] := place;
    place := place + a.count;
    if a.expected = -3 or (a.expected = -2 and head is not null) or coalesce(head, -1) = a.expected then
      if streams[a.n] is null then
        streams[a.n] := nextval(pg_get_serial_sequence('${s}.streams', 'id'));
        opened := opened || a.n;
      end if;
      outcomes[a.n] := 'appended';
      before_revision[a.n] := coalesce(head, -1);
      before_position[a.n] := last;
      head := coalesce(head, -1) + a.count;
      last := last + a.count;
      revisions[a.n] := head;
      positions[a.n] := last;
    elsif a.expected = -2 or coalesce(head, -1) < a.expected then
      outcomes[a.n] := 'wrong';
      revisions[a.n] := head;
    else
      -- Perhaps it happened before, also earlier in this call.
      with there as (
        select e.revision::bigint, e.position, e.id from ${s}.events e
        where e.stream = streams[a.n] and e.revision > a.expected and e.revision <= a.expected + a.count
        union all
        select before_revision[e.append] + e.place - before_place[e.append],
          before_position[e.append] + e.place - before_place[e.append], e.id
        from unnest(appends, ids) with ordinality e (append, id, place)
        where previous[a.n] > 0 and e.append < a.n
          and outcomes[e.append] = 'appended' and streams[e.append] = streams[a.n]
      )
      select min(k) filter (where there.id is distinct from ids[before_place[a.n] + k]) - 1, max(there.position)
      into same, found
      from generate_series(1, a.count) k left join there on there.revision = a.expected + k;
      outcomes[a.n] := case when same is null then 'replayed' when same = 0 then 'wrong' else 'corrupt' end;
      positions[a.n] := found;
      revisions[a.n] := case when same is null then a.expected + a.count else head end;
    end if;
    heads[a.n] := head;
  end loop;

  if last > first then
    if cardinality(opened) > 0 then
      insert into ${s}.streams (id, name) select streams[n], names[n] from unnest(opened) n;
    end if;
    insert into ${s}.events
      (position, stream, revision, id, type, version, data, personal, meta, recorded_at)
    select before_position[e.append] + e.place - before_place[e.append], streams[e.append],
      before_revision[e.append] + e.place - before_place[e.append],
      e.id, e.type, e.version, e.data, e.personal, e.meta, e.time
    from unnest(appends, ids, types, versions, datas, personals, metas, times)
      with ordinality e (append, id, type, version, data, personal, meta, time, place)
    where outcomes[e.append] = 'appended';
    perform pg_notify('${schema}', '');
  end if;
  return query select * from unnest(outcomes, revisions, positions);
end
$function$;

create function ${s}.read_stream(stream_name text, start bigint, most bigint, backwards boolean) returns table (${EVENT})
language plpgsql stable ${IN_INDEX_ORDER}
as $function$
#variable_conflict use_column
begin
  if backwards then ${readStream(s, 'desc')}
  else ${readStream(s, 'asc')}
  end if;
end
$function$;

create function ${s}.read_log(start bigint, most bigint, types text[], prefixes text[], backwards boolean)
returns table (first bigint, last bigint, name text, ${EVENT}, upto bigint)
language plpgsql stable ${IN_INDEX_ORDER}
as $function$
#variable_conflict use_column
begin
  if backwards then ${readLog(s, 'desc')}
  else ${readLog(s, 'asc')}
  end if;
end
$function$;`
}

const WALK = ['view_name', 'view_version', 'first_entry', 'first_key', 'beyond_entry', 'beyond_key', 'most']

const VIEWS = (schema: string): string => {
  const s = quotedName(schema)
  return `
create table ${s}.builds (
  id integer generated by default as identity primary key,
  name text collate "C" not null,
  version bigint not null,
  position text collate "C" not null,
  event_id text collate "C" not null,
  dropped boolean not null default false
);
create unique index live_builds on ${s}.builds (name, version) where not dropped;
-- Names of indexes, for all builds and for ever: an entry begins with such a number.
create table ${s}.indexes (
  id integer generated by default as identity primary key,
  name text collate "C" not null unique
);
create table ${s}.documents (
  build integer not null,
  key text collate "C" not null,
  document text collate "C" not null,
  -- Where it stands in the indexes, to be compared with what replaces it; null if nowhere.
  entries text collate "C",
  primary key (build, key)
);
create table ${s}.entries (
  build integer not null,
  entry text collate "C" not null,
  key text collate "C" not null,
  primary key (build, entry, key)
);

create function ${s}.walk_index(
  view_name text, view_version bigint, first_entry text, first_key text, beyond_entry text, beyond_key text,
  most bigint, backwards boolean
) returns table (entry text, key text, document text)
language plpgsql stable ${IN_INDEX_ORDER}
as $function$
#variable_conflict use_column
begin
  if backwards then
    return query ${walkIndex(s, 'desc', WALK)};
  else
    return query ${walkIndex(s, 'asc', WALK)};
  end if;
end
$function$;

-- Documents, entries and checkpoints of several views as one. Views come in the order of their names, so that of two calls
-- one waits for the other and none for ever. A document of null is a deletion. Each key comes once per view.
-- Raises MG001 with the place of the first view whose checkpoint has moved.
create function ${s}.commit_views(
  names text[], versions bigint[], from_positions text[], from_ids text[], to_positions text[], to_ids text[],
  views integer[], keys text[], documents text[], entries text[], separator text
) returns void
language plpgsql ${BY_INDEX}
as $function$
#variable_conflict use_column
declare
  builds integer[] := array_fill(null::integer, array[cardinality(names)]);
  found_id integer;
begin
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

const NOTES = (schema: string): string => {
  const s = quotedName(schema)
  return `
create table ${s}.snapshots (
  stream text collate "C" primary key,
  revision bigint not null,
  position text collate "C" not null,
  fold text collate "C" not null,
  state text collate "C" not null
);
create table ${s}.leases (
  name text collate "C" primary key,
  revision bigint not null,
  value text collate "C" not null
);
create table ${s}.blobs (
  id text collate "C" primary key,
  media_type text collate "C" not null,
  bytes bytea not null
);`
}

/**
 * `append` for the usual case, in which every append of the call is where it expects to be: one check of all, one insert, one
 * answer. Whatever else there is, several appends of a stream among them, is left to `append`.
 *
 * Texts come joined by U+0001, which none of them holds; that costs both sides less than arrays of texts: those are quoted by one and read
 * sign by sign by the other. `previous` is null where no stream comes twice. `nths`: which one of its append an event is.
 * Answers with one row, outcome `plain` and the position before the first one; or with those of `append`.
 */
const APPEND_TOGETHER = (schema: string): string => {
  const s = quotedName(schema)
  return `
create function ${s}.append_together(
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
begin
  perform set_config('lock_timeout', patience::text, true);
  perform ${lock('log', schema)};
  if previous is null then
    select array_agg(s.id order by one.n), bool_and(coalesce(h.revision, -1) = one.expected) into streams, is_plain
    from unnest(name_list, expecteds) with ordinality one (name, expected, n)
    left join ${s}.streams s on s.name = one.name
    left join lateral (
      select e.revision from ${s}.events e where e.stream = s.id order by e.revision desc limit 1
    ) h on true;
  end if;
  if not is_plain then
    return query select * from ${s}.append(
      name_list, expecteds, counts, coalesce(previous, array_fill(0, array[cardinality(name_list)])),
      appends, id_list, type_list, versions, data_list, personal_list, meta_list, times, patience
    );
    return;
  end if;
  select e.position into last from ${s}.events e order by e.position desc limit 1;
  last := coalesce(last, 0);
  if array_position(streams, null) is not null then
    opened := array(select n from generate_subscripts(streams, 1) n where streams[n] is null order by n);
    foreach n in array opened loop streams[n] := nextval('${s}.streams_id_seq'); end loop;
    insert into ${s}.streams (id, name) select streams[n], name_list[n] from unnest(opened) n;
  end if;
  insert into ${s}.events
    (position, stream, revision, id, type, version, data, personal, meta, recorded_at)
  select last + e, streams[appends[e]], expecteds[appends[e]] + nths[e],
    id_list[e], type_list[e], versions[e], data_list[e], personal_list[e], meta_list[e], times[e]
  from generate_subscripts(appends, 1) e;
  perform pg_notify('${schema}', '');
  return query select 'plain'::text, null::bigint, last;
end
$function$;`
}

/**
 * Reads that share a statement. Of streams: forwards at least `starts`, or backwards at most, with `mosts` below zero. Of documents:
 * one view and one key in a place. Answers with the place of each question, counted from 1; whoever asks may get nothing.
 */
const READ_TOGETHER = (schema: string): string => {
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

/**
 * `append_together` where nothing may have happened to other streams that it rests on: revisions are their last ones, or -1.
 * Answers with `moved` and the place of the first one that has gone on, counted from 1; nothing is appended then.
 */
const APPEND_ON_PREMISES = (schema: string): string => {
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

/**
 * What is done goes from the beginning of an index, deadlines above all, and whoever looks for the next walks past what is dead there.
 * Left to itself the server waits until a fifth of the table is.
 */
const VACUUM_SOONER = (schema: string): string => {
  const s = quotedName(schema)
  const settings = 'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000'
  return `
alter table ${s}.entries set (${settings});
alter table ${s}.documents set (${settings});`
}

/** `walk_index` without the documents: the primary key of the entries answers alone. */
const PLACES = (schema: string): string => {
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

/** `commit_views` with one statement for all checkpoints instead of one for each. */
const COMMIT_VIEWS_SOONER = (schema: string): string => {
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

/**
 * Every shape the schema of the log has had, in order. They are added to and never changed: schemas written by every
 * release are migrated by what follows.
 */
export const DESK_MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => LOG(schema) + VIEWS(schema) + NOTES(schema),
  (schema) => APPEND_TOGETHER(schema) + READ_TOGETHER(schema) + COMMIT_VIEWS_SOONER(schema),
  (schema) => PLACES(schema) + APPEND_ON_PREMISES(schema) + VACUUM_SOONER(schema),
]

/** The schema beside it, for what must not be in a dump of the log. */
export const SECRETS_MIGRATIONS: readonly ((schema: string) => string)[] = [
  (schema) => `
create table ${quotedName(schema)}.keys (
  name text collate "C" primary key,
  value bytea not null
);
create table ${quotedName(schema)}.tokens (
  channel_id text collate "C" primary key,
  token text collate "C" not null
);`,
]

/** How many migrations a schema has seen. Asks the catalogue's tables: names that were looked up in vain are remembered. */
const versionOf = async (session: Session, schema: string): Promise<number> => {
  const [found] = await session.query(
    `select exists (select from pg_tables where schemaname = $1 and tablename = 'migrations') as found`,
    [schema],
  )
  if (found?.['found'] !== true) return 0
  const [row] = await session.query(`select coalesce(max(number), 0) as version from ${quotedName(schema)}.migrations`)
  return Number(row?.['version'])
}

const assertFit = async (session: Session): Promise<void> => {
  const [row] = await session.query(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
       current_setting('default_transaction_isolation') as isolation`,
  )
  if (Number(row?.['version']) < OLDEST_SERVER) throw new StoreUnfit('PostgreSQL 13 or newer is needed')
  if (row?.['encoding'] !== 'UTF8')
    throw new StoreUnfit(`the database is encoded in ${String(row?.['encoding'])}; one in UTF8 is needed`)
  // Whoever has waited for the lock must see what was committed meanwhile.
  if (row?.['isolation'] !== 'read committed')
    throw new StoreUnfit(
      `default_transaction_isolation is ${String(row?.['isolation'])}; the desk's role needs read committed`,
    )
}

/**
 * Brings a schema up to date, in one transaction: of several processes that start at once one does it, the others wait.
 * A schema that is up to date is left alone, so that everyday use needs no right to create anything.
 * @throws StoreUnfit
 */
export const migrate = async (
  connections: Connections,
  schema: string,
  migrations: readonly ((schema: string) => string)[],
): Promise<void> => {
  const s = quotedName(schema)
  const isUpToDate = (version: number): boolean => {
    if (version <= migrations.length) return version === migrations.length
    throw new StoreUnfit(
      `the database schema ${schema} has version ${version}; this release knows ${migrations.length} and needs an update`,
    )
  }
  const seen = await connections.transaction(async (session) => {
    await assertFit(session)
    return versionOf(session, schema)
  })
  if (isUpToDate(seen)) return
  await connections.transaction(async (session) => {
    await session.query(`select ${lock('schema', schema)}`)
    const version = await versionOf(session, schema)
    if (isUpToDate(version)) return
    const [there] = await session.query('select exists (select from pg_namespace where nspname = $1) as there', [
      schema,
    ])
    if (there?.['there'] !== true) await session.query(`create schema ${s}`)
    if (version === 0)
      await session.query(
        `create table ${s}.migrations (number integer primary key, applied_at timestamptz not null default now())`,
      )
    for (const [at, migration] of migrations.entries()) {
      if (at < version) continue
      await session.query(migration(schema))
      await session.query(`insert into ${s}.migrations (number) values ($1)`, [at + 1])
    }
  })
}
