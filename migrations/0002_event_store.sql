-- Events, and what must be stored in one breath with them.

-- The last position handed out. One row, kept small so that its updates stay on its page.
create table es.head (
    one boolean primary key default true check (one),
    position bigint not null
) with (fillfactor = 10);
insert into es.head (position) values (0);

create table es.stream (
    stream_id uuid primary key,
    tenant_id uuid not null,
    stream_type text not null,
    version int not null,
    created_at timestamptz not null default clock_timestamp(),
    archived_at timestamptz
);

create table es.event (
    -- global, without gaps, in the order of commit
    position bigint primary key,
    stream_id uuid not null references es.stream,
    -- 1, 2, 3 in the stream
    version int not null check (version > 0),
    tenant_id uuid not null,
    event_id uuid not null unique,
    type text not null,
    schema_version smallint not null,
    -- personal data only as sealed fields
    payload jsonb not null,
    causation_id uuid,
    correlation_id uuid not null,
    actor jsonb not null,
    traceparent text,
    -- the carrier's clock: may be wrong or absent
    occurred_at timestamptz,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint event_once_per_version unique (stream_id, version)
);
create index event_by_type on es.event (tenant_id, type, position);

-- A carrier's delivery, so that one that comes again gets the same bytes and has no second effect.
create table es.delivery (
    provider text not null,
    account uuid not null,
    key bytea not null,
    tenant_id uuid not null,
    first_position bigint,
    -- {"status": 200, "content_type": …, "body": base64}
    response jsonb not null,
    received_at timestamptz not null default clock_timestamp(),
    seen int not null default 1,
    primary key (provider, account, key)
);
create index delivery_by_age on es.delivery (received_at);

-- Outbox and job queue in one. Only ids in args.
create table es.work_item (
    -- the idempotency key of the effect
    id uuid primary key,
    tenant_id uuid not null,
    kind text not null,
    lane smallint not null,
    caused_by bigint not null,
    args jsonb not null,
    state text not null default 'ready' check (state in ('ready', 'sent', 'leased', 'done', 'parked', 'expired')),
    not_before timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    attempts int not null default 0,
    lease_owner uuid,
    lease_until timestamptz,
    last_error text,
    finished_at timestamptz
);
create index work_item_ready on es.work_item (kind, not_before, caused_by) where state = 'ready';
create index work_item_out on es.work_item (lease_until) where state in ('sent', 'leased');
create index work_item_open on es.work_item (expires_at) where state in ('ready', 'sent', 'leased');
create index work_item_finished on es.work_item (finished_at) where state in ('done', 'expired');

create table es.checkpoint (
    name text,
    version int,
    position bigint not null,
    state text not null default 'live' check (state in ('building', 'live', 'retired')),
    stopped_because text,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (name, version)
);

-- Who was dialled, for ever: two unique keys, so that nobody is dialled twice in a step.
create table es.dial_claim (
    dial_id uuid primary key,
    call_id uuid not null,
    step int not null,
    -- keyed hash of the number
    target_hash bytea not null,
    attempt int not null,
    claimed_at timestamptz not null default clock_timestamp(),
    constraint dialled_once unique (call_id, step, target_hash, attempt)
);

-- What a carrier calls a leg or a conversation, and whose it is. The first webhook that names it decides.
create table es.carrier_leg (
    connection_id uuid not null,
    reference text not null,
    tenant_id uuid not null,
    call_id uuid not null,
    leg_id uuid not null,
    seen_at timestamptz not null default clock_timestamp(),
    primary key (connection_id, reference)
);

-- Webhooks as they came, sealed. Weekly partitions, dropped after 30 days.
create table es.raw_webhook (
    received_at timestamptz not null default clock_timestamp(),
    tenant_id uuid not null,
    subject_id uuid,
    provider text not null,
    account uuid not null,
    key bytea not null,
    sealed bytea not null
) partition by range (received_at);
create table es.raw_webhook_default partition of es.raw_webhook default;
create index raw_webhook_by_subject on es.raw_webhook (subject_id);

-- Keys of tenants, and of the persons whose data they seal. Destroying a person's key erases them from every event.
create table es.tenant_key (
    tenant_id uuid primary key,
    -- sealed under the master key
    wrapped_key bytea not null,
    created_at timestamptz not null default clock_timestamp()
);
create table es.subject_key (
    tenant_id uuid not null,
    subject_id uuid not null,
    kind text not null,
    -- keyed hash of a caller's number, to find the subject again; gone with the key
    lookup_hash bytea,
    -- sealed under the tenant's key; null once destroyed
    wrapped_key bytea,
    created_at timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    primary key (tenant_id, subject_id),
    constraint subject_once_per_number unique (tenant_id, lookup_hash),
    check ((wrapped_key is null) = (destroyed_at is not null))
);

-- Events stay as they are.
create function es.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'events are never changed or deleted' using errcode = 'insufficient_privilege';
end $$;
create trigger events_stay before update or delete on es.event for each row execute function es.refuse();
create trigger events_stay_all before truncate on es.event for each statement execute function es.refuse();

grant select, insert on es.stream, es.event to vestibule_ledger;
grant update on es.stream to vestibule_ledger;
grant select, update on es.head to vestibule_ledger;
grant select, insert, update on es.delivery, es.work_item to vestibule_ledger;
grant select, insert on es.dial_claim, es.raw_webhook to vestibule_ledger;

grant select on es.head, es.stream, es.event, es.delivery, es.checkpoint to vestibule_ingest, vestibule_worker;
grant select, insert, update on es.carrier_leg to vestibule_ingest;
grant select on es.carrier_leg to vestibule_worker;
grant select, insert on es.tenant_key, es.subject_key to vestibule_ingest, vestibule_worker;
grant update on es.subject_key to vestibule_worker;
grant select, update, delete on es.work_item to vestibule_worker;
grant select on es.work_item to vestibule_ingest;
grant select on es.dial_claim, es.raw_webhook to vestibule_worker;
grant delete, update on es.raw_webhook, es.delivery to vestibule_worker;
grant insert, update, delete on es.checkpoint to vestibule_worker;
grant create on schema es to vestibule_worker;
