//! Versions side by side: which schema a version works on, and how it says that it does not.

use secrecy::SecretString;
use sqlx::AssertSqlSafe;
use vestibule::store::projections::Projections;
use vestibule::store::seal::Key;
use vestibule::store::{PoolSizes, Settings, Store, migrate};

use crate::harness::database;
use crate::harness::ledger::{Ledger, event, id, to};

async fn execute(url: &SecretString, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(&mut database::connect(url).await).await.unwrap();
}

/// As a version that comes after us does.
async fn is_migrated_by_the_next_version(url: &SecretString, name: &str) {
    let row = format!(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, '{name}', true, '', 0)"
    );
    execute(url, row).await;
}

async fn starts(url: &SecretString) -> Result<(), String> {
    let pools = PoolSizes { ingest: 1, app: 1, worker: 1 };
    let settings = Settings { url: url.clone(), master_key: Key::from_bytes([7; 32]), pools };
    Store::connect(settings).await.map(drop).map_err(|error| error.to_string())
}

#[actix_web::test]
async fn a_read_model_that_a_newer_version_built_is_left_to_it() {
    let ledger = Ledger::open().await;
    let projections = Projections::start(ledger.store.clone()).await.unwrap();
    ledger.execute("update es.checkpoint set shape = 99 where name = 'spam_stats'").await;
    ledger.append(to(id().into(), id(), vec![event("x")])).await;

    projections.catch_up().await.unwrap();
    Projections::start(ledger.store.clone()).await.unwrap();

    for state in projections.list().await.unwrap() {
        assert_eq!(state.position, i64::from(state.name != "spam_stats"), "{state:?}");
    }
}

#[actix_web::test]
async fn a_schema_that_is_older_is_said_with_what_to_do() {
    let url = database::fresh().await;
    starts(&url).await.unwrap();
    let last =
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
    execute(&url, last.to_owned()).await;

    let refused = starts(&url).await.unwrap_err();

    assert!(refused.contains("is older") && refused.contains("vestibule migrate"), "{refused}");
    // From before anybody was told.
    execute(&url, "revoke all on _sqlx_migrations from vestibule_worker".to_owned()).await;
    assert!(starts(&url).await.unwrap_err().contains("is older"));
}

#[actix_web::test]
async fn a_schema_that_the_next_version_expanded_is_worked_on_and_left_as_it_is() {
    let url = database::fresh().await;
    is_migrated_by_the_next_version(&url, "a column more").await;

    starts(&url).await.unwrap();
    migrate::run(&url).await.unwrap();
}

#[actix_web::test]
async fn a_schema_that_a_later_version_contracted_is_refused() {
    let url = database::fresh().await;
    is_migrated_by_the_next_version(&url, "contract an old column").await;

    let refused = starts(&url).await.unwrap_err();

    assert!(refused.contains("9999") && refused.contains("newer"), "{refused}");
    assert!(migrate::run(&url).await.is_err());
}
