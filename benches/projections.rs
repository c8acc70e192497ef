//! How many events a second the read models take in: each when it is rebuilt, all of them live; and how far they are behind while
//! visits come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::ingest::firm::Firm;
use crate::load::percentile;
use crate::processes::Installation;
use crate::server::{Server, fresh_database};
use crate::stories::Stories;
use crate::table::{Table, number};
use crate::visits;

/// Events in the journal.
const SIZES: [i64; 3] = [10_000, 50_000, 200_000];
/// Visits a second.
const RATES: [f64; 3] = [1.0, 50.0, 200.0];
const SECONDS: f64 = 10.0;
/// The read models, in the order in which they are brought up to date.
const NAMES: [&str; 5] = ["live", "streams", "call_history", "spam_stats", "door_stats"];
const LIVE_FOR: Duration = Duration::from_secs(20);
const LOOKS_EVERY: Duration = Duration::from_millis(20);

/// `cargo bench --bench door -- projections`
pub async fn measure() -> anyhow::Result<()> {
    println!("\n## Read models\n");
    let mut columns = vec!["events a second, by events stored", "all live"];
    columns.extend(NAMES);
    columns.push("all rebuilt");
    let mut table = Table::headed(&columns);
    for events in SIZES {
        let database = fresh_database().await?.expose_secret().to_owned();
        let installation = Installation::on(&database);
        let api = installation.api()?;
        let firm = Firm::furnish(&api.url()).await?;
        let stories = Stories::told(&api, &firm, &database).await?;
        drop(api);
        let mut admin = PgConnection::connect(&database).await?;
        let there = stories.until(&mut admin, events).await? as f64;
        let live = live(&installation, &mut admin).await?;
        let mut rebuilt = Vec::new();
        for name in NAMES {
            let began = Instant::now();
            installation.run(&["projections", "rebuild", name])?;
            rebuilt.push(began.elapsed().as_secs_f64());
        }
        let rates: Vec<String> = rebuilt.iter().map(|seconds| number(there / seconds)).collect();
        let all = number(there / rebuilt.iter().sum::<f64>());
        table.row(&[
            &there,
            &number(live),
            &rates[0],
            &rates[1],
            &rates[2],
            &rates[3],
            &rates[4],
            &all,
        ]);
    }
    table.print();
    println!("\nWith a process's start in each rebuild. Goal: 20,000 a second.\n");
    lag().await
}

/// Events a second that a worker brings through all live read models, until they are at the end or time is up.
async fn live(installation: &Installation, admin: &mut PgConnection) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut worker = installation.worker()?;
    loop {
        let (through, behind): (i64, i64) = sqlx::query_as(
            "select min(position), (select position from es.head) - min(position) from es.checkpoint where state = 'live' and name = any ($1)",
        )
        .bind(&NAMES[..])
        .fetch_one(&mut *admin)
        .await?;
        if behind == 0 || began.elapsed() > LIVE_FOR {
            return Ok(through as f64 / began.elapsed().as_secs_f64());
        }
        worker.still_runs()?;
        tokio::time::sleep(LOOKS_EVERY).await;
    }
}

async fn lag() -> anyhow::Result<()> {
    let server = Server::start(None).await?;
    visits::measure(&server.carrier, 2.0, 2.0).await?;
    let mut table = Table::headed(&[
        "visits a second",
        "events a second",
        "behind, p50 ms",
        "p99 ms",
        "most ms",
        "most events",
    ]);
    for rate in RATES {
        let over = Arc::new(AtomicBool::new(false));
        let looking = tokio::spawn(look(server.database.clone(), Arc::clone(&over)));
        visits::measure(&server.carrier, rate, SECONDS).await?;
        over.store(true, Ordering::Relaxed);
        let Seen { mut times, events_most, events_per_second } = looking.await??;
        times.sort_unstable();
        let [p50, p99, most] = [0.5, 0.99, 1.0].map(|part| number(percentile(&times, part)));
        table.row(&[&rate, &number(events_per_second), &p50, &p99, &most, &events_most]);
    }
    server.close().await?;
    table.print();
    Ok(())
}

/// How far behind the read models were seen.
struct Seen {
    /// The age of the oldest event that one of them had not taken in.
    times: Vec<Duration>,
    events_most: i64,
    events_per_second: f64,
}

async fn look(database: String, over: Arc<AtomicBool>) -> anyhow::Result<Seen> {
    let mut admin = PgConnection::connect(&database).await?;
    let (mut times, mut events_most) = (Vec::new(), 0);
    let began = Instant::now();
    let first: i64 = admin.fetch_one("select position from es.head").await?.get(0);
    while !over.load(Ordering::Relaxed) {
        let row = sqlx::query(
                "with slowest as (select min(position) as position from es.checkpoint where state = 'live' and name = any ($1)),
                      head as (select max(position) as position from es.event)
                 select head.position - slowest.position,
                        coalesce((select extract(epoch from clock_timestamp() - recorded_at)::float8 from es.event
                                  where position = slowest.position + 1), 0)
                 from slowest, head",
            )
            .bind(&NAMES[..])
            .fetch_one(&mut admin)
            .await?;
        events_most = events_most.max(row.get::<i64, _>(0));
        times.push(Duration::from_secs_f64(row.get::<f64, _>(1).max(0.0)));
        tokio::time::sleep(LOOKS_EVERY).await;
    }
    let last: i64 = admin.fetch_one("select position from es.head").await?.get(0);
    let events_per_second = (last - first) as f64 / began.elapsed().as_secs_f64();
    Ok(Seen { times, events_most, events_per_second })
}
