-- As 0245 says, for the append that also takes a trace: every row is found by a key.
do $$
declare
    append regprocedure;
begin
    for append in select oid::regprocedure from pg_proc where proname = 'append_batch' and pronamespace = 'es'::regnamespace loop
        execute format('alter function %s set enable_seqscan = off', append);
        execute format('alter function %s set enable_hashjoin = off', append);
        execute format('alter function %s set enable_mergejoin = off', append);
        execute format('alter function %s set jit = off', append);
    end loop;
end $$;
