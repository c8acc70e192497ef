//! Whether a line lives: the last webhook, the last one that was not believed, the last failure, and where to look.

use serde_json::Value;

use crate::harness::door::{Door, Transport};

async fn health(door: &Door) -> Value {
    let lines = door.get("/v1/lines").await;
    let line = lines["items"][0]["id"].as_str().unwrap();
    door.get(&format!("/v1/lines/{line}/health")).await
}

fn result<'a>(health: &'a Value, step: &str) -> &'a str {
    let checks = health["checklist"].as_array().unwrap();
    let check = checks.iter().find(|check| check["step"] == step);
    check.and_then(|check| check["result"].as_str()).unwrap()
}

#[actix_web::test]
async fn a_line_that_nobody_called_is_silent_and_the_checklist_says_where_to_look() {
    let door = Door::open(Transport::Database).await;

    let health = health(&door).await;

    assert!(health["line"]["last_webhook_at"].is_null(), "{health:#}");
    assert_eq!(result(&health, "public_url"), "wrong", "carriers can not reach this machine");
    assert_eq!(result(&health, "reachable"), "right", "but it can itself");
    assert_eq!(result(&health, "carrier_url"), "unknown");
    assert_eq!(result(&health, "line"), "right");
    assert_eq!(result(&health, "last_webhook"), "wrong");
    assert_eq!(result(&health, "signature"), "right");
    door.close().await;
}

#[actix_web::test]
async fn a_call_is_a_sign_of_life_and_a_webhook_that_is_not_believed_is_told() {
    let door = Door::open(Transport::Database).await;
    let run = door.plays("open_directly").await;
    door.carrier_saw(run).await;
    door.history().await;

    let alive = door
        .eventually("the webhooks are noted", async || {
            let health = health(&door).await;
            health["line"]["last_webhook_at"].is_string().then_some(health)
        })
        .await;
    assert_eq!(result(&alive, "last_webhook"), "right");
    assert_eq!(alive["connection"]["refusals"], 0);

    let forged = reqwest::Client::new().post(door.hook("event")).body("{}").send().await.unwrap();
    assert!(!forged.status().is_success(), "{forged:?}");
    let refused = door
        .eventually("the refusal is noted", async || {
            let health = health(&door).await;
            (health["connection"]["refusals"] == 1).then_some(health)
        })
        .await;
    assert_eq!(result(&refused, "signature"), "wrong");
    assert!(refused["connection"]["last_refusal"].is_string(), "{refused:#}");

    let connection = door.get("/v1/connections").await["items"][0]["id"].clone();
    let path = format!("/v1/connections/{}/health", connection.as_str().unwrap());
    assert_eq!(door.get(&path).await["refusals"], 1);
    door.close().await;
}

#[actix_web::test]
async fn a_line_is_watched_only_where_the_carrier_puts_calls_through_by_itself() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let line = door.get("/v1/lines").await["items"][0].clone();
    let watched = serde_json::json!({
        "connection_id": line["connection_id"],
        "building_id": line["building_id"],
        "number": "+441632960199",
        "is_watched": true,
    });

    let (status, problem) = manager.post("/v1/lines", &watched).await;

    assert_eq!(
        (status, &problem["fields"][0]["field"]),
        (422, &"is_watched".into()),
        "{problem:#}"
    );
    door.close().await;
}
