-- Webhooks that go out: whom a firm wants told of what, and what became of each telling.

create table vestibule.webhook (
    tenant_id uuid not null references vestibule.tenant,
    webhook_id uuid not null,
    building_id uuid, -- null: all buildings of the firm
    url text not null,
    description text not null default '',
    -- names of the public vocabulary; empty: all of it
    events text[] not null default '{}',
    -- whether whole numbers are told
    personal boolean not null default false,
    enabled boolean not null default true,
    -- why we switched it off; null: we did not
    disabled_because text check (disabled_because in ('gone', 'failing')),
    -- sealed under the tenant's key; the old one signs as well until its time is over
    secret bytea not null,
    old_secret bytea,
    old_secret_until timestamptz,
    -- null: it took the last that it got
    failing_since timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, webhook_id),
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade,
    check ((old_secret is null) = (old_secret_until is null)),
    constraint webhook_disabled_by_us_is_off check (disabled_because is null or not enabled)
);

-- One event on its way to one webhook. What is told is made of the event each time: no personal data lies here.
create table vestibule.webhook_delivery (
    tenant_id uuid not null,
    -- its work item's id as well
    delivery_id uuid not null,
    webhook_id uuid not null,
    building_id uuid, -- the webhook's
    topic text not null,
    -- null: a ping
    event_id uuid,
    stream_id uuid,
    version int,
    -- null: told because it happened; else because someone wanted it told again
    replay_of uuid,
    state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
    attempts int not null default 0,
    next_attempt_at timestamptz,
    last_status int,
    last_error text,
    created_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    primary key (tenant_id, delivery_id),
    foreign key (tenant_id, webhook_id) references vestibule.webhook on delete cascade,
    check ((event_id is null) = (stream_id is null) and (event_id is null) = (version is null)),
    check ((state = 'pending') = (finished_at is null))
);
-- An event is told a webhook once, however many workers follow the events.
create unique index webhook_delivery_once on vestibule.webhook_delivery (tenant_id, webhook_id, event_id) where replay_of is null;
create index webhook_delivery_log on vestibule.webhook_delivery (tenant_id, webhook_id, delivery_id desc);
create index webhook_delivery_by_age on vestibule.webhook_delivery (created_at);

-- One try, and what was answered.
create table vestibule.webhook_attempt (
    tenant_id uuid not null,
    delivery_id uuid not null,
    -- from 1
    attempt int not null,
    building_id uuid, -- the webhook's
    attempted_at timestamptz not null,
    duration_ms int not null,
    -- null: no answer
    status int,
    -- what went wrong, if there was no answer
    error text,
    -- the answer's first KiB, sealed under the tenant's key: it may echo what it was told
    answer bytea,
    primary key (tenant_id, delivery_id, attempt),
    foreign key (tenant_id, delivery_id) references vestibule.webhook_delivery on delete cascade
);

do $$
declare
    t text;
begin
    foreach t in array array['webhook', 'webhook_delivery', 'webhook_attempt'] loop
        execute format('alter table vestibule.%I enable row level security', t);
        execute format('alter table vestibule.%I force row level security', t);
        execute format('create policy tenant_isolation on vestibule.%I using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select, insert, update, delete on vestibule.%I to vestibule_app, vestibule_worker', t);
        perform vestibule.limit_to_buildings(('vestibule.' || t)::regclass);
    end loop;
end $$;

-- The sending of these deliveries is put into the queue, in the transaction that writes them. Their tenant is the transaction's.
create function es.queue_webhook_deliveries(delivery_ids uuid[], webhook uuid, good_for interval) returns void
language plpgsql security definer set search_path = es, pg_temp as $$
begin
    insert into es.work_item (id, tenant_id, kind, lane, caused_by, args, expires_at)
    select id, vestibule.tenant(), 'hook', get_byte(uuid_send(webhook), 15) % 16, (select position from es.head),
           jsonb_build_object('delivery', id, 'webhook', webhook), clock_timestamp() + good_for
    from unnest(delivery_ids) id
    where vestibule.tenant() is not null
    on conflict (id) do nothing;
end $$;
revoke all on function es.queue_webhook_deliveries from public;
grant execute on function es.queue_webhook_deliveries to vestibule_app;

-- what follows the events writes the work in the transaction that moves its checkpoint
grant insert on es.work_item to vestibule_worker;
-- a webhook that is busy is passed over as a whole
create index work_item_by_webhook on es.work_item ((args ->> 'webhook')) where kind = 'hook' and state = 'ready';
