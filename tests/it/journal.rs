//! The event store, on a real PostgreSQL: nothing is lost, doubled, out of order, or seen by whom it does not concern.
#![expect(clippy::unwrap_used, reason = "what can not go on fails its test")]

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use sqlx::Executor;
use vestibule::application::ports::{
    Actor, Append, Appended, DialClaim, Expected, Journal, Leased, NewEvent, WorkKind, WorkSource,
};
use vestibule::domain::ids::{ConnectionId, TenantId};
use vestibule::domain::phone_number::PhoneNumber;
use vestibule::store::work_items::PgSource;

use crate::harness::ledger::{Ledger, delivery, event, id, to, work};

const NUMBER: &str = "+441632960001";
const RUNTIME_ROLES: [&str; 4] =
    ["vestibule_ledger", "vestibule_app", "vestibule_ingest", "vestibule_worker"];

fn tenant() -> TenantId {
    id().into()
}

fn number() -> PhoneNumber {
    PhoneNumber::parse(NUMBER).unwrap()
}

#[actix_web::test]
async fn positions_have_no_gap_after_many_appends_at_once() {
    let one = Ledger::open().await;
    let other = one.another().await;
    let tenant = tenant();
    let streams: Vec<_> = (0..5).map(|_| id()).collect();

    let appends = (0..400_usize).map(|n| {
        let ledger = if n % 2 == 0 { &one } else { &other };
        let events = (0..=n % 3).map(|_| event("x")).collect();
        ledger.journal.append(to(tenant, streams[n % 5], events))
    });
    let stored = join_all(appends).await;

    assert!(stored.iter().all(|stored| matches!(stored, Ok(Appended::Stored { .. }))));
    assert_eq!(one.has_no_gap().await, (0..400).map(|n| n % 3 + 1).sum::<i64>());
    let wrong_versions = one
        .number(
            "select count(*) from (
                 select version, row_number() over (partition by stream_id order by position) n from es.event) e
             where version <> n",
        )
        .await;
    let wrong_heads = one
        .number(
            "select count(*) from es.stream s where version <> (select count(*) from es.event e where e.stream_id = s.stream_id)",
        )
        .await;
    assert_eq!((wrong_versions, wrong_heads), (0, 0));
}

/// All copies of one delivery, each with an answer of its own.
fn copies(tenant: TenantId, account: ConnectionId, key: u8, n: usize) -> Vec<Append> {
    let stream = id();
    let copy = |n| Append {
        delivery: Some(delivery(account, key, &format!("answer {n}"))),
        work: vec![work(WorkKind::Control, json!({}))],
        ..to(tenant, stream, vec![event("rang")])
    };
    (0..n).map(copy).collect()
}

/// One is stored, and all others are told what it was answered.
async fn one_effect(ledger: &Ledger, account: ConnectionId, key: u8, outcomes: &[Appended]) {
    let kept = ledger.journal.answered("vonage", account, [key; 32]).await.unwrap().unwrap();
    let stored: Vec<_> =
        outcomes.iter().filter(|one| matches!(one, Appended::Stored { .. })).collect();
    assert_eq!(stored.len(), 1, "{outcomes:?}");
    for outcome in outcomes {
        match outcome {
            Appended::Stored { .. } => {}
            Appended::Duplicate(answer) => assert_eq!(answer, &kept),
            Appended::Conflict => panic!("a copy is no conflict"),
        }
    }
}

#[actix_web::test]
async fn a_delivery_that_comes_again_has_one_effect_and_one_answer() {
    let one = Ledger::open().await;
    let other = one.another().await;
    let (tenant, account) = (tenant(), id().into());
    // The keys are known now: what follows queues up without a pause, and goes in one batch.
    one.append(to(tenant, id(), vec![event("first")])).await;
    one.append(copies(tenant, account, 0, 1).remove(0)).await;

    let in_one_batch =
        join_all(copies(tenant, account, 1, 4).into_iter().map(|copy| one.append(copy))).await;
    let at_once = join_all(
        copies(tenant, account, 2, 20)
            .into_iter()
            .enumerate()
            .map(|(n, copy)| if n % 2 == 0 { one.append(copy) } else { other.append(copy) }),
    )
    .await;
    let mut later = Vec::new();
    for copy in copies(tenant, account, 3, 3) {
        later.push(one.append(copy).await);
    }

    one_effect(&one, account, 1, &in_one_batch).await;
    one_effect(&one, account, 2, &at_once).await;
    one_effect(&one, account, 3, &later).await;
    assert!(matches!(later[0], Appended::Stored { .. }));
    assert_eq!(one.has_no_gap().await, 5);
    assert_eq!(one.number("select count(*) from es.work_item").await, 4);
    assert_eq!(one.number("select count(*) from es.raw_webhook").await, 4);
}

#[actix_web::test]
async fn a_delivery_without_events_is_answered_the_same_again() {
    let ledger = Ledger::open().await;
    let (tenant, account) = (tenant(), id().into());
    let copy = |answer| Append {
        delivery: Some(delivery(account, 9, answer)),
        ..to(tenant, id(), vec![])
    };

    let first = ledger.append(copy("first")).await;
    let second = ledger.append(copy("second")).await;

    assert!(matches!(first, Appended::Stored { .. }));
    let Appended::Duplicate(answer) = second else { panic!("{second:?}") };
    assert_eq!(&answer.body[..], b"first");
    assert_eq!(ledger.has_no_gap().await, 0);
}

#[actix_web::test]
async fn of_two_writers_that_expect_the_same_version_one_wins() {
    let one = Ledger::open().await;
    let other = one.another().await;
    let (tenant, stream) = (tenant(), id());
    let at = |version| Append {
        expected: Expected::Version(version),
        ..to(tenant, stream, vec![event("x")])
    };

    for version in 0..20 {
        // Across processes, or in one batch of one process.
        let second = if version % 2 == 0 { &one } else { &other };
        let (first, second) = tokio::join!(one.append(at(version)), second.append(at(version)));

        let stored = |one: &Appended| matches!(one, Appended::Stored { version: now, .. } if *now == version + 1);
        assert!(stored(&first) != stored(&second), "{first:?}, {second:?}");
        assert!(first == Appended::Conflict || second == Appended::Conflict);
    }

    assert_eq!(one.append(at(7)).await, Appended::Conflict);
    assert_eq!(one.append(at(99)).await, Appended::Conflict);
    assert_eq!(one.has_no_gap().await, 20);
}

#[actix_web::test]
async fn a_conflict_leaves_nothing_of_its_delivery_behind() {
    let ledger = Ledger::open().await;
    let (tenant, account, stream) = (tenant(), ConnectionId::from(id()), id());
    let expecting = |version| Append {
        expected: Expected::Version(version),
        delivery: Some(delivery(account, 4, "decided anew")),
        work: vec![work(WorkKind::Timer, json!({}))],
        ..to(tenant, stream, vec![event("x")])
    };

    assert_eq!(ledger.append(expecting(5)).await, Appended::Conflict);
    assert_eq!(ledger.journal.answered("vonage", account, [4; 32]).await.unwrap(), None);
    assert_eq!(ledger.number("select count(*) from es.work_item").await, 0);
    assert!(matches!(ledger.append(expecting(0)).await, Appended::Stored { version: 1, .. }));
    assert!(matches!(ledger.append(expecting(1)).await, Appended::Duplicate(_)));
}

#[actix_web::test]
async fn a_bad_item_fails_alone() {
    let ledger = Ledger::open().await;
    let tenant = tenant();
    let known = event("known");
    ledger.append(to(tenant, id(), vec![known.clone()])).await;

    let appends: Vec<_> = (0..40)
        .map(|n| match n {
            7 => to(tenant, id(), vec![event("fine"), event("not \0 fine")]),
            23 => to(tenant, id(), vec![NewEvent { id: known.id, ..event("its id is taken") }]),
            _ => to(tenant, id(), vec![event("fine")]),
        })
        .collect();
    let outcomes = join_all(appends.into_iter().map(|append| ledger.journal.append(append))).await;

    for (n, outcome) in outcomes.iter().enumerate() {
        let fine = matches!(outcome, Ok(Appended::Stored { .. }));
        assert_eq!(fine, n != 7 && n != 23, "{n}: {outcome:?}");
    }
    assert_eq!(ledger.has_no_gap().await, 39);
}

/// Reads that wait at the same moment share queries: more of them here than one takes.
#[actix_web::test]
async fn what_is_read_at_the_same_moment_goes_to_whom_it_belongs() {
    let ledger = Ledger::open().await;
    let streams: Vec<_> = (0..100_usize).map(|n| (n, tenant(), id())).collect();
    for (n, tenant, stream) in &streams {
        let events = (0..=n % 3).map(|_| event(&n.to_string())).collect();
        ledger.append(to(*tenant, *stream, events)).await;
    }
    let stranger = tenant();

    let own = streams.iter().map(|(_, tenant, stream)| ledger.journal.load(*tenant, *stream));
    let foreign = streams.iter().map(|(_, _, stream)| ledger.journal.load(stranger, *stream));
    let (own, foreign) = tokio::join!(join_all(own), join_all(foreign));

    for ((n, _, stream), events) in streams.iter().zip(own) {
        let events = events.unwrap();
        let versions: Vec<_> = events.iter().map(|event| event.version).collect();
        assert_eq!(versions, (1..=i32::try_from(n % 3).unwrap() + 1).collect::<Vec<_>>());
        assert!(events.iter().all(|event| event.stream == *stream));
    }
    assert!(foreign.into_iter().all(|events| events.unwrap().is_empty()));
}

#[actix_web::test]
async fn a_foreign_tenants_stream_is_a_conflict_and_not_to_be_read() {
    let ledger = Ledger::open().await;
    let (ours, theirs, stream) = (tenant(), tenant(), id());
    ledger.append(to(ours, stream, vec![event("ours")])).await;
    let expecting =
        Append { expected: Expected::Version(1), ..to(theirs, stream, vec![event("x")]) };

    assert_eq!(ledger.append(to(theirs, stream, vec![event("x")])).await, Appended::Conflict);
    assert_eq!(ledger.append(expecting).await, Appended::Conflict);
    assert!(ledger.journal.load(theirs, stream).await.unwrap().is_empty());
    assert_eq!(ledger.journal.load(ours, stream).await.unwrap().len(), 1);

    // Two tenants that name the same new stream in one batch: it is the first's.
    let fresh = id();
    let (first, second) = tokio::join!(
        ledger.append(to(ours, fresh, vec![event("x")])),
        ledger.append(to(theirs, fresh, vec![event("x")]))
    );
    assert!(matches!(first, Appended::Stored { .. }));
    assert_eq!(second, Appended::Conflict);
}

#[actix_web::test]
async fn nobody_changes_or_deletes_events() {
    let ledger = Ledger::open().await;
    ledger.append(to(tenant(), id(), vec![event("stays")])).await;
    let mut admin = ledger.admin().await;

    for role in RUNTIME_ROLES.into_iter().chain(["vestibule_owner", "none"]) {
        admin.execute(sqlx::AssertSqlSafe(format!("set role {role}"))).await.unwrap();
        for change in [
            "update es.event set payload = '{}'",
            "delete from es.event",
            "truncate es.event",
            "truncate es.event cascade",
        ] {
            let done = admin.execute(change).await;
            // Whoever may not see it by row-level security changes nothing either.
            let nothing = done.as_ref().is_ok_and(|done| done.rows_affected() == 0)
                && !change.starts_with("truncate");
            assert!(done.is_err() || nothing, "{role}: {change}");
        }
        admin.execute("reset role").await.unwrap();
    }
    for role in ["vestibule_app", "vestibule_ingest", "vestibule_worker"] {
        admin.execute(sqlx::AssertSqlSafe(format!("set role {role}"))).await.unwrap();
        for change in [
            "insert into es.event (position, stream_id, version, tenant_id, event_id, type, schema_version, payload, correlation_id, actor)
             select 99, stream_id, 99, tenant_id, gen_random_uuid(), type, 1, payload, correlation_id, actor from es.event",
            "update es.head set position = 0",
            "alter table es.event disable trigger all",
            "drop table es.event",
        ] {
            assert!(admin.execute(change).await.is_err(), "{role}: {change}");
        }
        admin.execute("reset role").await.unwrap();
    }
    assert_eq!(ledger.has_no_gap().await, 1);
    assert_eq!(
        ledger
            .number("select count(*) from es.event where payload -> 'data' ->> 'text' = 'stays'")
            .await,
        1
    );
}

#[actix_web::test]
async fn personal_fields_are_sealed_and_an_erasure_reaches_every_process() {
    let here = Ledger::open().await;
    let there = here.another().await;
    let (tenant, stream) = (tenant(), id());
    let caller = here.journal.subject_of(tenant, &number()).await.unwrap();
    let personal = json!({ "type": "CallRang", "data": {
        "caller": { "$p": { "subject": caller, "value": NUMBER } },
        "deep": [{ "number": { "$p": { "subject": caller, "value": NUMBER } } }],
    } });
    let rang = NewEvent { kind: "CallRang", payload: personal.clone(), ..event("") };
    let mut raw = delivery(id().into(), 1, "[]");
    raw.subject = Some(caller);
    here.append(Append { delivery: Some(raw), ..to(tenant, stream, vec![rang]) }).await;

    let row: String = sqlx::query_scalar("select payload::text from es.event")
        .fetch_one(&mut here.admin().await)
        .await
        .unwrap();
    assert!(!row.contains("1632960001") && !row.contains("$p"), "{row}");
    for ledger in [&here, &there] {
        assert_eq!(ledger.journal.load(tenant, stream).await.unwrap()[0].payload, personal);
    }

    here.journal.erase(tenant, caller, Actor::Worker).await.unwrap();

    let erased = |payload: &serde_json::Value| {
        !payload.to_string().contains("1632960001")
            && payload["data"]["caller"]["$p"] == json!({ "subject": caller })
    };
    assert!(erased(&here.journal.load(tenant, stream).await.unwrap()[0].payload));
    let since = Instant::now();
    while !erased(&there.journal.load(tenant, stream).await.unwrap()[0].payload) {
        assert!(since.elapsed() < Duration::from_secs(7), "still known elsewhere");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(here.number("select count(*) from es.raw_webhook").await, 0);
    // What is said about them later is not kept either; the same number is someone new.
    let rang = NewEvent { kind: "CallRang", payload: personal, ..event("") };
    here.append(to(tenant, stream, vec![rang])).await;
    assert!(erased(&here.journal.load(tenant, stream).await.unwrap()[1].payload));
    assert_ne!(here.journal.subject_of(tenant, &number()).await.unwrap(), caller);
    here.journal.erase(tenant, caller, Actor::Worker).await.unwrap();
}

#[actix_web::test]
async fn a_sealed_field_opens_in_its_own_event_only() {
    let ledger = Ledger::open().await;
    let (tenant, stream) = (tenant(), id());
    let caller = ledger.journal.subject_of(tenant, &number()).await.unwrap();
    let personal =
        json!({ "data": { "caller": { "$p": { "subject": caller, "value": NUMBER } } } });
    let rang = |payload| NewEvent { kind: "CallRang", payload, ..event("") };
    ledger.append(to(tenant, stream, vec![rang(personal.clone()), rang(json!({}))])).await;
    let mut admin = ledger.admin().await;
    admin.execute("alter table es.event disable trigger events_stay").await.unwrap();
    admin
        .execute("update es.event set payload = (select payload from es.event where version = 1) where version = 2")
        .await
        .unwrap();

    let events = ledger.journal.load(tenant, stream).await.unwrap();

    assert_eq!(events[0].payload, personal);
    assert_eq!(events[1].payload["data"]["caller"], json!({ "$p": { "subject": caller } }));
}

#[actix_web::test]
async fn the_first_webhook_that_names_a_leg_decides_whose_it_is() {
    let one = Ledger::open().await;
    let other = one.another().await;
    let references = vestibule::application::ports::CarrierReferences {
        tenant: tenant(),
        connection: id().into(),
        references: vec!["UUID-1".into(), "CON-1".into()],
    };

    let all = join_all((0..10).map(|n| {
        let ledger = if n % 2 == 0 { &one } else { &other };
        ledger.journal.leg_of(references.clone(), (id().into(), id().into()))
    }))
    .await;

    let first = all[0].as_ref().unwrap();
    assert!(all.iter().all(|one| one.as_ref().unwrap() == first));
}

/// What carriers name at the same moment shares queries: more of it here than one takes.
#[actix_web::test]
async fn what_carriers_name_at_the_same_moment_belongs_to_whom_they_named_it_for() {
    let ledger = Ledger::open().await;
    let connections: [ConnectionId; 2] = [id().into(), id().into()];
    let named: Vec<_> = (0..100_usize)
        .map(|n| vestibule::application::ports::CarrierReferences {
            tenant: tenant(),
            connection: connections[n % 2],
            // Two connections have the same names for legs of their own.
            references: vec![format!("CON-{}", n / 2), format!("UUID-{}", n / 2)],
        })
        .collect();
    let ask = || {
        join_all(named.iter().map(|references| {
            ledger.journal.leg_of(references.clone(), (id().into(), id().into()))
        }))
    };

    let first: Vec<_> = ask().await.into_iter().map(Result::unwrap).collect();
    let again: Vec<_> = ask().await.into_iter().map(Result::unwrap).collect();

    assert_eq!(first, again);
    let calls: std::collections::HashSet<_> = first.iter().map(|(call, _)| call).collect();
    assert_eq!(calls.len(), 100);
}

/// A dial's work item in this process's hands.
async fn leased_dial(ledger: &Ledger, tenant: TenantId) -> Leased {
    let dial = work(WorkKind::Dial, json!({}));
    ledger.append(Append { work: vec![dial], ..to(tenant, id(), vec![event("dial")]) }).await;
    let source = PgSource::new(ledger.store.clone(), id());
    source.next(WorkKind::Dial, 1).await.unwrap().remove(0)
}

fn claim(leased: &Leased, call: uuid::Uuid, step: i32, attempt: i32) -> DialClaim {
    DialClaim {
        lease: leased.lease,
        leg: id().into(),
        call: call.into(),
        step,
        target: number(),
        tenant: leased.tenant,
        attempt,
    }
}

#[actix_web::test]
async fn a_dial_is_claimed_once_for_ever() {
    let one = Ledger::open().await;
    let other = one.another().await;
    let (tenant, call) = (tenant(), id());
    let mut dials = Vec::new();
    for _ in 0..8 {
        dials.push(leased_dial(&one, tenant).await);
    }

    // The same step, target and attempt under eight legs, in two processes.
    let started = join_all(dials.iter().enumerate().map(|(n, leased)| {
        let ledger = if n % 2 == 0 { &one } else { &other };
        ledger.journal.start_dial(claim(leased, call, 1, 1), to(tenant, call, vec![event("go")]))
    }))
    .await;
    let granted = started.iter().filter(|one| matches!(one, Ok(Some(_)))).count();
    assert_eq!(granted, 1, "{started:?}");
    assert!(started.iter().all(Result::is_ok));

    // The next attempt and the next step are others.
    for (step, attempt) in [(1, 2), (2, 1)] {
        let next = claim(&dials[0], call, step, attempt);
        let again = DialClaim { leg: id().into(), ..next.clone() };
        let same_leg = DialClaim { step: 9, ..next.clone() };
        let append = || to(tenant, call, vec![event("go")]);
        assert!(one.journal.start_dial(next, append()).await.unwrap().is_some());
        assert!(one.journal.start_dial(again, append()).await.unwrap().is_none());
        assert!(one.journal.start_dial(same_leg, append()).await.unwrap().is_none());
    }
    assert_eq!(one.has_no_gap().await, 8 + 3);
}

#[actix_web::test]
async fn no_dial_starts_after_its_time_or_with_a_lost_lease() {
    let ledger = Ledger::open().await;
    let (tenant, call) = (tenant(), id());
    let append = || to(tenant, call, vec![event("go")]);
    let start = |leased: &Leased| ledger.journal.start_dial(claim(leased, call, 1, 1), append());

    let late = leased_dial(&ledger, tenant).await;
    ledger.execute("update es.work_item set expires_at = clock_timestamp()").await;
    assert_eq!(start(&late).await.unwrap(), None);

    let lost = leased_dial(&ledger, tenant).await;
    ledger.leases_run_out().await;
    assert_eq!(start(&lost).await.unwrap(), None, "nobody holds it");
    let source = PgSource::new(ledger.store.clone(), id());
    let held = source.next(WorkKind::Dial, 1).await.unwrap().remove(0);
    assert_eq!(start(&lost).await.unwrap(), None, "someone else holds it");

    // The call moved on: the claim is not used up.
    let stale = Append { expected: Expected::Version(7), ..append() };
    let outcome = ledger.journal.start_dial(claim(&held, call, 1, 1), stale).await.unwrap();
    assert_eq!(outcome, Some(Appended::Conflict));
    assert!(matches!(start(&held).await.unwrap(), Some(Appended::Stored { .. })));
    source.done(&held).await.unwrap();
    let after = ledger.journal.start_dial(claim(&held, call, 2, 1), append()).await.unwrap();
    assert_eq!(after, None, "it is done");
    assert_eq!(ledger.number("select count(*) from es.dial_claim").await, 1);
}

#[actix_web::test]
async fn every_table_and_view_keeps_tenants_apart() {
    let ledger = Ledger::open().await;
    vestibule::store::projections::Projections::start(ledger.store.clone()).await.unwrap();
    let mut admin = ledger.admin().await;
    let mut names = async |sql: &'static str| -> Vec<String> {
        sqlx::query_scalar(sql).fetch_all(&mut admin).await.unwrap()
    };

    let open_tables = names(
        r"select c.oid::regclass::text from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
          where (n.nspname = 'vestibule' or n.nspname like 'read\_%' or c.oid = 'es.event'::regclass)
            and c.relkind in ('r', 'p', 'm')
            and not (c.relrowsecurity and c.relforcerowsecurity
                     and exists (select from pg_policy p where p.polrelid = c.oid))",
    )
    .await;
    let open_to_the_app = names(
        "select c.oid::regclass::text from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
         where c.relkind in ('r', 'p', 'm') and not c.relrowsecurity
           and has_table_privilege('vestibule_app', c.oid, 'select')",
    )
    .await;
    let definers_views = names(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'v' and n.nspname in ('vestibule', 'es')
           and not coalesce(c.reloptions @> array['security_invoker=true'], false)",
    )
    .await;
    let loose_definers = names(
        "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('vestibule', 'es') and p.prosecdef
           and (not exists (select from unnest(p.proconfig) c where c like 'search_path=%')
                or has_function_privilege('public', p.oid, 'execute'))",
    )
    .await;
    let mighty = names(
        r"select rolname from pg_roles where rolname like 'vestibule\_%'
            and (rolsuper or rolcreaterole or rolcreatedb or rolreplication
                 or (rolbypassrls and rolname not in ('vestibule_ledger', 'vestibule_worker')))",
    )
    .await;
    let views = names("select viewname::text from pg_views where schemaname = 'vestibule'").await;

    assert_eq!(open_tables, [""; 0]);
    assert_eq!(open_to_the_app, [""; 0]);
    assert_eq!(definers_views, [""; 0]);
    assert_eq!(loose_definers, [""; 0]);
    assert_eq!(mighty, [""; 0]);
    assert!(!views.is_empty());
}

#[actix_web::test]
async fn what_is_past_its_time_is_swept_and_the_weeks_to_come_have_a_place() {
    let url = crate::harness::database::fresh().await;
    let pools = vestibule::store::PoolSizes { ingest: 1, app: 1, worker: 1 };
    let master_key = vestibule::store::seal::Key::from_bytes([7; 32]);
    let store = vestibule::store::Store::connect(vestibule::store::Settings {
        url: url.clone(),
        master_key,
        pools,
    })
    .await
    .unwrap();
    let mut admin = crate::harness::database::connect(&url).await;
    for (days, key) in [(20, "old"), (1, "young")] {
        sqlx::query("insert into es.delivery (provider, account, key, tenant_id, response, received_at) values ('vonage', $1, $2, $1, '{}', clock_timestamp() - $3 * interval '1 day')")
            .bind(uuid::Uuid::nil())
            .bind(key.as_bytes())
            .bind(f64::from(days))
            .execute(&mut admin)
            .await
            .unwrap();
    }

    store.keep_house().await.unwrap();

    let kept: Vec<Vec<u8>> =
        sqlx::query_scalar("select key from es.delivery").fetch_all(&mut admin).await.unwrap();
    let weeks: i64 = sqlx::query_scalar(
        "select count(*) from pg_inherits where inhparent = 'es.raw_webhook'::regclass",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert_eq!((kept, weeks), (vec![b"young".to_vec()], 4));
}
