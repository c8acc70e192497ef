-- For writes that need not outlast a crash of the server by themselves: `… where es.quietly()` does not wait for the disk (asynchronous
-- commit), which takes longer than all the rest of it. What is built upon them commits later and takes them along, as the log has one order.
create function es.quietly() returns boolean
language sql volatile
as $$ select set_config('synchronous_commit', 'off', true) is not null $$;
revoke all on function es.quietly() from public;
grant execute on function es.quietly() to vestibule_ingest, vestibule_worker;
