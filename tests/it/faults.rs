//! What must hold when parts fail: nobody is rung twice, nobody waits for a broker, nothing that was acknowledged is lost.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::Executor;
use vestibule::simulator::{Placed, Running};

use crate::harness::broker::Broker;
use crate::harness::database;
use crate::harness::door::{Door, PATIENCE, Transport, quick};

const ADA: &str = "+447700900101";
const BEN: &str = "+447700900102";

/// Ada opens after a while; Ben's phone just rings.
const VISIT: &str = r#"
    title = "Ada opens"
    [call]
    from = "+441632960001"
    to = "+441632960100"
    hang_up_after = "20s"
    [[phone]]
    number = "+447700900101"
    name = "Ada"
    does = "answer"
    after = "6s"
    keys = [{ press = "9", since = "prompt" }]
    hang_up_after = "6s"
    [[phone]]
    number = "+447700900102"
    name = "Ben"
    does = "never"
"#;

async fn both_ring(door: &Door, within: Duration) {
    let both = |simulator: &Running| {
        [ADA, BEN].iter().all(|phone| !simulator.placed(Some(phone)).is_empty())
    };
    assert!(door.simulator.until(within, both).await, "they were not rung within {within:?}");
}

fn times_rung(door: &Door, phone: &str) -> usize {
    let rang = |placed: &Placed| placed.uuid.is_some();
    door.simulator.placed(Some(phone)).iter().filter(|placed| rang(placed)).count()
}

#[actix_web::test]
async fn a_webhook_that_comes_again_gets_the_same_bytes_and_dials_nobody() {
    let door = Door::open(Transport::Database).await;
    door.rings(VISIT).await;
    both_ring(&door, PATIENCE).await;
    let first =
        door.simulator.webhooks().into_iter().find(|webhook| webhook.kind == "answer").unwrap();

    for fresh_token in [true, false, true] {
        assert_eq!(door.simulator.replay(first.n, fresh_token).await.unwrap(), 200);
    }

    let answers: Vec<_> = door
        .simulator
        .webhooks()
        .into_iter()
        .filter(|webhook| webhook.body == first.body)
        .map(|webhook| webhook.answer)
        .collect();
    assert!(
        answers.len() >= 4 && answers.iter().all(|answer| *answer == first.answer),
        "{answers:?}"
    );
    assert_eq!((times_rung(&door, ADA), times_rung(&door, BEN)), (1, 1));
    door.close().await;
}

/// Between the claim of a dial and its request lies a commit, and a database may be slow.
#[actix_web::test]
async fn what_took_too_long_to_be_written_down_rings_nobody() {
    let door = Door::open_planned(None, quick(), |plan| {
        plan.limits.dial_within = Duration::from_millis(1_500);
    })
    .await;
    let mut claims = database::connect(&door.database).await;
    let mut look = database::connect(&door.database).await;
    claims.execute("begin; lock table es.dial_claim in exclusive mode").await.unwrap();
    door.rings(VISIT).await;
    let mut count = async |sql: &'static str, wanted: i64| {
        let since = Instant::now();
        while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut look).await.unwrap() < wanted {
            assert!(since.elapsed() < PATIENCE, "{sql}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    count(
        "select count(*) from pg_locks where relation = 'es.dial_claim'::regclass and not granted",
        1,
    )
    .await;
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    claims.execute("commit").await.unwrap();

    count("select count(*) from es.event where type = 'DialExpired'", 2).await;
    assert_eq!((times_rung(&door, ADA), times_rung(&door, BEN)), (0, 0));
    door.close().await;
}

#[actix_web::test]
async fn when_the_broker_is_dead_residents_ring_within_five_seconds() {
    let broker = Broker::start();
    let door = Door::open_with(Some(broker.amqp_url.clone()), quick()).await;
    broker.kill();

    let rang = Instant::now();
    door.rings(VISIT).await;
    both_ring(&door, Duration::from_secs(5)).await;

    let call = door.history().await;
    assert_eq!(call["outcome"], "opened", "{call}");
    assert!(rang.elapsed() < PATIENCE);
    assert_eq!((times_rung(&door, ADA), times_rung(&door, BEN)), (1, 1));
    door.close().await;
}

#[actix_web::test]
async fn when_the_broker_is_frozen_residents_ring_within_five_seconds() {
    let broker = Broker::start();
    let door = Door::open_with(Some(broker.amqp_url.clone()), quick()).await;
    broker.pause();

    door.rings(VISIT).await;
    both_ring(&door, Duration::from_secs(5)).await;
    broker.resume();

    assert_eq!((times_rung(&door, ADA), times_rung(&door, BEN)), (1, 1));
    door.close().await;
}

/// Workers die at every moment of a dial, between the claim and the record of its outcome; others take over.
#[actix_web::test]
async fn workers_that_die_while_dialling_ring_nobody_twice() {
    for transport in [Transport::Database, Transport::Broker] {
        for milliseconds in [0, 3, 6, 9, 12, 16, 20, 30, 45, 70, 110] {
            let mut door = Door::open(transport).await;
            door.rings(VISIT).await;
            let asked = |simulator: &Running| {
                simulator
                    .webhooks()
                    .iter()
                    .any(|webhook| webhook.kind == "answer" && webhook.status == Some(200))
            };
            assert!(door.simulator.until(PATIENCE, asked).await);

            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            door.workers_die().await;
            door.workers_start().await;
            tokio::time::sleep(Duration::from_secs(4)).await;

            let rung = (times_rung(&door, ADA), times_rung(&door, BEN));
            assert!(
                rung.0 <= 1 && rung.1 <= 1,
                "{transport:?}, killed after {milliseconds} ms: rung {rung:?} times"
            );
            door.close().await;
        }
    }
}

#[actix_web::test]
async fn a_dial_whose_answer_is_lost_is_found_and_not_repeated() {
    let door = Door::open(Transport::Database).await;
    let lost = format!(
        "{VISIT}\n[network]\non_dial = [{{ phone = \"Ada\", nth = 1, answer = \"lost\" }}]\n"
    );

    door.rings(&lost).await;
    let call = door.history().await;

    assert_eq!(call["outcome"], "opened", "{call}");
    assert_eq!(times_rung(&door, ADA), 1);
    door.close().await;
}

#[actix_web::test]
async fn while_the_database_is_down_webhooks_are_told_to_come_again_and_callers_hear_something() {
    let door = Door::open(Transport::Database).await;
    door.rings(VISIT).await;
    both_ring(&door, PATIENCE).await;
    let answer =
        door.simulator.webhooks().into_iter().find(|webhook| webhook.kind == "answer").unwrap();
    let fallback = answer.url.replace("/answer", "/fallback");

    database::goes_down(&door.database).await;
    assert_eq!(door.simulator.replay(answer.n, true).await.unwrap(), 503);
    let token = answer.authorization.clone().unwrap_or_default();
    let spoken = reqwest::Client::new()
        .post(&fallback)
        .bearer_auth(token.trim_start_matches("Bearer "))
        .body(answer.body.clone());
    let spoken = spoken.send().await.unwrap();
    database::comes_back(&door.database).await;

    assert_eq!(spoken.status(), 200);
    assert!(spoken.text().await.unwrap().contains("try again"));
    door.eventually("the same webhook gets its first answer again", async || {
        (door.simulator.replay(answer.n, true).await.unwrap() == 200).then_some(())
    })
    .await;
    assert_eq!((times_rung(&door, ADA), times_rung(&door, BEN)), (1, 1));
    door.close().await;
}

#[actix_web::test]
async fn a_second_group_rings_after_the_first_and_at_the_end_the_managers_words_are_spoken() {
    let door = Door::open(Transport::Database).await;
    let flow = json!({
        "groups": [
            { "members": "all_residents", "ring_seconds": 5 },
            { "members": "concierge", "ring_seconds": 5 },
        ],
        "on_none": { "say": { "text": "Please leave parcels with the baker." } },
    });
    second_building(&door, Some("+441632960900"), &[("1204", Some(flow))]).await;

    let run = door
        .rings(
            r#"
            title = "Nobody answers, nor does the concierge"
            [call]
            from = "+441632960002"
            to = "+441632960101"
            [[phone]]
            number = "+447700900201"
            name = "Cleo"
            does = "never"
            [[phone]]
            number = "+441632960900"
            name = "Concierge"
            does = "never"
            [expect]
            placed = { Cleo = 1, Concierge = 1 }
            door_hears = ["1204", "baker"]
            "#,
        )
        .await;
    let seen = door.carrier_saw(run).await;
    let call = door.history().await;

    assert!(seen.passed, "{:#?}", seen.checks);
    assert_eq!(call["outcome"], "nobody_came");
    door.close().await;
}

#[actix_web::test]
async fn a_door_with_several_units_rings_the_one_whose_code_is_keyed_in() {
    let door = Door::open(Transport::Database).await;
    second_building(&door, None, &[("1204", None), ("1205", None)]).await;

    let run = door
        .rings(
            r##"
            title = "Unit code, then open"
            [call]
            from = "+441632960002"
            to = "+441632960101"
            keys = [{ press = "1205#", after_hearing = "unit", after = "1s" }]
            hang_up_after = "12s"
            [[phone]]
            number = "+447700900201"
            name = "Cleo"
            does = "answer"
            [[phone]]
            number = "+447700900202"
            name = "Dora"
            does = "answer"
            after = "1s"
            keys = [{ press = "9", since = "prompt", after = "500ms" }]
            [expect]
            placed = { Cleo = 0, Dora = 1 }
            door_digits = "9"
            "##,
        )
        .await;
    let seen = door.carrier_saw(run).await;

    assert!(seen.passed, "{:#?}", seen.checks);
    assert_eq!(door.history().await["outcome"], "opened");
    door.close().await;
}

#[actix_web::test]
async fn whoever_gives_ten_wrong_pins_is_blocked_and_the_next_call_is_refused() {
    let door = Door::open(Transport::Database).await;
    second_building(&door, None, &[("1204", None)]).await;
    let guess = r##"
        title = "A stranger guesses"
        [call]
        from = "+441632960666"
        to = "+441632960101"
        keys = [{ press = "0000#", after_hearing = "PIN", after = "100ms" }, { press = "0001#", after_hearing = "PIN", after = "100ms" }, { press = "0002#", after_hearing = "PIN", after = "100ms" }]
        hang_up_after = "10s"
    "##;

    let mut causes = Vec::new();
    for calls in 1..=5 {
        let run = door.rings(guess).await;
        door.carrier_saw(run).await;
        let call = door
            .eventually("the call is over", async || {
                let calls_seen = door.get("/v1/calls").await["items"].clone();
                let newest = calls_seen[0].clone();
                (calls_seen.as_array().map_or(0, Vec::len) == calls
                    && newest["ended_at"].is_string())
                .then_some(newest)
            })
            .await;
        causes.push(call["cause"].as_str().unwrap().to_owned());
    }

    assert_eq!(causes, ["wrong_pin", "wrong_pin", "wrong_pin", "wrong_pin", "caller_blocked"]);
    assert!(door.simulator.placed(None).is_empty());
    let spam = door.get("/v1/statistics/spam").await;
    assert_eq!(
        (&spam[0]["wrong_pins"], &spam[0]["blocked"], &spam[0]["rejected"]),
        (&json!(10), &json!(1), &json!(1)),
        "{spam}"
    );
    door.close().await;
}

/// Another building of the demo's firm: panel …002, line …101, a resident a unit from +447700900201 on.
pub async fn second_building(
    door: &Door,
    concierge: Option<&str>,
    units: &[(&str, Option<Value>)],
) {
    let manager = door.manager().await;
    let make = async |path: String, body: Value| {
        let (status, made) = manager.post(&path, &body).await;
        assert_eq!(status, 201, "{path}: {made}");
        made["id"].as_str().unwrap().to_owned()
    };
    let house = json!({ "name": "Elm House", "time_zone": "Europe/London", "language": "en-GB", "region": "GB", "strangers": "pin", "concierge": concierge });
    let house = make("/v1/buildings".into(), house).await;
    let entrance = json!({ "name": "Yard gate", "panel_numbers": ["+441632960002"] });
    let entrance = make(format!("/v1/buildings/{house}/entrances"), entrance).await;
    for (number, (name, flow)) in (201..).zip(units) {
        let unit = make(
            format!("/v1/buildings/{house}/units"),
            json!({ "name": name, "code": name, "flow": flow }),
        )
        .await;
        make(
            format!("/v1/units/{unit}/residents"),
            json!({ "name": name, "numbers": [format!("+447700900{number}")] }),
        )
        .await;
    }
    let connection = door.get("/v1/connections").await["items"][0]["id"].clone();
    make("/v1/lines".into(), json!({ "connection_id": connection, "building_id": house, "number": "+441632960101", "entrance_id": entrance })).await;
    door.also_answers("+441632960101");
}
