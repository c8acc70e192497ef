-- How far someone reaches: one tenant, and all of its buildings or some of them. The database holds both, whatever a query says.

-- The buildings of this transaction; null: all of the tenant's.
create function vestibule.buildings() returns uuid[]
language sql stable parallel safe
as $$ select string_to_array(nullif(current_setting('app.buildings', true), ''), ',')::uuid[] $$;

-- A resident's building, so that the same rule holds for residents, and a building's residents are found at once.
alter table vestibule.resident add column building_id uuid;
-- for this statement the owner sees every tenant's rows
alter table vestibule.resident no force row level security;
alter table vestibule.unit no force row level security;
update vestibule.resident resident set building_id = unit.building_id
from vestibule.unit unit where unit.tenant_id = resident.tenant_id and unit.unit_id = resident.unit_id;
alter table vestibule.resident force row level security;
alter table vestibule.unit force row level security;
alter table vestibule.unit add constraint unit_in_building unique (tenant_id, building_id, unit_id);
alter table vestibule.resident add constraint resident_in_unit_unit_id_fkey
    foreign key (tenant_id, building_id, unit_id) references vestibule.unit (tenant_id, building_id, unit_id) on update cascade on delete cascade;
alter table vestibule.resident add constraint resident_has_building check (building_id is not null);
create index resident_by_building on vestibule.resident (tenant_id, building_id, resident_id);

-- Limits a table to the buildings of the transaction, on top of the tenant's own policy.
create function vestibule.limit_to_buildings(table_name regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format(
        'create policy limited_to_buildings on %s as restrictive to vestibule_app
         using ((select vestibule.buildings()) is null or building_id = any ((select vestibule.buildings())::uuid[]))', table_name);
end $$;
revoke all on function vestibule.limit_to_buildings from public;

do $$
declare
    t text;
begin
    foreach t in array array['building', 'entrance', 'unit', 'resident', 'allowlist_entry', 'block', 'pass', 'pin_failure', 'line'] loop
        perform vestibule.limit_to_buildings(('vestibule.' || t)::regclass);
    end loop;
end $$;

-- Read models are limited in the same way, as soon as their next generation is made.
create or replace function es.isolate(table_name regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format('alter table %s enable row level security', table_name);
    execute format('alter table %s force row level security', table_name);
    execute format('create policy tenant_isolation on %s using (tenant_id = (select vestibule.tenant()))', table_name);
    if exists (select from pg_attribute where attrelid = table_name and attname = 'building_id' and not attisdropped) then
        execute format(
            'create policy limited_to_buildings on %s as restrictive to vestibule_app
             using ((select vestibule.buildings()) is null or building_id = any ((select vestibule.buildings())::uuid[]))', table_name);
    end if;
    execute format('grant select on %s to vestibule_app', table_name);
end $$;

-- A statement that changes a thousand rows makes a building's copies old once, not a thousand times.
create function vestibule.touch_buildings() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        update vestibule.building b set config_version = config_version + 1
        from (select distinct tenant_id, building_id from new_rows) r
        where b.tenant_id = r.tenant_id and b.building_id = r.building_id;
    elsif tg_op = 'DELETE' then
        update vestibule.building b set config_version = config_version + 1
        from (select distinct tenant_id, building_id from old_rows) r
        where b.tenant_id = r.tenant_id and b.building_id = r.building_id;
    else
        update vestibule.building b set config_version = config_version + 1
        from (select tenant_id, building_id from new_rows union select tenant_id, building_id from old_rows) r
        where b.tenant_id = r.tenant_id and b.building_id = r.building_id;
    end if;
    return null;
end $$;

do $$
declare
    t text;
begin
    foreach t in array array['entrance', 'unit', 'resident', 'allowlist_entry', 'line'] loop
        execute format('drop trigger touch_building on vestibule.%I', t);
        execute format('create trigger touch_buildings_inserted after insert on vestibule.%I referencing new table as new_rows for each statement execute function vestibule.touch_buildings()', t);
        execute format('create trigger touch_buildings_updated after update on vestibule.%I referencing new table as new_rows old table as old_rows for each statement execute function vestibule.touch_buildings()', t);
        execute format('create trigger touch_buildings_deleted after delete on vestibule.%I referencing old table as old_rows for each statement execute function vestibule.touch_buildings()', t);
    end loop;
end $$;
drop function vestibule.touch_building();

-- What managers change, as events of their own tenant: in the transaction of the change, at its very end.
create function es.append_changes(actor jsonb, streams uuid[], event_ids uuid[], payloads jsonb[]) returns bigint
language plpgsql security definer set search_path = es, pg_temp
as $$
declare
    n int := cardinality(streams);
    nothing uuid[] := array_fill(null::uuid, array[n]);
    tenant uuid := vestibule.tenant();
    last bigint;
begin
    if tenant is null then raise exception 'no tenant is set' using errcode = 'insufficient_privilege'; end if;
    select max(b."position") into last from es.append_batch(
        array_fill(tenant, array[n]), streams, array_fill('directory'::text, array[n]), array_fill(null::int, array[n]), array_fill(actor, array[n]), nothing,
        array_fill(null::text, array[n]), nothing, array_fill(null::bytea, array[n]), array_fill(null::jsonb, array[n]), nothing, array_fill(null::bytea, array[n]),
        (select array_agg(i) from generate_series(1, n) i), event_ids, array_fill('DirectoryChanged'::text, array[n]), array_fill(1::smallint, array[n]), payloads,
        array_fill(null::timestamptz, array[n]),
        '{}', '{}', '{}', '{}', '{}', '{}', '{}') b;
    return last;
end $$;
grant usage on schema vestibule to vestibule_ledger;
grant create on schema es to vestibule_ledger;
alter function es.append_changes owner to vestibule_ledger;
revoke create on schema es from vestibule_ledger;
revoke all on function es.append_changes from public;
grant execute on function es.append_changes to vestibule_app;

-- Answers to a repeated POST are kept for a day.
create index idempotency_by_age on vestibule.idempotency (created_at);
grant delete on vestibule.idempotency to vestibule_worker;
