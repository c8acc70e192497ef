-- Read models: each generation of one lives in a schema of its own, so that the next can be built beside it and shown at once.
-- What is read are the views in vestibule; switching them is switching the generation.

create function es.make_read_schema(schema_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if schema_name !~ '^read_[a-z_]+_[0-9]+$' then raise exception 'not the name of a read model: %', schema_name; end if;
    execute format('create schema if not exists %I', schema_name);
    execute format('grant create, usage on schema %I to vestibule_worker', schema_name);
    execute format('grant usage on schema %I to vestibule_app', schema_name);
end $$;

create function es.drop_read_schema(schema_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if schema_name !~ '^read_[a-z_]+_[0-9]+$' then raise exception 'not the name of a read model: %', schema_name; end if;
    execute format('drop schema if exists %I cascade', schema_name);
end $$;

-- Shows a table of a generation as vestibule.<table>.
create function es.show_read_table(schema_name text, table_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if schema_name !~ '^read_[a-z_]+_[0-9]+$' then raise exception 'not the name of a read model: %', schema_name; end if;
    execute format('drop view if exists vestibule.%I', table_name);
    execute format('create view vestibule.%I with (security_invoker = true) as select * from %I.%I', table_name, schema_name, table_name);
    execute format('grant select on vestibule.%I to vestibule_app, vestibule_worker', table_name);
end $$;

-- A tenant sees its own rows of a read model only.
create function es.isolate(table_name regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format('alter table %s enable row level security', table_name);
    execute format('alter table %s force row level security', table_name);
    execute format('create policy tenant_isolation on %s using (tenant_id = (select vestibule.tenant()))', table_name);
    execute format('grant select on %s to vestibule_app', table_name);
end $$;

-- What a table of a generation holds, in one number: equal for equal rows.
create function es.read_table_digest(schema_name text, table_name text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    digest text;
begin
    execute format('select coalesce(md5(string_agg(t::text, E''\n'' order by t::text collate "C")), ''empty'') from %I.%I t', schema_name, table_name)
    into digest;
    return digest;
end $$;

-- the shape that this generation was built in
alter table es.checkpoint add column shape int not null default 1;

-- they drop and make views and schemas: they act as the owner
grant create on schema vestibule to vestibule_owner;
revoke all on function es.make_read_schema, es.drop_read_schema, es.show_read_table from public;
grant execute on function es.make_read_schema, es.drop_read_schema, es.show_read_table to vestibule_worker;
grant select on es.event to vestibule_app;
alter table es.event enable row level security;
alter table es.event force row level security;
create policy tenant_isolation on es.event for select using (tenant_id = (select vestibule.tenant()));
-- the carriers' webhooks are loaded by their own call, whose tenant the query names
create policy webhooks_load_their_call on es.event for select to vestibule_ingest using (true);

-- A live view asks for what one tenant's calls did after a position.
create index event_by_tenant on es.event (tenant_id, position);
