//! The PIN gate from outside: a flow at a carrier asks whether a PIN opens. Counted, blocked and lifted as at the door.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use time::macros::datetime;
use uuid::Uuid;
use vestibule::application::ports::{Directory, PinTry};
use vestibule::domain::call::signal::PinCheck;
use vestibule::domain::phone_number::Caller;
use vestibule::domain::policy::PinLimits;
use vestibule::store::directory::PgDirectory;

use crate::faults::second_building;
use crate::harness::database;
use crate::harness::door::{Door, PATIENCE, Transport};
use crate::harness::server::{Answer, Server, Signed};

const STRANGER: &str = "+447700900666";
const OTHER: &str = "+447700900667";

/// A building with one entrance, and a pass.
struct Gate {
    server: Server,
    grace: Signed,
    building: String,
    entrance: String,
    pin: String,
    pass: String,
    /// Good for longer than a session: the clock is moved by days.
    key: String,
}

impl Gate {
    async fn open() -> Self {
        let server = Server::open().await;
        let grace = server.owner("grace@maple.example").await;
        let building = server.building(&grace, "Maple House").await;
        let path = format!("/v1/buildings/{building}/entrances");
        let entrance = server.post(&grace.token, &path, json!({ "name": "Front door" })).await;
        let path = format!("/v1/buildings/{building}/passes");
        let pass = server.post(&grace.token, &path, json!({ "label": "Cleaner" })).await;
        assert_eq!((entrance.status, pass.status), (201, 201), "{entrance:?} {pass:?}");
        let (pin, entrance) = (pass.text("pin"), entrance.text("id"));
        let pass = pass.body["pass"]["id"].as_str().unwrap().to_owned();
        let key = json!({ "name": "Studio", "role": "manager", "scopes": ["gate"] });
        let key = server.post(&grace.token, "/v1/api-keys", key).await.text("key");
        Self { server, grace, building, entrance, pin, pass, key }
    }

    /// One that no pass has: another for each number.
    fn wrong(&self, n: u32) -> String {
        format!("{:06}", (self.pin.parse::<u32>().unwrap() + 1 + n) % 1_000_000)
    }

    async fn asks(&self, body: Value) -> Answer {
        self.server.post(&self.key, "/v1/pin-checks", body).await
    }

    async fn gives(&self, caller: &str, pin: &str) -> Value {
        let body = json!({ "building": self.building, "caller": caller, "pin": pin });
        let answer = self.asks(body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Gives so many wrong ones; what came of the last.
    async fn gives_wrong(&self, caller: &str, times: u32) -> Value {
        let mut last = Value::Null;
        for n in 0..times {
            last = self.gives(caller, &self.wrong(n)).await;
        }
        last
    }

    async fn get(&self, path: &str) -> Answer {
        self.server.get(&self.grace.token, path).await
    }

    async fn blocks(&self) -> Vec<Value> {
        let answer = self.get(&format!("/v1/buildings/{}/blocks", self.building)).await;
        answer.body["items"].as_array().unwrap().clone()
    }

    async fn lifts(&self, block: &Value) {
        let path = format!("/v1/blocks/{}/lift", block.as_str().unwrap());
        assert_eq!(self.server.post(&self.grace.token, &path, json!({})).await.status, 200);
    }

    /// What comes of a PIN at this entrance.
    async fn at(&self, entrance: &str, caller: &str, pin: &str) -> Value {
        self.asks(json!({ "entrance": entrance, "caller": caller, "pin": pin })).await.body
    }

    async fn becomes(&self, patch: Value) {
        let path = format!("/v1/buildings/{}", self.building);
        let answer = self.server.patch(&self.grace.token, &path, patch).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// The spam statistics' row of today, once it says this.
    async fn counts(&self, field: &str, expected: i64) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let rows = self.get("/v1/statistics/spam/top").await.body;
            if rows[0][field] == expected {
                return rows[0].clone();
            }
            assert!(tokio::time::Instant::now() < deadline, "{field} is not {expected}: {rows}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn key(&self, scopes: &[&str]) -> String {
        let key = json!({ "name": "Studio", "role": "manager", "scopes": scopes });
        let answer = self.server.post(&self.grace.token, "/v1/api-keys", key).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("key")
    }
}

fn hours(hours: i64) -> time::Duration {
    time::Duration::hours(hours)
}

#[actix_web::test]
async fn the_right_pin_opens_and_the_tenth_wrong_one_blocks_the_caller_for_a_day() {
    let gate = Gate::open().await;

    let opens = gate.gives(STRANGER, &format!("{}#", gate.pin)).await;
    let ninth = gate.gives_wrong(STRANGER, 9).await;
    let tenth = gate.gives(STRANGER, &gate.wrong(9)).await;
    let right_but_blocked = gate.gives(STRANGER, &gate.pin).await;
    let another = gate.gives(OTHER, &gate.pin).await;

    assert_eq!((&opens["result"], &opens["pass"]), (&json!("opens"), &json!(gate.pass)));
    assert_eq!(
        (&ninth["result"], &ninth["wrong_pins"], &ninth["tries_left"], &ninth["blocked_until"]),
        (&json!("wrong"), &json!(9), &json!(1), &Value::Null)
    );
    assert_eq!((&tenth["result"], &tenth["wrong_pins"]), (&json!("blocked"), &json!(10)));
    assert_eq!(right_but_blocked["result"], "blocked");
    for field in ["block", "blocked_until"] {
        assert!(tenth[field].is_string(), "{tenth}");
        assert_eq!(tenth[field], right_but_blocked[field], "{field}");
    }
    assert_eq!(another["result"], "opens");
    let blocks = gate.blocks().await;
    assert_eq!(blocks.len(), 1);
    assert_eq!(
        (&blocks[0]["id"], &blocks[0]["kind"], &blocks[0]["number"]),
        (&tenth["block"], &json!("automatic"), &json!(STRANGER))
    );
    let counted = gate.counts("rejected", 1).await;
    assert_eq!(
        (&counted["wrong_pins"], &counted["blocked"], &counted["number"], &counted["calls"]),
        (&json!(10), &json!(1), &json!(STRANGER), &json!(0))
    );
    gate.server.close().await;
}

#[actix_web::test]
async fn of_twenty_wrong_pins_at_once_the_tenth_blocks_and_the_others_are_not_looked_at() {
    let gate = Gate::open().await;
    let other_process = gate.server.another().await;
    let body =
        |n: u32| json!({ "building": gate.building, "caller": STRANGER, "pin": gate.wrong(n) });

    let tries = (0..20).map(|n| {
        let server = if n % 2 == 0 { &gate.server } else { &other_process };
        server.post(&gate.grace.token, "/v1/pin-checks", body(n))
    });
    let answers: Vec<Value> = join_all(tries).await.into_iter().map(|answer| answer.body).collect();

    let counted: BTreeSet<u64> =
        answers.iter().filter_map(|answer| answer["wrong_pins"].as_u64()).collect();
    assert_eq!(counted, (1..=10).collect(), "{answers:?}");
    let blocked = answers.iter().filter(|answer| answer["result"] == "blocked").count();
    let not_looked_at = answers.iter().filter(|answer| answer["wrong_pins"].is_null()).count();
    assert_eq!((blocked, not_looked_at), (11, 10), "{answers:?}");
    assert_eq!(gate.blocks().await.len(), 1);
    assert_eq!(gate.counts("wrong_pins", 10).await["blocked"], 1);
    other_process.close().await;
    gate.server.close().await;
}

#[actix_web::test]
async fn wrong_pins_count_while_they_are_in_the_window_that_slides() {
    let gate = Gate::open().await;

    gate.gives_wrong(STRANGER, 5).await;
    gate.server.clock.advance(hours(13));
    let ninth = gate.gives_wrong(STRANGER, 4).await;
    gate.server.clock.advance(hours(12));
    let fifth = gate.gives_wrong(STRANGER, 1).await;

    assert_eq!(ninth["wrong_pins"], 9);
    assert_eq!((&fifth["result"], &fifth["wrong_pins"]), (&json!("wrong"), &json!(5)));
    gate.server.close().await;
}

#[actix_web::test]
async fn the_right_pin_makes_the_next_wrong_one_the_first() {
    let gate = Gate::open().await;

    gate.gives_wrong(STRANGER, 9).await;
    let right = gate.gives(STRANGER, &gate.pin).await;
    let wrong = gate.gives(STRANGER, &gate.wrong(20)).await;

    assert_eq!((&right["result"], &right["tries_left"]), (&json!("opens"), &json!(10)));
    assert_eq!((&wrong["wrong_pins"], &wrong["tries_left"]), (&json!(1), &json!(9)));
    gate.server.close().await;
}

#[actix_web::test]
async fn a_lift_forgets_the_wrong_pins_and_is_counted_whoever_set_the_block() {
    let gate = Gate::open().await;

    let blocked = gate.gives_wrong(STRANGER, 10).await;
    gate.lifts(&blocked["block"]).await;
    let after_automatic = gate.gives(STRANGER, &gate.wrong(30)).await;
    gate.gives_wrong(OTHER, 9).await;
    let path = format!("/v1/buildings/{}/blocks", gate.building);
    let by_hand = gate.server.post(&gate.grace.token, &path, json!({ "number": OTHER })).await;
    let refused = gate.gives(OTHER, &gate.pin).await;
    gate.lifts(&by_hand.body["id"]).await;
    let after_manual = gate.gives(OTHER, &gate.wrong(30)).await;

    assert_eq!(
        (&after_automatic["result"], &after_automatic["wrong_pins"]),
        (&json!("wrong"), &json!(1))
    );
    assert_eq!((&refused["result"], &refused["block"]), (&json!("blocked"), &by_hand.body["id"]));
    assert_eq!(
        (&after_manual["result"], &after_manual["wrong_pins"]),
        (&json!("wrong"), &json!(1))
    );
    for (number, wrong_pins) in [(STRANGER, 11), (OTHER, 10)] {
        let path = format!("/v1/statistics/spam/top?number={}", number.replace('+', "%2B"));
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let row = loop {
            let row = gate.get(&path).await.body[0].clone();
            if row["lifted"] == 1 && row["wrong_pins"] == wrong_pins {
                break row;
            }
            assert!(tokio::time::Instant::now() < deadline, "{number}: {row}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        };
        assert_eq!((&row["blocked"], &row["number"]), (&json!(1), &json!(number)));
    }
    let log = gate.get("/v1/audit?resource=block").await.body;
    let lifts = log["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "lifted");
    assert_eq!(lifts.count(), 2, "{log}");
    gate.server.close().await;
}

#[actix_web::test]
async fn a_building_says_how_many_block_for_how_long_and_the_block_expires() {
    let gate = Gate::open().await;
    gate.becomes(json!({ "wrong_pins_max": 3, "pin_block_hours": 1 })).await;
    let path = format!("/v1/buildings/{}", gate.building);
    let none = json!({ "wrong_pins_max": 0 });
    assert_eq!(gate.server.patch(&gate.grace.token, &path, none).await.status, 422);

    let third = gate.gives_wrong(STRANGER, 3).await;
    gate.server.clock.advance(time::Duration::minutes(59));
    let still = gate.gives(STRANGER, &gate.pin).await;
    gate.server.clock.advance(time::Duration::minutes(2));
    let wrong = gate.gives(STRANGER, &gate.wrong(9)).await;
    let right = gate.gives(STRANGER, &gate.pin).await;

    assert_eq!((&third["result"], &still["result"]), (&json!("blocked"), &json!("blocked")));
    assert_eq!((&wrong["result"], &wrong["wrong_pins"]), (&json!("wrong"), &json!(1)));
    assert_eq!(right["result"], "opens");
    gate.server.close().await;
}

#[actix_web::test]
async fn whoever_guesses_with_ever_other_numbers_closes_that_entrance_to_all_pins() {
    let gate = Gate::open().await;
    gate.becomes(json!({ "wrong_pins_max": 3, "pin_block_hours": 1 })).await;
    let path = format!("/v1/buildings/{}/entrances", gate.building);
    let garage = gate.server.post(&gate.grace.token, &path, json!({ "name": "Garage" })).await;
    let (front, garage) = (gate.entrance.as_str(), garage.text("id"));
    let guess = async |n: u32| {
        gate.at(front, &format!("+4477009001{n:02}"), &gate.wrong(n)).await["result"].clone()
    };

    // Who is right in the end was no guesser.
    for n in 0..2 {
        assert_eq!(gate.at(front, OTHER, &gate.wrong(n)).await["result"], "wrong");
    }
    assert_eq!(gate.at(front, OTHER, &gate.pin).await["result"], "opens");
    for n in 0..14 {
        assert_eq!(guess(n).await, "wrong", "{n}");
    }
    assert_eq!(gate.at(front, OTHER, &gate.pin).await["result"], "opens");
    assert_eq!(guess(14).await, "wrong");
    let closed = gate.at(front, OTHER, &gate.pin).await;
    let elsewhere = gate.at(&garage, OTHER, &gate.pin).await;

    assert_eq!((&closed["result"], &elsewhere["result"]), (&json!("blocked"), &json!("opens")));
    let blocks = gate.blocks().await;
    assert_eq!(blocks.len(), 1, "{blocks:?}");
    assert_eq!(
        (&blocks[0]["id"], &blocks[0]["kind"], &blocks[0]["entrance_id"], &blocks[0]["number"]),
        (&closed["block"], &json!("entrance"), &json!(front), &Value::Null)
    );
    assert_eq!(blocks[0]["expires_at"], closed["blocked_until"]);
    assert_eq!(gate.get(&format!("/v1/blocks/{OTHER}")).await.status, 404, "it keeps out nobody");

    gate.lifts(&closed["block"]).await;
    assert_eq!(gate.at(front, OTHER, &gate.pin).await["result"], "opens");
    for n in 20..35 {
        assert_eq!(guess(n).await, "wrong", "{n}");
    }
    assert_eq!(guess(35).await, "blocked");
    gate.server.clock.advance(time::Duration::minutes(61));
    assert_eq!(gate.at(front, OTHER, &gate.pin).await["result"], "opens");
    gate.server.close().await;
}

#[actix_web::test]
async fn a_request_that_is_sent_again_counts_once_and_is_answered_the_same() {
    let gate = Gate::open().await;
    gate.becomes(json!({ "wrong_pins_max": 3 })).await;
    let asks = async |n: u32| {
        let body = json!({ "entrance": gate.entrance, "caller": STRANGER, "pin": gate.wrong(n), "call_id": "FN1" });
        gate.asks(body).await.body
    };

    let first = asks(1).await;
    let again = join_all((0..5).map(|_| asks(1))).await;
    let second = asks(2).await;
    let third = asks(3).await;
    let third_again = asks(3).await;

    assert!(again.iter().all(|answer| *answer == first), "{first} {again:?}");
    assert_eq!((&first["wrong_pins"], &second["wrong_pins"]), (&json!(1), &json!(2)));
    assert_eq!((&third["result"], &third["wrong_pins"]), (&json!("blocked"), &json!(3)));
    assert_eq!(third["block"], third_again["block"]);
    assert_eq!(third_again["wrong_pins"], 3);
    let counted = gate.counts("wrong_pins", 3).await;
    assert_eq!((&counted["blocked"], &counted["rejected"]), (&json!(1), &json!(0)));

    let with_key = async || {
        let body = json!({ "building": gate.building, "caller": OTHER, "pin": gate.wrong(1) });
        let request = gate.server.request(Method::POST, "/v1/pin-checks").json(&body);
        let request = request.bearer_auth(&gate.grace.token).header("Idempotency-Key", "once");
        gate.server.send(request).await.body
    };
    assert_eq!(with_key().await, with_key().await);
    gate.server.close().await;
}

#[actix_web::test]
async fn callers_who_hide_their_number_follow_their_policy_and_count_as_one() {
    let gate = Gate::open().await;
    let refused = gate.gives("anonymous", &gate.pin).await;
    gate.becomes(json!({ "withheld": "pin", "wrong_pins_max": 3 })).await;

    let opens = gate.gives("withheld", &gate.pin).await;
    // The last two are spelt on a keypad, as some networks do.
    for (hidden, n) in [("Restricted", 1), ("+266696687", 2), ("7378742833", 3)] {
        let answer = gate.gives(hidden, &gate.wrong(n)).await;
        assert_eq!(answer["wrong_pins"], n, "{hidden}");
    }
    let blocked = gate.gives("unknown", &gate.pin).await;
    let found = gate.get("/v1/blocks/anonymous").await;

    assert_eq!((&refused["result"], &refused["wrong_pins"]), (&json!("refused"), &Value::Null));
    assert_eq!((&opens["result"], &blocked["result"]), (&json!("opens"), &json!("blocked")));
    assert_eq!((&found.body["id"], &found.body["number"]), (&blocked["block"], &Value::Null));
    assert_eq!(found.body["caller_id"], "00000000-0000-0000-0000-000000000000");
    gate.server.close().await;
}

#[actix_web::test]
async fn a_block_is_read_by_whom_it_keeps_out() {
    let gate = Gate::open().await;
    let missing = gate.get(&format!("/v1/blocks/{STRANGER}")).await;
    let blocked = gate.gives_wrong(STRANGER, 10).await;
    let path = format!("/v1/buildings/{}/blocks", gate.building);
    let prefix = json!({ "kind": "prefix", "number": "+44770090066" });
    let prefix = gate.server.post(&gate.grace.token, &path, prefix).await.text("id");
    let elm = gate.server.building(&gate.grace, "Elm House").await;
    let (viewer, _) = gate.server.joins(&gate.grace, "vera@maple.example", "viewer").await;

    for name in [STRANGER.to_owned(), STRANGER.replace('+', "%2B"), STRANGER.replace('+', "")] {
        let found = gate.get(&format!("/v1/blocks/{name}")).await;
        assert_eq!((found.status, found.text("id")), (200, prefix.clone()), "{name}");
    }
    gate.lifts(&json!(prefix)).await;
    let automatic = gate.get(&format!("/v1/blocks/{STRANGER}")).await;
    let seen = gate.server.get(&viewer.token, &format!("/v1/blocks/{STRANGER}")).await;
    let elsewhere = gate.get(&format!("/v1/blocks/{STRANGER}?building={elm}")).await;
    gate.lifts(&blocked["block"]).await;
    let lifted = gate.get(&format!("/v1/blocks/{STRANGER}")).await;
    let by_id = gate.get(&format!("/v1/blocks/{}", blocked["block"].as_str().unwrap())).await;

    assert_eq!((missing.status, lifted.status, elsewhere.status), (404, 404, 404));
    assert_eq!(
        (&automatic.body["id"], &automatic.body["number"]),
        (&blocked["block"], &json!(STRANGER))
    );
    assert_eq!(seen.body["number"], "+44••••••••66");
    assert!(by_id.body["lifted_at"].is_string(), "{by_id:?}");
    for nothing in ["nobody", "12", "+", "%00"] {
        assert_eq!(gate.get(&format!("/v1/blocks/{nothing}")).await.status, 404, "{nothing}");
    }
    gate.server.close().await;
}

#[actix_web::test]
async fn blocks_hold_on_when_their_caller_is_erased_and_nobody_can_read_whom_they_keep_out() {
    let gate = Gate::open().await;
    gate.gives_wrong(STRANGER, 10).await;
    let path = format!("/v1/buildings/{}/blocks", gate.building);
    let by_hand = json!({ "number": OTHER, "reason": "Mr Smith rings at night" });
    gate.server.post(&gate.grace.token, &path, by_hand).await;

    for number in [STRANGER, OTHER] {
        let erase = json!({ "number": number });
        let erased = gate.server.post(&gate.grace.token, "/v1/callers/erase", erase).await;
        assert_eq!(erased.status, 200, "{erased:?}");
    }

    let blocks = gate.blocks().await;
    assert_eq!(blocks.len(), 2);
    assert!(blocks.iter().all(|block| block["number"] == "[erased]"), "{blocks:?}");
    assert!(!json!(blocks).to_string().contains("Smith"), "{blocks:?}");
    for number in [STRANGER, OTHER] {
        assert_eq!(gate.gives(number, &gate.pin).await["result"], "blocked", "{number}");
        assert_eq!(gate.get(&format!("/v1/blocks/{number}")).await.status, 200, "{number}");
    }
    for block in &blocks {
        gate.lifts(&block["id"]).await;
    }
    assert_eq!(gate.gives(STRANGER, &gate.pin).await["result"], "opens");
    gate.server.close().await;
}

#[actix_web::test]
async fn a_key_for_the_gate_asks_about_pins_and_numbers_and_nothing_else() {
    let gate = Gate::open().await;
    let (key, reader) = (gate.key(&["gate"]).await, gate.key(&["read"]).await);
    let body = json!({ "building": gate.building, "caller": STRANGER, "pin": gate.pin });
    let check = || gate.server.request(Method::POST, "/v1/pin-checks").json(&body);
    let (id, secret) = key.rsplit_once('_').unwrap();

    for request in [
        check().bearer_auth(&key),
        check().basic_auth("key", Some(&key)),
        check().basic_auth(&key, None::<&str>),
        check().basic_auth(id, Some(secret)),
    ] {
        let answer = gate.server.send(request).await;
        assert_eq!((answer.status, &answer.body["result"]), (200, &json!("opens")), "{answer:?}");
    }
    assert_eq!(gate.server.get(&key, &format!("/v1/blocks/{STRANGER}")).await.status, 404);
    for closed in ["/v1/buildings", "/v1/calls", "/v1/api-keys"] {
        assert_eq!(gate.server.get(&key, closed).await.status, 403, "{closed}");
    }
    assert_eq!(gate.server.send(check().bearer_auth(&reader)).await.problem(), "out-of-scope");
    assert_eq!(gate.server.send(check().basic_auth(id, Some("wrong"))).await.status, 401);
    let password = crate::harness::server::PASSWORD;
    let person = check().basic_auth("grace@maple.example", Some(password));
    assert_eq!(gate.server.send(person).await.status, 401);
    // Who sends a key only when asked for it is asked.
    let asked = check().send().await.unwrap();
    assert_eq!(asked.status(), 401);
    assert_eq!(asked.headers()["www-authenticate"], "Basic realm=\"API key\"");
    gate.server.close().await;
}

#[actix_web::test]
async fn another_firms_doors_and_counts_are_out_of_reach() {
    let gate = Gate::open().await;
    let hedy = gate.server.owner("hedy@elm.example").await;
    let elm = gate.server.building(&hedy, "Elm House").await;
    let path = format!("/v1/buildings/{elm}/entrances");
    let door = gate.server.post(&hedy.token, &path, json!({ "name": "Gate" })).await.text("id");
    gate.gives_wrong(STRANGER, 10).await;
    let asks = async |place: Value| {
        let mut body = json!({ "caller": STRANGER, "pin": gate.pin });
        body.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
        gate.server.post(&hedy.token, "/v1/pin-checks", body).await
    };

    for place in [
        json!({ "building": gate.building }),
        json!({ "entrance": gate.entrance }),
        json!({ "building": gate.building, "entrance": door }),
        json!({ "line": "+447700900199" }),
    ] {
        assert_eq!(asks(place.clone()).await.status, 404, "{place}");
    }
    let own = asks(json!({ "entrance": door })).await.body;
    assert_eq!((&own["result"], &own["wrong_pins"]), (&json!("wrong"), &json!(1)));
    assert_eq!(gate.server.get(&hedy.token, &format!("/v1/blocks/{STRANGER}")).await.status, 404);
    gate.server.close().await;
}

#[actix_web::test]
async fn a_pin_is_written_nowhere_and_what_is_none_is_refused() {
    let gate = Gate::open().await;
    gate.gives(STRANGER, &gate.pin).await;
    gate.gives(STRANGER, "739517").await;

    let mut admin = database::connect(&gate.server.database).await;
    for pin in [gate.pin.as_str(), "739517"] {
        let told: i64 = sqlx::query_scalar(
            "select count(*) from es.event where type in ('PinChecked', 'PinGateBlocked') and strpos(payload::text, $1) > 0",
        )
        .bind(pin)
        .fetch_one(&mut admin)
        .await
        .unwrap();
        assert_eq!(told, 0);
    }
    for (field, value) in [
        ("pin", json!("")),
        ("pin", json!("12a4")),
        ("pin", json!("1".repeat(21))),
        ("building", Value::Null),
        ("call_id", json!("")),
    ] {
        let mut body = json!({ "building": gate.building, "caller": STRANGER, "pin": "1111" });
        body[field] = value;
        let answer = gate.asks(body).await;
        assert_eq!(answer.status, 422, "{field}: {answer:?}");
        assert!(!answer.body.to_string().contains("12a4"));
    }
    gate.server.close().await;
}

#[actix_web::test]
async fn whoever_is_blocked_while_the_call_runs_is_refused_at_the_next_pin() {
    let door = Door::open(Transport::Database).await;
    second_building(&door, None, &[("1204", None)]).await;
    let houses = door.get("/v1/buildings").await["items"].clone();
    let house = houses.as_array().unwrap().iter().find(|house| house["name"] == "Elm House");
    let path = format!("/v1/buildings/{}", house.unwrap()["id"].as_str().unwrap());
    let manager = door.manager().await;
    let (status, pass) = manager.post(&format!("{path}/passes"), &json!({ "label": "Mail" })).await;
    assert_eq!(status, 201, "{pass}");
    let pin = pass["pin"].as_str().unwrap();
    let call = format!(
        r##"
        title = "Blocked between two PINs"
        [call]
        from = "+441632960666"
        to = "+441632960101"
        keys = [{{ press = "#", after_hearing = "PIN", after = "100ms" }}, {{ press = "{pin}#", after_hearing = "PIN", after = "4s" }}]
        hang_up_after = "12s"
    "##
    );
    let run = door.rings(&call).await;
    door.eventually("the first one was wrong", async || {
        let calls = door.get("/v1/calls").await;
        let call = calls["items"][0]["id"].as_str()?.to_owned();
        let events = door.get(&format!("/v1/calls/{call}/events")).await.to_string();
        events.contains("PinRefused").then_some(())
    })
    .await;

    let block = json!({ "number": "+441632960666", "reason": "Seen on the camera" });
    assert_eq!(manager.post(&format!("{path}/blocks"), &block).await.0, 201);
    door.carrier_saw(run).await;

    let call = door.history().await;
    assert_eq!((&call["outcome"], &call["cause"]), (&json!("rejected"), &json!("caller_blocked")));
    door.close().await;
}

/// Neither another door nor another way to write one's number makes the next wrong PIN the first.
#[actix_web::test]
async fn whoever_guesses_from_door_to_door_is_counted_all_the_same() {
    let gate = Gate::open().await;
    let path = format!("/v1/buildings/{}/entrances", gate.building);
    let back = gate.server.post(&gate.grace.token, &path, json!({ "name": "Back door" })).await;
    let doors = [gate.entrance.clone(), back.text("id")];
    let numbers = [STRANGER, STRANGER.trim_start_matches('+')];

    let mut last = Value::Null;
    for n in 0..10_u32 {
        let (door, number) = (&doors[n as usize % 2], numbers[n as usize / 2 % 2]);
        let body = json!({ "entrance": door, "caller": number, "pin": gate.wrong(n) });
        last = gate.asks(body).await.body;
    }

    assert_eq!((&last["result"], &last["wrong_pins"]), (&json!("blocked"), &json!(10)), "{last}");
    for door in &doors {
        let body = json!({ "entrance": door, "caller": STRANGER, "pin": gate.pin });
        assert_eq!(gate.asks(body).await.body["result"], "blocked");
    }
    gate.server.close().await;
}

#[actix_web::test]
async fn the_wrong_pin_that_closes_an_entrance_is_told_of_in_its_call() {
    let door = Door::open(Transport::Database).await;
    second_building(&door, None, &[("1204", None)]).await;
    let manager = door.manager().await;
    let lines = door.get("/v1/lines").await["items"].clone();
    let line = lines.as_array().unwrap().iter().find(|line| line["number"] == "+441632960101");
    let (house, entrance) = (&line.unwrap()["building_id"], &line.unwrap()["entrance_id"]);
    let path = format!("/v1/buildings/{}", house.as_str().unwrap());
    let (status, pass) = manager.post(&format!("{path}/passes"), &json!({ "label": "Mail" })).await;
    assert_eq!(status, 201, "{pass}");
    let patch = manager.request(Method::PATCH, &path).json(&json!({ "wrong_pins_max": 2 }));
    assert!(patch.send().await.unwrap().status().is_success());
    let pin = pass["pin"].as_str().unwrap();
    let wrong = format!("{:06}", (pin.parse::<u32>().unwrap() + 1) % 1_000_000);
    for n in 0..9 {
        let guess =
            json!({ "entrance": entrance, "caller": format!("+44770090070{n}"), "pin": wrong });
        assert_eq!(manager.post("/v1/pin-checks", &guess).await.1["result"], "wrong");
    }

    let call = format!(
        r##"
        title = "The tenth wrong PIN at a gate"
        [call]
        from = "+441632960666"
        to = "+441632960101"
        keys = [{{ press = "{wrong}#", after_hearing = "PIN", after = "100ms" }}, {{ press = "{pin}#", after_hearing = "PIN", after = "100ms" }}]
        hang_up_after = "12s"
    "##
    );
    let run = door.rings(&call).await;
    door.carrier_saw(run).await;

    let call = door.history().await;
    assert_eq!((&call["outcome"], &call["cause"]), (&json!("rejected"), &json!("caller_blocked")));
    let events = format!("/v1/calls/{}/events", call["id"].as_str().unwrap());
    let events = door.get(&events).await.as_array().unwrap().clone();
    let told = events.iter().find(|event| event["type"] == "EntranceBlocked").unwrap();
    let blocks = door.get(&format!("{path}/blocks")).await["items"].clone();
    assert_eq!(blocks.as_array().unwrap().len(), 1, "{blocks}");
    assert_eq!((&blocks[0]["kind"], &blocks[0]["entrance_id"]), (&json!("entrance"), entrance));
    assert_eq!(told["data"]["block"], blocks[0]["id"], "{told}");
    door.close().await;
}

#[actix_web::test]
async fn a_delivery_that_closed_an_entrance_is_told_the_same_when_it_comes_again() {
    let door = Door::open(Transport::Database).await;
    let id = |value: &Value| value.as_str().unwrap().parse::<Uuid>().unwrap();
    let tenant = id(&door.get("/v1/tenants/me").await["id"]).into();
    let line = door.get("/v1/lines").await["items"][0].clone();
    let directory = PgDirectory::new(door.rooms.as_ref().unwrap().store.clone(), |_| None);
    let (ids, at) = (Cell::new(0), datetime!(2026-11-20 12:00 UTC));
    let fresh = || Uuid::from_u128(ids.replace(ids.get() + 1));
    let gives = async |n: u8| {
        let number = format!("+44770090071{n}").parse().unwrap();
        let attempt = PinTry {
            building: id(&line["building_id"]).into(),
            entrance: id(&line["entrance_id"]).into(),
            caller: Caller::Known(number),
            pin: "000000".into(),
            at,
            limits: PinLimits { wrong_pins: 1, ..PinLimits::default() },
            block: fresh().into(),
            entrance_block: fresh().into(),
            delivery: [n; 32],
        };
        directory.check_pin(tenant, attempt).await.unwrap()
    };
    let mut first = Vec::new();
    for n in 0..5 {
        first.push(gives(n).await);
    }

    let again = [gives(3).await, gives(4).await];
    let elsewhere = gives(5).await;

    assert_eq!(again[..], first[3..]);
    let closes = |check: &PinCheck| match check {
        PinCheck::Wrong { block: Some(_), entrance_block, .. } => *entrance_block,
        other => panic!("{other:?}"),
    };
    assert!(first[..4].iter().all(|check| closes(check).is_none()), "{first:?}");
    assert_eq!(elsewhere, PinCheck::Blocked(closes(&first[4]).unwrap()));
    door.close().await;
}
