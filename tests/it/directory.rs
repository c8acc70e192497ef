//! The directory as managers work on it: changes, removals, imports, passes, blocks, shared flows; and what doors make of it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::door::{Door, Manager, Transport};

/// Sends JSON, and gives status, entity tag and answer.
async fn send(manager: &Manager, method: Method, path: &str, body: &Value) -> (u16, String, Value) {
    let response = manager.request(method, path).json(body).send().await.unwrap();
    let tag = response.headers().get("ETag").and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    let tag = tag.to_owned();
    (response.status().as_u16(), tag, response.json().await.unwrap_or_default())
}

/// Makes it.
async fn made(manager: &Manager, path: &str, body: Value) -> Value {
    let (status, made) = manager.post(path, &body).await;
    assert_eq!(status, 201, "{path}: {made}");
    made
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap_or_else(|| panic!("no id: {thing}"))
}

async fn import(manager: &Manager, building: &str, dry_run: bool, file: &str) -> (u16, Value) {
    let path = format!("/v1/buildings/{building}/import?dry_run={dry_run}");
    let request = manager.request(Method::POST, &path).header("Content-Type", "text/csv");
    let response = request.body(file.to_owned()).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

async fn house(manager: &Manager) -> Value {
    made(manager, "/v1/buildings", json!({ "name": "Oak House", "time_zone": "Europe/London", "language": "en-GB", "region": "GB" })).await
}

#[actix_web::test]
async fn a_change_is_made_to_what_was_read_or_not_at_all() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let path = format!("/v1/buildings/{}", id(&house(&manager).await));
    let (_, read, _) = send(&manager, Method::GET, &path, &Value::Null).await;

    let by = |tag: &str, name: &str| {
        let request = manager.request(Method::PATCH, &path).header("If-Match", tag);
        request.json(&json!({ "name": name })).send()
    };
    let first = by(&read, "Oak Court").await.unwrap();
    let changed = first.headers()["ETag"].to_str().unwrap().to_owned();
    let second = by(&read, "Oak Garden").await.unwrap();
    let again = manager.request(Method::GET, &path).header("If-None-Match", &changed);
    let (_, now, building) = send(&manager, Method::GET, &path, &Value::Null).await;

    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 412));
    assert_eq!(again.send().await.unwrap().status().as_u16(), 304);
    assert_eq!((now, building["name"].as_str().unwrap()), (changed, "Oak Court"));
    door.close().await;
}

#[actix_web::test]
async fn a_patch_changes_what_it_names_and_refuses_what_may_not_be_named() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let path = format!("/v1/buildings/{}", id(&house(&manager).await));
    let patch = async |body: Value| {
        let (status, _, answer) = send(&manager, Method::PATCH, &path, &body).await;
        (status, answer)
    };

    let (_, with) = patch(json!({ "concierge": "+441632960900", "strangers": "pin" })).await;
    let (_, without) = patch(json!({ "concierge": null, "strangers": null })).await;

    assert_eq!((&with["concierge"], &with["strangers"]), (&json!("+441632960900"), &json!("pin")));
    assert_eq!((&without["concierge"], &without["strangers"]), (&Value::Null, &json!("reject")));
    for wrong in [
        json!({ "id": "1" }),
        json!({ "name": null }),
        json!({ "name": 5 }),
        json!({ "concierge": "12" }),
        json!([]),
    ] {
        let (status, answer) = patch(wrong.clone()).await;
        assert_eq!(status, 422, "{wrong}: {answer}");
    }
    door.close().await;
}

#[actix_web::test]
async fn what_is_needed_stays_and_a_building_takes_all_along() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let lines = manager.get("/v1/lines").await;
    let line = &lines["items"][0];
    let delete = async |path: String| {
        let response = manager.request(Method::DELETE, &path).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap_or_default())
    };
    let (entrance, connection) =
        (line["entrance_id"].as_str().unwrap(), line["connection_id"].as_str().unwrap());
    let building = line["building_id"].as_str().unwrap();

    for path in [format!("/v1/entrances/{entrance}"), format!("/v1/connections/{connection}")] {
        let (status, problem) = delete(path).await;
        assert_eq!(
            (status, problem["type"].as_str()),
            (409, Some("/problems/in-use")),
            "{problem}"
        );
    }
    let (status, _) = delete(format!("/v1/buildings/{building}")).await;
    let (gone, _) = delete(format!("/v1/connections/{connection}")).await;

    assert_eq!((status, gone), (204, 204));
    assert_eq!(manager.get("/v1/lines").await["items"], json!([]));
    assert_eq!(manager.get("/v1/residents").await["items"], json!([]));
    door.close().await;
}

#[actix_web::test]
async fn a_file_is_previewed_then_imported_whole_and_comes_back_as_it_was() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let building = house(&manager).await;
    let building = id(&building);
    let good = "unit,code,resident,numbers,language,moved_in,moved_out\n1,01,Ada,+447700900101;07700 900102,en-GB,2026-11-20,\n1,01,Ben,+447700900103,,,\n2,02,,,,,\n";
    let bad = good.replace("+447700900103", "12");

    let (_, preview) = import(&manager, building, true, &bad).await;
    let (refused, problem) = import(&manager, building, false, &bad).await;
    let untouched = manager.get(&format!("/v1/buildings/{building}/units")).await;
    let (_, report) = import(&manager, building, false, good).await;
    let exported = manager.request(Method::GET, &format!("/v1/buildings/{building}/export"));
    let exported = exported.send().await.unwrap().text().await.unwrap();
    let (_, again) = import(&manager, building, false, &exported).await;

    assert_eq!(
        preview["problems"],
        json!([{ "row": 3, "column": "numbers", "message": "not a phone number of GB: 12" }])
    );
    assert_eq!((refused, problem["fields"][0]["field"].as_str()), (422, Some("row 3, numbers")));
    assert_eq!(untouched["items"], json!([]));
    assert_eq!(
        (&report["units_added"], &report["residents_added"], &report["applied"]),
        (&json!(2), &json!(2), &json!(true))
    );
    assert!(
        exported.contains("1,01,Ada,+447700900101;+447700900102,en-GB,2026-11-20,"),
        "{exported}"
    );
    assert_eq!(
        (&again["residents_added"], &again["residents_changed"], &again["unchanged"]),
        (&json!(0), &json!(0), &json!(3))
    );
    door.close().await;
}

#[actix_web::test]
async fn a_bulk_is_added_whole_or_not_at_all() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let path = format!("/v1/buildings/{}/units/bulk", id(&house(&manager).await));

    let (bad, problem) = manager
        .post(&path, &json!({ "items": [{ "name": "1" }, { "name": "2", "code": "x" }] }))
        .await;
    let (twice, _) =
        manager.post(&path, &json!({ "items": [{ "name": "1" }, { "name": "1" }] })).await;
    let (good, added) =
        manager.post(&path, &json!({ "items": [{ "name": "1" }, { "name": "2" }] })).await;

    assert_eq!((bad, problem["fields"][0]["field"].as_str()), (422, Some("items[1].code")));
    assert_eq!((twice, good), (409, 201));
    assert_eq!(added["items"].as_array().unwrap().len(), 2);
    door.close().await;
}

#[actix_web::test]
async fn who_runs_some_buildings_sees_and_changes_those_only() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let other = house(&manager).await;
    let own = manager.get("/v1/buildings").await["items"][0]["id"].clone();
    let store = &door.rooms.as_ref().unwrap().store;
    let tenant: vestibule::domain::ids::TenantId =
        manager.get("/v1/tenants/me").await["id"].as_str().unwrap().parse().unwrap();
    let mut reach = vestibule::store::Reach::whole(tenant);
    reach.buildings = Some(vec![own.as_str().unwrap().parse().unwrap()]);

    let mut tx = store.begin(&reach).await.unwrap();
    let page = vestibule::store::directory::views::After { id: None, limit: 10 };
    let seen = tx.buildings(None, None, page).await.unwrap();
    let hidden = tx.building(id(&other).parse().unwrap()).await.unwrap();
    let unit = serde_json::from_value(
        json!({ "id": uuid::Uuid::from_u128(9), "building_id": other["id"], "name": "1" }),
    )
    .unwrap();
    let refused = tx.add_units(&[unit]).await;

    assert_eq!(seen.iter().map(|building| json!(building.id)).collect::<Vec<_>>(), [own]);
    assert!(hidden.is_none());
    assert!(
        matches!(refused, Err(vestibule::store::directory::views::DirectoryError::NoParent(_))),
        "{refused:?}"
    );
    reach.buildings = Some(vec![]);
    assert_eq!(
        store.begin(&reach).await.unwrap().buildings(None, None, page).await.unwrap().len(),
        0
    );
    drop(tx);
    door.close().await;
}

const STRANGER: &str = r#"
    title = "A stranger with a PIN"
    seed = 9

    [call]
    from = "+447700900666"
    to = "+441632960100"
    keys = [{ press = "PIN#", after_hearing = "PIN", after = "500ms" }]
    hang_up_after = "20s"
    [expect]
    "#;

/// The first building takes strangers' PINs.
async fn asks_strangers_for_pins(manager: &Manager) -> String {
    let building = id(&manager.get("/v1/buildings").await["items"][0]).to_owned();
    let path = format!("/v1/buildings/{building}");
    let (status, _, answer) =
        send(manager, Method::PATCH, &path, &json!({ "strangers": "pin" })).await;
    assert_eq!(status, 200, "{answer}");
    building
}

#[actix_web::test]
async fn a_pass_opens_for_its_visits_and_a_visit_may_use_it_twice() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let building = asks_strangers_for_pins(&manager).await;
    let pass = made(
        &manager,
        &format!("/v1/buildings/{building}/passes"),
        json!({ "label": "Cleaner", "visits_allowed": 1 }),
    )
    .await;
    let pin = pass["pin"].as_str().unwrap().to_owned();
    let path = format!("/v1/passes/{}", id(&pass["pass"]));

    let outcomes = async |expected: usize| {
        door.carrier_saw(door.rings(&STRANGER.replace("PIN", &pin)).await).await;
        let ended = door.eventually("the call is over", async || {
            let calls = manager.get("/v1/calls").await;
            let calls = calls["items"].as_array().unwrap().clone();
            (calls.len() == expected && calls.iter().all(|call| call["ended_at"].is_string()))
                .then_some(calls)
        });
        ended.await[0]["outcome"].clone()
    };
    let (first, second) = (outcomes(1).await, outcomes(2).await);
    let visits = manager.get(&path).await["visits"].clone();
    let (revoked, _) = manager.post(&format!("{path}/revoke"), &Value::Null).await;
    let third = outcomes(3).await;

    assert_eq!((first, second, visits), (json!("opened"), json!("opened"), json!(1)));
    assert_eq!(revoked, 200);
    assert_ne!(third, json!("opened"));
    assert!(!manager.get("/v1/calls").await.to_string().contains(&pin));
    door.close().await;
}

#[actix_web::test]
async fn a_residents_own_pin_is_one_and_the_newest() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let resident = manager.get("/v1/residents").await["items"][0].clone();
    let path = format!("/v1/residents/{}/pin", id(&resident));

    let (_, _, first) = send(&manager, Method::PUT, &path, &Value::Null).await;
    let (_, _, second) = send(&manager, Method::PUT, &path, &Value::Null).await;
    let own = format!(
        "/v1/buildings/{}/passes?resident={}&valid=true",
        resident["building_id"].as_str().unwrap(),
        id(&resident)
    );
    let valid = manager.get(&own).await;
    let (removed, ..) = send(&manager, Method::DELETE, &path, &Value::Null).await;

    assert_ne!(first["pin"], second["pin"]);
    assert_eq!(valid["items"].as_array().unwrap().len(), 1);
    assert_eq!(valid["items"][0]["id"], second["pass"]["id"]);
    assert_eq!((removed, manager.get(&own).await["items"].clone()), (204, json!([])));
    door.close().await;
}

#[actix_web::test]
async fn a_blocked_prefix_does_not_ring_until_it_is_lifted() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let building = manager.get("/v1/buildings").await["items"][0].clone();
    let path = format!("/v1/buildings/{}/blocks", id(&building));
    let block = made(
        &manager,
        &path,
        json!({ "kind": "prefix", "number": "+4416329600", "reason": "Test" }),
    )
    .await;

    door.carrier_saw(door.plays("open_directly").await).await;
    let blocked = door.history().await;
    let (lifted, after) =
        manager.post(&format!("/v1/blocks/{}/lift", id(&block)), &Value::Null).await;
    door.carrier_saw(door.plays("open_directly").await).await;
    let opened = door.eventually("it opened", async || {
        let calls = manager.get("/v1/calls?outcome=opened").await;
        (calls["items"] != json!([])).then_some(())
    });

    assert_eq!(blocked["outcome"], json!("blocked"), "{blocked}");
    assert!(lifted == 200 && after["lifted_at"].is_string());
    opened.await;
    assert_eq!(manager.get(&format!("{path}?active=true")).await["items"], json!([]));
    door.close().await;
}

#[actix_web::test]
async fn a_shared_flow_rings_where_it_is_named_and_stays_while_it_is() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let building = manager.get("/v1/buildings").await["items"][0].clone();
    // Never: a date alone, and it is past.
    let never = json!({ "name": "Never", "hours": { "dates": [{ "date": "2001-01-01", "hours": [{ "from": "00:00", "to": "00:01" }] }] } });
    let schedule = made(&manager, "/v1/schedules", never).await;
    let flow = json!({ "name": "Nobody", "flow": { "groups": [{ "members": "all_residents", "hours": { "schedule_id": schedule["id"] } }], "on_none": "hang_up" } });
    let flow = made(&manager, "/v1/flows", flow).await;
    let named = json!({ "flow": null, "flow_id": flow["id"] });
    let (status, _, answer) =
        send(&manager, Method::PATCH, &format!("/v1/buildings/{}", id(&building)), &named).await;
    assert_eq!(status, 200, "{answer}");
    for unit in manager.get(&format!("/v1/buildings/{}/units", id(&building))).await["items"]
        .as_array()
        .unwrap()
    {
        send(&manager, Method::PATCH, &format!("/v1/units/{}", id(unit)), &json!({ "flow": null }))
            .await;
    }

    door.carrier_saw(door.plays("open_directly").await).await;
    let call = door.history().await;

    assert_eq!(call["first_ring_at"], Value::Null, "{call}");
    for path in [format!("/v1/flows/{}", id(&flow)), format!("/v1/schedules/{}", id(&schedule))] {
        let (status, _, problem) = send(&manager, Method::DELETE, &path, &Value::Null).await;
        assert_eq!(
            (status, problem["type"].as_str()),
            (409, Some("/problems/in-use")),
            "{path}: {problem}"
        );
    }
    door.close().await;
}

#[actix_web::test]
async fn a_connection_proves_itself_and_takes_a_new_secret_beside_the_old() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let connection = manager.get("/v1/connections").await["items"][0].clone();
    let path = format!("/v1/connections/{}", id(&connection));

    let (_, check) = manager.post(&format!("{path}/check"), &Value::Null).await;
    let (rotated, answer) = manager
        .post(
            &format!("{path}/signature-secrets"),
            &json!({ "secret": "the-next-signature-secret", "overlap_seconds": 600 }),
        )
        .await;
    let body = json!({ "from": "447700900666", "to": "441632960100", "uuid": "aaaaaaaa-bbbb-cccc-dddd-000000000001", "conversation_uuid": "CON-aaaaaaaa-bbbb-cccc-dddd-000000000001", "region_url": "https://api-eu-3.vonage.com" });
    let body = body.to_string().into_bytes();
    let knocks = async |token: String| {
        let request = reqwest::Client::new()
            .post(door.hook("answer"))
            .bearer_auth(token)
            .header("Content-Type", "application/json");
        request.body(body.clone()).send().await.unwrap().status().as_u16()
    };
    // What a process knows of a connection it knows for five seconds.
    tokio::time::sleep(Duration::from_millis(5_200)).await;
    let (old, new, none) = (
        knocks(door.signed(&body, door.now())).await,
        knocks(door.signed_with("the-next-signature-secret", &body, door.now())).await,
        knocks(door.signed_with("another-signature-secret", &body, door.now())).await,
    );

    assert_eq!(check["works"], json!(true), "{check}");
    assert_eq!(rotated, 204, "{answer}");
    assert_eq!((old, new, none), (200, 200, 401));
    door.close().await;
}

#[actix_web::test]
async fn a_line_is_checked_before_anyone_calls() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let line = manager.get("/v1/lines").await["items"][0].clone();

    let check = manager.get(&format!("/v1/lines/{}/check", id(&line))).await;
    let elsewhere = house(&manager).await;
    let (status, _, problem) = send(
        &manager,
        Method::PATCH,
        &format!("/v1/lines/{}", id(&line)),
        &json!({ "building_id": elsewhere["id"] }),
    )
    .await;

    assert_eq!(check["works"], json!(true), "{check}");
    assert_eq!(check["findings"][0]["severity"], json!("degraded"));
    assert_eq!((status, problem["fields"][0]["field"].as_str()), (422, Some("entrance_id")));
    door.close().await;
}
