//! The yardstick: pgbench, inserting copies of one event's row into a table with the same columns and indexes, a commit each.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use sqlx::{Executor, PgConnection, Row};

use crate::load::Answered;

/// Ids that rise, as ours do: the cheapest that an index can be given.
const ID: &str = "lpad(to_hex(currval('plain_position')), 32, '0')::uuid";

/// In one window, which takes some seconds. A count and not a time, because its time runs before it is connected.
const ROWS: usize = 16_000;

/// A table, and what is put into it.
pub struct Rows {
    database: String,
    script: PathBuf,
}

impl Rows {
    /// Copies of one of the newest thousand events, of middle size.
    pub async fn like_the_newest(admin: &mut PgConnection, database: &str) -> anyhow::Result<Self> {
        admin.execute("drop table if exists plain; drop sequence if exists plain_position; create table plain (like es.event including all); create sequence plain_position cache 1000").await?;
        let row = admin
            .fetch_one(
                "with newest as (select * from es.event order by position desc limit 1000)
                 select format('%L, %L, 1::smallint, %L::jsonb', tenant_id, type, payload), quote_literal(actor)
                 from newest order by length(payload::text) offset (select count(*) / 2 from newest) limit 1",
            )
            .await?;
        let (values, actor): (String, String) = (row.get(0), row.get(1));
        let script = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plain-row.sql");
        std::fs::write(
            &script,
            format!(
                "insert into plain (position, stream_id, event_id, correlation_id, version, tenant_id, type, schema_version, payload, actor) values (nextval('plain_position'), {ID}, {ID}, {ID}, 1, {values}, {actor}::jsonb);\n"
            ),
        )?;
        Ok(Self { database: database.to_owned(), script })
    }

    /// By so many clients; the commits' latencies.
    pub fn insert(&self, clients: usize) -> anyhow::Result<Answered> {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let prefix = "plain-row-log";
        forget(&folder, prefix)?;
        let ended = Command::new(program())
            .args(["--no-vacuum", "--protocol=prepared", "--log"])
            .args(["--client", &clients.to_string()])
            .args(["--transactions", &(ROWS / clients).to_string()])
            .arg(format!("--log-prefix={prefix}"))
            .arg("--file")
            .arg(&self.script)
            .arg(&self.database)
            .current_dir(&folder)
            .output()
            .context("pgbench can not be started; PostgreSQL's server programs bring it along")?;
        ensure!(ended.status.success(), "pgbench: {}", String::from_utf8_lossy(&ended.stderr));
        let latencies = read(&folder, prefix)?;
        forget(&folder, prefix)?;
        let text = String::from_utf8_lossy(&ended.stdout);
        let rate = text
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
        let rate = rate.with_context(|| format!("pgbench says no rate: {text}"))?;
        let taken = Duration::from_secs_f64(latencies.len() as f64 / rate);
        Ok(Answered { taken, latencies, refused: 0 })
    }
}

/// A line a transaction; the third word is its time in microseconds.
fn read(folder: &Path, prefix: &str) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    for log in logs(folder, prefix)? {
        let text = std::fs::read_to_string(log)?;
        let times = text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok());
        latencies.extend(times.map(Duration::from_micros));
    }
    if latencies.is_empty() {
        bail!("pgbench logged nothing");
    }
    latencies.sort_unstable();
    Ok(latencies)
}

fn forget(folder: &Path, prefix: &str) -> anyhow::Result<()> {
    logs(folder, prefix)?.into_iter().try_for_each(|log| Ok(std::fs::remove_file(log)?))
}

fn logs(folder: &Path, prefix: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let is_log = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
    };
    Ok(entries.into_iter().map(|entry| entry.path()).filter(is_log).collect())
}

/// Debian keeps it apart from the programs that everybody calls.
fn program() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.map(|version| version.path().join("bin/pgbench"));
    installed.filter(|path| path.exists()).max().unwrap_or_else(|| PathBuf::from("pgbench"))
}
