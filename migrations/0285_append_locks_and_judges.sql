-- As in 0280, but streams are locked and judged in one statement, and events count on from the versions that it found: a stream that grew
-- a moment ago is a chain of rows, and it was walked three times. Nothing of what it does is different.
create or replace function es.append_batch(
    -- one entry an item
    a_tenant uuid[], a_stream uuid[], a_stream_type text[], a_expected int[], a_actor jsonb[], a_causation uuid[],
    -- the item's delivery; provider null: none
    d_provider text[], d_account uuid[], d_key bytea[], d_response jsonb[], d_subject uuid[], d_raw bytea[],
    -- one entry an event; item counts from 1
    e_item int[], e_id uuid[], e_type text[], e_schema smallint[], e_payload jsonb[], e_occurred timestamptz[],
    -- one entry a work item
    w_item int[], w_id uuid[], w_kind text[], w_lane smallint[], w_args jsonb[], w_delay_ms bigint[], w_expires_ms bigint[],
    -- one entry an item again; null: nobody knows
    a_traceparent text[],
    -- one entry a dial that an item starts: the lease on its work, and what can be dialled once, ever
    c_item int[], c_work uuid[], c_owner uuid[], c_attempts int[], c_leg uuid[], c_step int[], c_target_hash bytea[], c_attempt int[]
) returns table (item int, outcome text, "position" bigint, version int, response jsonb)
language plpgsql security definer set search_path = es, pg_temp
-- Plans are kept, and every row is found by its key: also by a plan that was made when tables were so small that reading all of one, or of
-- an index, looked as cheap.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set enable_material = off set jit = off
as $$
#variable_conflict use_column
declare
    -- A word that the planner does not know: work is found by its id, and not among all that is out.
    leased text := 'leased';
    webhooks_came boolean := array_remove(d_provider, null) <> '{}';
    taken int[] := '{}';
    duplicates int[] := '{}';
    conflicts int[] := '{}';
    -- all three
    refused int[] := '{}';
    -- of each item's stream, as it was found
    versions int[];
    events_total bigint := cardinality(e_item);
    base bigint;
begin
    -- 0. Dials: only who holds the work's lease starts one, in time, and nobody a second time.
    if c_item <> '{}' then
        with held as materialized (
            select c.i, c.leg, c.step, c.target_hash, c.attempt
            from unnest(c_item, c_work, c_owner, c_attempts, c_leg, c_step, c_target_hash, c_attempt)
                 c(i, work, owner, attempts, leg, step, target_hash, attempt)
            join es.work_item w on w.id = c.work
            where w.state = leased and w.lease_owner = c.owner and w.attempts = c.attempts and clock_timestamp() < w.expires_at
            order by w.id
            for update of w
        ),
        claimed as (
            insert into es.dial_claim (dial_id, call_id, step, target_hash, attempt)
            select distinct on (leg) leg, a_stream[i], step, target_hash, attempt from held order by leg, i
            on conflict do nothing
            returning dial_id
        )
        select coalesce(array_agg(i), '{}') into taken
        from unnest(c_item) i
        where i not in (select min(held.i) from held join claimed on claimed.dial_id = held.leg group by held.leg);
    end if;

    -- 1. Deliveries: the first copy wins, also among two copies in one batch.
    if webhooks_came then
        with item as materialized (
            select i::int, t, p, a, k, r
            from unnest(a_tenant, d_provider, d_account, d_key, d_response) with ordinality u(t, p, a, k, r, i)
            where p is not null
        ),
        fresh as (
            insert into es.delivery (provider, account, key, tenant_id, response)
            select distinct on (p, a, k) p, a, k, t, r from item order by p, a, k, i
            on conflict do nothing
            returning provider, account, key
        )
        select coalesce(array_agg(i), '{}') into duplicates
        from (select i, p, a, k, row_number() over (partition by p, a, k order by i) nth from item) copy
        where nth > 1 or (p, a, k) not in (select provider, account, key from fresh);
    end if;
    refused := taken || duplicates;

    -- 2. Streams, in one order for all, so that two writers never wait for each other crosswise.
    if coalesce(0 = any (a_expected), true) then
        insert into es.stream (stream_id, tenant_id, stream_type, version)
        select distinct on (s) s, t, y, 0
        from unnest(a_stream, a_tenant, a_stream_type) with ordinality u(s, t, y, i)
        where i <> all (refused)
        order by s, i
        on conflict do nothing;
    end if;

    -- A foreign tenant's stream is a conflict like any other: nothing is learnt from it. Of two items of one batch that expect the same
    -- version of one stream, the first wins.
    with held as materialized (
        select st.stream_id, st.tenant_id, st.version from es.stream st where st.stream_id = any (a_stream) order by st.stream_id for update
    ),
    judged as (
        select u.i::int, u.s, u.x, held.version, u.i = any (refused) as is_refused,
               held.tenant_id is distinct from u.t or coalesce(held.version <> u.x, false) as differs
        from unnest(a_stream, a_tenant, a_expected) with ordinality u(s, t, x, i)
        left join held on held.stream_id = u.s
    )
    select array_agg(version order by i), coalesce(array_agg(i) filter (where not is_refused and (differs or (x is not null and nth > 1))), '{}')
    into versions, conflicts
    from (select *, row_number() over (partition by s, is_refused, differs order by i) nth from judged) judged;

    if conflicts <> '{}' then
        delete from es.delivery d using unnest(d_provider, d_account, d_key) with ordinality u(p, a, k, i)
        where u.i = any (conflicts) and d.provider = u.p and d.account = u.a and d.key = u.k;
        -- The call moved on: no claim may stay behind for a dial that never started.
        delete from es.dial_claim d using unnest(c_item, c_leg) c(i, leg) where c.i = any (conflicts) and d.dial_id = c.leg;
        refused := refused || conflicts;
    end if;

    -- 3. Positions, under the lock that makes their order the order of commit.
    if refused <> '{}' then
        select count(*) into events_total from unnest(e_item) i where i <> all (refused);
    end if;
    if events_total > 0 then
        perform pg_advisory_xact_lock(4242);
        update es.head set position = es.head.position + events_total returning es.head.position - events_total into base;

        -- 4. Events.
        with grown as (
            update es.stream st set version = st.version + grown.n
            from (select a_stream[i] s, count(*)::int n from unnest(e_item) i where i <> all (refused) group by 1) grown
            where st.stream_id = grown.s
        )
        insert into es.event (position, stream_id, version, tenant_id, event_id, type, schema_version, payload, causation_id, correlation_id, actor, traceparent, occurred_at)
        select base + row_number() over (order by e.i, e.n),
               a_stream[e.i],
               versions[e.i] + row_number() over (partition by a_stream[e.i] order by e.i, e.n),
               a_tenant[e.i], e.id, e.type, e.schema, e.payload, a_causation[e.i], a_stream[e.i], a_actor[e.i], a_traceparent[e.i], e.occurred
        from unnest(e_item, e_id, e_type, e_schema, e_payload, e_occurred) with ordinality e(i, id, type, schema, payload, occurred, n)
        where e.i <> all (refused);
    else
        select es.head.position into base from es.head;
    end if;

    -- 5. What is to be done because of them, and what came.
    if w_item <> '{}' then
        insert into es.work_item (id, tenant_id, kind, lane, caused_by, args, traceparent, not_before, expires_at)
        select w.id, a_tenant[w.i], w.kind, w.lane, base + events_total, w.args, a_traceparent[w.i],
               clock_timestamp() + w.delay * interval '1 ms', clock_timestamp() + w.expires * interval '1 ms'
        from unnest(w_item, w_id, w_kind, w_lane, w_args, w_delay_ms, w_expires_ms) w(i, id, kind, lane, args, delay, expires)
        where w.i <> all (refused)
        on conflict (id) do nothing;
    end if;
    if webhooks_came then
        insert into es.raw_webhook (tenant_id, subject_id, provider, account, key, sealed)
        select u.t, u.b, u.p, u.a, u.k, u.w
        from unnest(a_tenant, d_subject, d_provider, d_account, d_key, d_raw) with ordinality u(t, b, p, a, k, w, i)
        where u.i <> all (refused) and u.w is not null;
    end if;

    -- 6. What became of each item. A duplicate's answer is read now, so that a twin that just committed is seen.
    if duplicates <> '{}' then
        update es.delivery d set seen = d.seen + 1
        from unnest(d_provider, d_account, d_key) with ordinality u(p, a, k, i)
        where u.i = any (duplicates) and d.provider = u.p and d.account = u.a and d.key = u.k;
    end if;

    return query
    select u.i::int,
           case when u.i <> all (refused) then 'stored' when u.i = any (taken) then 'taken' when d.response is null then 'conflict' else 'duplicate' end,
           base + events_total, st.version, d.response
    from unnest(a_stream, d_provider, d_account, d_key) with ordinality u(s, p, a, k, i)
    left join es.stream st on st.stream_id = u.s
    -- Not looked for where it is the item's own.
    left join es.delivery d on d.provider = case when u.i = any (duplicates) then u.p end and d.account = u.a and d.key = u.k
    order by u.i;
end $$;
