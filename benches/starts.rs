//! How long it is from starting the process to the first webhook that is answered and stored; and from nothing at all.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use crate::ingest::carriers::{Carrier, Hooks, Pens};
use crate::ingest::firm::Firm;
use crate::load::{self, Again, Load, percentile};
use crate::processes::Installation;
use crate::server::{empty_database, fresh_database};
use crate::stories::Stories;
use crate::table::{Table, number};

const STARTS: usize = 10;
const FIRST_EVER: usize = 3;
/// Events in the database.
const SIZES: [i64; 3] = [0, 100_000, 1_000_000];
const WITHIN: Duration = Duration::from_secs(30);

/// `cargo bench --bench door -- start`
pub async fn measure() -> anyhow::Result<()> {
    println!("\n## Start\n");
    let mut table = Table::headed(&["", "events stored", "p50 ms", "slowest ms"]);
    let database = fresh_database().await?.expose_secret().to_owned();
    let installation = Installation::on(&database);
    let api = installation.api()?;
    let firm = Firm::furnish(&api.url()).await?;
    let stories = Stories::told(&api, &firm, &database).await?;
    drop(api);
    let mut admin = PgConnection::connect(&database).await?;
    let mut visit = 1;
    for events in SIZES {
        let there = stories.until(&mut admin, events).await?;
        let mut times = Vec::with_capacity(STARTS);
        for _ in 0..STARTS {
            visit += 1;
            times.push(first_answer(&installation, &firm, visit).await?);
        }
        times.sort_unstable();
        let slowest = times.last().context("no start was measured")?.as_secs_f64() * 1_000.0;
        let p50 = number(percentile(&times, 0.5));
        table.row(&[&"process to first webhook answered", &there, &p50, &number(slowest)]);
    }
    let mut times = Vec::with_capacity(FIRST_EVER);
    for _ in 0..FIRST_EVER {
        times.push(first_ever().await?);
    }
    times.sort_unstable();
    let slowest = times.last().context("no start was measured")?.as_secs_f64() * 1_000.0;
    let p50 = number(percentile(&times, 0.5));
    table.row(&[&"empty database: migrated, then ready", &0, &p50, &number(slowest)]);
    table.print();
    println!("\nGoal: below a second.");
    Ok(())
}

/// A visitor who rings while the process starts, and tries until somebody answers.
async fn first_answer(
    installation: &Installation,
    firm: &Firm,
    visit: usize,
) -> anyhow::Result<Duration> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let to = Hooks { firm, host: address.to_string() };
    let rings = Pens::default().rings(Carrier::Twilio, &to, visit + 1);
    let ring = &rings[visit..];
    let once = Load { to: address, connections: 1, time: WITHIN, again: Again::Never };
    let began = Instant::now();
    let mut api = installation.api_at(address)?;
    loop {
        match load::send(once, ring).await {
            Ok(answered) if answered.refused == 0 => return Ok(began.elapsed()),
            Ok(_) => {}
            // It missed its database, on a busy machine: whoever supervises it starts it again, and that counts.
            Err(_) if api.process.still_runs().is_err() => api = installation.api_at(address)?,
            Err(_) => {}
        }
        ensure!(began.elapsed() < WITHIN, "nobody answers");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// From an empty database to a process that says it is ready.
async fn first_ever() -> anyhow::Result<Duration> {
    let installation = Installation::on(empty_database().await?.expose_secret());
    let began = Instant::now();
    installation.run(&["migrate"])?;
    let api = installation.api()?;
    let ready = format!("{}/health/ready", api.url());
    while !reqwest::get(&ready).await.is_ok_and(|answer| answer.status().is_success()) {
        ensure!(began.elapsed() < WITHIN, "it is never ready");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(began.elapsed())
}
