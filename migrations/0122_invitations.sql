-- How people come into a firm, and back into it: invitations, forgotten passwords, second factors, and the mail about them.

create table vestibule.invitation (
    tenant_id uuid not null references vestibule.tenant,
    invitation_id uuid not null,
    email text not null check (email = lower(email)),
    role text not null check (role in ('owner', 'admin', 'manager', 'viewer')),
    limited boolean not null default false,
    buildings uuid[] not null default '{}',
    -- null: the operator
    invited_by uuid,
    -- SHA-256 of 32 random bytes
    token_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    primary key (tenant_id, invitation_id),
    constraint invitation_token_once unique (tenant_id, token_hash)
);
-- Named, because the API answers it: one open invitation a person.
create unique index invitation_once_per_email on vestibule.invitation (tenant_id, email)
where accepted_at is null and revoked_at is null;

create table vestibule.password_reset (
    tenant_id uuid not null,
    token_hash bytea not null,
    user_id uuid not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (tenant_id, token_hash),
    foreign key (tenant_id, user_id) references vestibule.user_account on delete cascade
);
create index password_reset_by_user on vestibule.password_reset (tenant_id, user_id);

create table vestibule.second_factor (
    tenant_id uuid not null,
    user_id uuid not null,
    -- sealed under the tenant's key
    secret bytea not null,
    confirmed_at timestamptz, -- null: shown, but no code of it was seen yet
    -- the time step of the last code taken: neither it nor an earlier one is taken again
    last_step bigint not null default 0,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references vestibule.user_account on delete cascade
);

create table vestibule.recovery_code (
    tenant_id uuid not null,
    user_id uuid not null,
    -- keyed hash, under the tenant's key
    code_hash bytea not null,
    used_at timestamptz,
    primary key (tenant_id, user_id, code_hash),
    foreign key (tenant_id, user_id) references vestibule.user_account on delete cascade
);

-- Letters to send: written in the transaction of what they tell, so that a crash loses none.
create table vestibule.mail (
    tenant_id uuid not null references vestibule.tenant,
    mail_id uuid not null,
    -- address, subject and text, sealed under the tenant's key: a letter may carry a token
    sealed bytea not null,
    attempts int not null default 0,
    not_before timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    primary key (tenant_id, mail_id)
);
create index mail_by_time on vestibule.mail (not_before);

do $$
declare
    t text;
begin
    foreach t in array array['invitation', 'password_reset', 'second_factor', 'recovery_code', 'mail'] loop
        execute format('alter table vestibule.%I enable row level security', t);
        execute format('alter table vestibule.%I force row level security', t);
        execute format('create policy tenant_isolation on vestibule.%I using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select, insert, update, delete on vestibule.%I to vestibule_app', t);
        execute format('grant select, delete on vestibule.%I to vestibule_worker', t);
    end loop;
end $$;
grant update on vestibule.mail to vestibule_worker;
