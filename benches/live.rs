//! How long the snapshot of the running calls takes that each follower is told first, as more calls run.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use vestibule::boot::demo::{ADA, BEN, LINE, PANEL};
use vestibule::simulator::Scenario;

use crate::lists::Reader;
use crate::load::percentile;
use crate::server::Server;
use crate::table::{Table, number};

/// Running calls of one firm.
const SIZES: [i64; 4] = [1, 10, 100, 1_000];
const SNAPSHOTS: usize = 100;
const RINGS_WITHIN: Duration = Duration::from_secs(10);

/// Rings once, and copies that call while it runs.
pub async fn measure(server: &Server) -> anyhow::Result<()> {
    let visit = format!(
        r#"
        title = "Everybody lets it ring"
        call = {{ from = "{PANEL}", to = "{LINE}", hang_up_after = "600s" }}
        [[phone]]
        number = "{ADA}"
        name = "Ada"
        does = "manual"
        [[phone]]
        number = "{BEN}"
        name = "Ben"
        does = "manual"
        "#
    );
    let visit = Scenario::parse(&visit).map_err(|error| anyhow::anyhow!("the visit: {error}"))?;
    server.carrier.call(visit)?;
    let reader = Reader::signed_in(server).await?;
    let began = Instant::now();
    while reader.snapshot().await?.1.matches("\"ringing\"").count() < 3 {
        ensure!(began.elapsed() < RINGS_WITHIN, "nothing rings");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let mut admin = PgConnection::connect(&server.database).await?;
    let first = only_call(&mut admin).await?;
    let mut table = Table::headed(&["running calls", "snapshot p50 ms", "p99 ms", "kB"]);
    let mut there = 1;
    for calls in SIZES {
        copy(&mut admin, &first, there..calls).await?;
        there = calls;
        let (mut times, mut size) = (Vec::with_capacity(SNAPSHOTS), 0);
        for _ in 0..SNAPSHOTS {
            let (took, snapshot) = reader.snapshot().await?;
            size = snapshot.len();
            times.push(took);
        }
        times.sort_unstable();
        let [p50, p99] = [0.5, 0.99].map(|part| number(percentile(&times, part)));
        table.row(&[&calls, &p50, &p99, &number(size as f64 / 1_024.0)]);
    }
    table.print();
    Ok(())
}

/// The schema of the read model, and the call that runs.
async fn only_call(admin: &mut PgConnection) -> anyhow::Result<(String, String)> {
    let schema: String = admin
        .fetch_one("select 'read_live_' || version from es.checkpoint where name = 'live' and state = 'live'")
        .await?
        .get(0);
    let call = format!("select call_id::text from {schema}.live_call");
    let call = admin.fetch_one(AssertSqlSafe(call)).await?.get(0);
    Ok((schema, call))
}

/// The call and who is in it, below new ids.
async fn copy(
    admin: &mut PgConnection,
    (schema, call): &(String, String),
    numbers: Range<i64>,
) -> anyhow::Result<()> {
    let Range { start, end } = numbers;
    for table in ["live_call", "live_participant"] {
        let copies = format!(
            "insert into {schema}.{table}
             select (jsonb_populate_record(null::{schema}.{table}, to_jsonb(one) || jsonb_build_object('call_id', md5(n::text)::uuid))).*
             from {schema}.{table} one, generate_series({start}, {end} - 1) n where one.call_id = '{call}'"
        );
        admin.execute(AssertSqlSafe(copies)).await?;
    }
    Ok(())
}
