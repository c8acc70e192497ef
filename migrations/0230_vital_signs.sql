-- Signs of life of connections and lines: what came last, what was refused, what failed. Notes, not events: losing one changes no call.
create table vestibule.connection_vitals (
    tenant_id uuid not null,
    connection_id uuid not null,
    last_webhook_at timestamptz,
    -- a webhook that was not believed, and why, in a word
    last_refusal_at timestamptz,
    last_refusal text,
    refusals bigint not null default 0,
    -- a request to the carrier that failed, in the carrier's words without numbers
    last_failure_at timestamptz,
    last_failure text,
    failures bigint not null default 0,
    primary key (tenant_id, connection_id),
    foreign key (tenant_id, connection_id) references vestibule.connection on delete cascade
) with (fillfactor = 50);

create table vestibule.line_vitals (
    tenant_id uuid not null,
    line_id uuid not null,
    last_webhook_at timestamptz,
    last_failure_at timestamptz,
    last_failure text,
    failures bigint not null default 0,
    primary key (tenant_id, line_id),
    foreign key (tenant_id, line_id) references vestibule.line on delete cascade
) with (fillfactor = 50);

do $$
declare
    t text;
begin
    foreach t in array array['connection_vitals', 'line_vitals'] loop
        execute format('alter table vestibule.%I enable row level security', t);
        execute format('alter table vestibule.%I force row level security', t);
        execute format('create policy tenant_isolation on vestibule.%I using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()))', t);
        execute format('grant select on vestibule.%I to vestibule_app', t);
        execute format('grant select, insert, update on vestibule.%I to vestibule_worker', t);
    end loop;
end $$;
