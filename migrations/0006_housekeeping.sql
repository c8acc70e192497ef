-- What is kept for a while only: raw webhooks for 30 days, a partition a week.

create function es.keep_raw_webhooks() returns void
language plpgsql security definer set search_path = es, pg_temp as $$
declare
    monday date;
    name text;
begin
    -- this week and the next two: a process that is down for a week still finds one to write to
    for week in 0..2 loop
        monday := date_trunc('week', current_date)::date + 7 * week;
        name := 'raw_webhook_' || to_char(monday, 'YYYYMMDD');
        if to_regclass('es.' || name) is null then
            begin
                execute format('create table es.%I partition of es.raw_webhook for values from (%L) to (%L)', name, monday, monday + 7);
            exception when check_violation or duplicate_table then
                null; -- rows of that week are in the default partition already, or someone else was faster
            end;
        end if;
    end loop;
    for name in
        select relname from pg_class join pg_inherits on inhrelid = pg_class.oid
        where inhparent = 'es.raw_webhook'::regclass and relname ~ '^raw_webhook_[0-9]{8}$'
          and to_date(right(relname, 8), 'YYYYMMDD') + 7 < current_date - 30
    loop
        execute format('drop table es.%I', name);
    end loop;
    delete from es.raw_webhook_default where received_at < clock_timestamp() - interval '30 days';
end $$;
revoke all on function es.keep_raw_webhooks from public;
grant execute on function es.keep_raw_webhooks to vestibule_worker;
select es.keep_raw_webhooks();
