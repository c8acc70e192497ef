//! The audit log: who changed what, found again by anything that is known of it.

use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::application::ports::Actor;
use vestibule::store::Reach;
use vestibule::store::changes::{Action, Change, personal};

use crate::harness::door::{Door, Manager, Transport};
use crate::harness::ledger::id;

/// A firm whose log tells this and nothing else: eight changes by Grace, one by a key.
async fn firm_with_changes(door: &Door) -> (Manager, Uuid, Uuid, Uuid) {
    let firm = json!({ "name": "Elm Management", "owner_name": "Hedy", "email": "hedy@elm.example", "password": "a password of hers" });
    assert_eq!(door.manager().await.post("/v1/tenants", &firm).await.0, 201);
    let hedy = Manager::signed_in(&door.api, "hedy@elm.example", "a password of hers").await;
    let tenant: Uuid = hedy.get("/v1/tenants/me").await["id"].as_str().unwrap().parse().unwrap();
    let (user, key, building) = (id(), id(), id());
    let store = &door.rooms.as_ref().unwrap().store;
    for n in 0..8 {
        let reach =
            Reach { actor: Actor::User(user), request: id(), ..Reach::whole(tenant.into()) };
        let mut tx = store.begin(&reach).await.unwrap();
        let resident = id();
        tx.note(Change {
            resource: if n % 2 == 0 { "resident" } else { "widget" },
            id: resident,
            building: (n < 4).then_some(building),
            action: if n < 2 { Action::Created } else { Action::Changed },
            before: Value::Null,
            after: json!({ "n": n, "name": personal(resident, format!("=cmd|{n}")) }),
        });
        tx.commit().await.unwrap();
    }
    let reach = Reach { actor: Actor::ApiKey(key), ..Reach::whole(tenant.into()) };
    let mut tx = store.begin(&reach).await.unwrap();
    let action = Action::Other("@rotated");
    tx.note(Change {
        resource: "=widget",
        id: id(),
        building: None,
        action,
        before: json!({ "n": -1 }),
        after: Value::Null,
    });
    tx.commit().await.unwrap();
    (hedy, user, key, building)
}

/// What `n` each entry has, newest first.
fn ns(page: &Value) -> Vec<i64> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["after"]["n"].as_i64().unwrap_or(-1))
        .collect()
}

#[actix_web::test]
async fn a_change_is_found_by_anything_that_is_known_of_it() {
    let door = Door::open(Transport::Database).await;
    let (hedy, user, key, building) = firm_with_changes(&door).await;
    let found = async |filter: &str| {
        let page = hedy.get(&format!("/v1/audit?limit=200&{filter}")).await;
        ns(&page)
            .into_iter()
            .filter(|n| *n >= 0 || filter.contains(&key.to_string()))
            .collect::<Vec<_>>()
    };

    assert_eq!(found(&format!("actor={user}")).await, [7, 6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(found(&format!("actor={key}")).await, [-1]);
    assert_eq!(found("resource=resident").await, [6, 4, 2, 0]);
    assert_eq!(found(&format!("building={building}&action=changed")).await, [3, 2]);
    assert_eq!(found(&format!("actor={user}&action=created")).await, [1, 0]);
    let page = hedy.get(&format!("/v1/audit?actor={user}&limit=3")).await;
    let entry = &page["items"][0];
    assert_eq!(entry["after"]["name"], "=cmd|7");
    assert_eq!((&entry["actor_kind"], &entry["actor_id"]), (&json!("user"), &json!(user)));
    assert!(entry["request_id"].is_string());
    assert_eq!(
        found(&format!("resource_id={}", entry["resource_id"].as_str().unwrap())).await,
        [7]
    );
    let at = |n: usize| page["items"][n]["at"].as_str().unwrap().to_owned();
    assert_eq!(found(&format!("actor={user}&from={}", at(1))).await, [7, 6]);
    assert_eq!(found(&format!("actor={user}&to={}", at(1))).await, [5, 4, 3, 2, 1, 0]);

    let mut pages = vec![ns(&page)];
    let mut next = page["next_cursor"].clone();
    while let Some(cursor) = next.as_str() {
        let page = hedy.get(&format!("/v1/audit?actor={user}&limit=3&cursor={cursor}")).await;
        pages.push(ns(&page));
        next = page["next_cursor"].clone();
    }
    assert_eq!(pages, [vec![7, 6, 5], vec![4, 3, 2], vec![1, 0]]);
    let others = door.get("/v1/audit?limit=200").await;
    assert!(!others.to_string().contains("cmd|"), "{others}");
    for unreadable in ["resource=%00", "resource=", "action=%0a"] {
        assert_eq!(hedy.try_get(&format!("/v1/audit?{unreadable}")).await.0, 422, "{unreadable}");
    }
    assert_eq!(hedy.try_get("/v1/audit?actor=me").await.0, 400);
    door.close().await;
}

#[actix_web::test]
async fn the_file_for_spreadsheets_has_every_row_and_no_formula() {
    let door = Door::open(Transport::Database).await;
    let (hedy, user, ..) = firm_with_changes(&door).await;
    let file = async |filter: &str| {
        let request = hedy.request(reqwest::Method::GET, &format!("/v1/audit.csv?{filter}"));
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8; header=present");
        response.text().await.unwrap()
    };

    let all = file("").await;
    let by_user = file(&format!("actor={user}")).await;

    assert_eq!(by_user.lines().count(), 9, "{by_user}");
    assert!(all.starts_with("at,actor_kind,actor_id,action,resource,"), "{all}");
    assert!(all.contains(",'@rotated,'=widget,"), "{all}");
    assert!(by_user.contains(r#""{""n"":7,""name"":""=cmd|7""}""#), "{by_user}");
    for line in all.lines() {
        assert!(!line.split(',').any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{line}");
    }
    door.close().await;
}

#[actix_web::test]
async fn a_running_server_chains_what_happens_and_hands_it_out() {
    let door = Door::open(Transport::Database).await;
    let (hedy, ..) = firm_with_changes(&door).await;

    let chain = door
        .eventually("all changes are chained", async || {
            let request = hedy.request(reqwest::Method::GET, "/v1/audit/chain?limit=1000");
            let text = request.send().await.unwrap().text().await.unwrap();
            (text.matches("\"line\":\"event\"").count() >= 9).then_some(text)
        })
        .await;

    let report = vestibule::boot::audit::check(chain.as_bytes(), vec![]).unwrap().unwrap();
    assert!(report.to.events >= 9);
    assert!(!chain.contains("cmd|"), "personal data is sealed in it");
    assert_eq!(hedy.get("/v1/audit/checkpoints").await["next_cursor"], Value::Null);
    let keys: Value = reqwest::get(format!("{}/.well-known/vestibule-audit.json", door.api))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    assert!(keys["keys"][0].get("d").is_none());
    door.close().await;
}
