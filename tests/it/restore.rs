//! What OPERATIONS.md says of backups, done as it stands there: nothing is lost up to the backup, what comes then goes on without a
//! gap, and whoever was erased stays erased.

use secrecy::SecretString;
use serde_json::json;
use sqlx::AssertSqlSafe;
use vestibule::store::migrate;

use crate::harness::database;
use crate::harness::door::{Door, Transport, quick};
use crate::harness::operator::{NOWHERE, Operator};
use crate::persons::places_of;

const NAME: &str = "Augusta Lovelace-Quine";
const NUMBER: &str = "+447700900155";
const STRANGER: &str = "+441632960666";
/// Visits that begin while it is dumped.
const VISITS: usize = 10;

/// What the administrator reads.
async fn read<T>(url: &SecretString, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    let mut admin = database::connect(url).await;
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut admin).await.unwrap()
}

/// All events up to a position, as one number.
async fn events_to(url: &SecretString, position: i64) -> String {
    let sql = "select md5(string_agg(e::text, E'\\n' order by position)) from es.event e";
    read(url, &format!("{sql} where position <= {position}")).await
}

/// The last position; there is an event at every position before.
async fn head(url: &SecretString) -> i64 {
    let sql = "select position from es.head where position = (select count(*) from es.event)
               and position = (select max(position) from es.event)";
    read(url, sql).await
}

async fn plays(door: &Door, visit: &str) {
    let run = door.plays(visit).await;
    door.carrier_saw(run).await;
}

async fn over(door: &Door) -> i64 {
    read(&door.database, "select count(*) from es.event where type = 'CallEnded'").await
}

/// Everything that happened is told and nothing moves any more.
async fn settles(door: &Door, calls: i64) {
    door.eventually("the visits are over", async || (over(door).await >= calls).then_some(()))
        .await;
    door.eventually("nothing moves any more", async || {
        let before: i64 = read(&door.database, "select position from es.head").await;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        let after: i64 = read(&door.database, "select position from es.head").await;
        (before == after).then_some(())
    })
    .await;
}

/// A resident whose phone rings, and a stranger who is blocked.
async fn people_come(door: &Door) -> String {
    let manager = door.manager().await;
    let building = door.get("/v1/buildings").await["items"][0]["id"].as_str().unwrap().to_owned();
    let units = door.get(&format!("/v1/buildings/{building}/units")).await;
    let unit = units["items"][0]["id"].as_str().unwrap();
    let body = json!({ "name": NAME, "numbers": [NUMBER] });
    let (status, made) = manager.post(&format!("/v1/units/{unit}/residents"), &body).await;
    assert_eq!(status, 201, "{made}");
    plays(door, "stranger").await;
    let mut admin = database::connect(&door.database).await;
    sqlx::query("insert into vestibule.block (tenant_id, block_id, building_id, number, reason) select tenant_id, gen_random_uuid(), building_id, $1, 'rings at night' from vestibule.building")
        .bind(STRANGER)
        .execute(&mut admin)
        .await
        .unwrap();
    plays(door, "open_directly").await;
    settles(door, 2).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn people_are_erased(door: &Door, resident: &str) {
    let manager = door.manager().await;
    let (status, said) = manager.post(&format!("/v1/residents/{resident}/erase"), &json!({})).await;
    assert_eq!(status, 200, "{said}");
    let (status, said) = manager.post("/v1/callers/erase", &json!({ "number": STRANGER })).await;
    assert_eq!(status, 200, "{said}");
    nobody_is_known(door).await;
}

async fn nobody_is_known(door: &Door) {
    for clear in [NAME, NUMBER, STRANGER] {
        assert_eq!(places_of(door, clear).await, Vec::<String>::new(), "{clear}");
    }
    let living =
        "select count(*) from es.subject_key where wrapped_key is not null and subject_id::text in
                  (select payload ->> 'subject' from es.event where type = 'SubjectErased')";
    assert_eq!(read::<i64>(&door.database, living).await, 0);
}

/// The backup brought them back, which is why the list is kept.
async fn everybody_is_back(door: &mut Door, database: &SecretString) {
    door.database = database.clone();
    for clear in [NAME, NUMBER, STRANGER] {
        assert!(!places_of(door, clear).await.is_empty(), "{clear} is in no backup");
    }
}

/// The next visit is stored right after the last event, and every read model is what the events say.
async fn goes_on(door: &Door) {
    let (before, calls) = (head(&door.database).await, over(door).await);
    plays(door, "open_directly").await;
    settles(door, calls + 1).await;
    assert!(head(&door.database).await > before);
    let calls = door.get("/v1/calls").await;
    assert!(calls["items"].to_string().contains("[erased]"), "{calls}");
    let projections = door.rooms.as_ref().unwrap().projections.clone();
    for name in projections.names() {
        for table in projections.check(name).await.unwrap() {
            assert!(table.is_equal(), "{table:?}");
        }
    }
}

async fn in_the_background(operator: &Operator, walk: &'static str) -> String {
    let operator = operator.clone();
    tokio::task::spawn_blocking(move || operator.walks(walk, &[])).await.unwrap()
}

#[actix_web::test]
async fn what_was_dumped_under_load_goes_on_in_a_new_cluster_and_nobody_erased_is_back() {
    let mut door = Door::open(Transport::Database).await;
    let resident = people_come(&door).await;
    let operator = Operator::of(&door.database, NOWHERE.as_ref());

    // Visitors ring while it is dumped.
    let mut dump = std::pin::pin!(in_the_background(&operator, "dump"));
    let mut visits = vec![];
    loop {
        // As many as a door has, however long it takes.
        if visits.len() < VISITS {
            visits.push(door.plays("open_directly").await);
        }
        tokio::select! {
            _ = &mut dump => break,
            () = tokio::time::sleep(std::time::Duration::from_millis(100)) => {}
        }
    }
    assert!(visits.len() > 1, "the dump was too fast for the load");
    for visit in visits {
        door.carrier_saw(visit).await;
    }
    settles(&door, 2).await;
    people_are_erased(&door, &resident).await;
    in_the_background(&operator, "erasures").await;

    door.goes_dark().await;
    let new = operator.new_database();
    in_the_background(&operator, "restore").await;
    let dumped = head(&new).await;
    assert!(dumped < head(&door.database).await);
    assert_eq!(events_to(&new, dumped).await, events_to(&door.database, dumped).await);
    everybody_is_back(&mut door, &new).await;
    let said = in_the_background(&operator, "after").await;
    assert!(said.contains("erased again") && !said.contains("DIFFERS"), "{said}");

    door.moves_to(new).await;
    nobody_is_known(&door).await;
    goes_on(&door).await;
    // A list is never shortened, whatever the database knows.
    let listed = in_the_background(&operator, "erasures").await;
    assert!(listed.contains(" 0 of them new"), "{listed}");
    door.close().await;
    operator.leaves();
}

#[actix_web::test]
async fn a_moment_between_two_calls_comes_back_and_nobody_erased_with_it() {
    let folder = std::env::temp_dir().join(format!("vestibule-old-{:016x}", rand::random::<u64>()));
    let server = database::private_server(&folder);
    let old = SecretString::from(format!("{}/vestibule", server.trim_end_matches("/postgres")));
    let operator = Operator::of(&SecretString::from(server.clone()), &folder.join("postgres/data"));
    in_the_background(&operator, "archive").await;
    let mut admin = database::connect(&SecretString::from(server)).await;
    sqlx::query("create database vestibule").execute(&mut admin).await.unwrap();
    migrate::run(&old).await.unwrap();
    let there = old.clone();
    let mut door =
        Door::open_planned(None, quick(), move |plan| plan.database = there.clone()).await;
    door.database = old.clone();
    in_the_background(&operator, "base backup").await;
    let resident = people_come(&door).await;

    let moment: String = read(&old, "select clock_timestamp()::text").await;
    let then = head(&old).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    plays(&door, "open_directly").await;
    settles(&door, 3).await;
    people_are_erased(&door, &resident).await;
    let operator = operator.at(&old);
    in_the_background(&operator, "erasures").await;
    let before = events_to(&old, then).await;

    door.goes_dark().await;
    let new = operator.new_database();
    let restoring = operator.clone();
    tokio::task::spawn_blocking(move || restoring.walks("moment", &[("MOMENT", &moment)]))
        .await
        .unwrap();
    assert_eq!(head(&new).await, then);
    assert_eq!(events_to(&new, then).await, before);
    everybody_is_back(&mut door, &new).await;
    in_the_background(&operator, "after").await;

    door.moves_to(new).await;
    nobody_is_known(&door).await;
    goes_on(&door).await;
    door.close().await;
    operator.leaves();
    let stop =
        std::process::Command::new("bash").args([database::SERVICES, "stop"]).arg(&folder).status();
    assert!(stop.unwrap().success());
}
