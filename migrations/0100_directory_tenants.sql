-- Who uses Vestibule: firms and their managers.

create table vestibule.tenant (
    tenant_id uuid primary key,
    name text not null,
    created_at timestamptz not null default clock_timestamp()
);

create table vestibule.user_account (
    tenant_id uuid not null references vestibule.tenant,
    user_id uuid not null,
    name text not null,
    role text not null check (role in ('owner', 'admin', 'manager', 'viewer')),
    primary key (tenant_id, user_id)
);

-- How someone signs in. Read before the tenant is known, so it has no tenant's policy: only vestibule_ingest sees it, by e-mail.
create table vestibule.login (
    email text primary key check (email = lower(email)),
    tenant_id uuid not null,
    user_id uuid not null,
    -- argon2id, PHC string
    password_hash text not null,
    failures int not null default 0,
    locked_until timestamptz,
    foreign key (tenant_id, user_id) references vestibule.user_account
);
grant select, update on vestibule.login to vestibule_ingest;
grant select on vestibule.login to vestibule_worker;
-- a sign-up makes firm, user and login in one transaction
grant insert on vestibule.login to vestibule_app;

-- Keys that sign access tokens, sealed under the master key.
create table vestibule.signing_key (
    key_id text primary key,
    sealed bytea not null,
    created_at timestamptz not null default clock_timestamp()
);
grant select, insert on vestibule.signing_key to vestibule_ingest;
