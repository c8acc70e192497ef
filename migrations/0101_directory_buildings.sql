-- What managers configure. Every key leads with the tenant: uniqueness checks bypass row-level security,
-- so they must not tell one tenant about another.

create table vestibule.building (
    tenant_id uuid not null references vestibule.tenant,
    building_id uuid not null,
    name text not null,
    address text not null default '',
    time_zone text not null,
    language text not null,
    region text not null,
    strangers text not null default 'reject' check (strangers in ('reject', 'pin', 'ring')),
    withheld text not null default 'reject' check (withheld in ('reject', 'pin', 'ring')),
    concierge text,
    -- how every unit rings that has no flow of its own; null: all residents together
    flow jsonb,
    -- counts every change below the building, so that a process knows when its copy is old
    config_version bigint not null default 1,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, building_id)
);

create table vestibule.entrance (
    tenant_id uuid not null,
    entrance_id uuid not null,
    building_id uuid not null,
    name text not null,
    panel_numbers text[] not null default '{}',
    panel jsonb not null default '{}',
    primary key (tenant_id, entrance_id),
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade
);
create index entrance_by_building on vestibule.entrance (tenant_id, building_id);

create table vestibule.unit (
    tenant_id uuid not null,
    unit_id uuid not null,
    building_id uuid not null,
    name text not null,
    -- what a visitor keys in
    code text,
    flow jsonb,
    primary key (tenant_id, unit_id),
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade,
    constraint unit_code_once_per_building unique (tenant_id, building_id, code),
    constraint unit_name_once_per_building unique (tenant_id, building_id, name)
);

-- Who is rung. Read by every ring, written by managers only.
create table vestibule.resident (
    tenant_id uuid not null,
    resident_id uuid not null,
    unit_id uuid not null,
    -- the order in which they joined, which is the order in which they ring
    place bigint generated always as identity,
    name text not null,
    numbers text[] not null default '{}',
    language text,
    moved_in date,
    moved_out date, -- null: lives here until further notice
    do_not_disturb_until timestamptz,
    presence text not null default 'home' check (presence in ('home', 'away')),
    primary key (tenant_id, resident_id),
    foreign key (tenant_id, unit_id) references vestibule.unit on delete cascade
);
create index resident_by_unit on vestibule.resident (tenant_id, unit_id, place);

create table vestibule.allowlist_entry (
    tenant_id uuid not null,
    entry_id uuid not null,
    building_id uuid not null,
    number text not null,
    label text not null default '',
    primary key (tenant_id, entry_id),
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade,
    constraint allowlist_number_once_per_building unique (tenant_id, building_id, number)
);

create table vestibule.block (
    tenant_id uuid not null,
    block_id uuid not null,
    building_id uuid not null,
    number text not null,
    reason text not null,
    expires_at timestamptz, -- null: until it is lifted
    lifted_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, block_id),
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade
);
create index block_by_number on vestibule.block (tenant_id, building_id, number) where lifted_at is null;

create table vestibule.pass (
    tenant_id uuid not null,
    pass_id uuid not null,
    building_id uuid not null,
    label text not null default '',
    -- keyed hash: the PIN is shown once and written nowhere
    pin_hash bytea not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    hours jsonb,
    uses_left int, -- null: any number
    entrances uuid[] not null default '{}',
    revoked_at timestamptz,
    primary key (tenant_id, pass_id),
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade,
    constraint pin_once_per_building unique (tenant_id, building_id, pin_hash)
);

-- Wrong PINs, one row each, counted within a window. The delivery's key keeps a repeated webhook from counting twice.
create table vestibule.pin_failure (
    tenant_id uuid not null,
    building_id uuid not null,
    caller_hash bytea not null,
    delivery_key bytea not null,
    failed_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, building_id, caller_hash, delivery_key)
);

create table vestibule.connection (
    tenant_id uuid not null references vestibule.tenant,
    connection_id uuid not null,
    provider text not null check (provider in ('vonage')),
    label text not null,
    -- unguessable, part of every callback URL
    token text not null,
    -- application id, api key, private key, signature secrets: sealed under the tenant's key
    credentials bytea not null,
    signing text not null default 'required' check (signing in ('required', 'off')),
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, connection_id),
    constraint connection_token_once unique (token)
);

create table vestibule.line (
    tenant_id uuid not null,
    line_id uuid not null,
    connection_id uuid not null,
    building_id uuid not null,
    number text not null,
    entrance_id uuid,
    unit_id uuid,
    primary key (tenant_id, line_id),
    foreign key (tenant_id, connection_id) references vestibule.connection on delete cascade,
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade,
    foreign key (tenant_id, entrance_id) references vestibule.entrance,
    foreign key (tenant_id, unit_id) references vestibule.unit,
    constraint line_number_once_per_connection unique (tenant_id, connection_id, number),
    constraint line_leads_to_one_thing check ((entrance_id is null) <> (unit_id is null))
);
create index line_by_building on vestibule.line (tenant_id, building_id);

-- Answers to POSTs that carried an Idempotency-Key: the same key and body get the same answer.
create table vestibule.idempotency (
    tenant_id uuid not null,
    key text not null,
    request_hash bytea not null,
    response jsonb, -- null while the first request is still at work
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, key)
);

-- One tenant sees and writes its own rows only: whatever the query says.
do $$
declare
    t text;
begin
    foreach t in array array['tenant', 'user_account', 'building', 'entrance', 'unit', 'resident', 'allowlist_entry', 'block', 'pass',
                             'pin_failure', 'connection', 'line', 'idempotency'] loop
        execute format('alter table vestibule.%I enable row level security', t);
        execute format('alter table vestibule.%I force row level security', t);
        execute format('create policy tenant_isolation on vestibule.%I using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select, insert, update, delete on vestibule.%I to vestibule_app', t);
        execute format('grant select on vestibule.%I to vestibule_worker', t);
    end loop;
end $$;
grant insert, update on vestibule.block, vestibule.pass, vestibule.pin_failure to vestibule_worker;

-- Any change below a building makes copies of its configuration old.
create function vestibule.touch_building() returns trigger
language plpgsql as $$
declare
    old_building uuid;
    new_building uuid;
begin
    if tg_table_name = 'resident' then
        if tg_op <> 'INSERT' then
            select building_id into old_building from vestibule.unit where tenant_id = old.tenant_id and unit_id = old.unit_id;
        end if;
        if tg_op <> 'DELETE' then
            select building_id into new_building from vestibule.unit where tenant_id = new.tenant_id and unit_id = new.unit_id;
        end if;
    else
        if tg_op <> 'INSERT' then old_building := old.building_id; end if;
        if tg_op <> 'DELETE' then new_building := new.building_id; end if;
    end if;
    update vestibule.building set config_version = config_version + 1
    where tenant_id = coalesce(new.tenant_id, old.tenant_id) and building_id in (old_building, new_building);
    return null;
end $$;

do $$
declare
    t text;
begin
    foreach t in array array['entrance', 'unit', 'resident', 'allowlist_entry', 'line'] loop
        execute format('create trigger touch_building after insert or update or delete on vestibule.%I for each row execute function vestibule.touch_building()', t);
    end loop;
end $$;

create function vestibule.count_change() returns trigger
language plpgsql as $$
begin
    new.config_version := old.config_version + 1;
    return new;
end $$;
create trigger count_change before update on vestibule.building for each row
when (old.config_version = new.config_version) execute function vestibule.count_change();
