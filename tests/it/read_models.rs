//! Read models: what they hold is what the events say, however they came to hold it.
#![expect(clippy::unwrap_used, reason = "what can not go on fails its test")]

use std::time::Duration;

use serde_json::Value;
use vestibule::store::projections::Projections;

use crate::harness::door::{Door, Transport};
use crate::harness::ledger::{Ledger, event, id, to};

async fn all_equal(projections: &Projections) {
    for name in projections.names() {
        let checked = projections.check(name).await.unwrap();
        assert!(!checked.is_empty(), "{name} has no table");
        for table in checked {
            assert!(table.is_equal(), "{table:?}");
        }
    }
}

async fn shown(door: &Door) -> [Value; 2] {
    [door.get("/v1/calls").await, door.get("/v1/statistics/spam").await]
}

#[actix_web::test]
async fn processes_that_start_together_on_an_empty_database_make_each_once() {
    let ledger = Ledger::open().await;
    let start = || Projections::start(ledger.store.clone());

    let started = futures_util::future::join_all((0..5).map(|_| start())).await;

    for projections in started {
        let projections = projections.unwrap();
        assert_eq!(projections.list().await.unwrap().len(), projections.names().len());
    }
}

#[actix_web::test]
async fn after_some_visits_each_equals_its_rebuilt_self_and_is_switched_without_loss() {
    let door = Door::open(Transport::Database).await;
    for visit in ["stranger", "decline_is_final", "open_directly", "visitor_hangs_up_first"] {
        let run = door.plays(visit).await;
        door.carrier_saw(run).await;
    }
    door.eventually("four visits are over", async || {
        let calls = door.get("/v1/calls").await;
        let items = calls["items"].as_array()?;
        (items.len() == 4 && items.iter().all(|call| call["ended_at"].is_string())).then_some(())
    })
    .await;
    let projections = door.rooms.as_ref().unwrap().projections.clone();

    all_equal(&projections).await;

    // The last legs' costs may still trickle in.
    let before = door
        .eventually("nothing moves any more", async || {
            let first = shown(&door).await;
            tokio::time::sleep(Duration::from_millis(700)).await;
            (first == shown(&door).await).then_some(first)
        })
        .await;
    for name in projections.names() {
        let state = projections.rebuild(name).await.unwrap();
        assert_eq!((state.state.as_str(), state.stopped_because), ("live", None));
        assert!(state.generation > 1, "{name}");
    }
    assert_eq!(shown(&door).await, before);
    for name in projections.names() {
        let states = projections.list().await.unwrap();
        let live = states.iter().filter(|state| state.name == name && state.state == "live");
        assert_eq!(live.count(), 1, "{states:?}");
    }

    // The new generation follows the next visit.
    let run = door.plays("stranger").await;
    door.carrier_saw(run).await;
    door.eventually("the fifth visit is in the history", async || {
        let calls = door.get("/v1/calls").await;
        (calls["items"].as_array()?.len() == 5).then_some(())
    })
    .await;
    all_equal(&projections).await;
    door.close().await;
}

#[actix_web::test]
async fn a_missing_event_stops_every_read_model_where_it_is() {
    let ledger = Ledger::open().await;
    let projections = Projections::start(ledger.store.clone()).await.unwrap();
    let (tenant, stream) = (id().into(), id());
    ledger.append(to(tenant, stream, (0..5).map(|_| event("x")).collect())).await;
    projections.catch_up().await.unwrap();
    ledger.append(to(tenant, stream, (0..5).map(|_| event("x")).collect())).await;
    ledger.execute("alter table es.event disable trigger events_stay").await;
    ledger.execute("delete from es.event where position = 8").await;

    let stopped = projections.catch_up().await.unwrap_err().to_string();

    assert!(stopped.contains("event 8 is missing"), "{stopped}");
    let states = projections.list().await.unwrap();
    assert!(!states.is_empty());
    for state in states {
        assert_eq!(state.position, 5, "{state:?}");
        assert!(
            state.stopped_because.as_ref().is_some_and(|why| why.contains("event 8 is missing")),
            "{state:?}"
        );
    }
}

#[actix_web::test]
async fn a_check_or_rebuild_that_fails_leaves_nothing_behind() {
    let ledger = Ledger::open().await;
    let projections = Projections::start(ledger.store.clone()).await.unwrap();
    let (tenant, stream) = (id().into(), id());
    ledger.append(to(tenant, stream, (0..5).map(|_| event("x")).collect())).await;
    projections.catch_up().await.unwrap();
    let before = projections.list().await.unwrap();
    ledger.execute("alter table es.event disable trigger events_stay").await;
    ledger.execute("delete from es.event where position = 3").await;

    for name in projections.names() {
        assert!(projections.check(name).await.is_err());
        assert!(projections.rebuild(name).await.is_err());
    }

    assert_eq!(projections.list().await.unwrap(), before);
    let schemas =
        ledger.number(r"select count(*) from pg_namespace where nspname like 'read\_%'").await;
    assert_eq!(schemas, before.len() as i64);
}
