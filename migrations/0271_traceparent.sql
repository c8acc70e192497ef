-- Which trace caused an event, and the work that follows (W3C Trace Context): from the webhook to the request that a carrier gets.

-- The trace of the events that ask for it. Batches hold the events of many: the last event's place says nothing of whose they are.
alter table es.work_item add column traceparent text;

-- As in 0003, with the trace of each item.
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
    a_traceparent text[]
) returns table (item int, outcome text, "position" bigint, version int, response jsonb)
language plpgsql security definer set search_path = es, pg_temp
as $$
#variable_conflict use_column
declare
    accepted int[];
    events_total bigint;
    base bigint;
    conflicts int[];
begin
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
    select array_agg(i order by i) into accepted from (select i from first_copy union all select i from item where p is null) s;

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
    conflicts := coalesce(conflicts, '{}') || coalesce((
        select array_agg(second.i)
        from unnest(a_stream, a_expected) with ordinality second(s, x, i)
        where second.i = any (accepted) and second.x is not null and exists (
            select 1 from unnest(a_stream) with ordinality first(s, i)
            where first.s = second.s and first.i < second.i and first.i = any (accepted)
              and first.i <> all (coalesce(conflicts, '{}')))), '{}');

    if cardinality(conflicts) > 0 then
        delete from es.delivery d using unnest(d_provider, d_account, d_key) with ordinality u(p, a, k, i)
        where u.i = any (conflicts) and d.provider = u.p and d.account = u.a and d.key = u.k and d.first_position is null;
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

    update es.delivery d set first_position = base + events_total
    from unnest(d_provider, d_account, d_key) with ordinality u(p, a, k, i)
    where u.i = any (accepted) and d.provider = u.p and d.account = u.a and d.key = u.k;

    -- 6. What became of each item. A duplicate's answer is read now, so that a twin that just committed is seen.
    update es.delivery d set seen = d.seen + 1
    from unnest(d_provider, d_account, d_key) with ordinality u(p, a, k, i)
    where u.p is not null and u.i <> all (coalesce(accepted, '{}')) and u.i <> all (conflicts)
      and d.provider = u.p and d.account = u.a and d.key = u.k;

    return query
    select u.i::int,
           case when u.i = any (accepted) then 'stored' when u.i = any (conflicts) or d.response is null then 'conflict' else 'duplicate' end,
           base + events_total, st.version,
           case when u.i = any (accepted) or u.i = any (conflicts) then null else d.response end
    from unnest(a_stream, d_provider, d_account, d_key) with ordinality u(s, p, a, k, i)
    left join es.stream st on st.stream_id = u.s
    left join es.delivery d on d.provider = u.p and d.account = u.a and d.key = u.k
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
    select * from es.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, array_fill(null::text, array[cardinality($1)]))
$$;

-- As in 0003, with the trace. The old one stays for processes of the version before.
create function es.start_dial(
    s_work uuid, s_owner uuid, s_attempts int, s_leg uuid, s_call uuid, s_step int, s_target_hash bytea, s_attempt int,
    s_tenant uuid, s_expected int, s_actor jsonb, e_id uuid[], e_type text[], e_schema smallint[], e_payload jsonb[],
    s_traceparent text
) returns table (outcome text, "position" bigint, version int)
language plpgsql security definer set search_path = es, pg_temp
as $$
#variable_conflict use_column
declare
    nothing uuid[] := array[null::uuid];
    result record;
begin
    perform 1 from es.work_item w
    where w.id = s_work and w.state = 'leased' and w.lease_owner = s_owner and w.attempts = s_attempts and clock_timestamp() < w.expires_at
    for update;
    if not found then return; end if;

    insert into es.dial_claim (dial_id, call_id, step, target_hash, attempt)
    values (s_leg, s_call, s_step, s_target_hash, s_attempt)
    on conflict do nothing;
    if not found then return; end if;

    select b.outcome, b."position", b.version into result
    from es.append_batch(
        array[s_tenant], array[s_call], array['call'], array[s_expected], array[s_actor], nothing,
        array[null::text], nothing, array[null::bytea], array[null::jsonb], nothing, array[null::bytea],
        array_fill(1, array[cardinality(e_id)]), e_id, e_type, e_schema, e_payload, array_fill(null::timestamptz, array[cardinality(e_id)]),
        '{}', '{}', '{}', '{}', '{}', '{}', '{}', array[s_traceparent]) b;
    if result.outcome = 'conflict' then
        -- the call moved on: no claim may stay behind for a dial that never started
        delete from es.dial_claim c where c.dial_id = s_leg;
    end if;
    return query select result.outcome, result."position", result.version;
end $$;

grant create on schema es to vestibule_ledger;
alter function es.append_batch(uuid[], uuid[], text[], int[], jsonb[], uuid[], text[], uuid[], bytea[], jsonb[], uuid[], bytea[], int[], uuid[], text[], smallint[], jsonb[], timestamptz[], int[], uuid[], text[], smallint[], jsonb[], bigint[], bigint[], text[]) owner to vestibule_ledger;
alter function es.start_dial(uuid, uuid, int, uuid, uuid, int, bytea, int, uuid, int, jsonb, uuid[], text[], smallint[], jsonb[], text) owner to vestibule_ledger;
revoke create on schema es from vestibule_ledger;
revoke all on function es.append_batch(uuid[], uuid[], text[], int[], jsonb[], uuid[], text[], uuid[], bytea[], jsonb[], uuid[], bytea[], int[], uuid[], text[], smallint[], jsonb[], timestamptz[], int[], uuid[], text[], smallint[], jsonb[], bigint[], bigint[], text[]) from public;
revoke all on function es.start_dial(uuid, uuid, int, uuid, uuid, int, bytea, int, uuid, int, jsonb, uuid[], text[], smallint[], jsonb[], text) from public;
grant execute on function es.append_batch(uuid[], uuid[], text[], int[], jsonb[], uuid[], text[], uuid[], bytea[], jsonb[], uuid[], bytea[], int[], uuid[], text[], smallint[], jsonb[], timestamptz[], int[], uuid[], text[], smallint[], jsonb[], bigint[], bigint[], text[]) to vestibule_ingest, vestibule_worker;
grant execute on function es.start_dial(uuid, uuid, int, uuid, uuid, int, bytea, int, uuid, int, jsonb, uuid[], text[], smallint[], jsonb[], text) to vestibule_worker;
