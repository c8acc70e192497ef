//! Webhooks as managers meet them: who may see and steer what, the log, and telling again.

use std::time::SystemTime;

use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::harness::database;
use crate::webhooks_stage::{Receiver, Setting, Stage, Works, eventually, path_of};

fn ended() -> (&'static str, Value) {
    ("CallEnded", json!({ "outcome": "opened", "cause": "visitor_hung_up" }))
}

fn fields(problem: &Value) -> Vec<&str> {
    problem["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["field"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn a_secret_is_shown_once_and_lies_nowhere_in_clear() {
    let stage = Stage::set(Setting { works: Works::No, ..Setting::default() }).await;
    let create = async || {
        let request = stage.owner.request(Method::POST, "/v1/webhooks");
        let body = json!({ "url": "http://127.0.0.1:9/hook" });
        request
            .header("Idempotency-Key", "once")
            .json(&body)
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    let (first, again) = (create().await, create().await);
    let secret = first["secret"].as_str().unwrap();

    assert!(secret.starts_with("whsec_") && secret.len() > 40, "{secret}");
    assert_eq!(first, again);
    let read = stage.owner.get(&path_of(&first)).await;
    let listed = stage.owner.get("/v1/webhooks").await;
    assert!(!format!("{read}{listed}").contains("whsec_"));
    assert_eq!(listed["items"], json!([read]));
    let mut admin = database::connect(&stage.database).await;
    for table in [
        "select string_agg(w::text, '') from vestibule.webhook w",
        "select string_agg(i::text, '') from vestibule.idempotency i",
        "select string_agg(e::text, '') from es.event e",
    ] {
        let rows: Option<String> = sqlx::query_scalar(table).fetch_one(&mut admin).await.unwrap();
        assert!(!rows.unwrap_or_default().contains(&secret[6..]), "{table}");
    }
    stage.close().await;
}

#[actix_web::test]
async fn a_webhook_is_changed_as_it_was_read_and_deleted() {
    let stage = Stage::set(Setting { works: Works::No, ..Setting::default() }).await;
    let webhook = stage.webhook(json!({ "url": "http://127.0.0.1:9/hook", "description": "Desk", "events": ["call.rang"] })).await;
    let path = path_of(&webhook);
    let tag =
        stage.owner.request(Method::GET, &path).send().await.unwrap().headers()["etag"].clone();
    let patch = async |body: Value| {
        let request = stage.owner.request(Method::PATCH, &path).header("If-Match", tag.clone());
        request.json(&body).send().await.unwrap().status().as_u16()
    };

    assert_eq!(patch(json!({ "events": ["call.ended"], "description": null })).await, 200);
    assert_eq!(patch(json!({ "events": [] })).await, 412);
    let changed = stage.owner.get(&path).await;
    assert_eq!(
        (&changed["events"], &changed["description"], &changed["url"]),
        (&json!(["call.ended"]), &json!(""), &webhook["url"])
    );
    for (body, field) in [
        (json!({ "events": ["call.rung"] }), "events"),
        (json!({ "events": ["ping"] }), "events"),
        (json!({ "description": "x".repeat(201) }), "description"),
        (json!({ "url": "ftp://127.0.0.1/" }), "url"),
        (json!({ "building_id": stage.elm }), "body"),
        (json!({ "secret": "whsec_x" }), "body"),
    ] {
        let (status, problem) = stage.tries(Method::PATCH, &path, body).await;
        assert_eq!((status, fields(&problem)), (422, vec![field]), "{problem}");
    }
    let deleted = stage.owner.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(stage.owner.try_get(&path).await.0, 404);
    let actions = stage.number("select count(*) from es.event where type = 'DirectoryChanged' and payload -> 'data' ->> 'resource' = 'webhook'").await;
    assert_eq!(actions, 3, "created, changed, deleted");
    stage.close().await;
}

#[actix_web::test]
async fn a_firm_reaches_no_webhook_of_another() {
    let stage = Stage::open().await;
    let receiver = Receiver::open().await;
    let webhook = stage.webhook(json!({ "url": receiver.url() })).await;
    stage.visit(stage.maple, &[ended()]).await;
    let taken = stage
        .deliveries(&webhook, "all is told", |all| {
            all.len() == 2 && all.iter().all(|one| one["state"] == "delivered")
        })
        .await;
    let hedy = stage.another_firm().await;
    let path = path_of(&webhook);
    let delivery = format!("{path}/deliveries/{}", taken[0]["id"].as_str().unwrap());

    for read in [path.clone(), format!("{path}/deliveries"), delivery.clone()] {
        assert_eq!(hedy.try_get(&read).await.0, 404, "{read}");
    }
    for write in [format!("{path}/test"), format!("{delivery}/replay")] {
        assert_eq!(hedy.post(&write, &json!({})).await.0, 404, "{write}");
    }
    assert_eq!(hedy.post(&format!("{path}/rotate-secret"), &json!({})).await.0, 404);
    assert_eq!(hedy.request(Method::DELETE, &path).send().await.unwrap().status(), 404);
    assert_eq!(
        hedy.request(Method::PATCH, &path).json(&json!({})).send().await.unwrap().status(),
        404
    );
    assert_eq!(
        hedy.post("/v1/webhooks", &json!({ "url": receiver.url(), "building_id": stage.maple }))
            .await
            .0,
        404
    );
    assert_eq!(hedy.get("/v1/webhooks").await["items"], json!([]));
    // And is told nothing of what happens there.
    let (status, theirs) = hedy.post("/v1/webhooks", &json!({ "url": receiver.url() })).await;
    assert_eq!(status, 201, "{theirs}");
    stage.visit(stage.maple, &[ended()]).await;
    receiver.hears(4).await;
    assert_eq!(hedy.get(&format!("{}/deliveries", path_of(&theirs))).await["items"], json!([]));
    stage.close().await;
}

#[actix_web::test]
async fn each_is_told_of_its_building_and_its_events_only_and_numbers_are_masked() {
    let stage = Stage::open().await;
    let (maple, all, whole) =
        (Receiver::open().await, Receiver::open().await, Receiver::open().await);
    stage
        .webhook(json!({ "url": maple.url(), "building_id": stage.maple, "events": ["call.rang"] }))
        .await;
    stage.webhook(json!({ "url": all.url() })).await;
    let personal = stage
        .webhook(json!({ "url": whole.url(), "personal": true, "events": ["call.rang"] }))
        .await;
    stage.webhook(json!({ "url": maple.url(), "enabled": false })).await;

    let here = stage.visit(stage.maple, &[ended()]).await;
    stage.visit(stage.elm, &[ended()]).await;

    all.hears(4).await;
    whole.hears(2).await;
    let heard = maple.hears(1).await;
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].json()["data"]["call_id"], json!(here));
    assert_eq!(heard[0].json()["data"]["caller"], "+44••••••••01");
    assert_eq!(whole.heard().await[0].json()["data"]["caller"], "+441632960001");
    let delivery = stage.deliveries(&personal, "all is told", |all| all.len() == 2).await;
    let path = format!("{}/deliveries/{}", path_of(&personal), delivery[0]["id"].as_str().unwrap());
    assert_eq!(stage.owner.get(&path).await["message"]["data"]["caller"], "+441632960001");
    for secret in ["+441632960001", "1632960001"] {
        let rows = "select string_agg(d::text, '') || (select string_agg(w.args::text, '') from es.work_item w) from vestibule.webhook_delivery d";
        let mut admin = database::connect(&stage.database).await;
        let rows: String = sqlx::query_scalar(rows).fetch_one(&mut admin).await.unwrap();
        assert!(!rows.contains(secret));
    }
    stage.close().await;
}

#[actix_web::test]
async fn who_was_erased_is_told_no_more() {
    let stage = Stage::open().await;
    let receiver = Receiver::open().await;
    let webhook = stage
        .webhook(json!({ "url": receiver.url(), "personal": true, "events": ["call.rang"] }))
        .await;
    stage.visit(stage.maple, &[]).await;
    let told = receiver.hears(1).await;
    stage.execute("update es.subject_key set wrapped_key = null, lookup_hash = null, destroyed_at = clock_timestamp()").await;
    // Keys are remembered for a few seconds.
    let delivery = stage.deliveries(&webhook, "it is told", |all| all.len() == 1).await;
    let path = format!("{}/deliveries/{}", path_of(&webhook), delivery[0]["id"].as_str().unwrap());
    eventually("the number is forgotten", async || {
        (stage.owner.get(&path).await["message"]["data"]["caller"] == "[erased]").then_some(())
    })
    .await;
    stage.does(Method::POST, &format!("{path}/replay"), json!({})).await;

    let again = receiver.hears(2).await;

    assert_eq!(told[0].json()["data"]["caller"], "+441632960001");
    assert_eq!(again[1].json()["data"]["caller"], "[erased]");
    assert_eq!(again[1].id(), again[0].id());
    stage.close().await;
}

#[actix_web::test]
async fn what_was_told_can_be_looked_up_and_told_again() {
    let stage = Stage::open().await;
    let receiver = Receiver::open().await;
    let before = OffsetDateTime::from(SystemTime::now()) - time::Duration::minutes(1);
    stage.visit(stage.maple, &[ended()]).await;
    let webhook = stage
        .webhook(
            json!({ "url": receiver.url(), "events": ["call.ended"], "building_id": stage.maple }),
        )
        .await;
    let path = path_of(&webhook);
    for _ in 0..3 {
        stage.visit(stage.maple, &[ended()]).await;
        stage.visit(stage.elm, &[ended()]).await;
    }
    let delivered = |many: usize| {
        move |all: &[Value]| all.len() == many && all.iter().all(|one| one["state"] == "delivered")
    };
    let all = stage.deliveries(&webhook, "all is told", delivered(3)).await;
    let list = async |query: &str| stage.owner.get(&format!("{path}/deliveries?{query}")).await;

    assert!(
        all.windows(2).all(|two| two[0]["id"].as_str() > two[1]["id"].as_str()),
        "newest first"
    );
    assert_eq!(list("state=failed").await["items"], json!([]));
    let middle = all[1]["created_at"].as_str().unwrap();
    assert_eq!(
        list(&format!("state=delivered&from={middle}")).await["items"].as_array().unwrap().len(),
        2
    );
    assert_eq!(list(&format!("to={middle}")).await["items"].as_array().unwrap().len(), 1);
    let page = list("limit=2").await;
    let rest = list(&format!("limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!((rest["items"].clone(), &rest["next_cursor"]), (json!([all[2]]), &Value::Null));
    assert_eq!(stage.owner.try_get(&format!("{path}/deliveries?state=lost")).await.0, 422);

    let one = format!("{path}/deliveries/{}", all[0]["id"].as_str().unwrap());
    let again = stage.does(Method::POST, &format!("{one}/replay"), json!({})).await;
    assert_eq!((&again["event_id"], &again["replay_of"]), (&all[0]["event_id"], &all[0]["id"]));
    stage.deliveries(&webhook, "it is told again", delivered(4)).await;

    // What was before the webhook, too; of the other building nothing.
    let replay = json!({ "from": before.format(&Rfc3339).unwrap(), "to": (before + time::Duration::hours(1)).format(&Rfc3339).unwrap() });
    let replayed = stage.does(Method::POST, &format!("{path}/replay"), replay.clone()).await;
    assert_eq!(replayed["deliveries"], 4);
    stage.deliveries(&webhook, "everything is told again", delivered(8)).await;
    assert_eq!(receiver.hears(8).await.len(), 8);

    let backwards = json!({ "from": replay["to"], "to": replay["from"] });
    let (status, problem) = stage.tries(Method::POST, &format!("{path}/replay"), backwards).await;
    assert_eq!((status, fields(&problem)), (422, vec!["to"]));
    stage.does(Method::PATCH, &path, json!({ "enabled": false })).await;
    let (status, problem) = stage.tries(Method::POST, &format!("{path}/replay"), replay).await;
    assert_eq!((status, fields(&problem)), (422, vec!["enabled"]));
    stage.close().await;
}

#[actix_web::test]
async fn a_ping_is_tried_once() {
    let stage = Stage::open().await;
    let receiver = Receiver::that(wiremock::ResponseTemplate::new(500)).await;
    let webhook = stage.webhook(json!({ "url": receiver.url(), "events": ["call.ended"] })).await;

    let made = stage.does(Method::POST, &format!("{}/test", path_of(&webhook)), json!({})).await;
    let tried = stage
        .deliveries(&webhook, "it failed", |all| all.len() == 1 && all[0]["state"] == "failed")
        .await;

    assert_eq!(
        (&tried[0]["id"], &tried[0]["type"], &tried[0]["last_status"]),
        (&made["id"], &json!("ping"), &json!(500))
    );
    assert_eq!(receiver.heard().await[0].id(), made["id"]);
    assert_eq!(stage.owner.get(&path_of(&webhook)).await["failing_since"], Value::Null);
    stage.close().await;
}

#[actix_web::test]
async fn the_log_is_kept_for_thirty_days() {
    let stage = Stage::set(Setting { works: Works::No, ..Setting::default() }).await;
    stage.webhook(json!({ "url": "http://127.0.0.1:9/", "events": ["call.ended"] })).await;
    for _ in 0..3 {
        stage.visit(stage.maple, &[ended()]).await;
    }
    stage.rooms.fan_out.catch_up().await.unwrap();
    stage.execute("update vestibule.webhook_delivery set created_at = created_at - interval '31 days' where delivery_id = (select min(delivery_id::text)::uuid from vestibule.webhook_delivery)").await;
    stage.execute("update vestibule.webhook_delivery set created_at = created_at - interval '26 hours' where delivery_id = (select max(delivery_id::text)::uuid from vestibule.webhook_delivery)").await;

    stage.rooms.store.keep_house().await.unwrap();

    assert_eq!(
        stage
            .number("select count(*) from vestibule.webhook_delivery where state = 'pending'")
            .await,
        1
    );
    assert_eq!(stage.number("select count(*) from vestibule.webhook_delivery where last_error = 'its time ran out'").await, 1);
    assert_eq!(stage.number("select count(*) from vestibule.webhook_delivery").await, 2);
    stage.close().await;
}
