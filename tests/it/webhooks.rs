//! Webhooks that go out: what happens is told once, signed, and tried until it is taken or a day is over.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::store::webhooks::FanOut;
use wiremock::ResponseTemplate;

use crate::harness::door::{Door, Transport};
use crate::harness::ledger::{RandomIds, id};
use crate::vonage_vendor::vendors_python;
use crate::webhooks_stage::{Heard, Receiver, Setting, Stage, Works, eventually, path_of};

fn ended() -> (&'static str, Value) {
    ("CallEnded", json!({ "outcome": "opened", "cause": "visitor_hung_up" }))
}

fn opened() -> (&'static str, Value) {
    ("DoorOpened", json!({ "opening": 1, "opener": { "by": "concierge" } }))
}

fn in_state(state: &'static str) -> impl Fn(&[Value]) -> bool {
    move |deliveries| deliveries.len() == 1 && deliveries[0]["state"] == state
}

/// A visit on real wire traffic, told to a real listener, on both transports.
async fn a_visit_is_told(transport: Transport) {
    let door = Door::open(transport).await;
    let manager = door.manager().await;
    let receiver = Receiver::open().await;
    let (status, webhook) = manager.post("/v1/webhooks", &json!({ "url": receiver.url() })).await;
    assert_eq!(status, 201, "{webhook}");

    door.plays("two_residents_one_voicemail").await;
    let call = door.history().await;
    let heard = eventually("the end of the call is told", async || {
        let heard = receiver.heard().await;
        heard.iter().any(|message| message.kind() == "call.ended").then_some(heard)
    })
    .await;

    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for message in &heard {
        *told.entry(message.kind()).or_default() += 1;
        assert_eq!(message.json()["data"]["call_id"], call["id"], "{}", message.json());
        assert!(message.is_signed_with(&webhook["secret"]));
    }
    for kind in ["call.rang", "caller.admitted", "call.accepted", "door.opened", "call.ended"] {
        assert_eq!(told.get(kind), Some(&1), "{told:?}");
    }
    let accepted = heard.iter().find(|message| message.kind() == "call.accepted").unwrap().json();
    assert!(accepted["data"]["resident_id"].is_string() && accepted["data"]["unit_id"].is_string());
    the_specifications_own_library_agrees(&webhook["secret"], &heard);
    door.close().await;
}

#[actix_web::test]
async fn a_visit_is_told_as_it_happens_straight_from_the_database() {
    a_visit_is_told(Transport::Database).await;
}

#[actix_web::test]
async fn a_visit_is_told_as_it_happens_through_rabbitmq() {
    a_visit_is_told(Transport::Broker).await;
}

fn the_specifications_own_library_agrees(secret: &Value, heard: &[Heard]) {
    let python = match vendors_python() {
        Ok(python) => python,
        Err(reason) => return eprintln!("skipped: {reason}"),
    };
    let messages: Vec<Value> = heard
        .iter()
        .map(|heard| json!({ "headers": heard.headers, "body": String::from_utf8(heard.body.clone()).unwrap() }))
        .collect();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("webhooks-{}.json", id()));
    std::fs::write(&file, json!({ "secret": secret, "messages": messages }).to_string()).unwrap();
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vendor/webhooks_check.py");
    let checked = Command::new(python).arg(check).arg(&file).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[actix_web::test]
async fn an_event_is_told_each_webhook_once_however_many_follow_the_events() {
    let stage = Stage::set(Setting { works: Works::No, ..Setting::default() }).await;
    let to = |events: Value| json!({ "url": "http://127.0.0.1:9/", "events": events });
    stage.webhook(to(json!([]))).await;
    stage.webhook(to(json!(["call.ended"]))).await;
    let visits_are_over = AtomicBool::new(false);
    let visits = async {
        for _ in 0..120 {
            stage.visit(stage.maple, &[opened(), ended()]).await;
        }
        visits_are_over.store(true, Ordering::Release);
    };
    let behind = "select head.position - checkpoint.position from es.head, es.checkpoint where name = 'webhooks'";
    let follow = async || {
        // As a process does it: what fails is tried again after a pause.
        let pause = || tokio::time::sleep(Duration::from_millis(100));
        let fan_out = loop {
            match FanOut::start(stage.rooms.store.clone(), Arc::new(RandomIds)).await {
                Ok(fan_out) => break fan_out,
                Err(_) => pause().await,
            }
        };
        loop {
            let is_over = visits_are_over.load(Ordering::Acquire);
            if fan_out.catch_up().await.is_err() {
                pause().await;
            }
            if is_over && stage.number(behind).await == 0 {
                break;
            }
        }
    };
    tokio::join!(visits, follow(), follow(), follow());

    // 120 calls of 3 events for the one, 120 ends for the other.
    assert_eq!(stage.number("select count(*) from vestibule.webhook_delivery").await, 480);
    assert_eq!(
        stage
            .number("select count(distinct (webhook_id, event_id)) from vestibule.webhook_delivery")
            .await,
        480
    );
    assert_eq!(
        stage.number("select count(*) from es.work_item join vestibule.webhook_delivery on id = delivery_id where kind = 'hook'").await,
        480
    );
    stage.close().await;
}

#[actix_web::test]
async fn what_is_not_taken_is_tried_again_when_the_webhook_wishes() {
    let stage = Stage::open().await;
    let busy =
        ResponseTemplate::new(503).insert_header("Retry-After", "3000").set_body_string("busy");
    let receiver = Receiver::that(busy).await;
    let webhook = stage.webhook(json!({ "url": receiver.url(), "events": ["call.ended"] })).await;
    stage.visit(stage.maple, &[ended()]).await;

    let tried = stage
        .deliveries(&webhook, "one attempt", |all| all.len() == 1 && all[0]["attempts"] == 1)
        .await;
    assert_eq!((&tried[0]["state"], &tried[0]["last_status"]), (&json!("pending"), &json!(503)));
    let wait = stage
        .number("select extract(epoch from not_before - clock_timestamp())::bigint from es.work_item where kind = 'hook'")
        .await;
    assert!((2_900..=3_000).contains(&wait), "{wait}");
    assert!(stage.owner.get(&path_of(&webhook)).await["failing_since"].is_string());

    // Without a wish: the usual wait, a few seconds after the second failure.
    receiver.now(ResponseTemplate::new(500)).await;
    stage.time_passes().await;
    stage.deliveries(&webhook, "two attempts", |all| all[0]["attempts"] == 2).await;
    let wait = stage
        .number("select extract(epoch from not_before - clock_timestamp())::bigint from es.work_item where kind = 'hook'")
        .await;
    assert!((20..=33).contains(&wait), "{wait}");

    receiver.now(ResponseTemplate::new(200).set_body_string("thanks")).await;
    stage.time_passes().await;
    let taken = stage.deliveries(&webhook, "it is taken", in_state("delivered")).await;
    let path = format!("{}/deliveries/{}", path_of(&webhook), taken[0]["id"].as_str().unwrap());
    let detail = stage.owner.get(&path).await;
    let attempts: Vec<_> = detail["tries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| (attempt["status"].clone(), attempt["answer"].clone()))
        .collect();
    assert_eq!(
        attempts,
        [(json!(503), json!("busy")), (json!(500), json!("")), (json!(200), json!("thanks"))]
    );
    assert_eq!(receiver.heard().await[0].id(), taken[0]["event_id"]);
    assert_eq!(stage.owner.get(&path_of(&webhook)).await["failing_since"], Value::Null);
    stage.close().await;
}

#[actix_web::test]
async fn one_that_says_it_is_gone_is_switched_off_and_others_are_told() {
    let stage = Stage::open().await;
    let (gone, other) = (Receiver::that(ResponseTemplate::new(410)).await, Receiver::open().await);
    let webhook = stage.webhook(json!({ "url": gone.url(), "events": ["call.ended"] })).await;
    stage.webhook(json!({ "url": other.url(), "events": ["webhook.disabled"] })).await;

    stage.visit(stage.maple, &[ended()]).await;
    let told = other.hears(1).await;
    stage.visit(stage.maple, &[ended()]).await;

    assert_eq!(told[0].json()["data"], json!({ "webhook_id": webhook["id"], "reason": "gone" }));
    let off = stage.owner.get(&path_of(&webhook)).await;
    assert_eq!((&off["enabled"], &off["disabled_because"]), (&json!(false), &json!("gone")));
    stage.deliveries(&webhook, "it failed", in_state("failed")).await;
    assert_eq!(gone.heard().await.len(), 1);

    // Its owner repairs it, tries it, and switches it on again.
    gone.now(ResponseTemplate::new(204)).await;
    stage.does(Method::POST, &format!("{}/test", path_of(&webhook)), json!({})).await;
    let ping = gone.hears(1).await;
    assert_eq!(
        (ping[0].kind(), &ping[0].json()["data"]["webhook_id"]),
        ("ping".into(), &webhook["id"])
    );
    let on = stage.does(Method::PATCH, &path_of(&webhook), json!({ "enabled": true })).await;
    assert_eq!((&on["enabled"], &on["disabled_because"]), (&json!(true), &Value::Null));
    stage.visit(stage.maple, &[ended()]).await;
    gone.hears(2).await;
    stage.close().await;
}

#[actix_web::test]
async fn one_that_fails_for_days_is_switched_off() {
    let stage = Stage::open().await;
    let receiver = Receiver::that(ResponseTemplate::new(500)).await;
    let webhook = stage.webhook(json!({ "url": receiver.url(), "events": ["call.ended"] })).await;
    stage.visit(stage.maple, &[ended()]).await;
    stage.deliveries(&webhook, "a failure", |all| all.len() == 1 && all[0]["attempts"] == 1).await;
    assert_eq!(stage.owner.get(&path_of(&webhook)).await["enabled"], true);

    stage
        .execute("update vestibule.webhook set failing_since = failing_since - interval '5 days'")
        .await;
    stage.time_passes().await;
    stage.deliveries(&webhook, "it is given up", in_state("failed")).await;

    let off = stage.owner.get(&path_of(&webhook)).await;
    assert_eq!((&off["enabled"], &off["disabled_because"]), (&json!(false), &json!("failing")));
    assert_eq!(
        stage.number("select count(*) from es.event where type = 'WebhookDisabled'").await,
        1
    );
    stage.close().await;
}

#[actix_web::test]
async fn while_a_secret_is_replaced_both_sign() {
    let stage = Stage::open().await;
    let receiver = Receiver::open().await;
    let webhook = stage.webhook(json!({ "url": receiver.url(), "events": ["call.ended"] })).await;
    let rotated = stage
        .does(
            Method::POST,
            &format!("{}/rotate-secret", path_of(&webhook)),
            json!({ "overlap_seconds": 3600 }),
        )
        .await;

    stage.visit(stage.maple, &[ended()]).await;
    let both = receiver.hears(1).await;
    stage.execute("update vestibule.webhook set old_secret_until = clock_timestamp()").await;
    stage.visit(stage.maple, &[ended()]).await;
    let one = receiver.hears(2).await;

    assert_eq!(both[0].signatures().len(), 2);
    assert!(
        both[0].is_signed_with(&rotated["secret"]) && both[0].is_signed_with(&webhook["secret"])
    );
    the_specifications_own_library_agrees(&webhook["secret"], &both);
    the_specifications_own_library_agrees(&rotated["secret"], &both);
    assert_eq!(one[1].signatures().len(), 1);
    assert!(
        one[1].is_signed_with(&rotated["secret"]) && !one[1].is_signed_with(&webhook["secret"])
    );
    stage.close().await;
}

/// One webhook that takes its time, with a backlog; another that does not.
async fn a_slow_one_holds_up_nobody(transport: Transport) {
    let stage = Stage::set(Setting { transport, ..Setting::default() }).await;
    let slow = Receiver::that(ResponseTemplate::new(204).set_delay(Duration::from_secs(4))).await;
    let quick = Receiver::open().await;
    stage.webhook(json!({ "url": slow.url(), "building_id": stage.elm })).await;
    stage.webhook(json!({ "url": quick.url(), "building_id": stage.maple })).await;
    for _ in 0..100 {
        stage.visit(stage.elm, &[opened(), ended()]).await;
    }
    slow.hears(1).await;

    let since = Instant::now();
    for _ in 0..10 {
        stage.visit(stage.maple, &[ended()]).await;
    }
    // While the slow one takes its time, no transaction waits for it.
    let idle = "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and xact_start < clock_timestamp() - interval '1 second'";
    assert_eq!(stage.number(idle).await, 0);
    quick.hears(20).await;

    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
    assert!(slow.heard().await.len() < 100, "the slow one had its backlog still");
    let at_once = stage
        .number("select count(*) from es.work_item where kind = 'hook' and state = 'leased'")
        .await;
    assert!(at_once <= 128, "{at_once}");
    stage.close().await;
}

#[actix_web::test]
async fn a_slow_webhook_holds_up_nobody_straight_from_the_database() {
    a_slow_one_holds_up_nobody(Transport::Database).await;
}

#[actix_web::test]
async fn a_slow_webhook_holds_up_nobody_through_rabbitmq() {
    a_slow_one_holds_up_nobody(Transport::Broker).await;
}

#[actix_web::test]
async fn one_that_never_answers_is_left_after_five_seconds_and_a_redirect_is_not_followed() {
    let stage = Stage::open().await;
    let (silent, elsewhere) = (
        Receiver::that(ResponseTemplate::new(204).set_delay(Duration::from_secs(30))).await,
        Receiver::open().await,
    );
    let redirect = ResponseTemplate::new(307).insert_header("Location", elsewhere.url().as_str());
    let redirects = Receiver::that(redirect).await;
    let never = stage.webhook(json!({ "url": silent.url(), "events": ["call.ended"] })).await;
    let away = stage.webhook(json!({ "url": redirects.url(), "events": ["call.ended"] })).await;
    stage.visit(stage.maple, &[ended()]).await;

    let tried = |all: &[Value]| all.len() == 1 && all[0]["attempts"] != 0;
    let never = stage.deliveries(&never, "it is left", tried).await;
    let away = stage.deliveries(&away, "it leads elsewhere", tried).await;

    assert_eq!(never[0]["last_error"], "no answer within 5 seconds");
    assert_eq!(away[0]["last_status"], 307);
    assert!(elsewhere.heard().await.is_empty());
    stage.close().await;
}

#[actix_web::test]
async fn of_a_long_answer_the_first_kilobyte_is_kept_and_it_lies_sealed() {
    let stage = Stage::open().await;
    let long = "thanks ".repeat(30_000);
    let receiver = Receiver::that(ResponseTemplate::new(200).set_body_string(long.clone())).await;
    let webhook = stage.webhook(json!({ "url": receiver.url(), "events": ["call.ended"] })).await;
    stage.visit(stage.maple, &[ended()]).await;
    let taken = stage.deliveries(&webhook, "it is taken", in_state("delivered")).await;

    let path = format!("{}/deliveries/{}", path_of(&webhook), taken[0]["id"].as_str().unwrap());
    let answer = stage.owner.get(&path).await["tries"][0]["answer"].clone();

    assert_eq!(answer.as_str().unwrap(), &long[..1024]);
    assert_eq!(stage.number("select count(*) from vestibule.webhook_attempt where position('thanks'::bytea in answer) > 0").await, 0);
    stage.close().await;
}
