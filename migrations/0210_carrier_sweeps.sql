-- How far a carrier's own list of calls was compared with what we know. Written by workers only.
create table vestibule.carrier_sweep (
    tenant_id uuid not null,
    connection_id uuid not null,
    -- all that came in before is known
    swept_to timestamptz not null,
    -- when somebody last began: so that two workers do not ask at once
    begun_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, connection_id),
    foreign key (tenant_id, connection_id) references vestibule.connection on delete cascade
);
alter table vestibule.carrier_sweep enable row level security;
alter table vestibule.carrier_sweep force row level security;
create policy tenant_isolation on vestibule.carrier_sweep
    using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()));
grant select, insert, update on vestibule.carrier_sweep to vestibule_worker;
