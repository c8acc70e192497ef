//! Dry runs and replays, over the real server.

use serde_json::{Value, json};

use crate::harness::database;
use crate::harness::door::{Door, Manager, Transport};

/// The demo building's line and residents.
struct House {
    manager: Manager,
    building: Value,
    line: Value,
    ada: Value,
    ben: Value,
}

impl House {
    async fn of(door: &Door) -> Self {
        let manager = door.manager().await;
        let building = manager.get("/v1/buildings").await["items"][0]["id"].clone();
        let units =
            manager.get(&format!("/v1/buildings/{}/units", building.as_str().unwrap())).await;
        let unit = units["items"][0]["id"].as_str().unwrap().to_owned();
        let residents = manager.get(&format!("/v1/units/{unit}/residents")).await["items"].clone();
        let named = |name: &str| {
            let found = residents.as_array().unwrap().iter().find(|one| one["name"] == name);
            found.unwrap()["id"].clone()
        };
        Self {
            building,
            line: manager.get("/v1/lines").await["items"][0]["id"].clone(),
            ada: named("Ada"),
            ben: named("Ben"),
            manager,
        }
    }

    async fn tries(&self, call: Value) -> Value {
        let (status, told) = self.manager.post("/v1/simulations/call", &call).await;
        assert_eq!(status, 200, "{told}");
        told
    }

    async fn replays(&self, change: Value) -> Value {
        let body = json!({ "building": self.building, "change": change });
        let (status, told) = self.manager.post("/v1/simulations/replay", &body).await;
        assert_eq!(status, 200, "{told}");
        told
    }
}

/// What the administrator counts.
async fn count(door: &Door, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut database::connect(&door.database).await).await.unwrap()
}

async fn execute(door: &Door, sql: &'static str) {
    sqlx::query(sql).execute(&mut database::connect(&door.database).await).await.unwrap();
}

fn spoken(told: &Value) -> Vec<&str> {
    let steps = told["steps"].as_array().unwrap().iter();
    let all = steps.flat_map(|step| step["spoken"].as_array().unwrap());
    all.map(|spoken| spoken["text"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_call_is_tried_rule_by_rule_and_leaves_no_trace() {
    let door = Door::open(Transport::Database).await;
    let house = House::of(&door).await;
    let before = count(&door, "select position from es.head").await;
    let call = json!({
        "line": house.line, "from": "+441632960001", "at": "2026-11-20T12:00:00Z",
        "residents": [
            { "resident": house.ada, "reaction": "answers", "after_seconds": 8, "key": "open" },
            { "resident": house.ben, "reaction": "voicemail", "after_seconds": 5 },
        ],
    });

    let told = house.tries(call.clone()).await;
    let again = house.tries(call).await;

    assert_eq!(told, again);
    assert_eq!((&told["outcome"], &told["opened"]), (&json!("opened"), &json!(true)));
    assert_eq!(told["opened_after_seconds"], 11);
    assert_eq!(told["opened_by"], json!({ "by": "resident", "id": house.ada }));
    assert_eq!(told["rings"].as_array().unwrap().len(), 2);
    assert_eq!(told["rings"][0]["shows"], "+441632960100");
    assert_eq!(told["steps"][2]["rule"], "panels_may_ring");
    assert_eq!(told["steps"][2]["inputs"], json!({ "entrance": "Front door" }));
    assert_eq!(spoken(&told)[0], "Calling unit 1204.");
    assert!(spoken(&told).contains(&"Visitor at Front door. Press 1 to talk, 9 to open."));
    assert_eq!(count(&door, "select position from es.head").await, before);
    assert_eq!(count(&door, "select count(*) from es.work_item").await, 0);
    assert_eq!(house.manager.get("/v1/calls").await["items"], json!([]));
    door.close().await;
}

#[actix_web::test]
async fn strangers_and_withheld_callers_are_tried_as_the_building_says() {
    let door = Door::open(Transport::Database).await;
    let house = House::of(&door).await;
    let try_from =
        async |from: &str| house.tries(json!({ "line": house.line, "from": from })).await;

    let (stranger, withheld) = (try_from("+447700900666").await, try_from("withheld").await);
    let own = try_from("+441632960100").await;

    assert_eq!(stranger["cause"], "stranger_rejected");
    assert_eq!(withheld["cause"], "withheld_rejected");
    assert_eq!(own["cause"], "own_number");
    assert_eq!(stranger["rings"], json!([]));
    // Not even a subject for the stranger's number was made.
    assert_eq!(count(&door, "select count(*) from es.subject_key where kind = 'caller'").await, 0);
    door.close().await;
}

#[actix_web::test]
async fn a_pin_that_is_tried_opens_or_not_and_never_counts_as_a_failure() {
    let door = Door::open(Transport::Database).await;
    let house = House::of(&door).await;
    execute(&door, "update vestibule.building set strangers = 'pin'").await;
    let tenant = count_tenant(&door).await;
    let hash = door.rooms.as_ref().unwrap().store.pin_hash(tenant.into(), "4711").await.unwrap();
    sqlx::query(
        "insert into vestibule.pass (tenant_id, pass_id, building_id, pin_hash, valid_from, valid_until)
         select tenant_id, '01900000-0000-7000-8000-000000000070', building_id, $1, '2026-11-20 08:00Z', '2026-11-20 18:00Z' from vestibule.building",
    )
    .bind(&hash[..])
    .execute(&mut database::connect(&door.database).await)
    .await
    .unwrap();
    let key_in = async |pins: [&str; 2], at: &str| {
        let digits = json!([{ "after_seconds": 4, "digits": pins[0] }, { "after_seconds": 12, "digits": pins[1] }]);
        house
            .tries(
                json!({ "line": house.line, "from": "+447700900666", "at": at, "digits": digits }),
            )
            .await
    };

    let opened = key_in(["0815#", "4711#"], "2026-11-20T12:00:00Z").await;
    let too_late = key_in(["4711#", "4711#"], "2026-11-20T20:00:00Z").await;
    for _ in 0..6 {
        key_in(["1111#", "2222#"], "2026-11-20T12:00:00Z").await;
    }
    let still = key_in(["0815#", "4711#"], "2026-11-20T12:00:00Z").await;

    assert_eq!((&opened["cause"], &opened["opened"]), (&json!("pass_opened"), &json!(true)));
    assert_eq!(opened["opened_after_seconds"], 12);
    assert_eq!(too_late["cause"], "wrong_pin");
    assert_eq!(still, opened);
    assert_eq!(count(&door, "select count(*) from vestibule.pin_failure").await, 0);
    door.close().await;
}

async fn count_tenant(door: &Door) -> uuid::Uuid {
    let mut admin = database::connect(&door.database).await;
    sqlx::query_scalar("select tenant_id from vestibule.building")
        .fetch_one(&mut admin)
        .await
        .unwrap()
}

#[actix_web::test]
async fn what_can_not_be_tried_is_refused_and_another_firms_line_is_not_there() {
    let door = Door::open(Transport::Database).await;
    let house = House::of(&door).await;
    let nobody = "01900000-0000-7000-8000-000000000000";
    let firm = json!({ "name": "Elm Management", "owner_name": "Hedy", "email": "hedy@elm.example", "password": "a password of hers" });
    house.manager.post("/v1/tenants", &firm).await;
    let stranger = Manager::signed_in(&door.api, "hedy@elm.example", "a password of hers").await;
    let call = |line: &Value| json!({ "line": line, "from": "+441632960001" });

    let foreign = stranger.post("/v1/simulations/call", &call(&house.line)).await;
    let missing = stranger.post("/v1/simulations/call", &call(&json!(nobody))).await;
    let replay = json!({ "building": house.building });
    let (foreign_building, _) = stranger.post("/v1/simulations/replay", &replay).await;
    let refused = [
        json!({ "line": house.line, "from": "0163" }),
        json!({ "line": house.line, "from": "withheld", "at": "9999-01-01T00:00:00Z" }),
        json!({ "line": house.line, "from": "withheld", "digits": [{ "after_seconds": 1, "digits": "12a" }] }),
        json!({ "line": house.line, "from": "withheld", "leaves_after_seconds": 4000 }),
        json!({ "line": house.line, "from": "withheld", "residents": [{ "resident": nobody, "reaction": "busy" }] }),
    ];

    assert_eq!(foreign.0, 404);
    assert_eq!(foreign, missing);
    assert_eq!(foreign_building, 404);
    for call in refused {
        let (status, problem) = house.manager.post("/v1/simulations/call", &call).await;
        assert_eq!(status, 422, "{call}: {problem}");
    }
    door.close().await;
}

#[actix_web::test]
async fn recorded_calls_replay_to_what_they_were_and_a_change_shows_what_it_would_have_meant() {
    let door = Door::open(Transport::Database).await;
    let house = House::of(&door).await;
    let visits = [
        "stranger",
        "decline_is_final",
        "open_directly",
        "visitor_hangs_up_first",
        "two_residents_one_voicemail",
        "nobody_answers",
    ];
    for visit in visits {
        let run = door.plays(visit).await;
        door.carrier_saw(run).await;
    }
    door.eventually("all visits are over", async || {
        let calls = door.get("/v1/calls").await;
        let items = calls["items"].as_array()?;
        (items.len() == visits.len() && items.iter().all(|call| call["ended_at"].is_string()))
            .then_some(())
    })
    .await;

    let same = house.replays(json!({})).await;
    let rings = house.replays(json!({ "strangers": "ring" })).await;
    let blocked = house.replays(json!({ "blocks": { "add": ["+441632960001"] } })).await;
    let alone = house
        .replays(json!({ "flow": { "groups": [{ "members": { "residents": [house.ben] } }] } }))
        .await;

    assert_eq!(same["calls"], visits.len(), "{same:#}");
    for none in ["changed", "estimated", "drifted", "skipped"] {
        assert_eq!(same[none], 0, "{none}: {same:#}");
    }
    assert_eq!(rings["counts"]["no_longer_refused"], 1, "{rings:#}");
    assert_eq!(rings["differences"][0]["before"]["cause"], "stranger_rejected");
    assert_eq!(rings["differences"][0]["estimated"], true);
    assert_eq!(blocked["counts"]["panels_refused"], 5, "{blocked:#}");
    assert_eq!(blocked["counts"]["no_longer_opened"], 2, "{blocked:#}");
    assert!(
        blocked["summary"]
            .as_array()
            .unwrap()
            .contains(&json!("5 panel calls would have been refused.")),
        "{blocked:#}"
    );
    let no_ada = |call: &Value| {
        let rang = call["after"]["rang"].as_array().unwrap();
        rang.iter().all(|who| who["resident"] != house.ada)
    };
    assert!(alone["differences"].as_array().unwrap().iter().all(no_ada), "{alone:#}");
    assert_eq!(alone["counts"]["rang_others"], 5, "{alone:#}");
    let kept = count(&door, "select count(*) from vestibule.call_row").await;
    assert_eq!(kept, visits.len() as i64);
    door.close().await;
}
