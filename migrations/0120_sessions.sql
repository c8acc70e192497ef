-- Sessions: who is signed in where, and until when. An access token names its session, so that signing out ends it at once.

alter table vestibule.user_account
    add column created_at timestamptz not null default clock_timestamp(),
    -- true: sees the buildings of user_building only, even when none is left there
    add column limited boolean not null default false;

create table vestibule.user_building (
    tenant_id uuid not null,
    user_id uuid not null,
    building_id uuid not null,
    primary key (tenant_id, user_id, building_id),
    foreign key (tenant_id, user_id) references vestibule.user_account on delete cascade,
    foreign key (tenant_id, building_id) references vestibule.building on delete cascade
);
create index user_building_by_building on vestibule.user_building (tenant_id, building_id);

-- A removed user can not sign in any more.
alter table vestibule.login drop constraint login_tenant_id_user_id_fkey;
alter table vestibule.login add foreign key (tenant_id, user_id) references vestibule.user_account on delete cascade;
create index login_by_user on vestibule.login (tenant_id, user_id);
-- Failures are counted in vestibule.throttle, for addresses and for accounts that do not exist as well.
alter table vestibule.login drop column failures, drop column locked_until;
revoke update on vestibule.login from vestibule_ingest;
grant select, update, delete on vestibule.login to vestibule_app;

create table vestibule.session (
    tenant_id uuid not null,
    session_id uuid not null,
    user_id uuid not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    -- no refreshing goes past this
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_because text check (ended_because in ('signed_out', 'reused_token', 'password_changed')),
    -- where it began, for its user to recognise it by
    address text not null default '',
    user_agent text not null default '',
    primary key (tenant_id, session_id),
    foreign key (tenant_id, user_id) references vestibule.user_account on delete cascade
);
create index session_by_user on vestibule.session (tenant_id, user_id, session_id);
create index session_by_expiry on vestibule.session (expires_at);

-- A session's refresh tokens are one family: each is good once, and the second use of any ends the session.
create table vestibule.refresh_token (
    tenant_id uuid not null,
    -- SHA-256 of 32 random bytes
    token_hash bytea not null,
    session_id uuid not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (tenant_id, token_hash),
    foreign key (tenant_id, session_id) references vestibule.session on delete cascade
);
create index refresh_token_by_expiry on vestibule.refresh_token (expires_at);
create index refresh_token_by_session on vestibule.refresh_token (tenant_id, session_id);

-- Attempts, counted per bucket (an account, an address) in windows. Shared by all processes; knows no tenant.
create table vestibule.throttle (
    -- keyed hash of what is counted
    bucket bytea primary key,
    attempts int not null,
    window_ends_at timestamptz not null
);
create index throttle_by_window on vestibule.throttle (window_ends_at);
grant select, insert, update, delete on vestibule.throttle to vestibule_app;
grant select, delete on vestibule.throttle to vestibule_worker;

-- null: this one signs
alter table vestibule.signing_key add column expires_at timestamptz;
create unique index one_key_signs on vestibule.signing_key ((true)) where expires_at is null;
grant select, insert, update, delete on vestibule.signing_key to vestibule_ingest;

do $$
declare
    t text;
begin
    foreach t in array array['login', 'user_building', 'session', 'refresh_token'] loop
        execute format('alter table vestibule.%I enable row level security', t);
        execute format('alter table vestibule.%I force row level security', t);
        execute format('create policy tenant_isolation on vestibule.%I using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select, insert, update, delete on vestibule.%I to vestibule_app', t);
        execute format('grant select on vestibule.%I to vestibule_worker', t);
    end loop;
end $$;
grant delete on vestibule.session, vestibule.refresh_token to vestibule_worker;

-- Who a session's access token speaks for, now: one round trip, with row-level security on. Not to be called inside another
-- transaction of the tenant's: it sets the tenant.
create function vestibule.session_bearer(of_tenant uuid, of_session uuid, at timestamptz)
returns table (user_id uuid, role text, limited boolean, buildings uuid[])
language plpgsql set search_path = vestibule, pg_temp
as $$
#variable_conflict use_column
begin
    perform set_config('app.tenant_id', of_tenant::text, true);
    return query
    select u.user_id, u.role, u.limited,
           array(select b.building_id from vestibule.user_building b where b.tenant_id = u.tenant_id and b.user_id = u.user_id)
    from vestibule.session s
    join vestibule.user_account u on u.tenant_id = s.tenant_id and u.user_id = s.user_id
    where s.tenant_id = of_tenant and s.session_id = of_session and s.ended_at is null and s.expires_at > at;
end $$;
select vestibule.limit_to_buildings('vestibule.user_building');
