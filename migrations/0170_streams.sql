-- Where a call's audio goes besides to people: backends of the firm's own, which a building or a line names; and lines that lead to them.

create table vestibule.stream_backend (
    tenant_id uuid not null references vestibule.tenant,
    backend_id uuid not null,
    label text not null,
    url text not null,
    -- the value of its Authorization header, sealed under the tenant's key; null: none
    authorization_sealed bytea,
    audio text not null check (audio in ('as_received', 'pcm16')),
    framing text not null check (framing in ('binary', 'json')),
    duplex text not null check (duplex in ('one_way', 'both_ways')),
    need text not null check (need in ('required', 'best_effort')),
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, backend_id),
    constraint stream_backend_label_once unique (tenant_id, label)
);

alter table vestibule.line
    -- whether who calls it talks to backends, and nobody is rung
    add column leads_to_stream boolean not null default false,
    drop constraint line_leads_to_one_thing,
    add constraint line_leads_to_one_thing check (num_nonnulls(entrance_id, unit_id) + leads_to_stream::int = 1),
    add constraint line_in_building unique (tenant_id, building_id, line_id);

-- What a building or a line names. A line's own wins over its building's, also if it names none.
create table vestibule.stream_set (
    tenant_id uuid not null,
    building_id uuid not null,
    -- the building's id, or the line's
    owner_id uuid not null,
    line_id uuid, -- null: the building's
    on_last_required_lost text not null check (on_last_required_lost in ('end_call', 'carry_on')),
    primary key (tenant_id, owner_id),
    constraint stream_set_in_building unique (tenant_id, building_id, owner_id),
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade,
    -- a line that moves takes its set along
    foreign key (tenant_id, building_id, line_id) references vestibule.line (tenant_id, building_id, line_id) on update cascade on delete cascade,
    check (owner_id = coalesce(line_id, building_id))
);
create index stream_set_by_line on vestibule.stream_set (tenant_id, line_id) where line_id is not null;

create table vestibule.stream_set_backend (
    tenant_id uuid not null,
    building_id uuid not null,
    owner_id uuid not null,
    -- from 0
    place int not null,
    backend_id uuid not null,
    primary key (tenant_id, owner_id, place),
    unique (tenant_id, owner_id, backend_id),
    foreign key (tenant_id, building_id, owner_id) references vestibule.stream_set (tenant_id, building_id, owner_id) on update cascade on delete cascade,
    -- named, because the API answers it as "in-use"
    constraint stream_set_backend_id_fkey foreign key (tenant_id, backend_id) references vestibule.stream_backend
);
create index stream_set_backend_by_backend on vestibule.stream_set_backend (tenant_id, backend_id);

-- An invitation to stream a call that is not ours: whoever has the ticket may begin this one stream, once, for a minute.
create table vestibule.stream_ticket (
    tenant_id uuid not null,
    building_id uuid not null,
    stream_id uuid not null,
    line_id uuid not null,
    connection_id uuid not null,
    -- of 32 random bytes
    ticket_hash bytea not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (tenant_id, stream_id),
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade,
    foreign key (tenant_id, building_id, line_id) references vestibule.line (tenant_id, building_id, line_id) on update cascade on delete cascade
);
create index stream_ticket_by_age on vestibule.stream_ticket (expires_at);

-- The last sign of life of a running stream, written every few seconds by the process that moves its audio.
create table vestibule.stream_beat (
    tenant_id uuid not null references vestibule.tenant,
    stream_id uuid not null,
    beat_at timestamptz not null default clock_timestamp(),
    frames bigint not null default 0,
    -- {"backend id": {"state": …, "sent": …, "dropped": …}}
    backends jsonb not null default '{}',
    primary key (tenant_id, stream_id)
) with (fillfactor = 50);
create index stream_beat_by_age on vestibule.stream_beat (beat_at);

do $$
declare
    t text;
begin
    foreach t in array array['stream_backend', 'stream_set', 'stream_set_backend', 'stream_ticket', 'stream_beat'] loop
        execute format('alter table vestibule.%I enable row level security', t);
        execute format('alter table vestibule.%I force row level security', t);
        execute format('create policy tenant_isolation on vestibule.%I using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select on vestibule.%I to vestibule_app, vestibule_worker', t);
    end loop;
    foreach t in array array['stream_set', 'stream_set_backend', 'stream_ticket'] loop
        perform vestibule.limit_to_buildings(('vestibule.' || t)::regclass);
    end loop;
    foreach t in array array['stream_set', 'stream_set_backend'] loop
        execute format('create trigger touch_buildings_inserted after insert on vestibule.%I referencing new table as new_rows for each statement execute function vestibule.touch_buildings()', t);
        execute format('create trigger touch_buildings_updated after update on vestibule.%I referencing new table as new_rows old table as old_rows for each statement execute function vestibule.touch_buildings()', t);
        execute format('create trigger touch_buildings_deleted after delete on vestibule.%I referencing old table as old_rows for each statement execute function vestibule.touch_buildings()', t);
    end loop;
end $$;
grant insert, update, delete on vestibule.stream_backend, vestibule.stream_set, vestibule.stream_set_backend, vestibule.stream_ticket to vestibule_app;
grant update, delete on vestibule.stream_ticket to vestibule_worker;
grant insert, update, delete on vestibule.stream_beat to vestibule_worker;

-- What a backend may and whether it is needed stands in the copies of all the firm's buildings.
create trigger touch_all_buildings after insert or update or delete on vestibule.stream_backend for each statement execute function vestibule.touch_all_buildings();
