-- The proof that nobody changed what happened: a hash chain over each tenant's events, and signed checkpoints on the way.

-- How far the chains have followed the events. One row: whoever holds it extends them.
create table es.audit_feed (
    one boolean primary key default true check (one),
    position bigint not null
);
insert into es.audit_feed (position) values (0);

-- Where each tenant's chain is.
create table es.audit_head (
    tenant_id uuid primary key,
    events bigint not null,
    position bigint not null,
    hash bytea not null,
    signed_events bigint not null default 0,
    signed_at timestamptz not null default clock_timestamp()
);
-- What is chained, but not signed for a while.
create index audit_head_unsigned on es.audit_head (signed_at) where signed_events < events;

-- Each event's hash when it was chained: by these it is found which event was changed later.
create table es.audit_link (
    tenant_id uuid not null,
    position bigint not null,
    nth bigint not null,
    hash bytea not null,
    primary key (tenant_id, position),
    constraint audit_link_nth unique (tenant_id, nth)
);

create table es.audit_checkpoint (
    tenant_id uuid not null,
    position bigint not null,
    events bigint not null,
    hash bytea not null,
    key_id text not null,
    -- compact JWS
    signed text not null,
    signed_at timestamptz not null,
    primary key (tenant_id, position)
);

-- Keys that sign for the audit and for nothing else. An old one stays, so that what it signed can still be checked.
create table vestibule.audit_key (
    key_id text primary key,
    public bytea not null,
    -- under the master key
    sealed bytea not null,
    created_at timestamptz not null default clock_timestamp()
);
grant select, insert on vestibule.audit_key to vestibule_ingest;

do $$
declare
    t text;
begin
    foreach t in array array['audit_head', 'audit_link', 'audit_checkpoint'] loop
        execute format('alter table es.%I enable row level security', t);
        execute format('alter table es.%I force row level security', t);
        execute format('create policy tenant_isolation on es.%I using (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select on es.%I to vestibule_app', t);
        execute format('grant select, insert on es.%I to vestibule_worker', t);
    end loop;
    -- What is chained and signed stays as it is.
    foreach t in array array['audit_link', 'audit_checkpoint'] loop
        execute format('create trigger audit_stays before update or delete on es.%I for each row execute function es.refuse()', t);
        execute format('create trigger audit_stays_all before truncate on es.%I for each statement execute function es.refuse()', t);
    end loop;
end $$;
grant select, update on es.audit_feed to vestibule_worker;
grant update on es.audit_head to vestibule_worker;
