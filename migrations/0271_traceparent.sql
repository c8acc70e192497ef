-- Which trace caused an event, and the work that follows (W3C Trace Context): from the webhook to the request that a carrier gets.

-- The trace of the events that ask for it. Batches hold the events of many: the last event's place says nothing of whose they are.
alter table es.work_item add column traceparent text;

-- As in 0003, with the trace of each item, and with the dials that are started: they are written in the same commit as what else
-- happens at that moment, instead of one after the other. `start_dial` stays for processes of the version before.
create function es.append_batch(
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
as $$
#variable_conflict use_column
declare
    -- A word that the planner does not know: work is found by its id, and not among all that is out.
    leased text := 'leased';
    taken int[] := '{}';
    accepted int[];
    events_total bigint;
    base bigint;
    conflicts int[];
begin
    -- 0. Dials: only who holds the work's lease starts one, in time, and nobody a second time.
    if cardinality(c_item) > 0 then
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
    with item as materialized (
        select i::int, t, p, a, k, r from unnest(a_tenant, d_provider, d_account, d_key, d_response) with ordinality u(t, p, a, k, r, i)
    ),
    fresh as (
        insert into es.delivery (provider, account, key, tenant_id, response)
        select distinct on (p, a, k) p, a, k, t, r from item where p is not null order by p, a, k, i
        on conflict do nothing
        returning provider, account, key
    ),
    first_copy as (
        select distinct on (item.p, item.a, item.k) item.i
        from item join fresh on fresh.provider = item.p and fresh.account = item.a and fresh.key = item.k
        order by item.p, item.a, item.k, item.i
    )
    select array_agg(i order by i) into accepted from (select i from first_copy union all select i from item where p is null and i <> all (taken)) s;

    -- 2. Streams, in one order for all, so that two writers never wait for each other crosswise.
    insert into es.stream (stream_id, tenant_id, stream_type, version)
    select distinct on (s) s, t, y, 0
    from unnest(a_stream, a_tenant, a_stream_type) with ordinality u(s, t, y, i)
    where i = any (accepted)
    order by s, i
    on conflict do nothing;
    perform 1 from es.stream st where st.stream_id = any (a_stream) order by st.stream_id for update;

    -- A foreign tenant's stream is a conflict like any other: nothing is learnt from it.
    select array_agg(u.i) into conflicts
    from unnest(a_stream, a_expected, a_tenant) with ordinality u(s, x, t, i)
    join es.stream st on st.stream_id = u.s
    where u.i = any (accepted) and ((u.x is not null and st.version <> u.x) or st.tenant_id <> u.t);

    -- Two items of one batch that expect the same version of one stream: the first wins.
    conflicts := coalesce(conflicts, '{}');
    conflicts := conflicts || coalesce((
        select array_agg(item.i)
        from (select u.i, u.x, row_number() over (partition by u.s order by u.i) n
              from unnest(a_stream, a_expected) with ordinality u(s, x, i)
              where u.i = any (accepted) and u.i <> all (conflicts)) item
        where item.x is not null and item.n > 1), '{}');

    if cardinality(conflicts) > 0 then
        delete from es.delivery d using unnest(d_provider, d_account, d_key) with ordinality u(p, a, k, i)
        where u.i = any (conflicts) and d.provider = u.p and d.account = u.a and d.key = u.k;
        -- The call moved on: no claim may stay behind for a dial that never started.
        delete from es.dial_claim d using unnest(c_item, c_leg) c(i, leg) where c.i = any (conflicts) and d.dial_id = c.leg;
        accepted := (select array_agg(i) from unnest(accepted) i where i <> all (conflicts));
    end if;

    -- 3. Positions, under the lock that makes their order the order of commit.
    select count(*) into events_total from unnest(e_item) i where i = any (accepted);
    if events_total > 0 then
        perform pg_advisory_xact_lock(4242);
        update es.head set position = es.head.position + events_total returning es.head.position - events_total into base;
    else
        select es.head.position into base from es.head;
    end if;

    -- 4. Events.
    insert into es.event (position, stream_id, version, tenant_id, event_id, type, schema_version, payload, causation_id, correlation_id, actor, traceparent, occurred_at)
    select base + row_number() over (order by e.i, e.n),
           a_stream[e.i],
           st.version + row_number() over (partition by a_stream[e.i] order by e.i, e.n),
           a_tenant[e.i], e.id, e.type, e.schema, e.payload, a_causation[e.i], a_stream[e.i], a_actor[e.i], a_traceparent[e.i], e.occurred
    from unnest(e_item, e_id, e_type, e_schema, e_payload, e_occurred) with ordinality e(i, id, type, schema, payload, occurred, n)
    join es.stream st on st.stream_id = a_stream[e.i]
    where e.i = any (accepted);

    update es.stream st set version = st.version + grown.n
    from (select a_stream[i] s, count(*)::int n from unnest(e_item) i where i = any (accepted) group by 1) grown
    where st.stream_id = grown.s;

    -- 5. What is to be done because of them, and what came.
    insert into es.work_item (id, tenant_id, kind, lane, caused_by, args, traceparent, not_before, expires_at)
    select w.id, a_tenant[w.i], w.kind, w.lane, base + events_total, w.args, a_traceparent[w.i],
           clock_timestamp() + w.delay * interval '1 ms', clock_timestamp() + w.expires * interval '1 ms'
    from unnest(w_item, w_id, w_kind, w_lane, w_args, w_delay_ms, w_expires_ms) w(i, id, kind, lane, args, delay, expires)
    where w.i = any (accepted)
    on conflict (id) do nothing;

    insert into es.raw_webhook (tenant_id, subject_id, provider, account, key, sealed)
    select u.t, u.b, u.p, u.a, u.k, u.w
    from unnest(a_tenant, d_subject, d_provider, d_account, d_key, d_raw) with ordinality u(t, b, p, a, k, w, i)
    where u.i = any (accepted) and u.w is not null;

    -- 6. What became of each item. A duplicate's answer is read now, so that a twin that just committed is seen.
    update es.delivery d set seen = d.seen + 1
    from unnest(d_provider, d_account, d_key) with ordinality u(p, a, k, i)
    where u.p is not null and u.i <> all (coalesce(accepted, '{}')) and u.i <> all (conflicts)
      and d.provider = u.p and d.account = u.a and d.key = u.k;

    return query
    select u.i::int,
           case when u.i = any (accepted) then 'stored' when u.i = any (taken) then 'taken' when d.response is null then 'conflict' else 'duplicate' end,
           base + events_total, st.version, d.response
    from unnest(a_stream, d_provider, d_account, d_key) with ordinality u(s, p, a, k, i)
    left join es.stream st on st.stream_id = u.s
    -- Not looked for where it is the item's own.
    left join es.delivery d on d.provider = case when u.i <> all (coalesce(accepted, '{}')) and u.i <> all (conflicts) then u.p end
                           and d.account = u.a and d.key = u.k
    order by u.i;
end $$;

-- Processes of the version before still append without: no trace is known of what they write.
create or replace function es.append_batch(
    -- one entry an item
    a_tenant uuid[], a_stream uuid[], a_stream_type text[], a_expected int[], a_actor jsonb[], a_causation uuid[],
    -- the item's delivery; provider null: none
    d_provider text[], d_account uuid[], d_key bytea[], d_response jsonb[], d_subject uuid[], d_raw bytea[],
    -- one entry an event; item counts from 1
    e_item int[], e_id uuid[], e_type text[], e_schema smallint[], e_payload jsonb[], e_occurred timestamptz[],
    -- one entry a work item
    w_item int[], w_id uuid[], w_kind text[], w_lane smallint[], w_args jsonb[], w_delay_ms bigint[], w_expires_ms bigint[]
) returns table (item int, outcome text, "position" bigint, version int, response jsonb)
language sql security definer set search_path = es, pg_temp
as $$
    select * from es.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, array_fill(null::text, array[cardinality($1)]),
                                  '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')
$$;

grant create on schema es to vestibule_ledger;
alter function es.append_batch(uuid[], uuid[], text[], int[], jsonb[], uuid[], text[], uuid[], bytea[], jsonb[], uuid[], bytea[], int[], uuid[], text[], smallint[], jsonb[], timestamptz[], int[], uuid[], text[], smallint[], jsonb[], bigint[], bigint[], text[], int[], uuid[], uuid[], int[], uuid[], int[], bytea[], int[]) owner to vestibule_ledger;
revoke create on schema es from vestibule_ledger;
revoke all on function es.append_batch(uuid[], uuid[], text[], int[], jsonb[], uuid[], text[], uuid[], bytea[], jsonb[], uuid[], bytea[], int[], uuid[], text[], smallint[], jsonb[], timestamptz[], int[], uuid[], text[], smallint[], jsonb[], bigint[], bigint[], text[], int[], uuid[], uuid[], int[], uuid[], int[], bytea[], int[]) from public;
grant execute on function es.append_batch(uuid[], uuid[], text[], int[], jsonb[], uuid[], text[], uuid[], bytea[], jsonb[], uuid[], bytea[], int[], uuid[], text[], smallint[], jsonb[], timestamptz[], int[], uuid[], text[], smallint[], jsonb[], bigint[], bigint[], text[], int[], uuid[], uuid[], int[], uuid[], int[], bytea[], int[]) to vestibule_ingest, vestibule_worker;
