//! Calls that we place: who is rung, what they hear, what comes of it, and what is never dialled.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule::simulator::{Phone, Running};

use crate::harness::door::{Door, Manager, PATIENCE, Transport};
use crate::harness::running::{administer, someone_who_is};

const CALLED: &str = "+447700900301";
const OTHER: &str = "+447700900302";

fn phone(number: &str, does: &str) -> Phone {
    serde_json::from_value(json!({
        "number": number, "name": number, "does": does, "after": "100ms",
    }))
    .unwrap()
}

async fn line(door: &Door) -> Value {
    door.get("/v1/lines").await["items"][0].clone()
}

async fn is_over(door: &Door, id: &Value) -> Value {
    let id = id.as_str().unwrap();
    door.eventually("the call is over", async || {
        let (status, call) = door.manager().await.try_get(&format!("/v1/calls/{id}")).await;
        (status == 200 && call["ended_at"].is_string()).then_some(call)
    })
    .await
}

fn heard_by(simulator: &Running, number: &str) -> String {
    let legs = simulator.legs();
    let of = legs.iter().filter(|leg| leg.to.ends_with(&number[1..]));
    format!("{:?}", of.map(|leg| &leg.heard).collect::<Vec<_>>())
}

#[actix_web::test]
async fn someone_is_called_and_hears_the_sentence() {
    let door = Door::open(Transport::Database).await;
    door.simulator.set_phone(phone(CALLED, "answer"));
    let line = line(&door).await;
    let order = json!({ "line_id": line["id"], "to": CALLED, "say": "The lift works again." });

    let (status, made) = door.manager().await.post("/v1/calls", &order).await;

    assert_eq!(status, 201, "{made}");
    let call = is_over(&door, &made["call_id"]).await;
    assert!(heard_by(&door.simulator, CALLED).contains("The lift works again."));
    assert_eq!(door.simulator.placed(Some(CALLED)).len(), 1);
    assert_eq!(
        (&call["kind"], &call["outcome"], &call["cause"]),
        (&json!("announcement"), &json!("announced"), &json!("message_spoken"))
    );
    assert_eq!(call["entrance_id"], Value::Null);
    assert_eq!(
        (&call["legs"][0]["role"], &call["legs"][0]["number"]),
        (&json!("called"), &json!(CALLED))
    );
    let told = door.get(&format!("/v1/calls/{}/timeline", made["call_id"].as_str().unwrap())).await;
    assert!(
        told.to_string().contains("Grace ordered that +447700900301 hears a sentence."),
        "{told}"
    );
    assert!(!told.to_string().contains("lift"), "what was said is as personal as the number");
    let listed = door.get("/v1/calls?kind=announcement").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(door.get("/v1/calls?kind=visit").await["items"], json!([]));
    assert!(door.simulator.complaints().is_empty(), "{:?}", door.simulator.complaints());
    door.close().await;
}

#[actix_web::test]
async fn two_are_connected_in_one_room_and_when_one_hangs_up_both_are_gone() {
    let door = Door::open(Transport::Database).await;
    door.simulator.set_phone(phone(CALLED, "answer"));
    door.simulator.set_phone(phone(OTHER, "answer"));
    let line = line(&door).await;
    let order =
        json!({ "connection_id": line["connection_id"], "to": CALLED, "connect_to": OTHER });

    let (status, made) = door.manager().await.post("/v1/calls", &order).await;

    assert_eq!(status, 201, "{made}");
    let together = |carrier: &Running| carrier.rooms().iter().any(|(_, who)| who.len() == 2);
    assert!(door.simulator.until(PATIENCE, together).await, "{:?}", door.simulator.rooms());
    assert!(heard_by(&door.simulator, CALLED).contains("we connect you"));
    door.simulator.hang_up(OTHER).unwrap();
    let call = is_over(&door, &made["call_id"]).await;
    assert_eq!(
        (&call["kind"], &call["outcome"], &call["cause"]),
        (&json!("connection"), &json!("talked"), &json!("party_hung_up"))
    );
    for number in [CALLED, OTHER] {
        assert_eq!(door.simulator.placed(Some(number)).len(), 1);
    }
    door.close().await;
}

#[actix_web::test]
async fn who_does_not_answer_is_not_connected_and_the_first_is_told() {
    let door = Door::open(Transport::Database).await;
    door.simulator.set_phone(phone(CALLED, "answer"));
    door.simulator.set_phone(phone(OTHER, "busy"));
    let line = line(&door).await;
    let order = json!({ "line_id": line["id"], "to": CALLED, "connect_to": OTHER });

    let (_, made) = door.manager().await.post("/v1/calls", &order).await;

    let call = is_over(&door, &made["call_id"]).await;
    assert_eq!(
        (&call["outcome"], &call["cause"]),
        (&json!("nobody_came"), &json!("nobody_answered"))
    );
    assert!(heard_by(&door.simulator, CALLED).contains("nobody answers"));
    door.close().await;
}

async fn refused(manager: &Manager, line: &Value, to: &str) -> Value {
    let order = json!({ "line_id": line["id"], "to": to, "say": "Hello." });
    let (status, body) = manager.post("/v1/calls", &order).await;
    assert_eq!(status, 409, "{body}");
    body["rule"].clone()
}

#[actix_web::test]
async fn foreign_and_premium_numbers_and_our_own_lines_are_refused_and_the_day_has_an_end() {
    let door = Door::open(Transport::Database).await;
    door.simulator.set_phone(phone(CALLED, "answer"));
    let (line, owner) = (line(&door).await, door.manager().await);

    assert_eq!(refused(&owner, &line, "+12025550123").await, "region_is_not_called");
    assert_eq!(refused(&owner, &line, "+449098790123").await, "costly_numbers_are_not_dialled");
    assert_eq!(refused(&owner, &line, "+441632960100").await, "own_numbers_are_not_dialled");

    // The firm's own list takes the place of the region, and premium numbers stay refused.
    let rules = json!({ "prefixes": ["+1202", "+4490"], "daily_max": 1 });
    let changed = owner.request(reqwest::Method::PATCH, "/v1/outbound-calling").json(&rules).send();
    assert_eq!(changed.await.unwrap().status(), 200);
    assert_eq!(refused(&owner, &line, CALLED).await, "region_is_not_called");
    assert_eq!(refused(&owner, &line, "+449098790123").await, "costly_numbers_are_not_dialled");
    door.simulator.set_phone(phone("+12025550123", "answer"));
    let order = json!({ "line_id": line["id"], "to": "+12025550123", "say": "Hello." });
    let (status, made) = owner.post("/v1/calls", &order).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(refused(&owner, &line, "+12025550123").await, "daily_cap_reached");
    is_over(&door, &made["call_id"]).await;

    // What was refused was never dialled, and is no call.
    assert_eq!(door.simulator.placed(None).len(), 1);
    assert_eq!(owner.get("/v1/calls").await["items"].as_array().unwrap().len(), 1);
    door.close().await;
}

#[actix_web::test]
async fn the_same_key_calls_once_even_if_its_answer_was_lost() {
    let door = Door::open(Transport::Database).await;
    door.simulator.set_phone(phone(CALLED, "answer"));
    let (line, owner) = (line(&door).await, door.manager().await);
    let order = json!({ "line_id": line["id"], "to": CALLED, "say": "Hello." });
    let send = async || {
        let request = owner.request(reqwest::Method::POST, "/v1/calls");
        let response = request.header("Idempotency-Key", "one-call").json(&order).send().await;
        let response = response.unwrap();
        assert_eq!(response.status(), 201);
        response.json::<Value>().await.unwrap()["call_id"].clone()
    };

    let first = send().await;
    assert_eq!(send().await, first);
    // As if the process had died between the call and its answer.
    administer(&door, "delete from vestibule.idempotency").await;
    assert_eq!(send().await, first);

    is_over(&door, &first).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(door.simulator.placed(Some(CALLED)).len(), 1);
    door.close().await;
}

#[actix_web::test]
async fn placing_calls_takes_an_admin_a_line_and_one_purpose() {
    let door = Door::open(Transport::Database).await;
    let (line, owner) = (line(&door).await, door.manager().await);
    let order = json!({ "line_id": line["id"], "to": CALLED, "say": "Hello." });

    let manager = someone_who_is(&door, "manager").await;
    assert_eq!(manager.post("/v1/calls", &order).await.0, 403);
    for wrong in [
        json!({ "line_id": line["id"], "to": CALLED }),
        json!({ "line_id": line["id"], "to": CALLED, "say": "Hello.", "connect_to": OTHER }),
        json!({ "to": CALLED, "say": "Hello." }),
        json!({ "line_id": line["id"], "to": "07700 900301", "say": "Hello." }),
        json!({ "line_id": line["id"], "to": CALLED, "say": "\u{0}" }),
    ] {
        let (status, body) = owner.post("/v1/calls", &wrong).await;
        assert_eq!(status, 422, "{wrong}: {body}");
    }
    let elsewhere =
        json!({ "line_id": "01890000-0000-7000-8000-000000000404", "to": CALLED, "say": "Hello." });
    assert_eq!(owner.post("/v1/calls", &elsewhere).await.0, 404);
    door.close().await;
}
