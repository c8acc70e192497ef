//! How fast the journal takes events, next to plain inserts of the same rows; and what a sync to disk costs here.

use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;
use vestibule::application::ports::{Actor, Append, Appended, Expected, NewEvent};
use vestibule::domain::ids::TenantId;
use vestibule::store::journal::writer::Writer;
use vestibule::store::seal::Key;
use vestibule::store::{PoolSizes, Settings, Store};

use crate::server::{MASTER_KEY, fresh_database};
use crate::table::{Table, number};

const APPENDERS: u32 = 64;
const RUNS_FOR: Duration = Duration::from_secs(5);
const SYNCS: usize = 300;
/// A page of the database's.
const PAGE: usize = 8192;

/// Rows a second.
struct Rates {
    /// Through the writer, by 64 appenders.
    journal: f64,
    /// A row a commit, by 64 connections.
    plain_many: f64,
    /// A row a commit, by one connection.
    plain_one: f64,
}

/// `cargo bench --bench door -- journal`
pub async fn print() -> anyhow::Result<()> {
    println!("\n## The journal\n");
    let sync = sync_costs()?;
    let rates = measure().await?;
    let mut table = Table::headed(&["", "events a second", "the journal is"]);
    let journal = rates.journal;
    table.row(&[&format!("the journal, {APPENDERS} appenders"), &number(journal), &""]);
    let plain = [(APPENDERS, rates.plain_many), (1, rates.plain_one)];
    for (connections, rate) in plain {
        let name = format!("plain insert, a commit each, {connections} connections");
        let times = format!("{} of it", number(journal / rate));
        table.row(&[&name, &number(rate), &times]);
    }
    table.print();
    println!("\nfdatasync of 8 kB: {sync:.2} ms (median)");
    Ok(())
}

/// Each for a few seconds on one fresh database.
async fn measure() -> anyhow::Result<Rates> {
    let url = fresh_database().await?;
    let store = Store::connect(Settings {
        url: url.clone(),
        master_key: Key::from_bytes(MASTER_KEY),
        pools: PoolSizes::default(),
    })
    .await?;
    let (writer, written) = Writer::start(store.clone());
    let tenant = TenantId::from(random_id());
    let journal = rate(APPENDERS, async || {
        let appended = writer.append(event(tenant)).await?;
        ensure!(matches!(appended, Appended::Stored { .. }), "an append is {appended:?}");
        Ok(())
    })
    .await?;
    drop(writer);
    written.await?;
    store.close().await;

    let pool = PgPoolOptions::new()
        .max_connections(APPENDERS)
        .min_connections(APPENDERS)
        .connect(url.expose_secret())
        .await?;
    sqlx::query("create table plain (like es.event including all)").execute(&pool).await?;
    let position = Arc::new(AtomicI64::new(0));
    let insert = async || {
        sqlx::query(
            "insert into plain (position, stream_id, version, tenant_id, event_id, type, schema_version, payload, correlation_id, actor)
             values ($1, $2, 1, $3, $4, 'Benchmarked', 1, $5, $2, $6)",
        )
        .bind(position.fetch_add(1, Ordering::Relaxed))
        .bind(random_id())
        .bind(tenant.as_uuid())
        .bind(random_id())
        .bind(payload())
        .bind(json!(Actor::Worker))
        .execute(&pool)
        .await?;
        Ok(())
    };
    let plain_many = rate(APPENDERS, &insert).await?;
    let plain_one = rate(1, &insert).await?;
    pool.close().await;
    Ok(Rates { journal, plain_many, plain_one })
}

/// The median of writing a page and waiting for the disk, in milliseconds, in the folder where the private database is.
fn sync_costs() -> anyhow::Result<f64> {
    let path = std::env::temp_dir().join(format!("vestibule-sync-{:016x}", rand::random::<u64>()));
    let mut file = std::fs::File::create_new(&path)?;
    let mut took = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let began = Instant::now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&[1; PAGE])?;
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    std::fs::remove_file(&path)?;
    took.sort_by(f64::total_cmp);
    Ok(took[SYNCS / 2])
}

/// How often a second this many at once can do it.
async fn rate(at_once: u32, once: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let began = Instant::now();
    let repeat = async || {
        let mut times = 0_u32;
        while began.elapsed() < RUNS_FOR {
            once().await?;
            times += 1;
        }
        anyhow::Ok(times)
    };
    let times = futures_util::future::try_join_all((0..at_once).map(|_| repeat())).await?;
    Ok(f64::from(times.iter().sum::<u32>()) / began.elapsed().as_secs_f64())
}

/// The first event of a new stream.
fn event(tenant: TenantId) -> Append {
    Append {
        tenant,
        stream: random_id(),
        stream_type: "call",
        expected: Expected::Version(0),
        events: vec![NewEvent {
            id: random_id().into(),
            kind: "Benchmarked",
            schema_version: 1,
            payload: payload(),
            occurred_at: None,
        }],
        work: vec![],
        actor: Actor::Worker,
        causation: None,
        delivery: None,
    }
}

fn payload() -> Value {
    json!({ "data": { "leg": random_id(), "reason": "the visitor pressed a key" }, "because": ["a rule", "a schedule"] })
}

#[expect(clippy::disallowed_methods, reason = "these ids are measured, not decided on")]
fn random_id() -> Uuid {
    Uuid::now_v7()
}
