//! A person's rights: what is known of them, handed out; and then nothing is known of them any more.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;
use vestibule::application::ports::Actor;
use vestibule::domain::audit::sign::{self, Kind, PublicKey};
use vestibule::store::Reach;
use vestibule::store::changes::{Action, Change, personal};

use crate::harness::database;
use crate::harness::door::{Door, Transport};
use crate::harness::ledger::id;

const NAME: &str = "Augusta Lovelace-Quine";
const NUMBER: &str = "+447700900155";
const STRANGER: &str = "+441632960666";

async fn tenant(door: &Door) -> Uuid {
    door.get("/v1/tenants/me").await["id"].as_str().unwrap().parse().unwrap()
}

/// A change as a handler notes it.
async fn changes(door: &Door, change: Change) {
    let reach = Reach { actor: Actor::User(id()), ..Reach::whole(tenant(door).await.into()) };
    let mut tx = door.rooms.as_ref().unwrap().store.begin(&reach).await.unwrap();
    tx.note(change);
    tx.commit().await.unwrap();
}

fn changed(resource: &'static str, id: Uuid, after: Value) -> Change {
    Change { resource, id, building: None, action: Action::Changed, before: Value::Null, after }
}

/// Every place in the database where this stands in clear: columns of text, of JSON, and the answers to carriers.
pub async fn places_of(door: &Door, needle: &str) -> Vec<String> {
    let mut admin = database::connect(&door.database).await;
    let columns = sqlx::query(
        "select format('%I.%I', table_schema, table_name) as place, format('%I', column_name) as field
         from information_schema.columns join information_schema.tables using (table_schema, table_name)
         where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'
           and data_type in ('text', 'character varying', 'json', 'jsonb', 'ARRAY')",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert!(columns.len() > 60, "{} columns", columns.len());
    let mut asked: Vec<(String, String)> =
        columns.iter().map(|row| (row.get("place"), row.get("field"))).collect();
    asked.push((
        "es.delivery".into(),
        "convert_from(decode(response ->> 'body', 'base64'), 'utf8')".into(),
    ));
    let mut found = vec![];
    for (place, field) in asked {
        let sql =
            format!("select exists (select from {place} where strpos(({field})::text, $1) > 0)");
        let is_there: bool = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(needle)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        if is_there {
            found.push(format!("{place}.{field}"));
        }
    }
    found
}

/// What a receipt says, if the server's audit key signed it.
async fn receipt(door: &Door, erased: &Value) -> Value {
    let url = format!("{}/.well-known/vestibule-audit.json", door.api);
    let keys: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let keys: Vec<PublicKey> = serde_json::from_value(keys["keys"].clone()).unwrap();
    sign::read(Kind::Erasure, erased["receipt"].as_str().unwrap(), &keys).unwrap()
}

#[actix_web::test]
async fn a_resident_gets_what_is_known_of_them_and_is_then_erased_everywhere() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let building = door.get("/v1/buildings").await["items"][0]["id"].as_str().unwrap().to_owned();
    let unit = door.get(&format!("/v1/buildings/{building}/units")).await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({ "name": NAME, "numbers": [NUMBER] });
    let made = manager
        .request(reqwest::Method::POST, &format!("/v1/units/{unit}/residents"))
        .header("Idempotency-Key", "once")
        .json(&body)
        .send()
        .await
        .unwrap();
    let made: Value = made.json().await.unwrap();
    let resident = made["id"].as_str().unwrap().to_owned();
    let entry = json!({ "number": NUMBER, "label": "Augusta's own" });
    assert_eq!(
        manager.post(&format!("/v1/buildings/{building}/allowlist-entries"), &entry).await.0,
        201
    );
    let subject: Uuid = resident.parse().unwrap();
    let told = json!({ "name": personal(subject, NAME), "numbers": personal(subject, [NUMBER]), "presence": "away" });
    changes(&door, changed("resident", subject, told)).await;
    let run = door.plays("open_directly").await;
    door.carrier_saw(run).await;
    door.history().await;

    let (status, known) =
        manager.post(&format!("/v1/residents/{resident}/export"), &json!({})).await;
    assert_eq!(status, 200, "{known}");
    assert_eq!(known["directory"].as_array().unwrap().len(), 2);
    assert_eq!(known["directory"][0]["fields"]["name"], NAME);
    assert_eq!(known["calls"][0]["legs"][0]["number"], NUMBER);
    assert_eq!(known["calls"].as_array().unwrap().len(), 1);
    let audited = known["audit"].as_array().unwrap();
    assert!(audited.iter().any(|entry| entry["after"]["name"] == NAME), "{known}");
    // Others' numbers are not theirs to see.
    assert!(!known.to_string().contains("+447700900101") && known["calls"][0]["caller"].is_null());
    assert!(!places_of(&door, NUMBER).await.is_empty());

    let (status, erased) =
        manager.post(&format!("/v1/residents/{resident}/erase"), &json!({})).await;
    assert_eq!(status, 200, "{erased}");

    for clear in [NAME, NUMBER, NUMBER.trim_start_matches('+'), "Lovelace", "Augusta's own"] {
        assert_eq!(places_of(&door, clear).await, Vec::<String>::new(), "{clear}");
    }
    let said = receipt(&door, &erased).await;
    for field in ["subjects", "events", "first_position", "last_position"] {
        assert_eq!(said[field], erased[field], "{field}");
    }
    assert!(erased["events"].as_i64().unwrap() >= 2 && erased["rows"] == 2, "{erased}");
    assert_eq!(manager.try_get(&format!("/v1/residents/{resident}")).await.0, 404);
    let call = door.history().await;
    let leg = call["legs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|leg| leg["resident_id"] == json!(resident))
        .unwrap();
    assert_eq!(leg["number"], "[erased]");
    let log = door.get(&format!("/v1/audit?resource_id={resident}")).await;
    let names: Vec<_> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["after"]["name"].clone())
        .collect();
    assert!(names.contains(&json!("[erased]")) && !log.to_string().contains(NAME), "{log}");
    let projections = door.rooms.as_ref().unwrap().projections.clone();
    for name in projections.names() {
        for table in projections.check(name).await.unwrap() {
            assert!(table.is_equal(), "{table:?}");
        }
    }
    // Who asks again hears the same.
    let (status, again) =
        manager.post(&format!("/v1/residents/{resident}/erase"), &json!({})).await;
    assert_eq!((status, &again["rows"]), (200, &json!(0)));
    door.close().await;
}

#[actix_web::test]
async fn a_caller_is_erased_with_what_is_listed_for_their_number() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let run = door.plays("stranger").await;
    door.carrier_saw(run).await;
    assert_eq!(door.history().await["caller"], STRANGER);
    let mut admin = database::connect(&door.database).await;
    sqlx::query("insert into vestibule.block (tenant_id, block_id, building_id, number, reason) select tenant_id, gen_random_uuid(), building_id, $1, 'rings at night' from vestibule.building")
        .bind(STRANGER)
        .execute(&mut admin)
        .await
        .unwrap();
    let number = json!({ "number": STRANGER });

    let (status, known) = manager.post("/v1/callers/export", &number).await;
    assert_eq!(status, 200, "{known}");
    assert_eq!(known["calls"][0]["caller"], STRANGER);
    assert_eq!(known["directory"][0]["resource"], "block");

    let (status, erased) = manager.post("/v1/callers/erase", &number).await;
    assert_eq!(status, 200, "{erased}");
    assert!(receipt(&door, &erased).await["events"].as_i64().unwrap() >= 1);
    for clear in [STRANGER, STRANGER.trim_start_matches('+')] {
        assert_eq!(places_of(&door, clear).await, Vec::<String>::new());
    }
    assert_eq!(door.history().await["caller"], "[erased]");
    let (_, nothing) = manager.post("/v1/callers/export", &number).await;
    assert_eq!(nothing, json!({ "subjects": [], "directory": [], "calls": [], "audit": [] }));

    // The same number calls again: someone new.
    let run = door.plays("stranger").await;
    door.carrier_saw(run).await;
    door.eventually("the second call is there", async || {
        let calls = door.get("/v1/calls").await;
        (calls["items"][0]["caller"] == STRANGER && calls["items"][1]["caller"] == "[erased]")
            .then_some(())
    })
    .await;
    assert_eq!(manager.post("/v1/callers/erase", &json!({ "number": "12" })).await.0, 422);
    let residents = json!({ "number": "+447700900101" });
    assert_eq!(manager.post("/v1/callers/erase", &residents).await.0, 409);
    door.close().await;
}

#[actix_web::test]
async fn a_user_is_erased_once_their_account_is_gone() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let gone = id();
    changes(&door, changed("user", gone, json!({ "name": personal(gone, NAME) }))).await;
    let mut admin = database::connect(&door.database).await;
    let owner: Uuid = sqlx::query_scalar("select user_id from vestibule.user_account")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    let erase =
        async |user: Uuid| manager.post(&format!("/v1/users/{user}/erase"), &json!({})).await;

    assert_eq!(erase(owner).await.0, 409);
    assert_eq!(erase(id()).await.0, 404);
    assert_eq!(erase(gone).await.0, 200);

    let log = door.get("/v1/audit?resource=user").await;
    assert_eq!(log["items"][0]["after"]["name"], "[erased]", "{log}");
    door.close().await;
}

#[actix_web::test]
async fn nobody_erases_or_reads_another_firms_people() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let building = door.get("/v1/buildings").await["items"][0]["id"].as_str().unwrap().to_owned();
    let unit = door.get(&format!("/v1/buildings/{building}/units")).await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let ada = door.get(&format!("/v1/units/{unit}/residents")).await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let run = door.plays("stranger").await;
    door.carrier_saw(run).await;
    let firm = json!({ "name": "Elm Management", "owner_name": "Hedy", "email": "hedy@elm.example", "password": "a password of hers" });
    manager.post("/v1/tenants", &firm).await;
    let hedy = crate::harness::door::Manager::signed_in(
        &door.api,
        "hedy@elm.example",
        "a password of hers",
    )
    .await;

    for what in ["export", "erase"] {
        assert_eq!(hedy.post(&format!("/v1/residents/{ada}/{what}"), &json!({})).await.0, 404);
        let (status, seen) =
            hedy.post(&format!("/v1/callers/{what}"), &json!({ "number": STRANGER })).await;
        assert_eq!((status, &seen["subjects"]), (200, &json!([])));
    }

    assert_eq!(door.history().await["caller"], STRANGER);
    assert_eq!(door.get(&format!("/v1/residents/{ada}")).await["name"], "Ada");
    door.close().await;
}
