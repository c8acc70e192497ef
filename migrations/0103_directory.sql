-- What firms share between buildings: flows and schedules. And what passes, blocks and residents can do besides.

create table vestibule.schedule (
    tenant_id uuid not null references vestibule.tenant,
    schedule_id uuid not null,
    name text not null,
    -- weekly hours, and dates that differ
    hours jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, schedule_id),
    constraint schedule_name_once unique (tenant_id, name)
);

create table vestibule.flow (
    tenant_id uuid not null references vestibule.tenant,
    flow_id uuid not null,
    name text not null,
    -- groups that ring in order; hours may name a schedule
    flow jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, flow_id),
    constraint flow_name_once unique (tenant_id, name)
);

-- What rings, the nearest first: the unit's own, the unit's shared flow, the entrance's, the building's own, the building's shared one.
alter table vestibule.building add column flow_id uuid, add constraint building_flow_id_fkey foreign key (tenant_id, flow_id) references vestibule.flow;
alter table vestibule.entrance add column flow_id uuid, add constraint entrance_flow_id_fkey foreign key (tenant_id, flow_id) references vestibule.flow;
alter table vestibule.unit add column flow_id uuid, add constraint unit_flow_id_fkey foreign key (tenant_id, flow_id) references vestibule.flow;

alter table vestibule.resident
    -- the lower rings first; the same: who came first
    add column ring_order int not null default 0,
    -- not rung while it holds
    add column quiet_hours_id uuid,
    add constraint resident_quiet_hours_id_fkey foreign key (tenant_id, quiet_hours_id) references vestibule.schedule (tenant_id, schedule_id);

-- A block of one number, or of all that begin alike.
alter table vestibule.block add column kind text not null default 'number' check (kind in ('number', 'prefix'));
create index block_prefix on vestibule.block (tenant_id, building_id) where lifted_at is null and kind = 'prefix';
create index block_by_building on vestibule.block (tenant_id, building_id, block_id);

alter table vestibule.pass alter column valid_until drop not null; -- null: until it is revoked
alter table vestibule.pass drop column uses_left;
alter table vestibule.pass
    -- null: any number of visits
    add column visits_allowed int check (visits_allowed > 0),
    add column schedule_id uuid,
    -- whose it is: a unit's visitors', or a resident's own
    add column unit_id uuid,
    add column resident_id uuid,
    add column created_at timestamptz not null default clock_timestamp(),
    add constraint pass_schedule_id_fkey foreign key (tenant_id, schedule_id) references vestibule.schedule,
    add constraint pass_unit_id_fkey foreign key (tenant_id, unit_id) references vestibule.unit on delete cascade,
    add constraint pass_resident_id_fkey foreign key (tenant_id, resident_id) references vestibule.resident on delete cascade;
create index pass_by_building on vestibule.pass (tenant_id, building_id, pass_id);
-- a resident has one PIN of their own
create unique index pass_once_per_resident on vestibule.pass (tenant_id, resident_id) where resident_id is not null and revoked_at is null;

-- Visits on a pass: uses within a quarter of an hour are one visit.
create table vestibule.pass_visit (
    tenant_id uuid not null,
    building_id uuid not null,
    pass_id uuid not null,
    began_at timestamptz not null,
    used_at timestamptz not null,
    entrance_id uuid not null,
    primary key (tenant_id, pass_id, began_at),
    foreign key (tenant_id, pass_id) references vestibule.pass on delete cascade
);

do $$
declare
    t text;
begin
    foreach t in array array['schedule', 'flow', 'pass_visit'] loop
        execute format('alter table vestibule.%I enable row level security', t);
        execute format('alter table vestibule.%I force row level security', t);
        execute format('create policy tenant_isolation on vestibule.%I using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select, insert, update, delete on vestibule.%I to vestibule_app', t);
        execute format('grant select on vestibule.%I to vestibule_worker', t);
    end loop;
    perform vestibule.limit_to_buildings('vestibule.pass_visit');
end $$;
grant insert, update on vestibule.pass_visit to vestibule_worker;

-- A shared flow or schedule makes the copies of all the firm's buildings old.
create function vestibule.touch_all_buildings() returns trigger
language plpgsql security definer set search_path = vestibule, pg_temp as $$
begin
    update vestibule.building set config_version = config_version + 1 where tenant_id = vestibule.tenant();
    return null;
end $$;
revoke all on function vestibule.touch_all_buildings from public;
create trigger touch_all_buildings after insert or update or delete on vestibule.flow for each statement execute function vestibule.touch_all_buildings();
create trigger touch_all_buildings after insert or update or delete on vestibule.schedule for each statement execute function vestibule.touch_all_buildings();

-- A connection, an entrance or a unit can not go while a line needs it; a building takes all that is below it along.
alter table vestibule.line drop constraint line_tenant_id_connection_id_fkey,
    add constraint line_tenant_id_connection_id_fkey foreign key (tenant_id, connection_id) references vestibule.connection;
create index line_by_connection on vestibule.line (tenant_id, connection_id);
