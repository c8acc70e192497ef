-- The two schemas: es holds what happened, vestibule holds what managers configure.
-- Runs as vestibule_owner; the roles exist before (store/migrate.rs), because roles belong to the cluster.

create schema es;
create schema vestibule;

grant usage on schema es to vestibule_ledger, vestibule_app, vestibule_ingest, vestibule_worker;
grant usage on schema vestibule to vestibule_app, vestibule_ingest, vestibule_worker;

-- The tenant of this transaction. After a transaction the setting is '', not null: hence nullif. Unset: no row is seen.
create function vestibule.tenant() returns uuid
language sql stable parallel safe
as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;
