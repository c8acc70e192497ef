-- API keys: programs that act for a firm. Shown once, kept as hashes.

create table vestibule.api_key (
    tenant_id uuid not null references vestibule.tenant,
    api_key_id uuid not null,
    name text not null,
    -- what it may at most; never owner, so that a key can not take a firm over
    role text not null check (role in ('admin', 'manager', 'viewer')),
    scopes text[] not null check (scopes <@ array['read', 'calls', 'directory', 'admin'] and cardinality(scopes) > 0),
    -- true: reaches the buildings of api_key_building only, even when none is left there
    limited boolean not null default false,
    created_by uuid,
    created_at timestamptz not null,
    expires_at timestamptz, -- null: until it is revoked
    last_used_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant_id, api_key_id)
);

create table vestibule.api_key_building (
    tenant_id uuid not null,
    api_key_id uuid not null,
    building_id uuid not null,
    primary key (tenant_id, api_key_id, building_id),
    foreign key (tenant_id, api_key_id) references vestibule.api_key on delete cascade,
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade
);
create index api_key_building_by_building on vestibule.api_key_building (tenant_id, building_id);

-- A key's secrets: while it is rotated, the old one beside the new.
create table vestibule.api_key_secret (
    tenant_id uuid not null,
    api_key_id uuid not null,
    -- the part of the key by which it is found; random, so that it tells nothing of other firms
    prefix text not null,
    -- SHA-256 of the rest
    secret_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz, -- null: as long as its key
    primary key (tenant_id, api_key_id, prefix),
    foreign key (tenant_id, api_key_id) references vestibule.api_key on delete cascade,
    constraint api_key_prefix_once unique (prefix)
);

do $$
declare
    t text;
begin
    foreach t in array array['api_key', 'api_key_building', 'api_key_secret'] loop
        execute format('alter table vestibule.%I enable row level security', t);
        execute format('alter table vestibule.%I force row level security', t);
        execute format('create policy tenant_isolation on vestibule.%I using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select, insert, update, delete on vestibule.%I to vestibule_app', t);
        execute format('grant select on vestibule.%I to vestibule_worker', t);
    end loop;
end $$;
-- A key says whose it is: whoever names a secret's prefix sees that one row before the tenant is known.
create policy named_by_prefix on vestibule.api_key_secret for select
using (prefix = nullif(current_setting('app.api_key_prefix', true), ''));

-- Who an API key speaks for, now, with the hash that its secret must have. Sets the tenant, as session_bearer does.
create function vestibule.api_key_bearer(of_prefix text, at timestamptz)
returns table (tenant_id uuid, api_key_id uuid, secret_hash bytea, role text, scopes text[], limited boolean, buildings uuid[], last_used_at timestamptz)
language plpgsql set search_path = vestibule, pg_temp
as $$
#variable_conflict use_column
declare
    found_tenant uuid;
begin
    perform set_config('app.api_key_prefix', of_prefix, true);
    select s.tenant_id into found_tenant from vestibule.api_key_secret s where s.prefix = of_prefix;
    perform set_config('app.tenant_id', coalesce(found_tenant::text, ''), true);
    return query
    select k.tenant_id, k.api_key_id, s.secret_hash, k.role, k.scopes, k.limited,
           array(select b.building_id from vestibule.api_key_building b where b.tenant_id = k.tenant_id and b.api_key_id = k.api_key_id),
           k.last_used_at
    from vestibule.api_key_secret s
    join vestibule.api_key k on k.tenant_id = s.tenant_id and k.api_key_id = s.api_key_id
    where s.prefix = of_prefix
      and (s.expires_at is null or s.expires_at > at)
      and (k.expires_at is null or k.expires_at > at)
      and k.revoked_at is null;
end $$;
select vestibule.limit_to_buildings('vestibule.api_key_building');
