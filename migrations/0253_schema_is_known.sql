-- A process that starts asks which migrations were applied.
do $$
begin
    if to_regclass('public._sqlx_migrations') is not null then
        grant select on public._sqlx_migrations to vestibule_worker;
    end if;
end $$;
