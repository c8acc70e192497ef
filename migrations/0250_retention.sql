-- Calls are kept for a while. Whole calls that are over go, and an event tells which; counts of doors stay as baselines.

create table es.retention (
    tenant_id uuid primary key,
    -- null: a year
    calls_kept_days int constraint calls_kept_a_month check (calls_kept_days between 30 and 3650),
    -- counts of quarter hours before then are told in events of their own
    baselined_to timestamptz,
    -- where all of it is told
    stream_id uuid not null default gen_random_uuid(),
    -- whoever archives takes a firm by this
    looked_at timestamptz
);
alter table es.retention enable row level security;
alter table es.retention force row level security;
create policy tenant_isolation on es.retention using (tenant_id = (select vestibule.tenant()));
grant select on es.retention to vestibule_app;
grant select, insert, update on es.retention to vestibule_worker;
grant select on es.retention to vestibule_ledger;

-- Up to here events may be missing because they are archived; after it there is one at every position. One row.
create table es.archive (
    one boolean primary key default true check (one),
    through bigint not null
);
insert into es.archive (through) values (0);
grant select on es.archive to vestibule_app, vestibule_worker;
grant select, update on es.archive to vestibule_ledger;

-- Events stay as they are. The ledger deletes in one place, below, which says so while it does.
create function es.keep_events() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_user = 'vestibule_ledger' and current_setting('es.archiving', true) = 'on' then return old; end if;
    raise exception 'events are never changed or deleted' using errcode = 'insufficient_privilege';
end $$;
create or replace trigger events_stay before update or delete on es.event for each row execute function es.keep_events();
grant delete on es.event to vestibule_ledger;
grant select on es.checkpoint, es.audit_feed to vestibule_ledger;
grant delete on es.carrier_leg to vestibule_worker;

-- Deletes calls of a firm that were over before then, up to so many, and appends which: all at once. Nothing of a call goes that has
-- an event since then, that is younger than the firm's calls are kept, or that somebody still has to read.
create function es.archive_calls(a_tenant uuid, a_before timestamptz, a_limit int, a_event uuid, a_actor jsonb) returns int
language plpgsql security definer set search_path = es, pg_temp
as $$
declare
    firm record;
    gone uuid[];
    last bigint;
    positions jsonb;
    none uuid[] := array[null::uuid];
begin
    select stream_id, baselined_to, make_interval(days => coalesce(calls_kept_days, 365)) as kept into firm
    from es.retention where tenant_id = a_tenant;
    if a_before > clock_timestamp() - firm.kept or firm.baselined_to is null or a_before > firm.baselined_to then
        raise exception 'calls of this firm are kept for longer' using errcode = 'insufficient_privilege';
    end if;

    select array_agg(s.stream_id) into gone from (
        select stream.stream_id from es.stream
        where tenant_id = a_tenant and stream_type = 'call' and archived_at is null and created_at < a_before
          and exists (select from es.event e where e.stream_id = stream.stream_id and e.type in ('CallEnded', 'CallDiscovered'))
          and not exists (select from es.event e where e.stream_id = stream.stream_id and e.recorded_at >= a_before)
        order by created_at
        limit a_limit
        for update skip locked) s;
    if gone is null then return 0; end if;

    select max(e.position) into last from es.event e where e.stream_id = any (gone);
    if exists (select from es.checkpoint c where c.state = 'live' and c.position < last)
       or (select f.position from es.audit_feed f) < last then
        return 0;
    end if;

    perform set_config('es.archiving', 'on', true);
    with deleted as (delete from es.event where stream_id = any (gone) returning position),
    runs as (select position, position - row_number() over (order by position) as run from deleted),
    spans as (select min(position) as first, max(position) as last from runs group by run)
    select jsonb_agg(jsonb_build_array(spans.first, spans.last) order by spans.first) into positions from spans;
    perform set_config('es.archiving', 'off', true);
    update es.stream set archived_at = clock_timestamp() where stream_id = any (gone);
    delete from es.dial_claim where call_id = any (gone);
    update es.archive set through = greatest(through, last);

    perform es.append_batch(
        array[a_tenant], array[firm.stream_id], array['retention'], array[null::int], array[a_actor], none,
        array[null::text], none, array[null::bytea], array[null::jsonb], none, array[null::bytea],
        array[1], array[a_event], array['CallsArchived'], array[1::smallint],
        array[jsonb_build_object('data', jsonb_build_object('before', a_before, 'calls', to_jsonb(gone), 'positions', positions))],
        array[null::timestamptz], '{}', '{}', '{}', '{}', '{}', '{}', '{}');
    return cardinality(gone);
end $$;
grant create on schema es to vestibule_ledger;
alter function es.archive_calls owner to vestibule_ledger;
revoke create on schema es from vestibule_ledger;
revoke all on function es.archive_calls from public;
grant execute on function es.archive_calls to vestibule_worker;
