//! The pools: connections are kept, and one that is left inside a transaction is not.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use vestibule::store::seal::Key;
use vestibule::store::{PoolSizes, Settings, Store};

use crate::harness::database;

async fn store(url: &SecretString) -> Store {
    let pools = PoolSizes { ingest: 1, app: 1, worker: 1 };
    Store::connect(Settings { url: url.clone(), master_key: Key::from_bytes([7; 32]), pools })
        .await
        .unwrap()
}

/// A way to the database on which everything takes longer. What is connected is cut off whenever `cuts` changes.
async fn long_way(url: &SecretString, one_way: Duration) -> (SecretString, watch::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut far: reqwest::Url = url.expose_secret().parse().unwrap();
    let server = format!("{}:{}", far.host_str().unwrap(), far.port().unwrap_or(5432));
    far.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    far.set_host(Some("127.0.0.1")).unwrap();
    let cuts = watch::Sender::new(());
    let mut cut = cuts.subscribe();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            cut.mark_unchanged();
            let (mut cut, server) = (cut.clone(), server.clone());
            tokio::spawn(async move {
                let mut far = TcpStream::connect(server).await.unwrap();
                let ((from_near, to_near), (from_far, to_far)) = (near.split(), far.split());
                let (there, back) =
                    (carry(from_near, to_far, one_way), carry(from_far, to_near, one_way));
                tokio::select! {
                    _ = cut.changed() => {}
                    () = there => {}
                    () = back => {}
                }
            });
        }
    });
    (SecretString::from(far.to_string()), cuts)
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    one_way: Duration,
) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        tokio::time::sleep(one_way).await;
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// Half a dozen crossings and more make a connection: longer than a webhook waits. As after an outage, when all come back at once.
#[actix_web::test]
async fn where_connecting_takes_longer_than_anyone_waits_connections_are_made_all_the_same() {
    let (url, cuts) = long_way(&database::fresh().await, Duration::from_millis(190)).await;
    let store = store(&url).await;

    cuts.send(()).unwrap();

    let mut waited = 0;
    while store.head().await.is_err() {
        waited += 1;
        assert!(waited < 60, "nobody ever gets a connection again");
    }
    assert!(waited > 0, "the way was not long enough to tell");
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
