//! The API as programs meet it: who may see what, and what a repetition does.

use serde_json::{Value, json};
use vestibule::application::ports::Actor;
use vestibule::domain::ids::TenantId;
use vestibule::domain::phone_number::PhoneNumber;

use crate::harness::database;
use crate::harness::door::{Door, Manager, Transport};

/// Another firm at the same server.
async fn another_firm(door: &Door) -> Manager {
    let firm = json!({ "name": "Elm Management", "owner_name": "Hedy", "email": "hedy@elm.example", "password": "a password of hers" });
    let (status, made) = door.manager().await.post("/v1/tenants", &firm).await;
    assert_eq!(status, 201, "{made}");
    Manager::signed_in(&door.api, "hedy@elm.example", "a password of hers").await
}

/// Every operation of the document that reads something by its id: a new route is covered without anyone remembering.
fn paths_with_an_id(door_ids: &[Value]) -> Vec<String> {
    let document: Value = serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    let mut paths = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if operations["get"].is_object() && path.contains('{') {
            for id in door_ids {
                let start = path.find('{').unwrap();
                let end = path.find('}').unwrap();
                paths.push(format!(
                    "{}{}{}",
                    &path[..start],
                    id.as_str().unwrap(),
                    &path[end + 1..]
                ));
            }
        }
    }
    assert!(paths.len() > 40, "{} paths", paths.len());
    paths
}

#[actix_web::test]
async fn a_firm_sees_nothing_of_another_firms() {
    let door = Door::open(Transport::Database).await;
    door.plays("stranger").await;
    let call = door.history().await;
    let building = door.get("/v1/buildings").await["items"][0]["id"].clone();
    let units = door.get(&format!("/v1/buildings/{}/units", building.as_str().unwrap())).await;
    let entrances =
        door.get(&format!("/v1/buildings/{}/entrances", building.as_str().unwrap())).await;
    let unit = units["items"][0]["id"].clone();
    let resident = door.get(&format!("/v1/units/{}/residents", unit.as_str().unwrap())).await["items"][0]["id"].clone();
    let ids = [
        building,
        unit,
        resident,
        entrances["items"][0]["id"].clone(),
        call["id"].clone(),
        door.get("/v1/lines").await["items"][0]["id"].clone(),
        door.get("/v1/connections").await["items"][0]["id"].clone(),
    ];
    let stranger = another_firm(&door).await;
    let nobodys = json!("01900000-0000-7000-8000-000000000000");

    for (theirs, nobodys) in
        paths_with_an_id(&ids).into_iter().zip(paths_with_an_id(&vec![nobodys; ids.len()]))
    {
        let (seen, missing) = (stranger.try_get(&theirs).await, stranger.try_get(&nobodys).await);
        assert_eq!(seen, missing, "{theirs}");
        let is_empty_list = seen.0 == 200 && seen.1["items"] == json!([]);
        assert!(seen.0 == 404 || is_empty_list, "{theirs}: {seen:?}");
    }
    for list in ["/v1/buildings", "/v1/lines", "/v1/connections", "/v1/calls"] {
        assert_eq!(stranger.get(list).await["items"], json!([]), "{list}");
    }
    let (status, _) = stranger
        .post(&format!("/v1/buildings/{}/units", ids[0].as_str().unwrap()), &json!({ "name": "1" }))
        .await;
    assert_eq!(status, 404);
    door.close().await;
}

#[actix_web::test]
async fn the_same_request_fifty_times_at_once_makes_one_thing() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let house = json!({ "name": "Oak House", "time_zone": "Europe/Berlin", "language": "de-DE", "region": "DE" });
    let send = async |body: &Value| {
        let request = manager
            .request(reqwest::Method::POST, "/v1/buildings")
            .header("Idempotency-Key", "once")
            .json(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap_or_default())
    };

    let answers = futures_util::future::join_all((0..50).map(|_| send(&house))).await;
    let other = send(&json!({ "name": "Ash House", "time_zone": "Europe/Berlin", "language": "de-DE", "region": "DE" })).await;

    assert!(answers.iter().all(|answer| answer.0 == 201 && *answer == answers[0]), "{answers:?}");
    assert_eq!(other.0, 422);
    assert_eq!(door.get("/v1/buildings").await["items"].as_array().unwrap().len(), 2);
    door.close().await;
}

#[actix_web::test]
async fn what_can_not_be_taken_is_refused_field_by_field() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;

    let (status, problem) = manager
        .post("/v1/buildings", &json!({ "name": "", "time_zone": "Europe/Atlantis", "language": "en", "region": "XX", "concierge": "12" }))
        .await;
    let fields: Vec<_> = problem["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["field"].as_str().unwrap())
        .collect();
    assert_eq!((status, fields), (422, vec!["name", "time_zone", "region", "concierge"]));

    let post = async |body: String| {
        let request = manager
            .request(reqwest::Method::POST, "/v1/buildings")
            .header("content-type", "application/json")
            .body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        response.status().as_u16()
    };
    assert_eq!(post("{".into()).await, 400);
    assert_eq!(post("{}".into()).await, 422);
    assert_eq!(post(format!("\"{}\"", "x".repeat(1_100_000))).await, 413);
    assert_eq!(
        post(
            r#"{"name":"a\u0000b","time_zone":"Europe/London","language":"en","region":"GB"}"#
                .into()
        )
        .await,
        422
    );
    assert_eq!(manager.try_get("/v1/nothing").await.0, 404);
    assert_eq!(reqwest::get(format!("{}/v1/calls", door.api)).await.unwrap().status(), 401);
    let wrong = json!({ "email": door.building.email(), "password": "wrong" });
    let unknown = json!({ "email": "nobody@maple.example", "password": "wrong" });
    assert_eq!(
        manager.post("/v1/sessions", &wrong).await,
        manager.post("/v1/sessions", &unknown).await
    );
    door.close().await;
}

#[actix_web::test]
async fn numbers_stand_nowhere_in_clear_and_an_erased_caller_is_erased_everywhere() {
    let door = Door::open(Transport::Database).await;
    let run = door.plays("open_directly").await;
    door.carrier_saw(run).await;
    let before = door.history().await;
    assert_eq!(before["caller"], "+441632960001");

    let mut admin = database::connect(&door.database).await;
    for table in [
        "select string_agg(payload::text, '') from es.event",
        "select string_agg(args::text, '') from es.work_item",
    ] {
        let text: Option<String> = sqlx::query_scalar(table).fetch_one(&mut admin).await.unwrap();
        let text = text.unwrap_or_default();
        assert!(!text.contains("441632960001") && !text.contains("447700900101"), "{table}");
    }

    let tenant: TenantId =
        door.get("/v1/tenants/me").await["id"].as_str().unwrap().parse().unwrap();
    let journal = door.rooms.as_ref().unwrap().journal.clone();
    journal
        .erase_caller(tenant, &PhoneNumber::parse("+441632960001").unwrap(), Actor::Worker)
        .await
        .unwrap();
    let ada = before["legs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|leg| leg["number"] == "+447700900101")
        .unwrap();
    journal
        .erase(
            tenant,
            ada["resident_id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().into(),
            Actor::Worker,
        )
        .await
        .unwrap();

    let after = door.history().await;
    assert_eq!(after["caller"], "[erased]");
    let numbers: Vec<_> =
        after["legs"].as_array().unwrap().iter().map(|leg| leg["number"].clone()).collect();
    assert!(
        numbers.contains(&json!("[erased]")) && !numbers.contains(&json!("+447700900101")),
        "{numbers:?}"
    );
    let explained = door.get(&format!("/v1/calls/{}/explain", after["id"].as_str().unwrap())).await;
    assert!(
        explained
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["sentence"].as_str().is_some_and(|text| !text.is_empty()))
    );
    door.close().await;
}

#[actix_web::test]
async fn the_document_is_served_and_can_be_browsed() {
    let door = Door::open(Transport::Database).await;

    let served: Value =
        reqwest::get(format!("{}/openapi.json", door.api)).await.unwrap().json().await.unwrap();
    let committed: Value =
        serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    assert_eq!(served, committed);
    let browser = reqwest::get(format!("{}/docs/", door.api)).await.unwrap();
    assert_eq!(browser.status(), 200);
    assert_eq!(reqwest::get(format!("{}/health/ready", door.api)).await.unwrap().status(), 200);
    door.close().await;
}

#[actix_web::test]
async fn a_live_view_starts_with_a_snapshot_and_then_hears_of_each_change() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let mut stream = manager.request(reqwest::Method::GET, "/v1/live").send().await.unwrap();

    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    door.plays("stranger").await;
    let mut heard = String::new();
    while !heard.contains("CallEnded") {
        heard.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
    }

    assert!(first.starts_with("event: snapshot\nid: ") && first.contains("\ndata: []"), "{first}");
    assert!(
        heard.contains("event: change")
            && heard.contains("CallRang")
            && heard.contains("CallerRefused"),
        "{heard}"
    );
    let resumed = manager
        .request(reqwest::Method::GET, "/v1/live")
        .header("Last-Event-ID", "1")
        .send()
        .await
        .unwrap()
        .chunk()
        .await
        .unwrap()
        .unwrap();
    assert!(resumed.starts_with(b": resumed"));
    door.close().await;
}
