//! The stream of running calls: complete from its first word on, told in whole cards, and at once wherever the news came in.

use std::collections::BTreeMap;
use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use serde_json::{Value, json};
use vestibule::application::ports::Journal;
use vestibule::boot::rooms::Rooms;

use crate::harness::database;
use crate::harness::door::{Door, PATIENCE, Transport};
use crate::harness::follower::{Follower, Told};
use crate::harness::ledger::{event, id, to};
use crate::harness::running::{ADA, RunningCall, administer, someone_who_is};

/// Another process on a door's database that serves, and does nothing else.
struct Other {
    api: String,
    rooms: Rooms,
    server: ServerHandle,
}

impl Other {
    async fn beside(door: &Door) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let rooms = Rooms::open(door.plan()).await.unwrap();
        let (server, _served) = rooms.serve(listener).unwrap();
        Self { api, rooms, server }
    }

    async fn close(self) {
        self.rooms.stopping().close();
        self.server.stop(true).await;
        tokio::time::timeout(PATIENCE, self.rooms.close()).await.expect("it does not end");
    }
}

/// How many connections hear other processes.
async fn listeners(door: &Door) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'vestibule listener'",
    )
    .fetch_one(&mut database::connect(&door.database).await)
    .await
    .unwrap()
}

/// The cards that someone sees who comes now.
async fn cards_now(call: &RunningCall) -> BTreeMap<String, Value> {
    let mut fresh = Follower::follows(&call.manager, &call.door.api, None).await;
    fresh.begins().await.unwrap();
    fresh.cards
}

#[actix_web::test]
async fn cards_that_are_only_replaced_show_what_a_new_snapshot_shows() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let api = door.api.clone();
    let mut follower = Follower::follows(&manager, &api, None).await;
    let begun = follower.begins().await.unwrap();

    let call = RunningCall::rings_at(door).await;
    call.door.simulator.answer(ADA).unwrap();
    let is_asked = |simulator: &vestibule::simulator::Running| {
        let legs = simulator.legs();
        legs.iter().any(|leg| leg.to.ends_with(&ADA[1..]) && !leg.heard.is_empty())
    };
    assert!(call.door.simulator.until(PATIENCE, is_asked).await);
    call.door.simulator.press(ADA, "9").unwrap();

    let opened = follower.hears_of("DoorOpened").await;
    assert_eq!(
        (&opened.data["actor"]["by"], &opened.data["actor"]["name"]),
        (&json!("resident"), &json!("Ada"))
    );
    let rang = follower
        .hears(|told| told.data["type"] == "LegRinging" && told.data["name"] == "Ada")
        .await;
    assert_eq!(rang.data["role"], "resident");
    assert!(rang.data["resident_id"].is_string() && rang.data["unit_id"].is_string(), "{rang:#?}");
    assert!(rang.data["entrance_id"].is_string());
    call.door
        .eventually("the cards are those of a new snapshot", async || {
            let now = cards_now(&call).await;
            let mut late = Follower::follows(&call.manager, &api, Some(begun)).await;
            let second = std::time::Duration::from_secs(1);
            let is_same = tokio::time::timeout(second, late.shows(|cards| *cards == now)).await;
            is_same.ok().filter(|()| now[&call.id]["stage"] == "talking")
        })
        .await;

    call.does("hang-up", json!({})).await;
    let ended = follower.hears_of("CallEnded").await;
    follower.shows(BTreeMap::is_empty).await;
    assert!(ended.data["outcome"].is_string() && ended.data["cause"].is_string());
    let stepped = follower.hears_of("ManagerStepped").await.data;
    assert_eq!(
        (&stepped["actor"]["by"], stepped["actor"]["name"].is_string()),
        (&json!("manager"), true)
    );

    // Who comes again gets all that they missed.
    let mut again = Follower::follows(&call.manager, &api, Some(begun)).await;
    assert_eq!(again.begins().await, None);
    assert_eq!(again.comments, ["resumed"]);
    again.hears(|told| told.id >= ended.id).await;
    assert!(again.cards.is_empty());
    let kinds = |told: &[Told]| -> Vec<(i64, String)> {
        let until = told.iter().filter(|told| told.event == "change" && told.id <= ended.id);
        until.map(|told| (told.id, told.data["type"].as_str().unwrap().to_owned())).collect()
    };
    assert_eq!(kinds(&again.told), kinds(&follower.told));
    call.close().await;
}

#[actix_web::test]
async fn a_burst_has_one_card_a_call_and_its_last_change_brings_it() {
    let call = RunningCall::talks().await;
    let mut follower = Follower::follows(&call.manager, &call.door.api, Some(0)).await;

    assert_eq!(follower.begins().await, None);
    follower.hears_of("CallAccepted").await;
    follower.shows(|cards| cards.contains_key(&call.id)).await;

    let with_card = follower.told.iter().position(|told| told.data.get("call").is_some()).unwrap();
    let before = &follower.told[..with_card];
    assert!(before.iter().any(|told| told.data["type"] == "CallRang"), "{before:#?}");
    assert!(follower.told[with_card].data["call"]["participants"].as_array().unwrap().len() == 3);
    // Where the building hides whom visits are for, a change tells no more than the card.
    administer(&call.door, "update vestibule.building set resident_calls = 'hidden'").await;
    let viewer = someone_who_is(&call.door, "viewer").await;
    let mut seen = Follower::follows(&viewer, &call.door.api, Some(0)).await;
    let rang = seen.hears_of("CallRang").await.data;
    let card = &rang["call"];
    assert_eq!((&card["stage"], &card["participants"]), (&json!("running"), &json!([])));
    for member in ["leg_id", "role", "name", "resident_id", "unit_id", "actor", "cause"] {
        assert_eq!(rang[member], Value::Null, "{member}");
    }
    call.does("hang-up", json!({})).await;
    let ended = seen.hears_of("CallEnded").await.data;
    assert_eq!((&ended["call"], &ended["cause"]), (&Value::Null, &Value::Null));
    assert_eq!(seen.told.len(), 2, "{:#?}", seen.told);
    call.close().await;
}

#[actix_web::test]
async fn what_the_cards_do_not_have_yet_is_no_part_of_the_snapshot_and_comes_as_a_change() {
    let mut door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let store = door.rooms.as_ref().unwrap().store.clone();
    let projected = async || -> i64 {
        let position = "select position from es.checkpoint where name = 'live' and state = 'live'";
        let mut admin = database::connect(&door.database).await;
        sqlx::query_scalar(position).fetch_one(&mut admin).await.unwrap()
    };
    let before = door
        .eventually("the cards are up to date", async || {
            let head = store.head().await.unwrap();
            (projected().await == head).then_some(head)
        })
        .await;
    door.workers_die().await;
    door.plays("stranger").await;
    door.eventually("a visitor rang", async || {
        (store.head().await.unwrap() > before).then_some(())
    })
    .await;

    let mut follower = Follower::follows(&manager, &door.api, None).await;
    assert_eq!(follower.begins().await, Some(before));
    assert!(follower.cards.is_empty());
    door.workers_start().await;

    let rang = follower.hears_of("CallRang").await;
    assert_eq!(rang.data["name"], "Visitor");
    assert!(rang.id > before);
    follower.hears_of("CallEnded").await;
    follower.shows(BTreeMap::is_empty).await;
    door.close().await;
}

#[actix_web::test]
async fn who_missed_too_much_or_names_what_never_was_gets_a_new_snapshot() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let tenant: uuid::Uuid = sqlx::query_scalar("select tenant_id from vestibule.building")
        .fetch_one(&mut database::connect(&door.database).await)
        .await
        .unwrap();
    let mut many = Follower::follows(&manager, &door.api, None).await;
    let begun = many.begins().await.unwrap();
    let journal = &door.rooms.as_ref().unwrap().journal;
    let events = (0..1_001).map(|_| event("x")).collect();
    journal.append(to(tenant.into(), id(), events)).await.unwrap();

    let snapshot = door
        .eventually("the cards are that far", async || {
            let mut late = Follower::follows(&manager, &door.api, Some(begun)).await;
            late.begins().await.filter(|snapshot| *snapshot > begun)
        })
        .await;
    let mut ahead = Follower::follows(&manager, &door.api, Some(snapshot + 1_000)).await;
    let mut missed_little = Follower::follows(&manager, &door.api, Some(snapshot - 1)).await;

    assert!(ahead.begins().await.is_some());
    assert_eq!(missed_little.begins().await, None);
    door.close().await;
}

/// Visits come in at one process, a second brings the cards up to date, and somebody follows at a third. If nobody told anybody, each
/// would look once a second.
#[actix_web::test]
async fn what_comes_in_at_one_process_and_is_worked_on_by_another_is_seen_at_a_third_at_once() {
    let mut door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    door.workers_die().await;
    door.workers_start().await;
    let other = Other::beside(&door).await;
    door.eventually("all three listen", async || (listeners(&door).await == 3).then_some(())).await;
    let mut follower = Follower::follows(&manager, &other.api, None).await;
    follower.begins().await.unwrap();

    visits_are_seen_at_once(&door, &mut follower).await;

    // Who is cut off looks by themselves, and soon hears again.
    let cut_off = "select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and application_name = 'vestibule listener'";
    administer(&door, cut_off).await;
    door.plays("stranger").await;
    hears_a_call_end(&mut follower).await;
    door.eventually("all three listen again", async || (listeners(&door).await == 3).then_some(()))
        .await;
    visits_are_seen_at_once(&door, &mut follower).await;

    other.close().await;
    door.eventually("it listens no more", async || (listeners(&door).await == 2).then_some(()))
        .await;
    door.close().await;
}

async fn visits_are_seen_at_once(door: &Door, follower: &mut Follower) {
    let heard = follower.told.len();
    for _ in 0..7 {
        door.plays("stranger").await;
        hears_a_call_end(follower).await;
    }
    let mut late: Vec<i128> = follower.told[heard..].iter().map(Told::milliseconds_late).collect();
    late.sort_unstable();
    // One that is late alone has a busy machine to thank for it.
    let median = late[late.len() / 2];
    assert!(late.len() > 20 && median < 400, "{median} ms of {late:?}");
}

async fn hears_a_call_end(follower: &mut Follower) {
    let before = follower.told.len();
    while !follower.told[before..].iter().any(|told| told.data["type"] == "CallEnded") {
        follower.reads().await;
    }
}
