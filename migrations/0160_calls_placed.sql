-- Calls that a firm places: where they may go, and how many a day.

create table vestibule.outbound_rule (
    tenant_id uuid primary key references vestibule.tenant,
    -- how numbers that may be called begin; none: numbers of the region of the building whose line is called from
    prefixes text[] not null default '{}',
    daily_max int not null default 100 check (daily_max >= 0)
);

-- Counted in one statement, so that two requests at once can not both take the last one.
create table vestibule.outbound_day (
    tenant_id uuid not null references vestibule.tenant,
    day date not null, -- in UTC
    calls int not null,
    primary key (tenant_id, day)
);

alter table vestibule.outbound_rule enable row level security;
alter table vestibule.outbound_rule force row level security;
create policy tenant_isolation on vestibule.outbound_rule
    using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()));
alter table vestibule.outbound_day enable row level security;
alter table vestibule.outbound_day force row level security;
create policy tenant_isolation on vestibule.outbound_day
    using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()));

grant select, insert, update on vestibule.outbound_rule to vestibule_app;
grant select on vestibule.outbound_rule to vestibule_worker;
grant select on vestibule.outbound_day to vestibule_app;
grant select, insert, update on vestibule.outbound_day to vestibule_worker;
