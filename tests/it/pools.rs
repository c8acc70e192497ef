//! The pools: connections are kept, and one that is left inside a transaction is not.

use secrecy::SecretString;
use vestibule::store::seal::Key;
use vestibule::store::{PoolSizes, Settings, Store};

use crate::harness::database;

async fn store(url: &SecretString) -> Store {
    let pools = PoolSizes { ingest: 1, app: 1, worker: 1 };
    Store::connect(Settings { url: url.clone(), master_key: Key::from_bytes([7; 32]), pools })
        .await
        .unwrap()
}

#[actix_web::test]
async fn a_connection_serves_many_requests() {
    let url = database::fresh().await;
    let store = store(&url).await;
    let mut admin = database::connect(&url).await;

    for _ in 0..50 {
        store.ping().await.unwrap();
        store.head().await.unwrap();
    }

    let connected: i64 = sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and backend_start < now() - interval '20 ms' and pid <> pg_backend_pid()",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    let sessions: i64 = sqlx::query_scalar(
        "select sessions from pg_stat_database where datname = current_database()",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert!(
        connected >= 2 && sessions <= 10,
        "{connected} connections, {sessions} sessions for 100 requests"
    );
}

/// What sqlx does when a `begin` is cancelled between the server's answer and the caller.
#[actix_web::test]
async fn a_cancelled_begin_loses_no_acknowledged_write() {
    let url = database::fresh().await;
    let store = store(&url).await;
    let mut acknowledged = Vec::new();

    for round in 0..300_u64 {
        let tenant = uuid::Uuid::from_u128(u128::from(round) + 1).into();
        let microseconds = rand::random_range(0..1_500);
        let _ = tokio::time::timeout(
            std::time::Duration::from_micros(microseconds),
            store.begin(&vestibule::store::Reach::whole(tenant)),
        )
        .await;
        let email = format!("grace-{round}@maple.example");
        let sign_up = vestibule::store::access::SignUp {
            tenant,
            tenant_name: "Maple".into(),
            user: uuid::Uuid::from_u128(u128::from(round) + 10_000).into(),
            user_name: "Grace".into(),
            email: email.clone(),
            password_hash: "none".into(),
        };
        if store.sign_up(&sign_up).await.is_ok_and(|made| made) {
            acknowledged.push(email);
        }
    }

    let mut admin = database::connect(&url).await;
    let stored: i64 = sqlx::query_scalar("select count(*) from vestibule.login")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(stored as usize, acknowledged.len());
    assert!(acknowledged.len() > 200, "{} of 300", acknowledged.len());
}
